import fs from 'node:fs';
import path from 'node:path';

/**
 * A folder of this project, such as `results`: below the one with package.json above this module, which lies in src or,
 * compiled, in build/src.
 *
 * @throws {Error} when there is no package.json above, as in a copy of this module elsewhere.
 */
export function projectFolder(name: string): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${__dirname}: ${name} belongs to the project`);
    folder = parent;
  }
  return path.join(folder, name);
}
