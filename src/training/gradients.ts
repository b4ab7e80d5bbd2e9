import { tf } from '../tensorflow';
import type { NamedTensor } from './optimizer';

/**
 * Scales all gradients by one factor so that their common norm (the length of all of them as one long vector) is at most
 * `maximum`; `Infinity` is no limit. Their direction stays: a single exploding step is shortened, not bent.
 *
 * @returns new tensors under the same names, in the same order.
 * @throws {RangeError} when `maximum` is not positive.
 * @see Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", section 3.2.
 */
export function clipByGlobalNorm(gradients: readonly NamedTensor[], maximum: number): NamedTensor[] {
  if (!(maximum > 0)) throw new RangeError(`maximum must be a number > 0, got ${maximum}`);
  return tf.tidy(() => {
    const squares = gradients.map(({ tensor }) => tf.sum(tf.square(tensor)));
    const norm = tf.sqrt(tf.addN(squares)); // []
    const scale = tf.minimum(1, tf.div(maximum, norm)); // []
    return gradients.map(({ name, tensor }) => ({ name, tensor: tf.mul(tensor, scale) }));
  });
}
