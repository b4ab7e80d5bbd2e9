import { unlessEmpty } from '../../empty-tensors';
import { requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { dotScore } from './dot';
import type { ScoreRule } from './rule';
import { keyByKey, project, requireQueryAndKeys, scoreShape } from './widths';

/** Weights of {@link generalScore}. */
export interface GeneralScoreWeights {
  /** Takes a query into the space of the keys, `[query width, key width]`. */
  W: tf.Tensor2D;
}

/**
 * General score: a dot product after a learned matrix has taken the query into the space of the keys.
 *
 * Query and keys may have different widths, and the model learns which of their features belong together:
 * `score(t, s) = q_t W k_s`.
 *
 * @param query `[batch, queries, query width]`.
 * @param keys `[batch, keys, key width]`.
 * @returns scores `[batch, queries, keys]`.
 * @throws {ShapeError} when a rank is not 3, the batch differs, or `W` is not `[query width, key width]`.
 * @see Luong, Pham & Manning 2015, section 3.1, "general". Lesson 06.
 */
export function generalScore(query: tf.Tensor3D, keys: tf.Tensor3D, { W }: GeneralScoreWeights): tf.Tensor3D {
  requireQueryAndKeys(query, keys);
  requireShape('W', W, [query.shape[2], keys.shape[2]]);
  return unlessEmpty(scoreShape(query, keys), [query, keys, W], () => {
    const moved = project(query, W); // [batch, queries, key width]
    return keyByKey(keys, 2, (each) => tf.matMul(moved, each, false, true)); // [batch, queries, keys]
  });
}

/** The general score, as `score` knows it: keys made ready lie in the space of the queries. */
export const general: ScoreRule<GeneralScoreWeights> = {
  weightShapes: ({ queryWidth, keyWidth }) => ({ W: [queryWidth, keyWidth] }),
  score: generalScore,
  prepare(keys, { W }) {
    requireShape('W', W, [null, keys.shape[2]]);
    return { keys: keyByKey(keys, 1, (each) => project(each, W.transpose())) }; // [batch, keys, query width]
  },
  scorePrepared: (query, { keys }) => dotScore(query, keys),
};
