import { unlessEmpty } from '../../empty-tensors';
import { allFinite, finiteSteps } from '../../finite';
import { requireRank, requireShape } from '../../shapes';
import { tf } from '../../tensorflow';

/**
 * @throws {ShapeError} when `query` or `keys` is not rank 3, their batch differs, or keys are not `keyWidth` wide.
 */
export function requireQueryAndKeys(query: tf.Tensor3D, keys: tf.Tensor3D, keyWidth: number | null = null): void {
  requireRank('query', query, 3);
  requireShape('keys', keys, [query.shape[0], null, keyWidth]);
}

/** The shape of the scores of `query` and `keys`, `[batch, queries, keys]`. */
export function scoreShape(query: tf.Tensor3D, keys: tf.Tensor3D): [number, number, number] {
  return [query.shape[0], query.shape[1], keys.shape[1]];
}

/**
 * What is computed from keys step by step, where a key that is not finite spoils its own step only: it gives NaN there,
 * which an alignment replaces if the key is padding, and passes no gradient back. (0 times NaN is NaN: by itself it would
 * spoil the gradient of every weight.)
 *
 * @param keys `[batch, keys, width]`.
 * @param axis the axis of the result, of rank 3, that the keys are on.
 */
export function keyByKey(keys: tf.Tensor3D, axis: 1 | 2, compute: (keys: tf.Tensor3D) => tf.Tensor3D): tf.Tensor3D {
  if (keys.size === 0 || allFinite(keys)) return compute(keys);
  return tf.tidy(() => {
    const finite = finiteSteps(keys); // [batch, keys]
    const result = compute(tf.where(finite.expandDims(2), keys, 0));
    return tf.where(finite.expandDims(axis === 1 ? 2 : 1), result, NaN);
  });
}

/**
 * A matrix applied to every vector of a sequence: one flat matrix product, whose gradient every backend has.
 *
 * @param sequence `[batch, steps, width]`.
 * @param matrix `[width, units]`.
 * @returns `[batch, steps, units]`.
 */
export function project(sequence: tf.Tensor3D, matrix: tf.Tensor2D): tf.Tensor3D {
  const [batch, steps, width] = sequence.shape;
  return unlessEmpty([batch, steps, matrix.shape[1]], [sequence, matrix], () => {
    const flat = tf.matMul(sequence.reshape([batch * steps, width]) as tf.Tensor2D, matrix); // [batch * steps, units]
    return flat.reshape([batch, steps, matrix.shape[1]]); // [batch, steps, units]
  });
}
