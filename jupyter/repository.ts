/** Where the course lies: both the TypeScript sources and the compiled `build/` find it by its package.json. */
import fs from 'node:fs';
import path from 'node:path';

function findRepository(start: string): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
    if (path.dirname(folder) === folder) throw new Error(`no package.json above ${start}`);
  }
}

/** The root folder of the course. */
export const repositoryRoot = findRepository(__dirname);
