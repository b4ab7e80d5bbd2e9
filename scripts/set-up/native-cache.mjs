// Native TensorFlow from the npm registry, kept unpacked and verified in a cache folder that all projects share.
// A folder in the cache is whole or absent: it is filled under another name and renamed at the end.
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { SetUpError } from './errors.mjs';
import { withLock } from './lock.mjs';
import { requireSpace } from './platform.mjs';
import { decompress, digest, downloadPackage, LARGE_CHUNKS } from './registry-package.mjs';
import { renameFile } from './rename.mjs';
import { bodyStream, readTar } from './tar.mjs';

const TEMPORARY = 'tmp-';

/** What is wrong with a folder of unpacked files, or undefined if every byte is right. */
async function damage(folder, { files }, signal) {
  for (const [name, { sha256, bytes }] of Object.entries(files)) {
    const file = path.join(folder, cachedName(name));
    const size = fs.statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) return `${name} is missing`;
    if (size !== bytes) return `${name} has ${size} bytes instead of ${bytes}`;
    if ((await digest(file, 'sha256', 'hex', signal)) !== sha256) return `${name} has the wrong checksum`;
  }
  return undefined;
}

/** The name of a file in the cache: the addon lies in a folder that depends on Node, the cache does not. */
export const cachedName = (name) => name.replace('{addon}', 'addon');

/** Resolves with the folder in the cache that holds the files of `source`, fetched and verified if need be. */
export async function cachedNativeLibrary(source, folder, { space, progress, signal }) {
  const home = path.join(folder, source.name);
  if (!isWritable(folder)) {
    // A cache that somebody else filled is as good, as long as it is whole.
    const fault = fs.existsSync(home) ? await damage(home, source, signal) : 'it is empty';
    if (!fault) return home;
    throw new SetUpError(
      `cannot write the cache folder ${folder}, and ${fault}`,
      'Set TFJS_NATIVE_CACHE to a folder that you can write.',
    );
  }
  const onWait = () => progress.line('another set-up fills the cache; waiting for it …');
  return withLock(path.join(folder, 'lock'), { signal, onWait }, async () => {
    await removeLeftOvers(folder);
    if (fs.existsSync(home)) {
      const fault = await damage(home, source, signal);
      if (!fault) return home;
      progress.line(`native TensorFlow: the cache is damaged (${fault}); fetching it again`);
      await fsp.rm(home, { recursive: true, force: true });
    }
    await fill(home, source, folder, { space, progress, signal });
    return home;
  });
}

function isWritable(folder) {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false; // the caller says so, if it matters
  }
}

/** Whoever holds the lock is alone, so every temporary folder belongs to a run that was killed. */
async function removeLeftOvers(folder) {
  for (const name of await fsp.readdir(folder)) {
    if (name.startsWith(TEMPORARY))
      await fsp.rm(path.join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function fill(home, source, folder, { space, progress, signal }) {
  requireSpace(folder, space.download, 'native TensorFlow');
  const temporary = await fsp.mkdtemp(path.join(folder, TEMPORARY));
  const step = progress.step('native TensorFlow');
  try {
    const given = process.env.TFJS_NATIVE_TARBALL;
    const tarball = given ? requireFile(path.resolve(given)) : await downloadPackage(source, temporary, step, signal);
    step.update('checking');
    const integrity = `sha512-${await digest(tarball, 'sha512', 'base64', signal)}`;
    if (integrity !== source.integrity) {
      throw new SetUpError(
        `${given ? tarball : source.package} is not the expected file: its checksum is ${integrity}, expected ${source.integrity}`,
        given
          ? `TFJS_NATIVE_TARBALL must be the whole result of \`npm pack ${source.package}\`.`
          : 'The registry, a mirror or a proxy served other bytes. Nothing of it was installed.',
      );
    }
    step.update('unpacking');
    const unpacked = path.join(temporary, 'unpacked');
    await unpack(tarball, source, unpacked, signal);
    const fault = await damage(unpacked, source, signal);
    if (fault) throw new SetUpError(`${source.package} was unpacked wrongly: ${fault}`, 'Run the command again.');
    await renameFile(unpacked, home);
    step.done(`libtensorflow ${source.version} ready in the cache`);
  } catch (error) {
    step.stop();
    throw error;
  } finally {
    await fsp.rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

function requireFile(file) {
  if (fs.existsSync(file)) return file;
  throw new SetUpError(
    `TFJS_NATIVE_TARBALL names ${file}, which does not exist`,
    'Correct the path, or unset the variable.',
  );
}

/** The package is a .tgz; one of its entries is a tar archive compressed with brotli; a few files of that are wanted. */
async function unpack(tarball, source, folder, signal) {
  const wanted = new Map(Object.entries(source.files).map(([name, { entry }]) => [entry, cachedName(name)]));
  const outer = fs.createReadStream(tarball, { ...LARGE_CHUNKS, signal });
  for await (const archive of readTar(decompress(outer, zlib.createGunzip({ chunkSize: 1 << 20 })))) {
    if (archive.name !== source.archive) continue;
    const inner = decompress(bodyStream(archive), zlib.createBrotliDecompress({ chunkSize: 1 << 20 }));
    for await (const entry of readTar(inner)) {
      const name = wanted.get(entry.name);
      if (!name || entry.type !== 'file') continue;
      const file = path.join(folder, name);
      await fsp.mkdir(path.dirname(file), { recursive: true });
      // Read only: the same file, hard-linked, serves every project.
      await pipeline(bodyStream(entry), fs.createWriteStream(file, { mode: 0o444 }), { signal });
    }
    return;
  }
}
