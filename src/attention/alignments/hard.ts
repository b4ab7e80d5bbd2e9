import { tf } from '../../tensorflow';
import { realPositions, requireScores } from '../masked-softmax';
import { gumbelNoise } from '../seeded-noise';
import type { AlignmentRule } from './rule';

/** Options of {@link hardAlignment}. */
export interface HardAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** Take the best position, or draw one from the softmax of the scores. */
  mode: 'argmax' | 'sample';
  /** Seed of the draw, 0 included. Default: a fresh draw at every call. In training pass seed + step. */
  seed?: number | undefined;
  /** Target step of the first query, for decoding step by step. Default: 0. */
  firstStep?: number | undefined;
}

/**
 * Hard alignment: each query looks at exactly one source position.
 *
 * A choice has no slope, so no gradient reaches the scores (it is zero, not an error). To learn where to look, use
 * REINFORCE on the sampled choice, the straight-through {@link gumbelAlignment}, or the exact marginal: lesson 07
 * compares the three. A window of soft weights is not hard attention, whatever some articles say: that is local.
 *
 * @param scores `[batch, queries, keys]`.
 * @returns weights `[batch, queries, keys]`: one 1 in each row, at a real position; a row without any is all zero.
 *     Of equal scores, `argmax` takes the first.
 * @throws {ShapeError} when `scores` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `mode` is unknown or `mask` holds anything but 0 and 1.
 * @see Xu et al. 2015, section 4.1. Lesson 07.
 */
export function hardAlignment(scores: tf.Tensor3D, options: HardAlignmentOptions): tf.Tensor3D {
  const { mask, mode, seed, firstStep } = options;
  requireScores('scores', scores, mask);
  requireMode(mode);
  return withoutGradient(scores, (logits) => {
    if (logits.size === 0) return tf.zeros(logits.shape);
    if (mode === 'argmax') return oneHotOfBest(logits, mask);
    const noise = gumbelNoise(scores.shape, seed, firstStep, mask); // [batch, queries, keys]
    return oneHotOfBest(logits.add(noise), mask); // [batch, queries, keys]
  });
}

/** Hard alignment, as `align` knows it: a decision takes the best position. */
export const hard: AlignmentRule<Pick<HardAlignmentOptions, 'mode' | 'seed'>> = {
  check: ({ mode }) => requireMode(mode),
  continue: ({ mode, seed }, scores, { step: firstStep }, { mask, decision, seed: seedOfCall = seed }) => ({
    weights: hardAlignment(scores, { mask, mode: decision ? 'argmax' : mode, seed: seedOfCall, firstStep }),
  }),
};

/** @throws {RangeError} when `mode` is not one of {@link hardAlignment}'s. */
export function requireMode(mode: string): void {
  if (mode !== 'argmax' && mode !== 'sample') throw new RangeError(`mode must be 'argmax' or 'sample', got '${mode}'`);
}

/**
 * 1 at the best real position of each row, 0 elsewhere; a row of -Infinity has none. Not `tf.oneHot`, which refuses a
 * single position.
 */
export function oneHotOfBest(scores: tf.Tensor3D, mask?: tf.Tensor2D): tf.Tensor3D {
  return tf.tidy(() => {
    const real = mask && realPositions(mask).expandDims(1); // [batch, 1, keys]
    const candidates = real ? tf.where(real, scores.cast('float32'), -Infinity) : scores; // [batch, queries, keys]
    const best = candidates.argMax(-1).expandDims(-1); // [batch, queries, 1]
    const positions = tf.range(0, scores.shape[2], 1, 'int32'); // [keys]
    const chosen = tf.logicalAnd(tf.equal(best, positions), tf.notEqual(candidates, -Infinity)); // [batch, queries, keys]
    return chosen.cast('float32') as tf.Tensor3D;
  });
}

/** What `compute` returns, and a gradient of zero. */
export function withoutGradient(x: tf.Tensor3D, compute: (x: tf.Tensor3D) => tf.Tensor3D): tf.Tensor3D {
  const operation = tf.customGrad((input) => ({
    value: tf.tidy(() => compute(input as tf.Tensor3D)),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return operation(x) as tf.Tensor3D;
}
