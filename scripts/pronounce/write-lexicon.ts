import fs from 'node:fs';
import path from 'node:path';
import { writeWholeFiles } from '../../src/whole-files';
import { translate, Translation } from '../../src/seq2seq';
import { mostPhones } from '../../src/seq2seq/published';
import { characterTokens } from '../../src/text';
import { loadG2pModels, G2pModel, mostLetters } from '../g2p-models';
import type { PronounceWords } from '../pronounce';
import { readWords } from '../text-file';
import { requireWritableFolder } from '../command-line/folders';
import { UsageError } from '../command-line/usage-error';

/** Words that go through the model before the next line on progress. */
const PORTION = 8192;
/** How many of the words left out are named. */
const NAMED = 5;

/** Pronounces the words and writes the lexicon. @throws {UsageError} when an option has a wrong value. */
export function writeLexicon({ models: folders, beam, leastProbability, output, ...from }: PronounceWords): void {
  if (output !== undefined && fs.existsSync(output)) {
    throw new UsageError(`--output ${output} exists already: name a new file, or delete it`);
  }
  if (output !== undefined) requireWritableFolder('--output', output, path.dirname(path.resolve(output)));
  const words = wordsOf(from);
  const models = loadG2pModels(folders);
  const readable = words.filter((word) => models.every((model) => reads(model, word)));
  tellLeftOut('have letters that the model has not learned, or too many', words, readable);
  if (readable.length === 0) throw new UsageError('there is no word left to pronounce');

  const spoken = inPortions(readable, (portion) => {
    const sources = portion.map((word) => characterTokens(word));
    const longest = sources.reduce((most, letters) => Math.max(most, letters.length), 0);
    const members = models.map(({ model }) => model);
    return translate(members, models[0].vocabularies, sources, { maximumSteps: mostPhones(longest), beam });
  });
  const sure = readable.filter((_, index) => isSure(spoken[index], leastProbability));
  tellLeftOut(`are less probable than ${leastProbability}, or without end`, readable, sure);
  const lines = readable.flatMap((word, index) => {
    const { text, logProbability } = spoken[index];
    if (!isSure(spoken[index], leastProbability)) return [];
    return [`${word}  ${text.join(' ')}  # ${Math.exp(logProbability).toFixed(2)}\n`];
  });
  if (output === undefined) process.stdout.write(lines.join(''));
  else writeOrShow(output, lines.join(''));
}

/** In lower case, each once, in order. */
function wordsOf({ words, wordsFile }: Pick<PronounceWords, 'words' | 'wordsFile'>): string[] {
  const all = [...words, ...(wordsFile === undefined ? [] : readWords('words', wordsFile))];
  const distinct = new Set(all.map((word) => word.normalize('NFC').toLowerCase()));
  if (distinct.size === 0) throw new UsageError(`--words ${wordsFile} holds no words`);
  return [...distinct];
}

function reads(model: G2pModel, word: string): boolean {
  const letters = characterTokens(word);
  return letters.length <= mostLetters(model) && letters.every((letter) => model.vocabularies.source.has(letter));
}

function isSure({ finished, text, logProbability }: Translation, leastProbability: number): boolean {
  return finished && text.length > 0 && Math.exp(logProbability) >= leastProbability;
}

function tellLeftOut(why: string, words: readonly string[], kept: readonly string[]): void {
  const keeps = new Set(kept);
  const leftOut = words.filter((word) => !keeps.has(word));
  if (leftOut.length === 0) return;
  const named = leftOut.slice(0, NAMED).join(', ') + (leftOut.length > NAMED ? ', ...' : '');
  console.error(`${leftOut.length} of ${words.length} words ${why}; left out: ${named}`);
}

/** All results, with a line on progress after each portion where there are several. */
function inPortions<Result>(words: readonly string[], work: (portion: readonly string[]) => Result[]): Result[] {
  const results: Result[] = [];
  for (let start = 0; start < words.length; start += PORTION) {
    results.push(...work(words.slice(start, start + PORTION)));
    if (words.length > PORTION) console.error(`${results.length} of ${words.length} words`);
  }
  return results;
}

/** @throws {UsageError} when the file cannot be written, as on a full disk: the lexicon is on the screen then. */
function writeOrShow(file: string, lexicon: string): void {
  try {
    writeWholeFiles(path.dirname(path.resolve(file)), { [path.basename(file)]: lexicon });
  } catch (error) {
    process.stdout.write(lexicon);
    throw new UsageError(`--output ${file} could not be written: ${(error as Error).message}; the lexicon is above`);
  }
}
