import { tf } from '../tensorflow';
import { withoutPadding } from '../without-padding';
import { lstmStep } from './lstm-step';
import {
  checkLstmArguments,
  type LstmSequenceOptions,
  type LstmSequenceResult,
  type LstmState,
  type LstmWeights,
} from './lstm-types';

/**
 * An LSTM over a sequence, one step after the other: the plain form to read, and the reference that
 * {@link lstmSequence} is tested against. Same arguments, same result, several times slower.
 *
 * @throws {ShapeError} and other errors as {@link lstmSequence}.
 * @see Lesson 02.
 */
export function lstmSequenceStepwise(
  x: tf.Tensor3D,
  weights: LstmWeights,
  options: LstmSequenceOptions = {},
): LstmSequenceResult {
  checkLstmArguments(x, weights, options);
  const { mask, initialState, goBackwards = false } = options;
  const [batch, time] = x.shape;
  const units = weights.recurrentKernel.shape[0];
  return tf.tidy(() => {
    const inputs = eachStep(withoutPadding(x, mask)); // time times [batch, features]
    const real = mask && tf.unstack(tf.cast(mask, 'bool').expandDims(2), 1); // time times [batch, 1]
    const outputs = new Array<tf.Tensor2D>(time);
    let state: LstmState = initialState ?? { h: tf.zeros([batch, units]), c: tf.zeros([batch, units]) };
    for (let step = 0; step < time; step++) {
      const t = goBackwards ? time - 1 - step : step;
      const { h, c } = lstmStep(inputs[t]!, state, weights); // each [batch, units]
      // A masked step changes nothing: the state is carried through, and the output of the step before is repeated.
      state = real ? { h: tf.where(real[t]!, h, state.h), c: tf.where(real[t]!, c, state.c) } : { h, c };
      outputs[t] = state.h;
    }
    return { outputs: tf.stack(outputs, 1) as tf.Tensor3D, finalState: { h: state.h.clone(), c: state.c.clone() } };
  });
}

/** `[batch, time, features]` as `time` tensors `[batch, features]`. */
export function eachStep(x: tf.Tensor3D): tf.Tensor2D[] {
  // TensorFlow.js cannot take the gradient of unstack when there is a single part.
  return (x.shape[1] === 1 ? [tf.squeeze(x, [1])] : tf.unstack(x, 1)) as tf.Tensor2D[];
}
