import { maskValues } from '../shapes';
import { tf } from '../tensorflow';

/**
 * Gumbel noise from a seed: adding it to scores and taking the best position samples from their softmax.
 *
 * Each number depends only on the seed, the example, the step and the position among the real ones. So a step decoded
 * alone draws what it draws in a batch of steps, and padding, wherever it stands, changes nothing. (`tf.multinomial` keeps hidden state between calls, and
 * several seeded functions of TensorFlow.js take the seed 0 for no seed.)
 *
 * @param shape `[batch, queries, keys]`.
 * @param seed any whole number, 0 included; without one, fresh noise at every call.
 * @param firstStep the target step of the first query.
 * @param mask `[batch, keys]`, 1 = real, 0 = padding, which draws nothing and gets 0. Default: all real.
 * @returns noise `[batch, queries, keys]`.
 * @see Maddison, Mnih & Teh 2017; Jang, Gu & Poole 2017. Lesson 07.
 */
export function gumbelNoise(
  shape: [number, number, number],
  seed?: number,
  firstStep = 0,
  mask?: tf.Tensor2D,
): tf.Tensor3D {
  const start = seed ?? Math.floor(Math.random() * 2 ** 32);
  return noiseTensor(shape, start, firstStep, mask, (uniform) => -Math.log(-Math.log(uniform())));
}

/** Standard normal noise from a seed, as independent of batch, step and padding as {@link gumbelNoise}. */
export function normalNoise(
  shape: [number, number, number],
  seed?: number,
  firstStep = 0,
  mask?: tf.Tensor2D,
): tf.Tensor3D {
  const start = seed ?? Math.floor(Math.random() * 2 ** 32);
  return noiseTensor(shape, start, firstStep, mask, (uniform) => {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

function noiseTensor(
  [batch, queries, keys]: [number, number, number],
  seed: number,
  firstStep: number,
  mask: tf.Tensor2D | undefined,
  draw: (uniform: () => number) => number,
): tf.Tensor3D {
  const real = mask && maskValues(mask);
  const values = new Float32Array(batch * queries * keys);
  for (let row = 0; row < batch * queries; row++) {
    const example = Math.floor(row / queries);
    const step = firstStep + (row % queries);
    const uniform = uniformNumbers(mix(mix(mix(seed | 0) ^ example) ^ step));
    for (let key = 0; key < keys; key++) {
      if (!real || real[example * keys + key]) values[row * keys + key] = draw(uniform);
    }
  }
  return tf.tensor3d(values, [batch, queries, keys]);
}

/** Uniform numbers, never 0 or 1, from a 32-bit state (mulberry32). */
function uniformNumbers(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

/** Spreads neighbouring whole numbers over all 32 bits (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let mixed = (value + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
