import { unlessEmpty } from '../../empty-tensors';
import { tf } from '../../tensorflow';
import type { ScoreRule } from './rule';
import { keyByKey, requireQueryAndKeys, scoreShape } from './widths';

/**
 * Dot score: query and key match as far as they point the same way.
 *
 * No weights at all, so query and keys must share one space: `score(t, s) = q_t . k_s`.
 *
 * @param query `[batch, queries, width]`.
 * @param keys `[batch, keys, width]`.
 * @returns scores `[batch, queries, keys]`.
 * @throws {ShapeError} when a rank is not 3, or batch or width differ.
 * @see Luong, Pham & Manning 2015, section 3.1, "dot". Lesson 06.
 */
export function dotScore(query: tf.Tensor3D, keys: tf.Tensor3D): tf.Tensor3D {
  requireQueryAndKeys(query, keys, query?.shape?.[2]);
  return unlessEmpty(scoreShape(query, keys), [query, keys], () =>
    keyByKey(keys, 2, (each) => tf.matMul(query, each, false, true)),
  ); // [batch, queries, keys]
}

/** The dot score, as `score` knows it. */
export const dot: ScoreRule<Record<string, never>> = {
  weightShapes: () => ({}),
  score: dotScore,
  prepare: (keys) => ({ keys: keys.clone() }), // [batch, keys, width]
  scorePrepared: (query, { keys }) => dotScore(query, keys),
};
