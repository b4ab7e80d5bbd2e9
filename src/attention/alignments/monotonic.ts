import { unlessEmpty } from '../../empty-tensors';
import { allFinite } from '../../finite';
import { maskValues, requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { realPositions, requireScores } from '../masked-softmax';
import { normalNoise } from '../seeded-noise';
import { withoutGradient } from './hard';
import { type AlignContext, type AlignmentRule, type AlignmentState, onlyStep } from './rule';

/** Options of {@link monotonicAlignment} and {@link monotonicDecision}. */
export interface MonotonicAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
}

/**
 * Monotonic alignment: where a reader who never goes back is expected to stop, at each step.
 *
 * At every step the reader starts where the last step stopped, and at each position s stops with probability p_t(s) or
 * walks on. The weights are the exact probabilities of stopping at s. What walks past the end is lost: a row may sum to
 * less than 1. Training uses this expectation; at test time {@link monotonicDecision} takes the hard decision.
 *
 * The usual code divides cumulative products by each other, which breaks down when a probability comes near 1. The walk
 * below, position by position, divides by nothing. It is one operation on the gradient tape, and the gradient is the
 * same walk backwards.
 *
 * @param probabilities p_choose `[batch, queries, keys]`, each between 0 and 1: often the sigmoid of the scores.
 * @returns weights `[batch, queries, keys]`: >= 0, at most 1 a row, 0 on padding. The weight that
 *     lies at or before a position never grows from step to step, so while nothing is lost the mean never goes back.
 * @throws {ShapeError} when `probabilities` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when a probability is outside 0 .. 1, or `mask` holds anything but 0 and 1.
 * @see Raffel et al. 2017, "Online and linear-time attention by enforcing monotonic alignments", equation 9. Lesson 09.
 */
export function monotonicAlignment(probabilities: tf.Tensor3D, { mask }: MonotonicAlignmentOptions = {}): tf.Tensor3D {
  requireProbabilities(probabilities, mask);
  return unlessEmpty(probabilities.shape, [probabilities], () =>
    continueMonotonic(probabilities, firstPosition(probabilities.shape), mask),
  );
}

/**
 * Monotonic decision: the reader stops at the first position whose probability is above one half.
 *
 * What test time does with {@link monotonicAlignment}'s probabilities, one position at a time, without seeing the rest
 * of the source. A decision is an expectation whose probabilities are 0 or 1, and that is how it is computed. It has no
 * slope: its gradient is zero.
 *
 * @param probabilities p_choose `[batch, queries, keys]`, each between 0 and 1.
 * @returns weights `[batch, queries, keys]`: one 1 in each row; all zero from the step on that walks past the end.
 * @throws {ShapeError} when `probabilities` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when a probability is outside 0 .. 1, or `mask` holds anything but 0 and 1.
 * @see Raffel et al. 2017, algorithm 1. Lesson 09.
 */
export function monotonicDecision(probabilities: tf.Tensor3D, { mask }: MonotonicAlignmentOptions = {}): tf.Tensor3D {
  requireProbabilities(probabilities, mask);
  return unlessEmpty(probabilities.shape, [probabilities], () =>
    continueMonotonic(decide(probabilities), firstPosition(probabilities.shape), mask),
  );
}

/** How the stopping probabilities of a monotonic reader come from the scores. */
export interface StoppingOptions {
  /** Added to every score before the sigmoid: below 0 the reader starts out walking on. Default: 0. */
  bias?: number | undefined;
  /** Standard deviation of noise added before the sigmoid, which drives training to clear decisions. Default: 0. */
  noise?: number | undefined;
  /** Seed of the noise, 0 included. Default: fresh noise at every call. */
  seed?: number | undefined;
}

/** Monotonic alignment, as `align` knows it: it remembers where the last step stopped. */
export const monotonic: AlignmentRule<StoppingOptions> = {
  check: ({ noise }) => requireNoise(noise),
  continue(options, scores, state, context) {
    const stops = continueStops(options, scores, state, context); // [batch, queries, keys]
    return { weights: stops, remember: () => onlyStep(stops) };
  },
};

/** @throws {RangeError} when `noise` is not a number of at least 0. */
export function requireNoise(noise = 0): void {
  if (!(noise >= 0)) throw new RangeError(`noise must be >= 0, got ${noise}`);
}

/** Where the reader stops at each of the next steps, `[batch, queries, keys]`, from scores or given probabilities. */
export function continueStops(
  options: StoppingOptions,
  scores: tf.Tensor3D,
  { step, memory }: AlignmentState,
  context: AlignContext,
): tf.Tensor3D {
  const probabilities = stoppingProbabilities(options, scores, context, step); // [batch, queries, keys]
  const given = context.decision ? decide(probabilities) : probabilities; // [batch, queries, keys]
  return continueMonotonic(given, memory ?? firstPosition(scores.shape), context.mask); // [batch, queries, keys]
}

function stoppingProbabilities(
  { bias = 0, noise = 0, seed }: StoppingOptions,
  scores: tf.Tensor3D,
  context: AlignContext,
  firstStep: number,
): tf.Tensor3D {
  if (context.probabilities) {
    requireProbabilities(context.probabilities, context.mask);
    requireShape('probabilities', context.probabilities, scores.shape);
    return context.probabilities;
  }
  const real = withoutPaddedScores(scores, context.mask);
  let logits = bias === 0 ? real.toFloat() : real.add<tf.Tensor3D>(bias); // [batch, queries, keys]
  if (noise > 0 && !context.decision) {
    logits = logits.add(normalNoise(scores.shape, context.seed ?? seed, firstStep, context.mask).mul(noise));
  }
  return tf.sigmoid(logits);
}

/** Zeros for the scores of padding where anything is not finite: the slope of a sigmoid would hand NaN on. */
function withoutPaddedScores(scores: tf.Tensor3D, mask?: tf.Tensor2D): tf.Tensor3D {
  return !mask || allFinite(scores) ? scores : tf.where(realPositions(mask).expandDims(1), scores, 0);
}

/** 1 where the reader stops, 0 where the reader walks on. */
export function decide(probabilities: tf.Tensor3D): tf.Tensor3D {
  return withoutGradient(probabilities, (p) => tf.greater(p, 0.5).cast('float32'));
}

/** Before the first step the reader stands at the first position, `[batch, keys]`. Padding there is walked over. */
export function firstPosition([batch, , keys]: tf.Tensor3D['shape']): tf.Tensor2D {
  const weights = new Float32Array(batch * keys);
  for (let example = 0; example < batch; example++) weights[example * keys] = 1;
  return tf.tensor2d(weights, [batch, keys]);
}

/** @throws {RangeError} when a probability of a real position is outside 0 .. 1: scores go through a sigmoid first. */
export function requireProbabilities(probabilities: tf.Tensor3D, mask?: tf.Tensor2D): void {
  requireScores('probabilities', probabilities, mask);
  const [, queries, keys] = probabilities.shape;
  const real = mask && maskValues(mask);
  const isReal = (place: number) => real?.[Math.floor(place / (queries * keys)) * keys + (place % keys)] !== 0;
  const wrong = probabilities.dataSync().find((value, place) => !(value >= 0 && value <= 1) && isReal(place));
  if (wrong !== undefined) {
    throw new RangeError(`probabilities must lie between 0 and 1, got ${wrong}: scores go through tf.sigmoid first`);
  }
}

/**
 * The walk of {@link monotonicAlignment}, from any place.
 *
 * @param probabilities `[batch, queries, keys]`.
 * @param previous where the step before stopped, `[batch, keys]`.
 * @returns weights `[batch, queries, keys]`, differentiable in both.
 */
export function continueMonotonic(probabilities: tf.Tensor3D, previous: tf.Tensor2D, mask?: tf.Tensor2D): tf.Tensor3D {
  const [batch, queries, keys] = probabilities.shape;
  const real = mask && maskValues(mask);
  const operation = tf.customGrad((stopping, start) => {
    const p = new Float64Array((stopping as tf.Tensor).dataSync());
    const before = (start as tf.Tensor).dataSync();
    const weights = new Float64Array(p.length);
    const arrivals = new Float64Array(p.length);
    for (let row = 0; row < batch * queries; row++) {
      const example = Math.floor(row / queries);
      const firstRow = row % queries === 0;
      let arriving = 0;
      for (let s = 0; s < keys; s++) {
        const here = row * keys + s;
        if (real && !real[example * keys + s]) p[here] = 0; // nobody stops at padding
        arriving += firstRow ? before[example * keys + s]! : weights[here - keys]!;
        arrivals[here] = arriving;
        weights[here] = p[here]! * arriving; // stop here
        arriving *= 1 - p[here]!; // or walk on
      }
    }
    const gradFunc = (dy: tf.Tensor) => {
      const slope = dy.dataSync();
      const forProbabilities = new Float32Array(p.length);
      const forPrevious = new Float32Array(batch * keys);
      for (let example = 0; example < batch; example++) {
        const later = new Float64Array(keys); // what the steps after this one make of stopping at s
        for (let t = queries - 1; t >= 0; t--) {
          let walkOn = 0; // what the positions after this one make of walking on
          for (let s = keys - 1; s >= 0; s--) {
            const here = (example * queries + t) * keys + s;
            const stop = slope[here]! + later[s]!;
            const isReal = !real || real[example * keys + s];
            if (isReal) forProbabilities[here] = arrivals[here]! * (stop - walkOn);
            walkOn = p[here]! * stop + (1 - p[here]!) * walkOn;
            later[s] = walkOn;
          }
        }
        forPrevious.set(later, example * keys);
      }
      return [tf.tensor3d(forProbabilities, [batch, queries, keys]), tf.tensor2d(forPrevious, [batch, keys])];
    };
    return { value: tf.tensor3d(new Float32Array(weights), [batch, queries, keys]), gradFunc };
  });
  return operation(probabilities, previous) as tf.Tensor3D;
}
