import { nativeBackend, typeAttribute } from '../native/native-operations';
import { tf } from '../tensorflow';
import { requireNorm } from './numbers';
import type { NamedTensor } from './optimizer';

/** Below this length, float32 holds the squares badly or not at all. */
const SHORT = 1e-15;
/** The smallest number that every backend tells from 0. */
const SMALLEST = 2 ** -126;

/**
 * Scales all gradients by one factor so that their common norm (the length of all of them as one long vector) is at most
 * `maximum`; `Infinity` is no limit. Their direction stays: a single exploding step is shortened, not bent, even when its
 * square is beyond float32.
 *
 * @returns new tensors under the same names, in the same order. When a gradient holds a number that is not finite, there
 *     is no length to scale by, and all of them are NaN.
 * @throws {RangeError} when `maximum` is not positive.
 * @see Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", section 3.2.
 */
export function clipByGlobalNorm(gradients: readonly NamedTensor[], maximum: number): NamedTensor[] {
  requireNorm('maximum', maximum);
  const tensors = gradients.map(({ tensor }) => tensor);
  const clipped = tf.tidy(() => clip(tensors, maximum));
  return clipped.map((tensor, index) => ({ name: gradients[index]!.name, tensor }));
}

function clip(tensors: readonly tf.Tensor[], maximum: number): tf.Tensor[] {
  if (tensors.length === 0) return [];
  const norm = tf.sqrt(tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor))))); // []
  const length = norm.dataSync()[0]!;
  if (!(length > SHORT && length < Infinity)) return clipInUnits(tensors, maximum);
  if (length <= maximum) return tensors.map((tensor) => tensor.clone());
  const scale = tf.minimum(1, tf.div(maximum, norm)); // []
  return tensors.map((tensor) => tf.mul(tensor, scale));
}

/** The same, in units of the largest number: for squares that float32 cannot hold. */
function clipInUnits(tensors: readonly tf.Tensor[], maximum: number): tf.Tensor[] {
  const largest = Math.max(...tensors.map(largestNumber));
  if (!Number.isFinite(largest)) return tensors.map(({ shape }) => tf.fill(shape, NaN));
  const units = tensors.map((tensor) => tf.div(tensor, Math.max(largest, SMALLEST)));
  const length = Math.sqrt(tf.addN(units.map((unit) => tf.sum(tf.square(unit)))).dataSync()[0]!);
  if (length * largest <= maximum) return tensors.map((tensor) => tensor.clone());
  return units.map((unit) => tf.mul(unit, maximum / length));
}

/** NaN when one of the numbers is. */
function largestNumber(tensor: tf.Tensor): number {
  return (tensor.dataSync() as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/**
 * Whether each number is finite, and its square as well: what an optimizer can work with. One operation a tensor on the
 * native backend, since this is asked at each step.
 */
export function haveFiniteSquares(tensors: readonly tf.Tensor[]): boolean {
  const backend = nativeBackend();
  const attributes = backend && [typeAttribute(backend, 'T')];
  return tf.tidy(() => {
    const squares = tensors.map((tensor) =>
      backend
        ? backend.executeMultipleOutputs('L2Loss', attributes!, [tensor], 1)[0]! // half the sum of squares: []
        : tf.sum(tf.square(tensor)),
    );
    return Number.isFinite(tf.addN(squares).dataSync()[0]);
  });
}

/** The first number that is not finite, or undefined. */
export function notFiniteNumber(tensor: tf.Tensor): number | undefined {
  return (tensor.dataSync() as Float32Array).find((value) => !Number.isFinite(value));
}
