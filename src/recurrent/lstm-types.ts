import { requireMask, requireRank, requireShape, ShapeError } from '../shapes';
import type { tf } from '../tensorflow';

/** An LSTM's weights, laid out as in `tf.layers.lstm` and Keras: the gates i, f, g (candidate), o side by side. */
export type LstmWeights = {
  /** `[features, 4 * units]`, from the input to the gates. */
  kernel: tf.Tensor2D;
  /** `[units, 4 * units]`, from the output of the step before to the gates. */
  recurrentKernel: tf.Tensor2D;
  /** `[4 * units]`. */
  bias: tf.Tensor1D;
};

/** An LSTM's state between two steps. */
export type LstmState = {
  /** The output, `[batch, units]`. */
  h: tf.Tensor2D;
  /** The memory cell, `[batch, units]`. */
  c: tf.Tensor2D;
};

/** Options of {@link lstmSequence}. */
export interface LstmSequenceOptions {
  /** `[batch, time]`, 1 for a real step, 0 for padding; any pattern. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** The state before the first step. Default: zeros. */
  initialState?: LstmState | undefined;
  /** Read each example from its last real step to its first. Default: false. */
  goBackwards?: boolean | undefined;
}

/** What {@link lstmSequence} returns. */
export type LstmSequenceResult = {
  /** `[batch, time, units]`: `outputs[b, t]` belongs to `x[b, t]`, also when the example was read backwards. */
  outputs: tf.Tensor3D;
  /** The state after the last step that was read. */
  finalState: LstmState;
};

/**
 * @returns the number of units.
 * @throws {ShapeError} when the weights do not fit an input of `features` numbers, or each other.
 */
export function checkLstmWeights(features: number, weights: LstmWeights, prefix = ''): number {
  requireRank(`${prefix}recurrentKernel`, weights.recurrentKernel, 2);
  const units = weights.recurrentKernel.shape[0];
  requireShape(`${prefix}recurrentKernel`, weights.recurrentKernel, [units, 4 * units]);
  requireShape(`${prefix}kernel`, weights.kernel, [features, 4 * units]);
  requireShape(`${prefix}bias`, weights.bias, [4 * units]);
  return units;
}

/**
 * @throws {ShapeError} when the arguments of an LSTM over a sequence do not fit together.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @throws {TypeError} when anything but `mask` is not float32.
 */
export function checkLstmArguments(
  x: tf.Tensor3D,
  weights: LstmWeights,
  { mask, initialState }: LstmSequenceOptions,
  prefix = '',
): void {
  requireRank('x', x, 3);
  const [batch, time, features] = x.shape;
  if (batch < 1 || time < 1) {
    throw new ShapeError(`x must hold at least one example and one step, got shape [${x.shape.join(', ')}]`);
  }
  const units = checkLstmWeights(features, weights, prefix);
  if (mask) requireMask('mask', mask, batch, time);
  if (initialState) {
    requireShape(`${prefix}initialState.h`, initialState.h, [batch, units]);
    requireShape(`${prefix}initialState.c`, initialState.c, [batch, units]);
  }
  requireFloat('x', x);
  for (const name of ['kernel', 'recurrentKernel', 'bias'] as const) requireFloat(prefix + name, weights[name]);
  if (initialState) {
    requireFloat(`${prefix}initialState.h`, initialState.h);
    requireFloat(`${prefix}initialState.c`, initialState.c);
  }
}

function requireFloat(argument: string, tensor: tf.Tensor): void {
  if (tensor.dtype === 'float32') return;
  throw new TypeError(
    `${argument} must be float32, got ${tensor.dtype}: convert it with tf.cast(${argument}, 'float32')`,
  );
}
