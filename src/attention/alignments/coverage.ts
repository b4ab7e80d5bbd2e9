import { unlessEmpty } from '../../empty-tensors';
import { maskValues } from '../../shapes';
import { tf } from '../../tensorflow';
import { requireScores } from '../masked-softmax';
import { type AlignmentRule, onlyStep } from './rule';

/** A position never loses all of its weight: were everything covered, something must still be read. */
const FLOOR = 1e-6;

/** Options of {@link coverageAlignment}. */
export interface CoverageAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
}

/**
 * Coverage alignment: a position that has been aligned is hardly considered again.
 *
 * The literal reading of the "forced-forward" idea: each content weight (the softmax of the scores) is multiplied by
 * what is left of its position, `max(1e-6, 1 - c_t(s))`, and the row is renormalised. `c_t(s)` is the sum of the weights
 * that earlier steps gave to s. Nothing forces the reader forward, only away from what is done, so the source
 * may be read in any order; a letter needed twice is missed the second time.
 *
 * One operation on the gradient tape; the gradient is the same recurrence backwards.
 *
 * @param scores `[batch, queries, keys]`, any score function's output.
 * @returns weights `[batch, queries, keys]`: >= 0, 0 on padding, each row summing to 1; a row without a real position is
 *     all zero.
 * @throws {ShapeError} when `scores` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Tu et al. 2016 for coverage as such; the discount is this course's formal reading. Lesson 09.
 */
export function coverageAlignment(scores: tf.Tensor3D, { mask }: CoverageAlignmentOptions = {}): tf.Tensor3D {
  requireScores('scores', scores, mask);
  return unlessEmpty(scores.shape, [scores], () =>
    continueCoverage(scores, tf.zeros([scores.shape[0], scores.shape[2]]), mask),
  );
}

/** Coverage alignment, as `align` knows it: it remembers the sum of all weights. */
export const coverage: AlignmentRule = {
  continue(_, scores, { memory }, { mask }) {
    const covered = memory ?? tf.zeros<tf.Rank.R2>([scores.shape[0], scores.shape[2]]); // [batch, keys]
    const weights = continueCoverage(scores, covered, mask); // [batch, queries, keys]
    return { weights, remember: () => covered.add(onlyStep(weights)) };
  },
};

/**
 * The recurrence of {@link coverageAlignment}, from any place.
 *
 * @param scores `[batch, queries, keys]`.
 * @param covered sum of all earlier weights, `[batch, keys]`.
 * @returns weights `[batch, queries, keys]`, differentiable in both.
 */
export function continueCoverage(scores: tf.Tensor3D, covered: tf.Tensor2D, mask?: tf.Tensor2D): tf.Tensor3D {
  const [batch, queries, keys] = scores.shape;
  const real = mask && maskValues(mask);
  const operation = tf.customGrad((content, start) => {
    const score = (content as tf.Tensor).dataSync();
    const sumSoFar = new Float64Array((start as tf.Tensor).dataSync());
    const weights = new Float64Array(score.length);
    const left = new Float64Array(score.length); // 1 - c, not yet held above the floor
    for (let row = 0; row < batch * queries; row++) {
      const example = Math.floor(row / queries);
      const isReal = (s: number) => !real || real[example * keys + s] !== 0;
      let best = -Infinity;
      for (let s = 0; s < keys; s++) if (isReal(s)) best = Math.max(best, score[row * keys + s]!);
      if (best === -Infinity) continue; // nothing to look at: the row stays at weight 0
      let total = 0;
      for (let s = 0; s < keys; s++) {
        const here = row * keys + s;
        left[here] = 1 - sumSoFar[example * keys + s]!;
        if (isReal(s)) weights[here] = Math.exp(score[here]! - best) * Math.max(FLOOR, left[here]);
        total += weights[here]!;
      }
      for (let s = 0; s < keys && total > 0; s++) {
        weights[row * keys + s]! /= total;
        sumSoFar[example * keys + s]! += weights[row * keys + s]!;
      }
    }
    const gradFunc = (dy: tf.Tensor) => {
      const slope = dy.dataSync();
      const forScores = new Float32Array(score.length);
      const forCovered = new Float32Array(batch * keys);
      for (let example = 0; example < batch; example++) {
        const later = new Float64Array(keys); // what the steps after this one make of having covered s
        for (let t = queries - 1; t >= 0; t--) {
          const start = (example * queries + t) * keys;
          let expected = 0;
          for (let s = 0; s < keys; s++) expected += (slope[start + s]! + later[s]!) * weights[start + s]!;
          for (let s = 0; s < keys; s++) {
            const here = start + s;
            const forLogarithm = weights[here]! * (slope[here]! + later[s]! - expected);
            forScores[here] = forLogarithm;
            if (left[here]! >= FLOOR) later[s]! -= forLogarithm / left[here]!;
          }
        }
        forCovered.set(later, example * keys);
      }
      return [tf.tensor3d(forScores, [batch, queries, keys]), tf.tensor2d(forCovered, [batch, keys])];
    };
    return { value: tf.tensor3d(new Float32Array(weights), [batch, queries, keys]), gradFunc };
  });
  return operation(scores, covered) as tf.Tensor3D;
}
