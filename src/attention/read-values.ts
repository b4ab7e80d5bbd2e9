import { unlessEmpty } from '../empty-tensors';
import { allFinite, finiteSteps } from '../finite';
import { requireRank, requireShape } from '../shapes';
import { tf } from '../tensorflow';

/**
 * Reads: each query's context is the sum of the values, weighted by where the query looks.
 *
 * The last of the three steps of attention (score, align, read), and the same for every variant.
 *
 * @param weights `[batch, queries, keys]`, an alignment's output.
 * @param values `[batch, keys, width]`, what there is to read at each source position.
 * @returns context `[batch, queries, width]`; a query whose weights are all zero reads zeros. What no query of its example
 *     reads may hold anything, NaN too.
 * @throws {ShapeError} when a rank is not 3, or the batch or the number of keys differs.
 * @see Bahdanau, Cho & Bengio 2015, equation 5. Lesson 05.
 */
export function readValues(weights: tf.Tensor3D, values: tf.Tensor3D): tf.Tensor3D {
  requireRank('weights', weights, 3);
  requireShape('values', values, [weights.shape[0], weights.shape[2], null]);
  const shape = [weights.shape[0], weights.shape[1], values.shape[2]];
  return unlessEmpty(shape, [weights, values], () => tf.matMul(weights, readable(values, weights))); // [batch, queries, width]
}

/** The values, with zeros for what is not finite and not read: padding may hold anything, and 0 times NaN is NaN. */
function readable(values: tf.Tensor3D, weights: tf.Tensor3D): tf.Tensor3D {
  if (allFinite(values)) return values;
  const [batch, queries, keys] = weights.shape;
  const shares = weights.dataSync();
  const read = new Uint8Array(batch * keys);
  shares.forEach((share, place) => {
    if (share !== 0) read[Math.floor(place / (queries * keys)) * keys + (place % keys)] = 1;
  });
  const kept = tf.logicalOr(finiteSteps(values), tf.tensor2d(read, [batch, keys], 'bool')); // [batch, keys]
  return tf.where(kept.expandDims(2), values, 0);
}
