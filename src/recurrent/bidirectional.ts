import { tf } from '../tensorflow';
import { lstmSequence } from './lstm-sequence';
import { LstmState, LstmWeights } from './lstm-types';

/** How the two directions' outputs become one, as in `tf.layers.bidirectional`. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave';

/** Options of {@link bidirectional}. */
export interface BidirectionalOptions {
  /** `[batch, time]`, 1 for a real step, 0 for padding; any pattern. Default: all real. */
  mask?: tf.Tensor2D;
  /** Default: `concat`, `[batch, time, 2 * units]`; all others give `[batch, time, units]`. */
  mergeMode?: MergeMode;
  /** The state before the first step of the forward direction. Default: zeros. */
  forwardState?: LstmState;
  /** The state before the first step of the backward direction. Default: zeros. */
  backwardState?: LstmState;
}

/** What {@link bidirectional} returns. */
export type BidirectionalResult = {
  /** `[batch, time, 2 * units]`, or `[batch, time, units]` for another merge mode than `concat`. */
  outputs: tf.Tensor3D;
  /** The state after the last real step, read forwards. */
  forwardState: LstmState;
  /** The state after the first real step, read backwards. */
  backwardState: LstmState;
};

const MERGE: Record<MergeMode, (forward: tf.Tensor3D, backward: tf.Tensor3D) => tf.Tensor3D> = {
  concat: (forward, backward) => tf.concat([forward, backward], 2),
  sum: (forward, backward) => tf.add(forward, backward),
  mul: (forward, backward) => tf.mul(forward, backward),
  ave: (forward, backward) => tf.mul(0.5, tf.add(forward, backward)),
};

/**
 * Two LSTMs over the same sequence, one from the left and one from the right, so that each step's output knows what
 * stands before it and what stands after it.
 *
 * Each example is reversed within its own length: the backward LSTM starts at the last real step, never in the
 * padding. On right padding, the forward outputs repeat the last real step's and the backward ones are the initial
 * state, as in Keras.
 *
 * @param x `[batch, time, features]`.
 * @throws {ShapeError} when a rank or shape does not fit, naming the argument.
 * @throws {RangeError} when `mergeMode` is not one of the four.
 * @see Schuster & Paliwal 1997. Lesson 03.
 */
export function bidirectional(
  x: tf.Tensor3D,
  forwardWeights: LstmWeights,
  backwardWeights: LstmWeights,
  { mask, mergeMode = 'concat', forwardState, backwardState }: BidirectionalOptions = {},
): BidirectionalResult {
  if (!Object.hasOwn(MERGE, mergeMode)) {
    throw new RangeError(`mergeMode must be one of ${Object.keys(MERGE).join(', ')}, got ${String(mergeMode)}`);
  }
  return tf.tidy(() => {
    const forward = lstmSequence(x, forwardWeights, { mask, initialState: forwardState });
    const backward = lstmSequence(x, backwardWeights, { mask, initialState: backwardState, goBackwards: true });
    return {
      outputs: MERGE[mergeMode](forward.outputs, backward.outputs),
      forwardState: forward.finalState,
      backwardState: backward.finalState,
    };
  });
}
