/** Word vectors as small files: one byte a number. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../project-folder';
import { writeWholeFiles } from '../whole-files';
import { WordVectors } from './word-vectors';

const FORMAT = 'word-vectors int8';

/** The file of sizes beside the vectors. */
interface Manifest {
  format: typeof FORMAT;
  words: number;
  dimensions: number;
}

/** Files of word vectors are missing, damaged or of another format. */
export class WordVectorsError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'WordVectorsError';
}

const [MANIFEST, WORDS, VALUES, CHECKSUMS] = ['manifest.json', 'words.txt', 'vectors.bin', 'SHA256SUMS'];
/** The largest number that a byte with a sign holds on both sides of 0. */
const LARGEST = 127;

/**
 * Writes the `count` most frequent words and their vectors into a folder, with one byte a number: each row is divided by
 * its largest number, multiplied by 127 and rounded. The cosine of two rows moves by less than 0.01.
 *
 * Files: `words.txt`, a word a line; `vectors.bin`, first a float32 a row (its largest number / 127), then an int8 a
 * number, all little-endian; `manifest.json` with the sizes; `SHA256SUMS`, which `sha256sum -c` understands.
 *
 * @throws {RangeError} when `count` is not a whole number from 1 to the number of words, a word cannot stand on a line of
 *     its own, or a number is not finite; the message names it.
 * @throws {WordVectorsError} when the files cannot be written, as on a full disk; what was there before stays.
 * @see {@link loadWordVectors} reads them.
 */
export function saveWordVectors(folder: string, vectors: WordVectors, count = vectors.size): void {
  if (!Number.isInteger(count) || count < 1 || count > vectors.size) {
    throw new RangeError(`count must be a whole number from 1 to ${vectors.size}, got ${count}`);
  }
  const { dimensions } = vectors;
  const words = vectors.words.slice(0, count);
  words.forEach(requireLine);
  requireFinite(vectors, count);
  const bytes = Buffer.alloc(count * (4 + dimensions));
  for (let row = 0; row < count; row++) {
    const values = vectors.values.subarray(row * dimensions, (row + 1) * dimensions);
    const scale = Math.fround(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / LARGEST);
    bytes.writeFloatLE(scale, 4 * row);
    values.forEach((value, d) => {
      // Of the smallest numbers that there are, the scale is so rough that the quotient may be above 127.
      const whole = scale > 0 ? Math.round(value / scale) : 0;
      bytes.writeInt8(Math.max(-LARGEST, Math.min(LARGEST, whole)), 4 * count + row * dimensions + d);
    });
  }
  const manifest: Manifest = { format: FORMAT, words: count, dimensions };
  const files = {
    [MANIFEST]: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    [WORDS]: Buffer.from(`${words.join('\n')}\n`),
    [VALUES]: bytes,
  };
  const lines = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name}\n`);
  try {
    writeWholeFiles(folder, { ...files, [CHECKSUMS]: lines.join('') });
  } catch (cause) {
    throw new WordVectorsError(`the vectors could not be written to ${folder}: ${(cause as Error).message}`, { cause });
  }
}

function requireLine(word: string, row: number): void {
  if (!word.includes('\n') && !/\p{Surrogate}/u.test(word)) return;
  throw new RangeError(`words[${row}] must be text without line breaks, got ${JSON.stringify(word)}`);
}

function requireFinite({ words, values, dimensions }: WordVectors, count: number): void {
  const wrong = values.subarray(0, count * dimensions).findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const row = Math.floor(wrong / dimensions);
  throw new RangeError(`the vector of "${words[row]}" must be of finite numbers, got ${values[wrong]}`);
}

/**
 * Reads word vectors from a folder and verifies their checksums.
 *
 * @param folder default: the course's own vectors, `models/embeddings`, whose card says what they were trained on.
 * @throws {WordVectorsError} when a file is missing, is not the one of `SHA256SUMS`, or has another format.
 * @see Lesson 01, section 4.
 */
export function loadWordVectors(folder: string = path.join(projectFolder('models'), 'embeddings')): WordVectors {
  const { words: count, dimensions } = readManifest(folder);
  const words = checkedFile(folder, WORDS).toString('utf8').replace(/\n$/, '').split('\n');
  const bytes = checkedFile(folder, VALUES);
  if (words.length !== count || bytes.length !== count * (4 + dimensions)) {
    throw new WordVectorsError(`${path.join(folder, MANIFEST)} does not fit its files: sizes differ`);
  }
  const values = new Float32Array(count * dimensions);
  for (let index = 0; index < values.length; index++) {
    values[index] = bytes.readInt8(4 * count + index) * bytes.readFloatLE(4 * Math.floor(index / dimensions));
  }
  return new WordVectors(words, values);
}

function readManifest(folder: string): Manifest {
  const content = checkedFile(folder, MANIFEST).toString('utf8');
  let manifest: Manifest | undefined;
  try {
    manifest = JSON.parse(content) as Manifest;
  } catch {
    // named below
  }
  if (manifest?.format !== FORMAT) {
    const format = JSON.stringify(manifest?.format) ?? 'none';
    throw new WordVectorsError(
      `${path.join(folder, MANIFEST)} is no manifest of word vectors that this version of attention-notebooks reads: ` +
        `its format is ${format}, expected "${FORMAT}"`,
    );
  }
  return manifest;
}

function checkedFile(folder: string, name: string): Buffer {
  const content = readFile(folder, name);
  const lines = readFile(folder, CHECKSUMS).toString('utf8').split('\n');
  if (lines.includes(`${sha256(content)}  ${name}`)) return content;
  throw new WordVectorsError(
    `${path.join(folder, name)} is damaged: its SHA-256 is not the one in ${CHECKSUMS}. ` +
      'Get the folder again (in a clone: git checkout), or train the vectors anew.',
  );
}

function readFile(folder: string, name: string): Buffer {
  try {
    return fs.readFileSync(path.join(folder, name));
  } catch (cause) {
    throw new WordVectorsError(`cannot read ${path.join(folder, name)}: ${(cause as Error).message}`, { cause });
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
