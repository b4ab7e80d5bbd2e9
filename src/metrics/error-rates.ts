import { editDistance, requireTokens } from './edit-distance';

/** What a model wrote, and what it may have written. */
export interface Prediction {
  /** The model's tokens. */
  hypothesis: readonly string[];
  /** One or more right answers, for instance the pronunciations that a dictionary lists for a word. */
  references: ReadonlyArray<readonly string[]>;
}

/** The result of {@link phoneErrorRate}; shares, so 0.07 is 7 %. It can exceed 1 when much is inserted. */
export interface ErrorRate {
  /** All edits divided by all reference tokens: the corpus-level rate that papers report. */
  micro: number;
  /** The mean of each example's own rate, where it has one: short words weigh as much as long ones. */
  macro: number;
  /** Edits in all. */
  edits: number;
  /** Tokens of the nearest references in all. */
  tokens: number;
}

/**
 * The phone error rate: how many edits it takes to mend what the model wrote, for each token that it should have written.
 * The same figure on words or characters is the word or character error rate of speech recognition.
 *
 * With several references the nearest one counts; of equally near ones the longest, so that their order is no matter.
 * Where the nearest one is empty, what was written counts among the edits; such an example has no rate of its own and
 * stays out of the macro rate.
 *
 * @throws {RangeError} when there is no prediction, a prediction has no reference, or all nearest ones are empty.
 * @throws {TypeError} when a hypothesis or a reference is not an array of tokens.
 * @see Toshniwal & Livescu 2016, "Jointly learning to align and convert graphemes to phonemes", section 4: their measure.
 */
export function phoneErrorRate(predictions: readonly Prediction[]): ErrorRate {
  requirePredictions(predictions);
  let edits = 0;
  let tokens = 0;
  const rates: number[] = [];
  for (const { hypothesis, references } of predictions) {
    const nearest = references
      .map((reference) => ({ distance: editDistance(hypothesis, reference), length: reference.length }))
      .sort((a, b) => a.distance - b.distance || b.length - a.length)[0]!;
    edits += nearest.distance;
    tokens += nearest.length;
    if (nearest.length > 0) rates.push(nearest.distance / nearest.length);
  }
  if (rates.length === 0) {
    throw new RangeError(
      'predictions must have a reference that is not empty: a rate per token has no meaning without',
    );
  }
  return { micro: edits / tokens, macro: rates.reduce((sum, rate) => sum + rate, 0) / rates.length, edits, tokens };
}

/**
 * The word error rate of grapheme-to-phoneme conversion: the share of words whose transcription equals none of its
 * references. Count each word once, with all its pronunciations as references.
 *
 * (Speech recognition calls something else by this name: edits per word of running text. For that, give
 * {@link phoneErrorRate} words instead of phones.)
 *
 * @throws {RangeError} when there is no prediction, or a prediction has no reference.
 * @throws {TypeError} when a hypothesis or a reference is not an array of tokens.
 */
export function wordErrorRate(predictions: readonly Prediction[]): number {
  return 1 - exactMatch(predictions);
}

/**
 * The share of predictions that equal one of their references, token by token.
 *
 * @throws {RangeError} when there is no prediction, or a prediction has no reference.
 * @throws {TypeError} when a hypothesis or a reference is not an array of tokens.
 */
export function exactMatch(predictions: readonly Prediction[]): number {
  requirePredictions(predictions);
  const right = predictions.filter(({ hypothesis, references }) =>
    references.some(
      (reference) =>
        reference.length === hypothesis.length && reference.every((token, position) => token === hypothesis[position]),
    ),
  );
  return right.length / predictions.length;
}

function requirePredictions(predictions: readonly Prediction[]): void {
  if (predictions.length === 0) throw new RangeError('predictions must hold at least one prediction, got none');
  for (const [index, { hypothesis, references }] of predictions.entries()) {
    if (references.length === 0) throw new RangeError(`predictions[${index}] has no reference`);
    requireTokens(`predictions[${index}].hypothesis`, hypothesis);
    references.forEach((reference, other) => requireTokens(`predictions[${index}].references[${other}]`, reference));
  }
}
