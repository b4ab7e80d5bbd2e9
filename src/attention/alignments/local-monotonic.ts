import { unlessEmpty } from '../../empty-tensors';
import { tf } from '../../tensorflow';
import { maskedSoftmax, requireScores } from '../masked-softmax';
import { realPlaces } from '../real-places';
import type { AlignmentRule } from './rule';

/** Options of {@link localMonotonicAlignment}. */
export interface LocalMonotonicOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** Window radius D in source positions, >= 0: step t looks at t - D .. t + D. */
  radius: number;
  /** Target step of the first query, for decoding step by step. Default: 0. */
  firstStep?: number | undefined;
}

/**
 * Local-m alignment: at step t the decoder looks only at the source positions around t.
 *
 * The simplest answer to "where should I look?": the same place in the source as in the target. Right for tasks that
 * walk through source and target together (spelling to sound), wrong where the order changes (a date whose year stands
 * last): lesson 08 shows both.
 *
 * Places are counted among the real positions: padding, wherever it stands, moves no window.
 *
 * @param scores `[batch, queries, keys]`, any score function's output.
 * @returns weights `[batch, queries, keys]`: >= 0, zero outside the window and on padding, summing to 1 over each row
 *     that has a real position in its window; a row that has none is all zero, so its context is zero too.
 * @throws {ShapeError} when `scores` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `radius` is negative or `mask` holds anything but 0 and 1.
 * @see Luong, Pham & Manning 2015, section 3.2, "Monotonic alignment (local-m)". Lesson 08.
 */
export function localMonotonicAlignment(scores: tf.Tensor3D, options: LocalMonotonicOptions): tf.Tensor3D {
  const { mask, radius, firstStep = 0 } = options;
  requireScores('scores', scores, mask);
  requireRadius(radius);
  const [batch, queries, keys] = scores.shape;
  return unlessEmpty(scores.shape, [scores], () => {
    const step = tf.range(firstStep, firstStep + queries).expandDims(1); // [queries, 1]
    const source = realPlaces(keys, mask).expandDims(1); // [batch or 1, 1, keys]
    const near = source.sub(step).abs().lessEqual(radius); // [batch or 1, queries, keys]
    const window = near.reshape(mask ? [batch, queries, keys] : [queries, keys]);
    return maskedSoftmax(scores, mask, window); // [batch, queries, keys]
  });
}

/** Local-m, as `align` knows it. */
export const localMonotonic: AlignmentRule<Pick<LocalMonotonicOptions, 'radius'>> = {
  check: ({ radius }) => requireRadius(radius),
  continue: ({ radius }, scores, { step: firstStep }, { mask }) => ({
    weights: localMonotonicAlignment(scores, { mask, radius, firstStep }),
  }),
};

/** @throws {RangeError} when `radius` is not a number of at least 0. */
export function requireRadius(radius: number): void {
  if (!(radius >= 0)) throw new RangeError(`radius must be >= 0, got ${radius}`);
}
