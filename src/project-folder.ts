import fs from 'node:fs';
import path from 'node:path';

/**
 * A folder of this course, such as `results`: beside its package.json, which is above this module in src or, compiled, in
 * build/src.
 *
 * @throws {Error} when no package.json above is the course's, as in a copy of this module elsewhere.
 */
export function projectFolder(name: string): string {
  const start = typeof __dirname === 'string' ? __dirname : process.cwd(); // an ES module has no __dirname
  let folder = start;
  while (!isCourse(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) {
      throw new Error(`${name} is a folder of the course attention-notebooks, which is not above ${start}`);
    }
    folder = parent;
  }
  return path.join(folder, name);
}

function isCourse(manifest: string): boolean {
  if (!fs.existsSync(manifest)) return false;
  return (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { name?: string }).name === 'attention-notebooks';
}
