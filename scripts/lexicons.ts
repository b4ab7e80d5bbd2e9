/** Lexicons of the command line: CMUdict, or files in its format. */
import fs from 'node:fs';
import { lexiconChecksum } from '../src/datasets/checksum';
import { loadCmudict, parseLexicon, PronouncedWord } from '../src/datasets/cmudict';
import { UsageError } from './train/task';

/** The parts of a lexicon; one without words stays out of it. */
export interface Lexicons {
  train: PronouncedWord[];
  dev: PronouncedWord[];
  test: PronouncedWord[];
}

/** Names of own files. */
export interface LexiconFiles {
  trainFile?: string;
  devFile?: string;
  testFile?: string;
}

/**
 * Own files where they are given, CMUdict's parts elsewhere. Beside an own training file CMUdict has no place.
 *
 * @throws {UsageError} when a file is missing, empty, or has words in common with the training file.
 * @throws {LexiconError} when a line is malformed: the message names file and line.
 */
export function readLexicons({ trainFile, devFile, testFile }: LexiconFiles): Lexicons {
  const own = {
    train: readOwn('train-file', trainFile),
    dev: readOwn('dev-file', devFile),
    test: readOwn('test-file', testFile),
  };
  const rest = trainFile === undefined ? loadCmudict() : { train: [], dev: [], test: [] };
  return { train: own.train ?? rest.train, dev: own.dev ?? rest.dev, test: own.test ?? rest.test };
}

/** The words of a file. @throws as {@link readLexicons}. */
export function readLexicon(option: string, file: string): PronouncedWord[] {
  if (!fs.existsSync(file) || !fs.statSync(file).isFile()) {
    throw new UsageError(`--${option} ${file}: there is no such file`);
  }
  const words = parseLexicon(fs.readFileSync(file, 'utf8'), file);
  if (words.length === 0) throw new UsageError(`--${option} ${file} holds no words`);
  return words;
}

/** How many words of one part stand in the other too. */
export function sharedWords(part: readonly PronouncedWord[], train: readonly PronouncedWord[]): number {
  const seen = new Set(train.map(({ word }) => word));
  return part.filter(({ word }) => seen.has(word)).length;
}

/** A short name of the words, for messages and checkpoints. */
export function lexiconName(words: readonly PronouncedWord[]): string {
  return lexiconChecksum(words).slice(0, 12);
}

function readOwn(option: string, file: string | undefined): PronouncedWord[] | undefined {
  return file === undefined ? undefined : readLexicon(option, file);
}
