/** The trained models that come with the course, in `models/`, and a word's way through one of them. */
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../project-folder';
import { characterTokens } from '../text/tokens';
import { disposeSeq2Seq } from './model';
import { isQuantised, loadQuantised } from './quantised';
import type { SavedSeq2Seq } from './save';
import { type Seq2SeqVocabularies, translate } from './text-pairs';

/** A trained model with the vocabularies that it reads and writes with. */
export type PublishedModel = SavedSeq2Seq & {
  /** What it reads and what it writes. */
  vocabularies: Seq2SeqVocabularies;
};

/** A word as a model speaks it. */
export interface Pronunciation {
  /** The word's letters, as the model reads them. */
  letters: string[];
  /** What it says: `['K', 'AE', 'T']`. */
  phones: string[];
  /** The probability that it gives to just this sequence of phones and its end, 0 to 1. */
  probability: number;
  /** The weights with which it read the letters, one row for each phone, one column for each letter; [] without attention. */
  weights: number[][];
  /** Local-p only: where it predicted to look, one number for each phone. */
  positions?: number[] | undefined;
}

/** Longest answer for a word that is not very long: CMUdict's longest pronunciation has 32 phones. */
const LEAST_STEPS = 48;
/** A letter, x for instance, rarely makes more than two phones. */
const STEPS_PER_LETTER = 2;

/** The names of the models in `models/`, in order. */
export function publishedModels(): string[] {
  const folder = projectFolder('models');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => isQuantised(path.join(folder, name)))
    .sort();
}

/**
 * Loads a trained model that comes with the course: `models/NAME/README.md` says how it was trained and how good it is.
 *
 * @param name such as `g2p-global`; {@link publishedModels} lists them.
 * @returns the model, its weights the caller's to dispose of, and its vocabularies.
 * @throws {RangeError} when there is no model of that name; the message lists those there are.
 * @throws {CheckpointError} when its files are damaged; the message names the file.
 * @example
 * const model = loadPublishedModel('g2p-global');
 * pronounce('psychology', model).phones; // ['S', 'AY', 'K', 'AA', 'L', 'AH', 'JH', 'IY']
 * @see Lessons 07, 08, 09 and 11.
 */
export function loadPublishedModel(name: string): PublishedModel {
  const names = publishedModels();
  if (!names.includes(name)) {
    throw new RangeError(
      `name must be a model in models/ (${names.join(', ') || 'there is none'}), got ${String(name)}`,
    );
  }
  const folder = path.join(projectFolder('models'), name);
  const { model, vocabularies } = loadQuantised(folder);
  if (!vocabularies) {
    disposeSeq2Seq(model);
    throw new RangeError(`${folder} holds a model without vocabularies`);
  }
  return { model, vocabularies };
}

/**
 * How a model says a word: greedy search, with the weights that show which letters each phone was read from.
 *
 * @param word in capitals or not.
 * @param model of letters and phones, such as `loadPublishedModel('g2p-global')`.
 * @throws {RangeError} when the word is empty, or has a letter that the model has never seen; the message names it.
 * @see Lessons 07, 08, 09 and 11.
 */
export function pronounce(word: string, { model, vocabularies }: PublishedModel): Pronunciation {
  const letters = characterTokens(word.toLowerCase());
  if (letters.length === 0) throw new RangeError('word must have at least one letter, got none');
  const strange = letters.find((letter) => !vocabularies.source.has(letter));
  if (strange !== undefined) {
    throw new RangeError(`word must be of letters that the model has seen, got "${strange}" in "${word}"`);
  }
  const maximumSteps = mostPhones(letters.length);
  const { text, tokens, logProbability, weights, positions } = translate(model, vocabularies, [letters], {
    maximumSteps,
  })[0]!;
  // A young model may write padding, which is no phone: its row goes with it.
  const said = (_: unknown, step: number) =>
    step < tokens.length && vocabularies.target.decode(tokens.slice(step, step + 1)).length > 0;
  return {
    ...{ letters, phones: text, probability: Math.exp(logProbability), weights: weights.filter(said) },
    ...(positions && { positions: positions.filter(said) }),
  };
}

/** How many steps a search needs at most for a word of so many letters. */
export function mostPhones(letters: number): number {
  return Math.max(LEAST_STEPS, STEPS_PER_LETTER * letters);
}
