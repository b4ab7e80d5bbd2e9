/**
 * Small files for trained models: one byte a weight instead of four.
 *
 * Each column of a matrix gets a scale of its own, its largest weight divided by 127, and each weight becomes the nearest
 * multiple of that scale: `weight ≈ scale * whole number from -127 to 127`. Vectors (biases) are few and stay as they
 * are. Loading multiplies back, so a loaded model computes in float32 as any other.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CheckpointError, requireFormat } from '../training/checkpoint';
import { tf } from '../tensorflow';
import { weightShapes } from './model';
import type { SavedSeq2Seq } from './save';
import { ofFolder, readState, savedState, type SavedState } from './saved-state';
import { writeWholeFiles } from '../whole-files';

const FORMAT = 'attention-notebooks quantised model 1';
const MODEL = 'model.json';
const WEIGHTS = 'weights.bin';
const CHECKSUMS = 'SHA256SUMS';

/** What `model.json` holds; the weights lie in `weights.bin` in the order of the description's shapes. */
interface QuantisedState extends SavedState {
  format: string;
}

/**
 * Writes a model with one byte a weight into a folder of its own: `model.json`, `weights.bin`, and `SHA256SUMS` with the
 * check sums of both, which `sha256sum -c` understands.
 *
 * @throws {Error} when the folder already holds a model.
 * @throws {CheckpointError} when it cannot be written, as on a full disk: nothing half-written is left.
 * @throws {RangeError} when weights or vocabularies do not fit the model's description.
 */
export function saveQuantised(folder: string, saved: SavedSeq2Seq): void {
  if (isQuantised(folder)) throw new Error(`${path.resolve(folder)} already holds a model: give another folder`);
  const state: QuantisedState = { format: FORMAT, ...savedState(saved) };
  const { model } = saved;
  const shapes = Object.entries(weightShapes(model.description));
  const files = {
    [MODEL]: Buffer.from(`${JSON.stringify(state, null, 1)}\n`),
    [WEIGHTS]: Buffer.concat(shapes.map(([name, shape]) => quantise(model.weights[name]!.dataSync(), shape))),
  };
  const lines = Object.entries(files).map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`);
  try {
    // The check sums last: without them the folder is no model.
    writeWholeFiles(folder, { ...files, [CHECKSUMS]: lines.join('') });
  } catch (cause) {
    throw new CheckpointError(`the model could not be written to ${folder}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Loads a model that {@link saveQuantised} has written, after checking the SHA-256 of its files.
 *
 * @returns the model, its weights the caller's to dispose of, and its vocabularies if they were saved.
 * @throws {CheckpointError} when the folder holds no such model, or a file is damaged; the message names it.
 */
export function loadQuantised(folder: string): SavedSeq2Seq {
  if (!isQuantised(folder)) throw new CheckpointError(`there is no model in ${path.resolve(folder)}`);
  const text = checkedFile(folder, MODEL).toString();
  const state = ofFolder(folder, () => JSON.parse(text) as QuantisedState | null);
  const file = path.join(path.resolve(folder), MODEL);
  requireFormat(file, state?.format, FORMAT);
  if (state?.format !== FORMAT) {
    throw new CheckpointError(`${file} has the format "${state?.format}", expected "${FORMAT}"`);
  }
  const { description, vocabularies } = readState(folder, state);
  const bytes = checkedFile(folder, WEIGHTS);
  const shapes = Object.entries(weightShapes(description));
  const expected = shapes.reduce((sum, [, shape]) => sum + quantisedBytes(shape), 0);
  if (bytes.length !== expected) {
    throw new CheckpointError(
      `${path.join(path.resolve(folder), WEIGHTS)} does not fit its description: ${bytes.length} bytes, expected ${expected}`,
    );
  }
  let offset = 0;
  const weights = Object.fromEntries(
    shapes.map(([name, shape]) => {
      const values = restore(bytes.subarray(offset, (offset += quantisedBytes(shape))), shape);
      return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape)))];
    }),
  );
  return { model: { description, weights }, vocabularies };
}

/** Whether a folder holds a model that {@link saveQuantised} has written. */
export function isQuantised(folder: string): boolean {
  return [CHECKSUMS, MODEL].every((name) => fs.existsSync(path.join(folder, name)));
}

/** How many bytes a weight of that shape takes: a scale for each column and a byte for each number. */
function quantisedBytes(shape: readonly number[]): number {
  const size = shape.reduce((product, length) => product * length, 1);
  return isMatrix(shape) ? 4 * shape[1] + size : 4 * size;
}

function isMatrix(shape: readonly number[]): shape is readonly [rows: number, columns: number] {
  return shape.length === 2;
}

/** A matrix as the scales of its columns and one byte a number, row by row; anything else as float32. */
function quantise(values: ArrayLike<number>, shape: readonly number[]): Buffer {
  const bytes = Buffer.alloc(quantisedBytes(shape));
  if (!isMatrix(shape)) {
    for (let index = 0; index < values.length; index += 1) bytes.writeFloatLE(values[index]!, 4 * index);
    return bytes;
  }
  const [, columns] = shape;
  const largest = new Float32Array(columns);
  for (let index = 0; index < values.length; index += 1) {
    const column = index % columns;
    largest[column] = Math.max(largest[column]!, Math.abs(values[index]!));
  }
  const scales = largest.map((value) => value / 127);
  scales.forEach((scale, column) => bytes.writeFloatLE(scale, 4 * column));
  for (let index = 0; index < values.length; index += 1) {
    const scale = scales[index % columns]!;
    const whole = scale === 0 ? 0 : Math.round(values[index]! / scale);
    bytes.writeInt8(Math.max(-127, Math.min(127, whole)), 4 * columns + index);
  }
  return bytes;
}

/** The numbers that {@link quantise} stands for. */
function restore(bytes: Buffer, shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  if (!isMatrix(shape)) return Float32Array.from({ length: size }, (_, index) => bytes.readFloatLE(4 * index));
  const [, columns] = shape;
  const scales = Float32Array.from({ length: columns }, (_, column) => bytes.readFloatLE(4 * column));
  return Float32Array.from(
    { length: size },
    (_, index) => scales[index % columns]! * bytes.readInt8(4 * columns + index),
  );
}

function checkedFile(folder: string, name: string): Buffer {
  const file = path.join(path.resolve(folder), name);
  const remedy = 'Get the folder again (in a clone: git checkout), or train the model anew.';
  if (!fs.existsSync(file)) throw new CheckpointError(`${file} is missing. ${remedy}`);
  const sums = fs.readFileSync(path.join(folder, CHECKSUMS), 'utf8').split('\n');
  const expected = sums.find((line) => line.endsWith(`  ${name}`))?.split(' ')[0];
  const bytes = fs.readFileSync(file);
  const sum = sha256(bytes);
  if (sum === expected) return bytes;
  throw new CheckpointError(
    `${file} is damaged: SHA-256 ${sum}, expected ${expected ?? 'one in SHA256SUMS'}. ${remedy}`,
  );
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
