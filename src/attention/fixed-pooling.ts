import { requireRank } from '../shapes';
import { tf } from '../tensorflow';
import { requireMask } from './masked-softmax';

/** Options of the poolings that have nothing to learn. */
export interface FixedPoolingOptions {
  /** 1 for a real position, 0 for padding, `[batch, time]`. Default: all real. */
  mask?: tf.Tensor2D;
}

/**
 * The mean over time of the real steps: every word has one vote.
 *
 * @param values `[batch, time, width]`.
 * @returns `[batch, width]`; zeros for a row without a real step.
 * @throws {ShapeError} when `values` is not rank 3 or `mask` is not `[batch, time]`.
 * @see Lesson 04, where it is the baseline that attention pooling has to beat.
 */
export function meanPooling(values: tf.Tensor3D, { mask }: FixedPoolingOptions = {}): tf.Tensor2D {
  checkArguments(values, mask);
  return tf.tidy(() => {
    if (!mask) return tf.mean(values, 1) as tf.Tensor2D; // [batch, width]
    const real = mask.toFloat();
    const sum = tf.sum(tf.mul(values, real.expandDims(2)), 1); // [batch, width]
    const count = tf.maximum(tf.sum(real, 1, true), 1); // [batch, 1]; tf.divNoNan has no gradient
    return tf.div(sum, count) as tf.Tensor2D; // [batch, width]
  });
}

/**
 * The largest value over time of the real steps, feature by feature: the loudest word is heard, each feature on its own.
 *
 * @param values `[batch, time, width]`.
 * @returns `[batch, width]`; zeros for a row without a real step.
 * @throws {ShapeError} when `values` is not rank 3 or `mask` is not `[batch, time]`.
 * @see Lesson 04.
 */
export function maxPooling(values: tf.Tensor3D, { mask }: FixedPoolingOptions = {}): tf.Tensor2D {
  checkArguments(values, mask);
  return tf.tidy(() => {
    if (!mask) return tf.max(values, 1) as tf.Tensor2D; // [batch, width]
    const real = mask.toFloat();
    const lowered = tf.add(values, tf.mul(tf.sub(real, 1), 1e9).expandDims(2)); // padding far below every value
    const any = tf.max(real, 1, true); // [batch, 1]
    return tf.mul(tf.max(lowered, 1), any) as tf.Tensor2D; // [batch, width]
  });
}

/**
 * Where a BiLSTM ends: the forward half after the last word, the backward half after the first.
 *
 * @param states `[batch, time, 2 * units]`, forward half first, where padding on the right repeats the last real state
 *     (as this library's and Keras' LSTM do), so that the last column is right for short rows too.
 * @returns `[batch, 2 * units]`.
 * @throws {ShapeError} when `states` is not rank 3.
 * @see Lesson 03.
 */
export function lastStates(states: tf.Tensor3D): tf.Tensor2D {
  requireRank('states', states, 3);
  const [batch, time, width] = states.shape;
  return tf.tidy(() => {
    const forward = states.slice([0, time - 1, 0], [batch, 1, width / 2]); // [batch, 1, units]
    const backward = states.slice([0, 0, width / 2], [batch, 1, width / 2]); // [batch, 1, units]
    return tf.concat([forward, backward], 2).reshape([batch, width]) as tf.Tensor2D;
  });
}

function checkArguments(values: tf.Tensor3D, mask?: tf.Tensor2D): void {
  requireRank('values', values, 3);
  if (mask) requireMask('mask', mask, values.shape[0], values.shape[1]);
}
