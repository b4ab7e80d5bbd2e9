// The browser front end: shipped prebuilt as jupyter/front-end/front-end.tgz, unpacked to build/front-end.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { SetUpError } from './errors.mjs';
import { renameFile } from './rename.mjs';
import { bodyStream, readTar } from './tar.mjs';
import { pipeline } from 'node:stream/promises';

const sourceOf = (root) => path.join(root, 'jupyter', 'front-end');
const targetOf = (root) => path.join(root, 'build', 'front-end');
const STAMP = '.sha256';

/** { file, sha256 } of the shipped archive; undefined where none is shipped. */
function manifest(root) {
  const file = path.join(sourceOf(root), 'bundle.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}

/** Why the front end is not unpacked, or undefined if it is (or none is shipped). */
export function frontEndDifference(root) {
  const shipped = manifest(root);
  if (!shipped) return undefined;
  const stamp = path.join(targetOf(root), STAMP);
  if (!fs.existsSync(stamp)) return 'not unpacked';
  return fs.readFileSync(stamp, 'utf8') === shipped.sha256 ? undefined : 'another version is unpacked';
}

export async function unpackFrontEnd(root, { progress, signal }) {
  const { file, sha256 } = manifest(root);
  const name = path.join('jupyter', 'front-end', file);
  const bytes = fs.readFileSync(path.join(root, name));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw new SetUpError(
      `${name} is not the file that bundle.json describes: its sha256 is ${found}, expected ${sha256}`,
      `git checkout -- jupyter/front-end, then run the command again.`,
    );
  }
  const step = progress.step('browser front end');
  const staged = `${targetOf(root)}.new`;
  try {
    fs.rmSync(staged, { recursive: true, force: true });
    for await (const entry of readTar(Readable.from([gunzipSync(bytes)]))) {
      if (entry.type !== 'file') continue;
      const target = path.join(staged, entry.name);
      if (!target.startsWith(staged + path.sep))
        throw new Error(`${name} has a file outside its folder: ${entry.name}`);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      await pipeline(bodyStream(entry), fs.createWriteStream(target), { signal });
    }
    fs.writeFileSync(path.join(staged, STAMP), sha256);
    fs.rmSync(targetOf(root), { recursive: true, force: true });
    await renameFile(staged, targetOf(root));
    step.done('unpacked');
  } catch (error) {
    step.stop();
    throw error;
  } finally {
    fs.rmSync(staged, { recursive: true, force: true });
  }
}
