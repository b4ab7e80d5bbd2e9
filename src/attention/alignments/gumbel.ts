import { unlessEmpty } from '../../empty-tensors';
import { tf } from '../../tensorflow';
import { requireScores, softmaxAtTemperature } from '../masked-softmax';
import { gumbelNoise } from '../seeded-noise';
import { hardAlignment, oneHotOfBest } from './hard';
import type { AlignmentRule } from './rule';

/** Options of {@link gumbelAlignment}. */
export interface GumbelAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** > 0: near 0 the weights are almost one-hot and the gradients rough, at 1 and above both are smooth. */
  temperature: number;
  /** Return the one-hot choice and let the gradient of the soft weights through. Default: false. */
  straightThrough?: boolean | undefined;
  /** Seed of the noise, 0 included. Default: fresh noise at every call. In training pass seed + step. */
  seed?: number | undefined;
  /** Target step of the first query, for decoding step by step. Default: 0. */
  firstStep?: number | undefined;
}

/**
 * Gumbel alignment: a sample of a hard choice, softened so that a gradient passes through it.
 *
 * `softmax((scores + noise) / temperature)`: with Gumbel noise the best position is an exact draw from the softmax of
 * the scores, and the softmax around it has a slope. With `straightThrough` the decoder reads one position only, as at
 * test time, while the backward pass pretends that it read the soft weights: a biased gradient, and a steady one.
 *
 * @param scores `[batch, queries, keys]`.
 * @returns weights `[batch, queries, keys]`: each row sums to 1 over its real positions, one-hot with
 *     `straightThrough`; a row without a real position is all zero.
 * @throws {ShapeError} when `scores` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `temperature` is not above 0 or `mask` holds anything but 0 and 1.
 * @see Jang, Gu & Poole 2017, "Categorical reparameterization with Gumbel-softmax". Lesson 07.
 */
export function gumbelAlignment(scores: tf.Tensor3D, options: GumbelAlignmentOptions): tf.Tensor3D {
  const { mask, temperature, straightThrough = false, seed, firstStep } = options;
  requireScores('scores', scores, mask);
  requireTemperature(temperature);
  return unlessEmpty(scores.shape, [scores], () => {
    const noise = gumbelNoise(scores.shape, seed, firstStep, mask); // [batch, queries, keys]
    const weights = softmaxAtTemperature(scores.add(noise), temperature, mask); // [batch, queries, keys]
    return straightThrough ? chooseBest(weights) : weights;
  });
}

/** Gumbel alignment, as `align` knows it: a decision takes the best position, without noise. */
export const gumbel: AlignmentRule<Pick<GumbelAlignmentOptions, 'temperature' | 'straightThrough' | 'seed'>> = {
  check: ({ temperature }) => requireTemperature(temperature),
  continue: ({ seed, ...parameters }, scores, { step: firstStep }, { mask, decision, seed: seedOfCall = seed }) => ({
    weights: decision
      ? hardAlignment(scores, { mask, mode: 'argmax' })
      : gumbelAlignment(scores, { ...parameters, mask, seed: seedOfCall, firstStep }),
  }),
};

/** @throws {RangeError} when `temperature` is not a number above 0. */
export function requireTemperature(temperature: number): void {
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, got ${temperature}`);
}

/** Forwards the one-hot choice, backwards as if the weights themselves had gone on. */
function chooseBest(weights: tf.Tensor3D): tf.Tensor3D {
  const operation = tf.customGrad((soft) => ({
    value: tf.tidy(() => oneHotOfBest(tf.where(tf.notEqual(soft as tf.Tensor3D, 0), soft as tf.Tensor3D, -Infinity))),
    gradFunc: (dy: tf.Tensor) => dy,
  }));
  return operation(weights) as tf.Tensor3D;
}
