import { maskValues } from '../shapes';
import { tf } from '../tensorflow';

/**
 * The place of each source position among the real ones, 0 the first: how many real positions stand before it. So
 * padding, wherever it stands, is as if it were not there; with padding on the right, places are columns.
 *
 * @param mask `[batch, keys]`, 1 = real, 0 = padding. Default: all real.
 * @returns `[batch, keys]`, or `[1, keys]` where all are real.
 */
export function realPlaces(keys: number, mask?: tf.Tensor2D): tf.Tensor2D {
  if (!mask) return tf.range(0, keys).expandDims(0);
  const real = maskValues(mask);
  const places = new Float32Array(real.length);
  for (let position = 1; position < real.length; position++) {
    if (position % keys !== 0) places[position] = places[position - 1]! + real[position - 1]!;
  }
  return tf.tensor2d(places, [mask.shape[0], keys]);
}
