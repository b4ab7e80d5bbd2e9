/**
 * A training has come to numbers that are not finite: the loss, a gradient, or what is learnt. The message names the
 * step and says what may help.
 */
export class LossError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'LossError';
}
