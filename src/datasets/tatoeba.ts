/** Tatoeba: short English sentences and their French translations. Not shipped: `npm run download -- tatoeba`. */
import { readDownload } from './downloadable';
import { splitOf } from './split';
import { readZipEntry } from './zip';

/** A sentence and its translation, as words and punctuation marks. */
export interface SentencePair {
  /** English. */
  source: string[];
  /** French. */
  target: string[];
}

/** Sentence pairs, split by the English sentence. */
export interface SentencePairs {
  /** To learn from. */
  train: SentencePair[];
  /** To choose settings by. */
  dev: SentencePair[];
  /** To report. */
  test: SentencePair[];
}

/**
 * English sentences with French translations. A sentence with several translations is there several times, always in the
 * same part.
 *
 * @throws {Error} when it has not been downloaded; the message says how.
 * @throws {DownloadError} when the file is not the published one.
 * @see datasets/tatoeba/README.md for source, licence and limits.
 */
export function loadTatoeba(): SentencePairs {
  return splitTatoeba(parseTatoeba(readZipEntry(readDownload('tatoeba'), 'fra-eng/fra.txt').toString('utf8')));
}

/** About 90 % train, 5 % dev, 5 % test, by a hash of the English sentence. */
export function splitTatoeba(pairs: readonly SentencePair[]): SentencePairs {
  const parts: SentencePairs = { train: [], dev: [], test: [] };
  for (const pair of pairs) parts[splitOf(pair.source.join(' '), { test: 0.05, dev: 0.05 })].push(pair);
  return parts;
}

/**
 * Reads a table of sentence pairs: English, TAB, French, and perhaps TAB and whose sentences they are.
 *
 * @throws {Error} when a line has no translation; the message names it.
 */
export function parseTatoeba(text: string): SentencePair[] {
  const lines = text.trimEnd().split(/\r?\n/);
  return lines.map((line, index) => {
    const [source, target] = line.split('\t').map(sentenceTokens);
    if (!source?.length || !target?.length) {
      throw new Error(`line ${index + 1}: expected English, TAB, French; got ${line}`);
    }
    return { source, target };
  });
}

/** Lower-case words and punctuation marks; an apostrophe inside a word stays with what stands before it: `j' ai`. */
function sentenceTokens(sentence: string): string[] {
  const plain = sentence.normalize('NFC').replaceAll('’', "'").toLowerCase();
  return plain.match(/[\p{L}\p{N}]+'?|[^\s\p{L}\p{N}]/gu) ?? [];
}
