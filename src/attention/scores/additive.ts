import { unlessEmpty } from '../../empty-tensors';
import { requireRank, requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import type { ScoreRule } from './rule';
import { keyByKey, project, requireQueryAndKeys, scoreShape } from './widths';

/** Weights of {@link additiveScore}. */
export interface AdditiveScoreWeights {
  /** Projects a query, `[query width, units]`. */
  Wq: tf.Tensor2D;
  /** Projects a key, `[key width, units]`. */
  Wk: tf.Tensor2D;
  /** Turns the hidden vector of a pair into one number, `[units]`. */
  v: tf.Tensor1D;
  /** Bias of the hidden vector, `[units]`. Default: none. */
  b?: tf.Tensor1D | undefined;
}

/**
 * Additive score: a small network with one hidden layer looks at each pair of query and key.
 *
 * The first attention score, by Bahdanau: `score(t, s) = v . tanh(Wq q_t + Wk k_s + b)`. It holds a hidden vector for
 * every pair, so it costs more memory than the dot scores; in exchange it can learn any match, not only agreement.
 *
 * @param query `[batch, queries, query width]`.
 * @param keys `[batch, keys, key width]`.
 * @returns scores `[batch, queries, keys]`.
 * @throws {ShapeError} when a rank is not 3, the batch differs, or a weight does not fit the widths.
 * @see Bahdanau, Cho & Bengio 2015, appendix A.1.2. Lesson 05.
 */
export function additiveScore(query: tf.Tensor3D, keys: tf.Tensor3D, weights: AdditiveScoreWeights): tf.Tensor3D {
  const { Wq, Wk, v, b } = weights;
  requireQueryAndKeys(query, keys);
  requireRank('v', v, 1);
  requireShape('Wq', Wq, [query.shape[2], v.shape[0]]);
  requireShape('Wk', Wk, [keys.shape[2], v.shape[0]]);
  if (b) requireShape('b', b, [v.shape[0]]);
  return unlessEmpty(scoreShape(query, keys), [query, keys, Wq, Wk, v, b], () => {
    const projectedQuery = project(query, Wq); // [batch, queries, units]
    return keyByKey(keys, 2, (each) => {
      const projectedKeys = project(each, Wk); // [batch, keys, units]
      return scorePairs(projectedQuery, b ? projectedKeys.add(b) : projectedKeys, v); // [batch, queries, keys]
    });
  });
}

/** The additive score, as `score` knows it: keys made ready are projected, their bias added. */
export const additive: ScoreRule<AdditiveScoreWeights> = {
  weightShapes: ({ queryWidth, keyWidth, units }) => ({
    Wq: [queryWidth, units],
    Wk: [keyWidth, units],
    v: [units],
    b: [units],
  }),
  score: additiveScore,
  prepare(keys, { Wk, b, v }) {
    requireRank('v', v, 1);
    if (b) requireShape('b', b, [v.shape[0]]);
    requireShape('Wk', Wk, [keys.shape[2], v.shape[0]]);
    const projected = keyByKey(keys, 1, (each) => project(each, Wk)); // [batch, keys, units]
    return { keys: b ? unlessEmpty<tf.Tensor3D>(projected.shape, [projected, b], () => projected.add(b)) : projected };
  },
  scorePrepared(query, { keys }, { Wq, v }) {
    requireQueryAndKeys(query, keys, v.shape[0]);
    requireShape('Wq', Wq, [query.shape[2], keys.shape[2]]);
    return unlessEmpty(scoreShape(query, keys), [query, keys, Wq, v], () =>
      keyByKey(keys, 2, (each) => scorePairs(project(query, Wq), each, v)),
    );
  },
};

/**
 * `v . tanh(q_t + k_s)` of all pairs, where query and keys are projected already.
 *
 * @param query `[batch, queries, units]`.
 * @param keys `[batch, keys, units]`, bias included.
 * @param v `[units]`.
 * @returns scores `[batch, queries, keys]`.
 */
export function scorePairs(query: tf.Tensor3D, keys: tf.Tensor3D, v: tf.Tensor1D): tf.Tensor3D {
  const [batch, queries, units] = query.shape;
  const pairs = query.expandDims(2).add(keys.expandDims(1)).tanh(); // [batch, queries, keys, units]
  const flat = tf.matMul(pairs.reshape([-1, units]) as tf.Tensor2D, v.expandDims(1) as tf.Tensor2D); // [all pairs, 1]
  return flat.reshape([batch, queries, keys.shape[1]]); // [batch, queries, keys]
}
