import { unlessEmpty } from '../empty-tensors';
import { requireMask, requireRank, ShapeError } from '../shapes';
import { tf } from '../tensorflow';
import { withoutPadding } from '../without-padding';
import { realPositions } from './masked-softmax';

/** The lowest float32: no real value is below it. */
const LOWEST = -3.4028234e38;

/** Options of the poolings that have nothing to learn. */
export interface FixedPoolingOptions {
  /** 1 for a real position, 0 for padding, `[batch, time]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
}

/**
 * The mean over time of the real steps: every word has one vote.
 *
 * @param values `[batch, time, width]`.
 * @returns `[batch, width]`; zeros for a row without a real step.
 * @throws {ShapeError} when `values` is not rank 3 or `mask` is not `[batch, time]`.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Lesson 04, where it is the baseline that attention pooling has to beat.
 */
export function meanPooling(values: tf.Tensor3D, { mask }: FixedPoolingOptions = {}): tf.Tensor2D {
  checkArguments(values, mask);
  return unlessEmpty(pooledShape(values), [values], () => {
    if (!mask) return tf.mean(values, 1) as tf.Tensor2D; // [batch, width]
    const real = mask.toFloat();
    const sum = tf.sum(tf.mul(withoutPadding(values, mask), real.expandDims(2)), 1); // [batch, width]
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
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Lesson 04.
 */
export function maxPooling(values: tf.Tensor3D, { mask }: FixedPoolingOptions = {}): tf.Tensor2D {
  checkArguments(values, mask);
  return unlessEmpty(pooledShape(values), [values], () => {
    if (!mask) return tf.max(values, 1) as tf.Tensor2D; // [batch, width]
    // Replaced, not lowered by a large number: padding may hold anything.
    const real = tf.where(realPositions(mask).expandDims(2), values.toFloat(), LOWEST); // [batch, time, width]
    const any = tf.max(mask.toFloat(), 1, true); // [batch, 1]
    return tf.mul(tf.max(real, 1), any) as tf.Tensor2D; // [batch, width]
  });
}

/**
 * Where a BiLSTM ends: the forward half after the last word, the backward half after the first.
 *
 * @param states `[batch, time, 2 * units]`, forward half first, where padding on the right repeats the last real state
 *     (as this library's and Keras' LSTM do), so that the last column is right for short rows too.
 * @returns `[batch, 2 * units]`.
 * @throws {ShapeError} when `states` is not rank 3, holds no step, or its width is odd.
 * @see Lesson 03.
 */
export function lastStates(states: tf.Tensor3D): tf.Tensor2D {
  requireRank('states', states, 3);
  const [batch, time, width] = states.shape;
  const got = `got shape [${states.shape.join(', ')}]`;
  if (time < 1) throw new ShapeError(`states must hold at least one step, ${got}`);
  if (width % 2 !== 0) throw new ShapeError(`states must have an even width, a half for each direction, ${got}`);
  return unlessEmpty(pooledShape(states), [states], () => {
    const forward = states.slice([0, time - 1, 0], [batch, 1, width / 2]); // [batch, 1, units]
    const backward = states.slice([0, 0, width / 2], [batch, 1, width / 2]); // [batch, 1, units]
    return tf.concat([forward, backward], 2).reshape([batch, width]) as tf.Tensor2D;
  });
}

function pooledShape({ shape: [batch, , width] }: tf.Tensor3D): [number, number] {
  return [batch, width];
}

function checkArguments(values: tf.Tensor3D, mask?: tf.Tensor2D): void {
  requireRank('values', values, 3);
  if (mask) requireMask('mask', mask, values.shape[0], values.shape[1]);
}
