import { unlessEmpty } from '../../empty-tensors';
import { tf } from '../../tensorflow';
import { dotScore } from './dot';
import type { ScoreRule } from './rule';
import { keyByKey, requireQueryAndKeys, scoreShape } from './widths';

/**
 * Scaled dot score: the dot score divided by the square root of the width.
 *
 * The dot product of two random vectors grows with the root of their width; unscaled, a wide model's softmax starts
 * out saturated and learns slowly: `score(t, s) = q_t . k_s / sqrt(width)`.
 *
 * @param query `[batch, queries, width]`.
 * @param keys `[batch, keys, width]`.
 * @returns scores `[batch, queries, keys]`.
 * @throws {ShapeError} when a rank is not 3, or batch or width differ.
 * @see Vaswani et al. 2017, section 3.2.1. Lessons 06 and 10.
 */
export function scaledDotScore(query: tf.Tensor3D, keys: tf.Tensor3D): tf.Tensor3D {
  requireQueryAndKeys(query, keys, query?.shape?.[2]);
  return unlessEmpty(scoreShape(query, keys), [query, keys], () => {
    const shorter = query.mul(1 / Math.sqrt(query.shape[2])); // [batch, queries, width]
    return keyByKey(keys, 2, (each) => tf.matMul(shorter as tf.Tensor3D, each, false, true)); // [batch, queries, keys]
  });
}

/** The scaled dot score, as `score` knows it: keys made ready are shorter, so that their dot product is the score. */
export const scaledDot: ScoreRule<Record<string, never>> = {
  weightShapes: () => ({}),
  score: scaledDotScore,
  prepare: (keys) => ({
    keys: unlessEmpty<tf.Tensor3D>(keys.shape, [keys], () => keys.div(Math.sqrt(keys.shape[2]))), // [batch, keys, width]
  }),
  scorePrepared: (query, { keys }) => dotScore(query, keys),
};
