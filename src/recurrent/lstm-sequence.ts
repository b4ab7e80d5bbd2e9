import { tf } from '../tensorflow';
import { runLstm } from './lstm-kernel';
import { checkLstmArguments, LstmSequenceOptions, LstmSequenceResult, LstmState, LstmWeights } from './lstm-types';
import { packSteps } from './packing';

/**
 * An LSTM over a sequence, fast: all steps in one native operation, its gradient in another.
 *
 * The same function as {@link lstmSequenceStepwise}, in values and gradients. Where native TensorFlow is not present
 * (a browser), the same is computed with plain operations.
 *
 * A masked step carries the state through and repeats the output of the step before, as Keras does; before an
 * example's first real step that is the initial state. Padding is never read, so its content cannot matter.
 *
 * Here we depart from Keras: with `goBackwards`, `outputs[b, t]` still belongs to `x[b, t]` (Keras returns the outputs
 * in the order of reading).
 *
 * @param x `[batch, time, features]`.
 * @param weights as `tf.layers.lstm({recurrentActivation: 'sigmoid'})` holds them.
 * @returns outputs `[batch, time, units]` and the state after the last real step, `h` and `c` each `[batch, units]`.
 * @throws {ShapeError} when a rank or shape does not fit, naming the argument.
 * @see Lesson 02; the gate equations stand at {@link lstmStep}.
 */
export function lstmSequence(
  x: tf.Tensor3D,
  weights: LstmWeights,
  options: LstmSequenceOptions = {},
): LstmSequenceResult {
  checkLstmArguments(x, weights, options);
  const { mask, initialState, goBackwards = false } = options;
  return tf.tidy(() => {
    const units = weights.recurrentKernel.shape[0];
    const start = initialState ?? { h: tf.zeros([x.shape[0], units]), c: tf.zeros([x.shape[0], units]) };
    return mask
      ? maskedSequence(x, weights, start, goBackwards, mask)
      : unmaskedSequence(x, weights, start, goBackwards);
  });
}

function unmaskedSequence(
  x: tf.Tensor3D,
  { kernel, recurrentKernel, bias }: LstmWeights,
  start: LstmState,
  goBackwards: boolean,
): LstmSequenceResult {
  const inReadingOrder = (tensor: tf.Tensor3D) => (goBackwards ? tf.reverse(tensor, 0) : tensor);
  const w = tf.concat([kernel, recurrentKernel], 0); // [features + units, 4 * units]
  const timeFirst = inReadingOrder(tf.transpose(x, [1, 0, 2])); // [time, batch, features]
  const { h, c } = runLstm({ x: timeFirst, w, b: bias, h0: start.h, c0: start.c }); // each [time, batch, units]
  const outputs = tf.transpose(inReadingOrder(h), [1, 0, 2]); // [batch, time, units]
  return { outputs, finalState: { h: lastStep(h), c: lastStep(c) } };
}

function lastStep(steps: tf.Tensor3D): tf.Tensor2D {
  const [time, batch, units] = steps.shape;
  return tf.slice(steps, [time - 1, 0, 0], [1, batch, units]).reshape([batch, units]);
}

function maskedSequence(
  x: tf.Tensor3D,
  { kernel, recurrentKernel, bias }: LstmWeights,
  start: LstmState,
  goBackwards: boolean,
  mask: tf.Tensor2D,
): LstmSequenceResult {
  const [batch, time, features] = x.shape;
  const units = recurrentKernel.shape[0];
  const { steps, read, place, last } = packSteps(mask, goBackwards);
  const w = tf.concat([kernel, recurrentKernel], 0); // [features + units, 4 * units]
  const rows = tf.gather(x.reshape([batch * time, features]), read); // [steps * batch, features]
  const packed = rows.reshape([steps, batch, features]) as tf.Tensor3D;
  const { h, c } = runLstm({ x: packed, w, b: bias, h0: start.h, c0: start.c }); // each [steps, batch, units]
  const withStart = (initial: tf.Tensor2D, after: tf.Tensor3D) =>
    tf.concat([initial, after.reshape([steps * batch, units]) as tf.Tensor2D], 0); // [(1 + steps) * batch, units]
  const states = withStart(start.h, h);
  return {
    outputs: tf.gather(states, place).reshape([batch, time, units]) as tf.Tensor3D,
    finalState: { h: tf.gather(states, last), c: tf.gather(withStart(start.c, c), last) },
  };
}
