import { unlessEmpty } from '../../empty-tensors';
import { requireRank, requireShape, ShapeError } from '../../shapes';
import { tf } from '../../tensorflow';
import { scorePairs } from './additive';
import type { ScoreRule } from './rule';
import { keyByKey, project, requireQueryAndKeys, scoreShape } from './widths';

/** Weights of {@link concatScore}. */
export interface ConcatScoreWeights {
  /** Projects query and key, laid end to end, `[query width + key width, units]`. */
  W: tf.Tensor2D;
  /** Turns the hidden vector of a pair into one number, `[units]`. */
  v: tf.Tensor1D;
}

/**
 * Concat score: query and key are laid end to end and go through one hidden layer.
 *
 * `score(t, s) = v . tanh(W [q_t; k_s])`. The rows of W that meet the query and those that meet the key can be applied
 * apart and added, so the long vectors of all pairs need never exist: concat is the additive score without a bias.
 *
 * @param query `[batch, queries, query width]`.
 * @param keys `[batch, keys, key width]`.
 * @returns scores `[batch, queries, keys]`.
 * @throws {ShapeError} when a rank is not 3, the batch differs, or a weight does not fit the widths.
 * @see Luong, Pham & Manning 2015, section 3.1, "concat". Lesson 06.
 */
export function concatScore(query: tf.Tensor3D, keys: tf.Tensor3D, { W, v }: ConcatScoreWeights): tf.Tensor3D {
  requireQueryAndKeys(query, keys);
  requireRank('v', v, 1);
  requireShape('W', W, [query.shape[2] + keys.shape[2], v.shape[0]]);
  return unlessEmpty(scoreShape(query, keys), [query, keys, W, v], () => {
    const [Wq, Wk] = tf.split(W, [query.shape[2], keys.shape[2]]) as [tf.Tensor2D, tf.Tensor2D]; // [query width, units], [key width, units]
    return keyByKey(keys, 2, (each) => scorePairs(project(query, Wq), project(each, Wk), v)); // [batch, queries, keys]
  });
}

/** The concat score, as `score` knows it: keys made ready have met their rows of W. */
export const concat: ScoreRule<ConcatScoreWeights> = {
  weightShapes: ({ queryWidth, keyWidth, units }) => ({ W: [queryWidth + keyWidth, units], v: [units] }),
  score: concatScore,
  prepare(keys, { W }) {
    const width = keys.shape[2];
    const queryWidth = W.shape[0] - width;
    if (queryWidth <= 0) {
      throw new ShapeError(`W must have more than ${width} rows, the width of keys, got [${W.shape.join(', ')}]`);
    }
    const Wk = tf.slice(W, [queryWidth, 0]); // [key width, units]
    return { keys: keyByKey(keys, 1, (each) => project(each, Wk)), queryWidth }; // keys [batch, keys, units]
  },
  scorePrepared(query, { keys, queryWidth = null }, { W, v }) {
    requireQueryAndKeys(query, keys, v.shape[0]);
    requireShape('query', query, [null, null, queryWidth]);
    return unlessEmpty(scoreShape(query, keys), [query, keys, W, v], () => {
      const Wq = tf.slice(W, [0, 0], [query.shape[2], -1]); // [query width, units]
      return keyByKey(keys, 2, (each) => scorePairs(project(query, Wq), each, v)); // [batch, queries, keys]
    });
  },
};
