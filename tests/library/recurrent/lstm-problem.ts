import { LstmSequenceOptions, LstmSequenceResult, LstmState, LstmWeights } from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { random } from '../close-to';

/** An LSTM's input and weights. */
export type LstmProblem = { x: tf.Tensor3D; weights: LstmWeights; initialState: LstmState };

/** The same numbers for the same seed. */
export function lstmProblem(batch: number, time: number, features: number, units: number, seed = 0): LstmProblem {
  const spread = 1 / Math.sqrt(units);
  return {
    x: random([batch, time, features], seed),
    weights: {
      kernel: random([features, 4 * units], seed + 1, spread),
      recurrentKernel: random([units, 4 * units], seed + 2, spread),
      bias: random([4 * units], seed + 3),
    },
    initialState: { h: random([batch, units], seed + 4), c: random([batch, units], seed + 5) },
  };
}

/** Rows of `time` steps, one for each length. */
export function rightPadding(lengths: number[], time: number): tf.Tensor2D {
  return tf.tensor2d(lengths.map((length) => Array.from({ length: time }, (_, step) => (step < length ? 1 : 0))));
}

/** Every kind of mask: full, right padding, left padding, holes, a single step, no real step at all. */
export const ANY_MASK = [
  [1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 0, 0, 0],
  [0, 0, 1, 1, 1, 1, 1],
  [0, 1, 0, 1, 1, 0, 1],
  [0, 0, 0, 1, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0],
];

/** A function like `lstmSequence`. */
export type LstmFunction = (x: tf.Tensor3D, weights: LstmWeights, options?: LstmSequenceOptions) => LstmSequenceResult;

/** Everything that can be compared: outputs, final state, and the gradients of a sum over all of them. */
export function everything(
  lstm: LstmFunction,
  { x, weights, initialState }: LstmProblem,
  options: Omit<LstmSequenceOptions, 'initialState'> = {},
): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    const arguments_ = [x, weights.kernel, weights.recurrentKernel, weights.bias, initialState.h, initialState.c];
    const run = ([a, kernel, recurrentKernel, bias, h, c]: tf.Tensor[]) =>
      lstm(a as tf.Tensor3D, { kernel, recurrentKernel, bias } as LstmWeights, {
        ...options,
        initialState: { h, c } as LstmState,
      });
    const { outputs, finalState } = run(arguments_);
    const probes = [outputs, finalState.h, finalState.c].map(({ shape }, index) => random(shape, 50 + index));
    const loss = (...changed: tf.Tensor[]) => {
      const result = run(changed);
      return tf.addN(
        [result.outputs, result.finalState.h, result.finalState.c].map((value, index) =>
          tf.sum(tf.mul(value, probes[index])),
        ),
      );
    };
    const gradients = tf.grads(loss)(arguments_);
    return {
      outputs,
      h: finalState.h,
      c: finalState.c,
      ...Object.fromEntries(
        ['x', 'kernel', 'recurrentKernel', 'bias', 'h0', 'c0'].map((name, index) => [
          `gradient of ${name}`,
          gradients[index],
        ]),
      ),
    };
  });
}
