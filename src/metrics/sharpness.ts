import { isEmpty, zerosFrom } from '../empty-tensors';
import { requireRank } from '../shapes';
import { tf } from '../tensorflow';

/** The result of {@link alignmentSharpness}: one number for each query, `[batch, queries]`; free it with `tf.dispose`. */
export interface AlignmentSharpness {
  /** Entropy in bits: 0 when one position has all the weight, log2(n) when n positions share it equally. */
  entropy: tf.Tensor2D;
  /** The largest weight's share of the row. */
  largest: tf.Tensor2D;
  /** The expected position: where the weight's centre of mass lies, 0 the first position. */
  position: tf.Tensor2D;
}

/**
 * How sharply an alignment points, and where to. Rows that do not sum to 1 (local-p, monotonic) are normalised first; a
 * row without any weight gives zeros.
 *
 * All three have gradients, so that the entropy can be a penalty; a row without any weight has none.
 *
 * @param weights `[batch, queries, keys]`, >= 0, zero on padding.
 * @throws {ShapeError} when `weights` is not rank 3.
 * @see Lesson 11, "The comparison".
 */
export function alignmentSharpness(weights: tf.Tensor3D): AlignmentSharpness {
  requireRank('weights', weights, 3);
  const [batch, queries] = weights.shape;
  return tf.tidy(() => {
    if (isEmpty(weights.shape, [])) {
      const none = () => zerosFrom<tf.Tensor2D>([weights], [batch, queries]);
      return { entropy: none(), largest: none(), position: none() };
    }
    const mass = tf.sum(weights, 2, true); // [batch, queries, 1]
    // From the numbers, not from the tensor: a comparison on the gradient tape would throw.
    const empty = tf.tensor(
      mass.dataSync().map((sum) => (sum === 0 ? 1 : 0)),
      [batch, queries, 1],
    );
    const share = weights.div(mass.add(empty)).mul<tf.Tensor3D>(tf.sub(1, empty)); // [batch, queries, keys]
    // At share 0, share * log(share) is 0; the smallest normal number keeps the logarithm finite there.
    const bits = tf.log(tf.maximum(share, 1.2e-38)).div(-Math.LN2); // [batch, queries, keys]
    const positions = tf.range(0, weights.shape[2]); // [keys]
    return {
      entropy: tf.sum(tf.mul(share, bits), 2) as tf.Tensor2D, // [batch, queries]
      largest: tf.max(share, 2) as tf.Tensor2D, // [batch, queries]
      position: tf.sum(tf.mul(share, positions), 2) as tf.Tensor2D, // [batch, queries]
    };
  });
}
