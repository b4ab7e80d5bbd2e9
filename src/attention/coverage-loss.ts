import { unlessEmpty } from '../empty-tensors';
import { requireMask, requireRank } from '../shapes';
import { tf } from '../tensorflow';
import { withoutPadding } from '../without-padding';

/** Options of {@link coverageLoss}. */
export interface CoverageLossOptions {
  /** 1 for a real target step, 0 for padding, `[batch, queries]`: padded steps neither cover nor cost. Default: all real. */
  queryMask?: tf.Tensor2D | undefined;
}

/**
 * Coverage loss: what it costs to look again at what earlier steps have covered.
 *
 * `sum over s of min(a_t(s), c_t(s))`, where c is the sum of the earlier steps' weights, averaged over all real steps.
 * Added to the usual loss with a small factor it discourages repetition, whatever the alignment is.
 *
 * @param weights `[batch, queries, keys]`, any alignment's output.
 * @returns a scalar between 0 and 1, 0 when no position is looked at twice.
 * @throws {ShapeError} when `weights` is not rank 3 or `queryMask` is not `[batch, queries]`.
 * @throws {RangeError} when `queryMask` holds anything but 0 and 1.
 * @see See, Liu & Manning 2017, "Get to the point", equation 12. Lesson 09.
 */
export function coverageLoss(weights: tf.Tensor3D, { queryMask }: CoverageLossOptions = {}): tf.Scalar {
  requireRank('weights', weights, 3);
  const [batch, queries] = weights.shape;
  if (queryMask) requireMask('queryMask', queryMask, batch, queries);
  return unlessEmpty([], [weights], () => {
    const real = queryMask?.cast('float32').expandDims(-1); // [batch, queries, 1]
    const counted = real ? withoutPadding(weights, queryMask).mul(real) : weights; // [batch, queries, keys]
    // The axis to sum along must be the last one, named by its number: otherwise TensorFlow.js' gradient is wrong.
    const byKey = counted.transpose([0, 2, 1]); // [batch, keys, queries]
    const covered = byKey.cumsum(2, true); // [batch, keys, queries], sum of the earlier steps
    const twice = tf.minimum(byKey, covered).sum(); // scalar
    const steps = real ? tf.maximum(real.sum(), 1) : tf.scalar(batch * queries); // scalar
    return twice.div(steps) as tf.Scalar;
  });
}
