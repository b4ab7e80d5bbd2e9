import { unlessEmpty } from '../../empty-tensors';
import { maskValues } from '../../shapes';
import { tf } from '../../tensorflow';
import { requireScores } from '../masked-softmax';
import { type AlignmentRule, onlyStep } from './rule';

/** Options of {@link forwardAlignment}. */
export interface ForwardAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
}

/**
 * Forward alignment: at each step the weight may stay where it is or move on by one position.
 *
 * The "forced-forward" idea as a formula: `a_t(s)` is proportional to `(a_{t-1}(s) + a_{t-1}(s-1)) * c_t(s)`, where c is
 * the softmax of the scores, and before the first step all weight lies on the first real position. Content decides how
 * fast to go, never whether to go back: right for speech and spelling, wrong where the order changes.
 *
 * The weights are the shares of all paths that stay or step by one. No path goes back, yet the *mean* position may:
 * later content can speak for the slower paths, which until then had the smaller share.
 *
 * Positions are counted among the real ones: padding, wherever it stands, is as if it were not there.
 *
 * The recurrence runs over logarithms, so no sum vanishes, however far apart the scores are. It is one operation on the
 * gradient tape, and the gradient is the same recurrence backwards.
 *
 * @param scores `[batch, queries, keys]`, any score function's output.
 * @returns weights `[batch, queries, keys]`: >= 0, 0 on padding, each row summing to 1; a row without a real position is
 *     all zero. At step t nothing lies beyond t + 1 real positions after the first one.
 * @throws {ShapeError} when `scores` is not rank 3 or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Zhang, Ling & Dai 2018, "Forward attention in sequence-to-sequence acoustic modelling", equation 6. Lesson 09.
 */
export function forwardAlignment(scores: tf.Tensor3D, { mask }: ForwardAlignmentOptions = {}): tf.Tensor3D {
  requireScores('scores', scores, mask);
  return unlessEmpty(scores.shape, [scores], () =>
    tf.exp(continueForward(scores, firstRealPosition(scores.shape, mask), mask)),
  );
}

/** Forward alignment, as `align` knows it: it remembers the logarithms of the last weights. */
export const forward: AlignmentRule = {
  continue(_, scores, { memory }, { mask }) {
    const logWeights = continueForward(scores, memory ?? firstRealPosition(scores.shape, mask), mask); // [batch, queries, keys]
    return { weights: logWeights.exp(), remember: () => onlyStep(logWeights) };
  },
};

/** Logarithms of the weights before the first step, `[batch, keys]`: 0 at the first real position, else -Infinity. */
export function firstRealPosition([batch, , keys]: tf.Tensor3D['shape'], mask?: tf.Tensor2D): tf.Tensor2D {
  const real = mask && maskValues(mask);
  const logarithms = new Float32Array(batch * keys).fill(-Infinity);
  for (let example = 0; example < batch; example++) {
    const first = real ? real.subarray(example * keys, (example + 1) * keys).indexOf(1) : 0;
    if (first >= 0) logarithms[example * keys + first] = 0;
  }
  return tf.tensor2d(logarithms, [batch, keys]);
}

/**
 * The recurrence of {@link forwardAlignment}, from any place, over logarithms.
 *
 * @param scores `[batch, queries, keys]`.
 * @param previous logarithms of the weights of the step before, `[batch, keys]`.
 * @returns logarithms of the weights, `[batch, queries, keys]`, -Infinity for 0; differentiable in both.
 */
export function continueForward(scores: tf.Tensor3D, previous: tf.Tensor2D, mask?: tf.Tensor2D): tf.Tensor3D {
  const [batch, queries, keys] = scores.shape;
  const real = mask && maskValues(mask);
  const operation = tf.customGrad((content, start) => {
    const score = (content as tf.Tensor).dataSync();
    const before = (start as tf.Tensor).dataSync();
    const logWeights = new Float64Array(score.length);
    const shareOfStaying = new Float64Array(score.length);
    for (let row = 0; row < batch * queries; row++) {
      const example = Math.floor(row / queries);
      const source = row % queries === 0 ? before : logWeights; // what the step before left
      const sourceStart = row % queries === 0 ? example * keys : (row - 1) * keys;
      let best = -Infinity;
      let move = -Infinity; // what the step before left at the real position before this one
      for (let s = 0; s < keys; s++) {
        const here = row * keys + s;
        logWeights[here] = -Infinity;
        if (real && !real[example * keys + s]) continue;
        const stay = source[sourceStart + s]!;
        const from = move;
        move = stay;
        const top = Math.max(stay, from);
        if (top === -Infinity) continue; // no path gets here
        const other = Math.exp(-Math.abs(stay - from)); // the lesser of the two ways here, beside the greater
        shareOfStaying[here] = (stay > from ? 1 : other) / (1 + other);
        logWeights[here] = score[here]! + top + Math.log1p(other);
        best = Math.max(best, logWeights[here]);
      }
      if (best === -Infinity) continue; // no real position: the row stays at weight 0
      let sum = 0;
      for (let here = row * keys; here < (row + 1) * keys; here++) sum += Math.exp(logWeights[here]! - best);
      const normaliser = best + Math.log(sum);
      for (let here = row * keys; here < (row + 1) * keys; here++) logWeights[here]! -= normaliser;
    }
    const gradFunc = (dy: tf.Tensor) => {
      const slope = dy.dataSync();
      const forScores = new Float32Array(score.length);
      const forPrevious = new Float32Array(batch * keys);
      for (let example = 0; example < batch; example++) {
        let later = new Float64Array(keys); // what the steps after this one make of the weight at s
        for (let t = queries - 1; t >= 0; t--) {
          const start = (example * queries + t) * keys;
          let total = 0;
          for (let s = 0; s < keys; s++) if (logWeights[start + s]! > -Infinity) total += slope[start + s]! + later[s]!;
          const earlier = new Float64Array(keys);
          let before = -1; // the real position before this one
          for (let s = 0; s < keys; s++) {
            const here = start + s;
            const moved = before;
            if (!real || real[example * keys + s]) before = s;
            if (logWeights[here] === -Infinity) continue;
            const gradient = slope[here]! + later[s]! - Math.exp(logWeights[here]!) * total;
            forScores[here] = gradient;
            earlier[s]! += gradient * shareOfStaying[here]!;
            if (moved >= 0) earlier[moved]! += gradient * (1 - shareOfStaying[here]!);
          }
          later = earlier;
        }
        forPrevious.set(later, example * keys);
      }
      return [tf.tensor3d(forScores, [batch, queries, keys]), tf.tensor2d(forPrevious, [batch, keys])];
    };
    return { value: tf.tensor3d(new Float32Array(logWeights), [batch, queries, keys]), gradFunc };
  });
  return operation(scores, previous) as tf.Tensor3D;
}
