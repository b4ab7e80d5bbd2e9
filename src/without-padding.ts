import { allFinite } from './finite';
import { tf } from './tensorflow';

/**
 * A sequence whose padding can do no harm: where anything in it is NaN or Infinity, padding becomes zeros. (A weight of
 * 0 does not take them away: 0 times NaN is NaN.) All finite, it is returned as it is.
 *
 * @param x `[batch, time, features]`.
 * @param mask `[batch, time]`, 1 = real, 0 = padding. Default: all real.
 */
export function withoutPadding(x: tf.Tensor3D, mask?: tf.Tensor2D): tf.Tensor3D {
  if (!mask || x.size === 0 || allFinite(x)) return x;
  return tf.where(mask.cast('bool').expandDims(2), x, 0);
}
