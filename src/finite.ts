import type { tf } from './tensorflow';

/**
 * Whether all numbers are finite, by one sum: neither NaN nor Infinity goes away in it. Numbers so large that their sum
 * overflows count as infinite.
 */
export function allFinite(tensor: tf.Tensor): boolean {
  const sum = tensor.sum();
  const finite = Number.isFinite(sum.dataSync()[0]);
  sum.dispose();
  return finite;
}
