import { requireRank } from '../shapes';
import { tf } from '../tensorflow';
import type { DecoderState } from './decoder';
import { specialIds } from './description';
import { type Encoded, sourceLengths } from './encoder';
import { encodeEach, firstStates, membersOf, type OneOrMoreModels, stepEach } from './ensemble';
import type { Seq2SeqModel } from './model';

/** One sequence that the decoder wrote, as plain numbers. */
export interface Decoded {
  /** The ids it wrote, without the end symbol. */
  tokens: number[];
  /** The log-probability of each symbol, the end symbol's last: one more than `tokens` when `finished`. */
  symbolLogProbabilities: number[];
  /** Their sum: the log-probability of the whole sequence. */
  logProbability: number;
  /** Whether it wrote the end symbol within the steps allowed. */
  finished: boolean;
  /**
   * The weights with which the source was read at each step, one row for each entry of `symbolLogProbabilities`, one
   * column for each source position up to the last real one. Empty without attention.
   */
  weights: number[][];
  /**
   * Local-p only: where the decoder predicted to look, one number for each row of `weights`, counted among the real
   * source positions.
   */
  positions?: number[] | undefined;
}

/** Options of {@link greedySearch}. */
export interface GreedySearchOptions {
  /** `[batch, keys]`, 1 = real, 0 = padding. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** How many symbols at most, the end symbol included. */
  maximumSteps: number;
}

/**
 * Writes, at each step, the likeliest symbol: all examples at once, the encoder once, one decoder step a symbol.
 *
 * @param models one model, or several that write together: the mean of their log-probabilities decides.
 * @param source `[batch, keys]` int32 ids.
 * @returns one result for each example, in order; none for an empty batch.
 * @throws {Error} when the model's logits are not finite.
 * @throws {ShapeError} when `source` or `mask` has a wrong shape.
 * @throws {TypeError} when the ids are not int32.
 * @throws {RangeError} when `maximumSteps` is not a whole number >= 1, or models do not share their vocabularies and
 *   their direction.
 * @see Lesson 05, "Soft attention"; {@link beamSearch} looks further ahead.
 */
export function greedySearch(
  models: OneOrMoreModels,
  source: tf.Tensor2D,
  { mask, maximumSteps }: GreedySearchOptions,
): Decoded[] {
  checkMaximumSteps(maximumSteps);
  const members = membersOf(models);
  const { startId, endId } = specialIds(members[0]!.description);
  requireRank('source', source, 2);
  const batch = source.shape[0];
  if (batch === 0) return [];
  const running = Array.from({ length: batch }, () => emptyDecoded());
  tf.tidy(() => {
    const encoded = encodeEach(members, source, mask);
    const lengths = sourceLengths(source, mask);
    let states = firstStates(members, encoded);
    let previous = tf.fill([batch], startId, 'int32') as tf.Tensor1D;
    for (let step = 0; step < maximumSteps && running.some(({ finished }) => !finished); step += 1) {
      const next = greedyStep(members, encoded, previous, states);
      const symbols = next.symbols.dataSync();
      const logProbabilities = next.logProbabilities.dataSync();
      const weights = next.weights?.arraySync();
      const positions = next.positions?.dataSync();
      running.forEach((decoded, row) => {
        if (decoded.finished) return;
        requireLikely(logProbabilities[row]!, step);
        extend(decoded, symbols[row]!, logProbabilities[row]!, weights?.[row]!.slice(0, lengths[row]), endId);
        if (positions) decoded.positions = [...(decoded.positions ?? []), positions[row]!];
      });
      tf.dispose([previous, states, next.logProbabilities, next.weights ?? [], next.positions ?? []]);
      previous = next.symbols;
      states = next.states;
    }
  });
  return members[0]!.description.backwards ? running.map(inOrderOfText) : running;
}

/** The likeliest symbol of each row, its log-probability, and the states after it. */
function greedyStep(
  members: readonly Seq2SeqModel[],
  encoded: readonly Encoded[],
  previous: tf.Tensor1D,
  before: readonly DecoderState[],
) {
  return tf.tidy(() => {
    const { logProbabilities, ...step } = stepEach(members, encoded, previous, before);
    const symbols = tf.argMax(logProbabilities, 1).toInt() as tf.Tensor1D; // [batch]
    return { symbols, logProbabilities: tf.max(logProbabilities, 1), ...step };
  });
}

/** What was written backwards, from the beginning of the text to its end; the end symbol stays last. */
export function inOrderOfText<T extends Decoded>(decoded: T): T {
  const { tokens, symbolLogProbabilities, weights, positions } = decoded;
  function turn<Step>(steps: Step[]): Step[] {
    return [...steps.slice(0, tokens.length).reverse(), ...steps.slice(tokens.length)];
  }
  return {
    ...decoded,
    ...{ tokens: turn(tokens), symbolLogProbabilities: turn(symbolLogProbabilities), weights: turn(weights) },
    ...(positions && { positions: turn(positions) }),
  };
}

/** A sequence that has not begun. */
export function emptyDecoded(): Decoded {
  return { tokens: [], symbolLogProbabilities: [], logProbability: 0, finished: false, weights: [] };
}

/** Appends one symbol in place. */
export function extend(
  decoded: Decoded,
  symbol: number,
  logProbability: number,
  weights: number[] | undefined,
  endId: number,
): void {
  if (symbol === endId) decoded.finished = true;
  else decoded.tokens.push(symbol);
  decoded.symbolLogProbabilities.push(logProbability);
  decoded.logProbability += logProbability;
  if (weights) decoded.weights.push(weights);
}

/**
 * @param logProbability of the likeliest symbol, which is finite where the logits are.
 * @throws {Error} when it is not: the search would go on and write padding.
 */
export function requireLikely(logProbability: number, step: number): void {
  if (Number.isFinite(logProbability)) return;
  throw new Error(
    `the model's logits at step ${step + 1} are NaN or infinite, so no symbol is likelier than another: ` +
      'its weights hold NaN or Infinity, perhaps of a training that has diverged',
  );
}

/** @throws {RangeError} when `maximumSteps` is not a whole number >= 1. */
export function checkMaximumSteps(maximumSteps: number): void {
  if (!Number.isInteger(maximumSteps) || maximumSteps < 1) {
    throw new RangeError(`maximumSteps must be a whole number >= 1, got ${String(maximumSteps)}`);
  }
}
