import type { tf } from '../tensorflow';
import { requireRate } from './numbers';

/**
 * What the training loop needs of an optimizer. Those of `tf.train` and this library's Adam have it.
 *
 * The learning rate is set through `setLearningRate` or the property `learningRate`, whichever there is.
 */
export interface Optimizer {
  /** Changes the variables, given the gradient of each; always all of them, in the same order. */
  applyGradients(gradients: NamedTensor[]): void;
}

/** A tensor under a name, as TensorFlow.js' optimizers exchange gradients and state. */
export interface NamedTensor {
  /** The name, a variable's for a gradient. */
  name: string;
  /** The tensor, of the variable's shape for a gradient. */
  tensor: tf.Tensor;
}

/** The optimizer's own learning rate; 0 when it does not tell. */
export function rateOf(optimizer: Optimizer): number {
  const { learningRate } = optimizer as { learningRate?: unknown };
  return typeof learningRate === 'number' ? learningRate : 0;
}

/**
 * Sets the learning rate of an optimizer for the steps to come.
 *
 * @throws {RangeError} when the rate is not a number >= 0.
 * @throws {Error} when the optimizer has no learning rate that can be set.
 */
export function setLearningRate(optimizer: Optimizer, rate: number): void {
  requireRate('the learning rate', rate);
  const settable = optimizer as { setLearningRate?: (rate: number) => void; learningRate?: unknown };
  if (typeof settable.setLearningRate === 'function') settable.setLearningRate(rate);
  else if (typeof settable.learningRate === 'number') settable.learningRate = rate;
  else throw new Error(`${optimizer.constructor.name} has no learning rate to set: leave out the option learningRate`);
}
