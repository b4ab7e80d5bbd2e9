/**
 * Where there is nothing to compute: no example, no query, no key. Backends must not be asked: handed an empty tensor,
 * one ends in an error of its own, another in damaged memory.
 */
import { tf } from './tensorflow';

/**
 * `tf.tidy(compute)`; or, where an input or the result holds no number, {@link zerosFrom} the inputs.
 *
 * @param shape of the result.
 * @param inputs all that the result depends on; what is left out by the caller may be undefined.
 */
export function unlessEmpty<T extends tf.Tensor>(
  shape: readonly number[],
  inputs: readonly (tf.Tensor | undefined)[],
  compute: () => tf.Tensor,
): T {
  return (isEmpty(shape, inputs) ? zerosFrom(inputs, shape) : tf.tidy(compute)) as T;
}

/** Whether a tensor, or a result of that shape, holds no number. */
export function isEmpty(shape: readonly number[], inputs: readonly (tf.Tensor | undefined)[]): boolean {
  return shape.includes(0) || inputs.some((input) => input?.size === 0);
}

/** Zeros, to the gradient tape a function of `inputs` whose slope is zero: so that a loss over nothing has gradients. */
export function zerosFrom<T extends tf.Tensor>(
  inputs: readonly (tf.Tensor | undefined)[],
  shape: readonly number[],
): T {
  const given = inputs.filter((input): input is tf.Tensor => input !== undefined);
  const operation = tf.customGrad(() => ({
    value: tf.zeros([...shape]),
    gradFunc: () => given.map((input) => tf.zeros(input.shape)),
  }));
  return operation(...given) as T;
}
