import type * as nodeCrypto from 'node:crypto';
import type * as nodeFs from 'node:fs';
import type * as nodePath from 'node:path';
import { lazyNodeModule } from '../node-module';
import { isRunning } from '../running-process';
import { tf } from '../tensorflow';
import type { NamedTensor } from './optimizer';

// Training runs in a browser too, without checkpoints.
const crypto = lazyNodeModule<typeof nodeCrypto>('node:crypto');
const fs = lazyNodeModule<typeof nodeFs>('node:fs');
const path = lazyNodeModule<typeof nodePath>('node:path');

/** What a checkpoint holds. */
export interface Checkpoint {
  /** Steps done; orders the checkpoints of a folder. */
  step: number;
  /** Anything that JSON can hold. */
  state: unknown;
  /** Groups of tensors; each group becomes a file. */
  tensors: Record<string, NamedTensor[]>;
}

/**
 * A checkpoint that is damaged, that does not belong to this training, or that cannot be written. The message names the
 * file and the remedy.
 */
export class CheckpointError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'CheckpointError';
}

/** Where a file's tensor lies and what it is. */
interface TensorEntry {
  name: string;
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
}

interface FileEntry {
  bytes: number;
  sha256: string;
  tensors?: TensorEntry[] | undefined;
}

interface Manifest {
  format: string;
  step: number;
  files: Record<string, FileEntry>;
}

const FORMAT = 'attention-notebooks checkpoint 1';
/** The highest step whose number JSON and file names keep digit by digit. */
const HIGHEST_STEP = Number.MAX_SAFE_INTEGER;
const MANIFEST = 'manifest.json';
const STATE = 'state.json';
/** The newest one, and the one before it in case the newest is damaged. */
const KEPT = 2;

/**
 * Writes a checkpoint so that it is there whole or not at all, whatever happens meanwhile: all files go into a temporary
 * folder beside the others and to the disk itself, then the folder gets its name in one step. Of older checkpoints the
 * last is kept.
 *
 * @param folder holds nothing but the checkpoints of one training; made if need be.
 * @returns the checkpoint's own folder, `step-00000120`.
 * @throws {RangeError} when the step is no whole number >= 0, or the folder holds a checkpoint of it or of a later one.
 * @throws {CheckpointError} when it cannot be written, for instance on a full disk: the older checkpoints are untouched.
 */
export function writeCheckpoint(folder: string, { step, state, tensors }: Checkpoint): string {
  if (!Number.isInteger(step) || step < 0 || step > HIGHEST_STEP) {
    throw new RangeError(`step must be a whole number >= 0, got ${step}`);
  }
  const target = path.join(folder, folderName(step));
  makeFolder(folder);
  removeAbandoned(folder);
  const newest = checkpointFolders(folder).at(-1);
  if (newest !== undefined && stepOf(newest) >= step) {
    throw new RangeError(`step must be above that of the newest checkpoint in ${folder}, ${newest}; got ${step}`);
  }

  const temporary = path.join(folder, `.writing-${process.pid}-${crypto.randomBytes(4).toString('hex')}`);
  try {
    fs.mkdirSync(temporary);
    const files: Manifest['files'] = { [STATE]: writeFile(temporary, STATE, Buffer.from(JSON.stringify(state))) };
    for (const [group, members] of Object.entries(tensors)) {
      const bytes = Buffer.concat(members.map(({ tensor }) => tensorBytes(tensor)));
      files[`${group}.bin`] = { ...writeFile(temporary, `${group}.bin`, bytes), tensors: members.map(describeTensor) };
    }
    const manifest: Manifest = { format: FORMAT, step, files };
    writeFile(temporary, MANIFEST, Buffer.from(JSON.stringify(manifest, null, 2) + '\n'));
    syncFolder(temporary);
    fs.renameSync(temporary, target);
    syncFolder(folder);
  } catch (cause) {
    fs.rmSync(temporary, { recursive: true, force: true });
    const kept = checkpointFolders(folder).at(-1);
    throw new CheckpointError(
      `the checkpoint of step ${step} could not be written to ${folder}: ${(cause as Error).message}. ` +
        (kept === undefined ? 'There is no earlier one.' : `The earlier one, ${kept}, is untouched.`),
      { cause },
    );
  }
  for (const old of checkpointFolders(folder).slice(0, -KEPT)) {
    fs.rmSync(path.join(folder, old), { recursive: true, force: true });
  }
  return target;
}

/**
 * Reads the newest checkpoint of a folder, after checking the size and the SHA-256 of each of its files.
 *
 * @returns the checkpoint, its tensors owned by the caller; null when the folder holds none.
 * @throws {CheckpointError} when the newest one is damaged: names the file, what was expected and what to do. An older
 *     one is never taken silently.
 */
export function readCheckpoint(folder: string): Checkpoint | null {
  const names = checkpointFolders(folder);
  const newest = names.pop();
  if (newest === undefined) return null;
  const place = path.join(folder, newest);
  const remedy =
    `Delete the folder ${place} to ` +
    (names.length > 0 ? `go on from the checkpoint before it, ${names.at(-1)}` : 'start from the beginning');
  const damaged = (what: string) => new CheckpointError(`the checkpoint ${place} is damaged: ${what}. ${remedy}.`);

  const manifest = readManifest(place, damaged);
  const read = (name: string, entry: FileEntry | undefined) => checkedFile(place, name, entry, damaged);
  const state: unknown = JSON.parse(read(STATE, manifest.files[STATE]).toString());
  const contents = Object.entries(manifest.files)
    .filter(([name]) => name !== STATE)
    .map(([name, entry]) => ({ name, bytes: read(name, entry), entries: entry.tensors ?? [] }));
  for (const { name, bytes, entries } of contents) {
    const described = entries.reduce((sum, entry) => sum + byteLength(entry), 0);
    if (described !== bytes.length) throw damaged(`${MANIFEST} describes ${described} bytes of ${name}, not all`);
  }
  const tensors = Object.fromEntries(
    contents.map(({ name, bytes, entries }) => [name.replace(/\.bin$/, ''), readTensors(bytes, entries)]),
  );
  return { step: manifest.step, state, tensors };
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new CheckpointError(`the folder ${folder} could not be made: ${(cause as Error).message}`, { cause });
  }
}

function folderName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

function stepOf(name: string): number {
  return Number(name.slice('step-'.length));
}

/** The checkpoints of a folder, oldest first. */
function checkpointFolders(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  if (!fs.statSync(folder).isDirectory()) throw new CheckpointError(`${folder} is a file; name the folder of a model`);
  return fs
    .readdirSync(folder)
    .filter((name) => /^step-\d+$/.test(name))
    .sort((a, b) => stepOf(a) - stepOf(b));
}

/** Removes what processes that were killed while writing have left behind. */
function removeAbandoned(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const writer = /^\.writing-(\d+)-/.exec(name);
    if (writer && !isRunning(Number(writer[1]))) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

function writeFile(folder: string, name: string, bytes: Buffer): FileEntry {
  const file = fs.openSync(path.join(folder, name), 'wx');
  try {
    for (let written = 0; written < bytes.length;) written += fs.writeSync(file, bytes, written);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  return { bytes: bytes.length, sha256: sha256(bytes) };
}

/** Makes new names in a folder last through a power cut. Windows has no such call for folders. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/**
 * @param expected ends in the version: `attention-notebooks checkpoint 1`.
 * @throws {CheckpointError} when a file was written by another version of the library: it is whole, and to be kept.
 */
export function requireFormat(file: string, format: unknown, expected: string): void {
  const family = (text: string) => text.replace(/\d+$/, '');
  if (typeof format !== 'string' || format === expected || family(format) !== family(expected)) return;
  throw new CheckpointError(
    `${file} was written by another version of attention-notebooks, as "${format}", and this one reads "${expected}": ` +
      'read it with that version; nothing is damaged',
  );
}

function readManifest(place: string, damaged: (what: string) => CheckpointError): Manifest {
  const file = path.join(place, MANIFEST);
  if (!fs.existsSync(file)) throw damaged(`${MANIFEST} is missing`);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(fs.readFileSync(file, 'utf8')) as Manifest;
  } catch {
    throw damaged(`${MANIFEST} is not JSON`);
  }
  requireFormat(path.join(place, MANIFEST), manifest?.format, FORMAT);
  if (manifest?.format !== FORMAT) {
    throw damaged(`${MANIFEST} has the format ${JSON.stringify(manifest?.format)}, expected "${FORMAT}"`);
  }
  if (
    typeof manifest.files !== 'object' ||
    manifest.files === null ||
    folderName(manifest.step) !== path.basename(place)
  ) {
    throw damaged(`${MANIFEST} does not describe this folder`);
  }
  return manifest;
}

function checkedFile(
  place: string,
  name: string,
  entry: FileEntry | undefined,
  damaged: (what: string) => CheckpointError,
): Buffer {
  if (!entry) throw damaged(`${MANIFEST} does not list ${name}`);
  const file = path.join(place, name);
  if (!fs.existsSync(file)) throw damaged(`${name} is missing, expected ${entry.bytes} bytes`);
  const bytes = fs.readFileSync(file);
  if (bytes.length !== entry.bytes) throw damaged(`${name} has ${bytes.length} bytes, expected ${entry.bytes}`);
  const sum = sha256(bytes);
  if (sum !== entry.sha256) throw damaged(`${name} has SHA-256 ${sum}, expected ${entry.sha256}`);
  return bytes;
}

function sha256(bytes: Buffer): string {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

function describeTensor({ name, tensor }: NamedTensor): TensorEntry {
  const { shape, dtype } = tensor;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new TypeError(`a checkpoint holds float32, int32 and bool tensors, got ${dtype} for ${name}`);
  }
  return { name, shape, dtype };
}

function tensorBytes(tensor: tf.Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return Buffer.from(buffer, byteOffset, byteLength);
}

function byteLength({ shape, dtype }: TensorEntry): number {
  return shape.reduce((size, length) => size * length, 1) * (dtype === 'bool' ? 1 : 4);
}

function readTensors(bytes: Buffer, entries: readonly TensorEntry[]): NamedTensor[] {
  let offset = 0;
  return entries.map((entry) => {
    const own = Uint8Array.from(bytes.subarray(offset, (offset += byteLength(entry))));
    const values =
      entry.dtype === 'float32'
        ? new Float32Array(own.buffer)
        : entry.dtype === 'int32'
          ? new Int32Array(own.buffer)
          : own;
    return { name: entry.name, tensor: tf.tensor(values, entry.shape, entry.dtype) };
  });
}
