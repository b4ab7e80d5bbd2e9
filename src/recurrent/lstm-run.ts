import type { tf } from '../tensorflow';
import type { LstmState, LstmWeights } from './lstm-types';

/** One LSTM over a sequence: its weights, where it starts, and which way it reads. */
export interface LstmDirection {
  weights: LstmWeights;
  initialState: LstmState;
  goBackwards: boolean;
}

/** What one LSTM, or two side by side, leave behind. */
export type LstmRunResult = {
  /** `[batch, time, directions * units]`, in the order of `x`. */
  outputs: tf.Tensor3D;
  /** One for each direction. */
  finalStates: LstmState[];
};

/**
 * One or two LSTMs of the same size over the same sequence, as one backend computes them: differentiable with respect
 * to `x`, all weights and all initial states.
 */
export type LstmImplementation = (x: tf.Tensor3D, directions: LstmDirection[], mask?: tf.Tensor2D) => LstmRunResult;
