import { isEmpty, zerosFrom } from '../empty-tensors';
import { requireRank, requireShape } from '../shapes';
import { tf } from '../tensorflow';
import { checkLstmWeights, type LstmState, type LstmWeights } from './lstm-types';

/** The four gates of an LSTM, `[batch, 4 * units]` as Keras lays them side by side, each `[batch, units]`. */
export function fourGates(all: tf.Tensor): Record<'i' | 'f' | 'g' | 'o', tf.Tensor2D> {
  const [i, f, g, o] = tf.split(all, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return { i, f, g, o };
}

/** What {@link lstmStep} returns: the new state, and the gates for those who want to look inside. */
export type LstmStep = LstmState & {
  /** Each `[batch, units]`; `input`, `forget` and `output` lie between 0 and 1, `candidate` between -1 and 1. */
  gates: { input: tf.Tensor2D; forget: tf.Tensor2D; candidate: tf.Tensor2D; output: tf.Tensor2D };
};

/**
 * One step of an LSTM, written out.
 *
 * The cell `c` is a memory that is changed only by multiplying (forget) and adding (write): that is why a gradient
 * survives many steps. The output `h` is the part of the memory that the output gate lets through.
 *
 * ```text
 * i = sigmoid(x Wi + h Ui + bi)     how much to write
 * f = sigmoid(x Wf + h Uf + bf)     how much to keep
 * g = tanh(x Wg + h Ug + bg)        what to write
 * o = sigmoid(x Wo + h Uo + bo)     how much to show
 * c = f * c + i * g
 * h = o * tanh(c)
 * ```
 *
 * @param x `[batch, features]`, the input of this step.
 * @param state `h` and `c` of the step before, each `[batch, units]`.
 * @param weights the four gates' weights side by side in the order i, f, g, o, as Keras stores them.
 * @throws {ShapeError} when a rank or shape does not fit, naming the argument.
 * @see Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000 for the forget gate. Lesson 02.
 */
export function lstmStep(x: tf.Tensor2D, { h, c }: LstmState, weights: LstmWeights): LstmStep {
  requireRank('x', x, 2);
  const [batch, features] = x.shape;
  const units = checkLstmWeights(features, weights);
  requireShape('state.h', h, [batch, units]);
  requireShape('state.c', c, [batch, units]);
  const { kernel, recurrentKernel, bias } = weights;
  return tf.tidy(() => {
    if (isEmpty([batch, units], [])) {
      const none = () => zerosFrom<tf.Tensor2D>([x, h, c, kernel, recurrentKernel, bias], [batch, units]);
      return { h: none(), c: none(), gates: { input: none(), forget: none(), candidate: none(), output: none() } };
    }
    const all = tf.matMul(x, kernel).add(tf.matMul(h, recurrentKernel)).add(bias); // [batch, 4 * units]
    const { i, f, g, o } = fourGates(all); // each [batch, units]
    const input = tf.sigmoid(i); // [batch, units]
    const forget = tf.sigmoid(f); // [batch, units]
    const candidate = tf.tanh(g); // [batch, units]
    const output = tf.sigmoid(o); // [batch, units]
    const newC = tf.add(forget.mul(c), input.mul(candidate)) as tf.Tensor2D; // [batch, units]
    const newH = output.mul(tf.tanh(newC)) as tf.Tensor2D; // [batch, units]
    return { h: newH, c: newC, gates: { input, forget, candidate, output } };
  });
}
