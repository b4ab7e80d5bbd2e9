import type { tf } from '../../tensorflow';
import { maskedSoftmax } from '../masked-softmax';
import type { AlignmentRule } from './rule';

/** Options of {@link softAlignment}. */
export interface SoftAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
}

/**
 * Soft alignment: every query spreads a weight of 1 over all real source positions, in proportion to exp(score).
 *
 * The alignment of the first attention paper, called global attention by Luong: look everywhere, and let the scores
 * say how much. Differentiable in every score, hence the easiest to train and the yardstick for all the others.
 *
 * @param scores `[batch, queries, keys]`, any score function's output.
 * @returns weights `[batch, queries, keys]`: >= 0, 0 on padding, each row summing to 1; a row without a real position
 *     is all zero.
 * @throws {ShapeError} when `scores` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Bahdanau, Cho & Bengio 2015, equation 6. Lesson 05.
 */
export function softAlignment(scores: tf.Tensor3D, { mask }: SoftAlignmentOptions = {}): tf.Tensor3D {
  return maskedSoftmax(scores, mask); // [batch, queries, keys]
}

/** Soft alignment, as `align` knows it. */
export const soft: AlignmentRule = {
  continue: (_, scores, __, { mask }) => ({ weights: softAlignment(scores, { mask }) }),
};
