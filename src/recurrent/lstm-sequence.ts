import { tf } from '../tensorflow';
import { runLstm } from './choose-lstm';
import {
  checkLstmArguments,
  type LstmSequenceOptions,
  type LstmSequenceResult,
  type LstmState,
  type LstmWeights,
} from './lstm-types';

/**
 * An LSTM over a sequence, fast: all steps in one native operation, its gradient in a graph of them.
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
 * @throws {TypeError} when a tensor other than the mask is not float32.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
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
    const direction = { weights, initialState: initialState ?? zeroState(x, weights), goBackwards };
    const { outputs, finalStates } = runLstm(x, [direction], mask);
    return { outputs, finalState: finalStates[0]! };
  });
}

/** The state that an LSTM starts from unless told otherwise. */
export function zeroState(x: tf.Tensor3D, { recurrentKernel }: LstmWeights): LstmState {
  const zeros = tf.zeros([x.shape[0], recurrentKernel.shape[0]]) as tf.Tensor2D;
  return { h: zeros, c: zeros };
}
