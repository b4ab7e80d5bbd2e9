import { unlessEmpty } from '../../empty-tensors';
import { maskValues } from '../../shapes';
import { tf } from '../../tensorflow';
import { requireScores } from '../masked-softmax';
import type { AlignmentRule } from './rule';

/** Options of {@link sparsemaxAlignment}. */
export interface SparsemaxAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
}

/**
 * Sparsemax alignment: soft attention that can say no. Positions whose score is too low get exactly 0.
 *
 * The weights are the point of the simplex (at least 0, sum 1) that lies nearest to the scores: `max(0, score - tau)`,
 * with the one tau for which they sum to 1. Where softmax leaves a little weight everywhere, the few best positions here
 * share it all, and how many they are depends on how far the scores lie apart.
 *
 * One operation on the gradient tape. Its slope: on the positions that have weight, what comes back less its mean over
 * them; 0 elsewhere.
 *
 * @param scores `[batch, queries, keys]`, any score function's output.
 * @returns weights `[batch, queries, keys]`: >= 0, 0 on padding, each row summing to 1; a row without a real position is
 *     all zero.
 * @throws {ShapeError} when `scores` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Martins & Astudillo 2016, "From softmax to sparsemax", algorithm 1 and equation 14. Lesson 06.
 */
export function sparsemaxAlignment(scores: tf.Tensor3D, { mask }: SparsemaxAlignmentOptions = {}): tf.Tensor3D {
  requireScores('scores', scores, mask);
  return unlessEmpty(scores.shape, [scores], () => projectOntoSimplex(scores, mask));
}

/** Sparsemax alignment, as `align` knows it. */
export const sparsemax: AlignmentRule = {
  continue: (_, scores, __, { mask }) => ({ weights: sparsemaxAlignment(scores, { mask }) }),
};

function projectOntoSimplex(scores: tf.Tensor3D, mask?: tf.Tensor2D): tf.Tensor3D {
  const [batch, queries, keys] = scores.shape;
  const real = mask && maskValues(mask);
  const operation = tf.customGrad((x) => {
    const score = (x as tf.Tensor).dataSync();
    const weights = new Float32Array(score.length);
    forEachRow((row) => {
      const candidates = row.filter((here) => score[here] !== -Infinity); // which forbids its position
      const threshold = thresholdOf(candidates.map((here) => score[here]!));
      for (const here of candidates) weights[here] = Math.max(0, score[here]! - threshold);
    });
    const gradFunc = (dy: tf.Tensor) => {
      const slope = dy.dataSync();
      const gradient = new Float32Array(score.length);
      forEachRow((row) => {
        const support = row.filter((here) => weights[here]! > 0);
        const mean = support.reduce((sum, here) => sum + slope[here]!, 0) / support.length;
        for (const here of support) gradient[here] = slope[here]! - mean;
      });
      return tf.tensor3d(gradient, [batch, queries, keys]);
    };
    return { value: tf.tensor3d(weights, [batch, queries, keys]), gradFunc };
  });
  return operation(scores) as tf.Tensor3D;

  /** Calls `visit` with the places of each row's real positions. */
  function forEachRow(visit: (row: number[]) => void): void {
    for (let row = 0; row < batch * queries; row++) {
      const example = Math.floor(row / queries);
      const places = Array.from({ length: keys }, (_, s) => row * keys + s);
      visit(real ? places.filter((_, s) => real[example * keys + s]) : places);
    }
  }
}

/** The tau for which `max(0, score - tau)` sums to 1: the best scores take part, as many as stay above it. */
function thresholdOf(scores: number[]): number {
  let sum = 0;
  let threshold = NaN; // no score at all, or one that is no number
  scores
    .sort((a, b) => b - a)
    .forEach((score, index) => {
      sum += score;
      if (1 + (index + 1) * score > sum) threshold = (sum - 1) / (index + 1);
    });
  return threshold;
}
