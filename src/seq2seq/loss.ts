import { unlessEmpty } from '../empty-tensors';
import { allFinite } from '../finite';
import { requireRank, requireShape } from '../shapes';
import { tf } from '../tensorflow';
import { requireIds } from './ids';

/** Options of {@link sequenceLoss}. */
export interface SequenceLossOptions {
  /** The id that stands for padding in the targets: such places cost nothing. Default: 0. */
  paddingId?: number | undefined;
  /**
   * Share of the probability that the truth gives away to all symbols alike, 0 to below 1: keeps a model from being too
   * sure of itself. Default: 0.
   */
  labelSmoothing?: number | undefined;
  /** How likely each symbol is by other models, `[batch, time, vocabulary]`, such as `softTargets` gives. Default: none. */
  softTargets?: tf.Tensor3D | undefined;
  /** Share of the truth that the soft targets are, 0 to 1; the targets are the rest. Only with them. Default: 0.75. */
  softShare?: number | undefined;
}

const SOFT_SHARE = 0.75;

/**
 * Cross-entropy for each real target symbol, in nats: how surprised the model was, on average.
 *
 * A model that knows nothing scores `ln(vocabulary)`. Padding is neither in the sum nor in the count, so a batch's loss
 * does not depend on how far its shorter examples are padded, nor on what the logits say there. A symbol that is not
 * the truth may have the logit -Infinity.
 *
 * @param logits `[batch, time, vocabulary]`.
 * @param targets `[batch, time]` int32 ids.
 * @returns a scalar; 0 when the targets are nothing but padding.
 * @throws {ShapeError} when the shapes do not fit.
 * @throws {TypeError} when the targets are not int32.
 * @throws {RangeError} when a target is neither padding nor in the vocabulary, `labelSmoothing` is not in [0, 1) or
 *   `softShare` is not in [0, 1].
 * @see Lesson 05. Label smoothing: Szegedy et al. 2016, section 7. Soft targets: Hinton, Vinyals & Dean 2015.
 */
export function sequenceLoss(
  logits: tf.Tensor3D,
  targets: tf.Tensor2D,
  { paddingId = 0, labelSmoothing = 0, softTargets, softShare = SOFT_SHARE }: SequenceLossOptions = {},
): tf.Scalar {
  requireRank('logits', logits, 3);
  const [batch, time, vocabulary] = logits.shape;
  requireShape('targets', targets, [batch, time]);
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`labelSmoothing must be at least 0 and below 1, got ${labelSmoothing}`);
  }
  if (!(softShare >= 0 && softShare <= 1)) {
    throw new RangeError(`softShare must be at least 0 and at most 1, got ${softShare}`);
  }
  if (softTargets) requireShape('softTargets', softTargets, logits.shape);
  requireIds('targets', targets, vocabulary, paddingId);
  return unlessEmpty([], [logits], () => {
    const real = tf.notEqual(targets, paddingId).cast('float32'); // [batch, time]
    const count = tf.maximum(tf.sum(real), 1); // []
    const exact = oneOf(targets, vocabulary).cast('float32'); // [batch, time, vocabulary]
    const smooth = labelSmoothing ? exact.mul(1 - labelSmoothing).add(labelSmoothing / vocabulary) : exact;
    const truth = softTargets ? smooth.mul(1 - softShare).add(softTargets.mul(softShare)) : smooth;
    const share = truth.mul(tf.div(real, count).expandDims(2)); // [batch, time, vocabulary]
    const loss = tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), share))) as tf.Scalar;
    if (allFinite(loss)) return loss;
    // 0 times what is not finite is NaN: padding and impossible symbols must be left out, not multiplied by 0.
    const counts = real.cast('bool').expandDims(2); // [batch, time, 1]
    const costs = tf.where(counts, share, 0); // [batch, time, vocabulary]
    const logs = tf.logSoftmax(tf.where(counts, logits, 0)); // [batch, time, vocabulary]
    return tf.neg(tf.sum(tf.mul(tf.where(isPositive(costs), logs, 0), costs))) as tf.Scalar;
  });
}

/** Whether each number is above 0, from the numbers: a comparison on the gradient tape would throw. */
function isPositive(tensor: tf.Tensor): tf.Tensor {
  return tf.tensor(
    Uint8Array.from(tensor.dataSync(), (value) => Number(value > 0)),
    tensor.shape,
    'bool',
  );
}

/** True for each target's own symbol, `[batch, time, vocabulary]`. Not `tf.oneHot`, which refuses a single symbol. */
function oneOf(targets: tf.Tensor2D, vocabulary: number): tf.Tensor3D {
  return tf.equal(targets.expandDims(2), tf.range(0, vocabulary, 1, 'int32'));
}

/**
 * The log-probability of each target symbol.
 *
 * @param logits `[batch, time, vocabulary]`.
 * @param targets `[batch, time]` int32 ids.
 * @returns `[batch, time]`, all <= 0.
 * @throws {ShapeError} when the shapes do not fit.
 * @throws {TypeError} when the targets are not int32.
 * @throws {RangeError} when a target is not in the vocabulary.
 */
export function symbolLogProbabilities(logits: tf.Tensor3D, targets: tf.Tensor2D): tf.Tensor2D {
  requireRank('logits', logits, 3);
  const [batch, time, vocabulary] = logits.shape;
  requireShape('targets', targets, [batch, time]);
  requireIds('targets', targets, vocabulary);
  return unlessEmpty([batch, time], [logits], () => {
    const truth = oneOf(targets, vocabulary); // [batch, time, vocabulary]
    return tf.sum(tf.where(truth, tf.logSoftmax(logits), 0), 2); // [batch, time]
  });
}
