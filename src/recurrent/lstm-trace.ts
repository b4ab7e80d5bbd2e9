import { tf } from '../tensorflow';

/** What a whole run over all steps starts from. Time comes first here, so that one step is one block of memory. */
export type LstmRun = {
  /** `[time, batch, features]`. */
  x: tf.Tensor3D;
  /** The kernel on top of the recurrent kernel, `[features + units, 4 * units]`. */
  w: tf.Tensor2D;
  /** `[4 * units]`. */
  b: tf.Tensor1D;
  /** `[batch, units]`. */
  h0: tf.Tensor2D;
  /** `[batch, units]`. */
  c0: tf.Tensor2D;
};

/** What a run leaves behind, each `[time, batch, units]`: the outputs `h`, and all that the gradient needs. */
export type LstmTrace = {
  h: tf.Tensor3D;
  c: tf.Tensor3D;
  /** Input gate. */
  i: tf.Tensor3D;
  /** Forget gate. */
  f: tf.Tensor3D;
  /** Output gate. */
  o: tf.Tensor3D;
  /** Candidate, tanh. */
  g: tf.Tensor3D;
  /** tanh(c). */
  tanhC: tf.Tensor3D;
};

/** An LSTM over all steps and its gradient, as one backend computes them. */
export interface LstmImplementation {
  forward(run: LstmRun): LstmTrace;
  /** @returns the gradient of each part of `run`, given those of all outputs `h` and all cells `c`. */
  backward(dh: tf.Tensor3D, dc: tf.Tensor3D, run: LstmRun, trace: LstmTrace): LstmRun;
}
