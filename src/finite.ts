import { tf } from './tensorflow';

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

/**
 * Which steps of a sequence hold only finite numbers.
 *
 * @param sequence `[batch, steps, width]`.
 * @returns bool `[batch, steps]`, made from the numbers: a comparison on the gradient tape would throw.
 */
export function finiteSteps(sequence: tf.Tensor3D): tf.Tensor2D {
  const [batch, steps, width] = sequence.shape;
  const values = sequence.dataSync();
  const finite = new Uint8Array(batch * steps);
  for (let step = 0; step < finite.length; step++) {
    finite[step] = Number(values.subarray(step * width, (step + 1) * width).every(Number.isFinite));
  }
  return tf.tensor2d(finite, [batch, steps], 'bool');
}
