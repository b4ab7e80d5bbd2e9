/** Lexicons of the command line: CMUdict, or files in its format. */
import { lexiconChecksum } from '../src/datasets/checksum';
import { loadCmudict, parseLexicon, PronouncedWord } from '../src/datasets/cmudict';
import type { Seq2SeqVocabularies } from '../src/seq2seq';
import { characterTokens } from '../src/text/tokens';
import type { Vocabulary } from '../src/text/vocabulary';
import { readTextFile } from './text-file';
import { UsageError } from './command-line/usage-error';

/** The parts of a lexicon; one without words stays out of it. */
export interface Lexicons {
  train: PronouncedWord[];
  dev: PronouncedWord[];
  test: PronouncedWord[];
  /** To learn from beside `train`; letters and phones are those of `train` all the same. */
  more: PronouncedWord[];
}

/** Names of own files. */
export interface LexiconFiles {
  trainFile?: string;
  devFile?: string;
  testFile?: string;
  moreTrainFile?: string;
}

/**
 * Own files where they are given, CMUdict's parts elsewhere. Beside an own training file CMUdict has no place; a file of
 * more training words is added to either.
 *
 * @throws {UsageError} when a file is missing or has no words.
 * @throws {LexiconError} when a line is malformed, or the file no text in UTF-8: the message names file, line and reason.
 */
export function readLexicons({ trainFile, devFile, testFile, moreTrainFile }: LexiconFiles): Lexicons {
  const own = {
    train: readOwn('train-file', trainFile),
    dev: readOwn('dev-file', devFile),
    test: readOwn('test-file', testFile),
  };
  const rest = trainFile === undefined ? loadCmudict() : { train: [], dev: [], test: [] };
  const more = readOwn('more-train-file', moreTrainFile) ?? [];
  return { train: own.train ?? rest.train, dev: own.dev ?? rest.dev, test: own.test ?? rest.test, more };
}

/** The words of a file. @throws as {@link readLexicons}. */
export function readLexicon(option: string, file: string): PronouncedWord[] {
  const words = parseLexicon(readTextFile(option, file), file);
  if (words.length === 0) throw new UsageError(`--${option} ${file} holds no words`);
  return words;
}

/** How many words of one part stand in the other too. */
export function sharedWords(part: readonly PronouncedWord[], train: readonly PronouncedWord[]): number {
  const seen = new Set(train.map(({ word }) => word));
  return part.filter(({ word }) => seen.has(word)).length;
}

/**
 * Warnings of words that a model cannot do justice to: it reads letters that it was not trained on as one and the same,
 * and cannot write such phones.
 *
 * @param part the words' name in the message: `test`.
 */
export function unknownSymbols(
  part: string,
  words: readonly PronouncedWord[],
  { source, target }: Seq2SeqVocabularies,
): string[] {
  const warn = (
    symbolsOf: (word: PronouncedWord) => string[],
    known: Vocabulary,
    have: string,
    consequence: string,
  ) => {
    const unknown = words.map((word) => symbolsOf(word).filter((symbol) => !known.has(symbol)));
    const count = unknown.filter((symbols) => symbols.length > 0).length;
    const symbols = [...new Set(unknown.flat())].sort().join(' ');
    if (count === 0) return [];
    return [`${count} of the ${words.length} ${part} words have ${have} not trained on (${symbols}): ${consequence}`];
  };
  return [
    ...warn(({ word }) => characterTokens(word), source, 'letters', 'they are all read as one unknown letter'),
    ...warn(({ pronunciations }) => pronunciations.flat(), target, 'phones', 'they cannot be written'),
  ];
}

/** A short name of the words, for messages and checkpoints. */
export function lexiconName(words: readonly PronouncedWord[]): string {
  return lexiconChecksum(words).slice(0, 12);
}

function readOwn(option: string, file: string | undefined): PronouncedWord[] | undefined {
  return file === undefined ? undefined : readLexicon(option, file);
}
