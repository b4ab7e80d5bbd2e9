import { requireShape } from '../shapes';
import { tf } from '../tensorflow';
import { runLstm } from './choose-lstm';
import { zeroState } from './lstm-sequence';
import { checkLstmArguments, type LstmState, type LstmWeights } from './lstm-types';

/** How the two directions' outputs become one, as in `tf.layers.bidirectional`. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave';

/** Options of {@link bidirectional}. */
export interface BidirectionalOptions {
  /** `[batch, time]`, 1 for a real step, 0 for padding; any pattern. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** Default: `concat`, `[batch, time, 2 * units]`; all others give `[batch, time, units]`. */
  mergeMode?: MergeMode | undefined;
  /** The state before the first step of the forward direction. Default: zeros. */
  forwardState?: LstmState | undefined;
  /** The state before the first step of the backward direction. Default: zeros. */
  backwardState?: LstmState | undefined;
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

const MERGE: Record<Exclude<MergeMode, 'concat'>, (forward: tf.Tensor3D, backward: tf.Tensor3D) => tf.Tensor3D> = {
  sum: (forward, backward) => tf.add(forward, backward),
  mul: (forward, backward) => tf.mul(forward, backward),
  ave: (forward, backward) => tf.mul(0.5, tf.add(forward, backward)),
};
const MERGE_MODES = ['concat', ...Object.keys(MERGE)];

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
 * @throws {TypeError} when a tensor other than the mask is not float32.
 * @throws {RangeError} when `mergeMode` is not one of the four, or `mask` holds anything but 0 and 1.
 * @see Schuster & Paliwal 1997. Lesson 03.
 */
export function bidirectional(
  x: tf.Tensor3D,
  forwardWeights: LstmWeights,
  backwardWeights: LstmWeights,
  { mask, mergeMode = 'concat', forwardState, backwardState }: BidirectionalOptions = {},
): BidirectionalResult {
  if (!MERGE_MODES.includes(mergeMode)) {
    throw new RangeError(`mergeMode must be one of ${MERGE_MODES.join(', ')}, got ${String(mergeMode)}`);
  }
  checkLstmArguments(x, forwardWeights, { mask, initialState: forwardState }, 'forward ');
  checkLstmArguments(x, backwardWeights, { mask, initialState: backwardState }, 'backward ');
  requireShape('backward recurrentKernel', backwardWeights.recurrentKernel, forwardWeights.recurrentKernel.shape);
  return tf.tidy(() => {
    const directions = [
      { weights: forwardWeights, initialState: forwardState ?? zeroState(x, forwardWeights), goBackwards: false },
      { weights: backwardWeights, initialState: backwardState ?? zeroState(x, backwardWeights), goBackwards: true },
    ];
    const { outputs, finalStates } = runLstm(x, directions, mask);
    return { outputs: merge(outputs, mergeMode), forwardState: finalStates[0]!, backwardState: finalStates[1]! };
  });
}

function merge(outputs: tf.Tensor3D, mergeMode: MergeMode): tf.Tensor3D {
  if (mergeMode === 'concat') return outputs;
  const [forward, backward] = tf.split(outputs, 2, 2) as [tf.Tensor3D, tf.Tensor3D];
  return MERGE[mergeMode](forward, backward);
}
