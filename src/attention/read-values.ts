import { unlessEmpty } from '../empty-tensors';
import { requireRank, requireShape } from '../shapes';
import { tf } from '../tensorflow';

/**
 * Reads: each query's context is the sum of the values, weighted by where the query looks.
 *
 * The last of the three steps of attention (score, align, read), and the same for every variant.
 *
 * @param weights `[batch, queries, keys]`, an alignment's output.
 * @param values `[batch, keys, width]`, what there is to read at each source position.
 * @returns context `[batch, queries, width]`; a query whose weights are all zero reads zeros.
 * @throws {ShapeError} when a rank is not 3, or the batch or the number of keys differs.
 * @see Bahdanau, Cho & Bengio 2015, equation 5. Lesson 05.
 */
export function readValues(weights: tf.Tensor3D, values: tf.Tensor3D): tf.Tensor3D {
  requireRank('weights', weights, 3);
  requireShape('values', values, [weights.shape[0], weights.shape[2], null]);
  const shape = [weights.shape[0], weights.shape[1], values.shape[2]];
  return unlessEmpty(shape, [weights, values], () => tf.matMul(weights, values)); // [batch, queries, width]
}
