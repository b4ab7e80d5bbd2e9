import { unlessEmpty } from '../empty-tensors';
import { allFinite } from '../finite';
import { requireMask, requireRank, requireShape } from '../shapes';
import { tf } from '../tensorflow';

/** The lowest float32: whatever the real scores are, nothing is below it. */
const LOWEST = -3.4028234e38;

/** The smallest normal float32: what is below it may count as 0 when it divides. */
const SMALLEST = 1.1754944e-38;

/**
 * Softmax of each row over the positions it may look at; exactly 0 everywhere else.
 *
 * Every alignment that looks at real positions only is made of this. Three details matter. A forbidden score is
 * *replaced*, not lowered by a large number: padding may hold anything, 1e9 too. The maximum is subtracted before the
 * exponential (`tf.softmax` does it), so scores of 1e4 do not overflow. A row that may look nowhere is all zero, where
 * a plain softmax would spread its weight evenly over padding; so is a row whose scores are all -Infinity.
 *
 * @param scores `[batch, queries, keys]`.
 * @param mask 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real.
 * @param window true where a query may look, bool, `[queries, keys]` or `[batch, queries, keys]`. Default: everywhere.
 * @returns weights `[batch, queries, keys]`: >= 0; a row sums to 1, or to 0 when it may look nowhere.
 * @throws {ShapeError} when `scores` is not rank 3, `mask` is not `[batch, keys]`, or `window` does not fit.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Lesson 04, where leaving out the mask or the maximum is shown to fail.
 */
export function maskedSoftmax(scores: tf.Tensor3D, mask?: tf.Tensor2D, window?: tf.Tensor): tf.Tensor3D {
  requireScores('scores', scores, mask);
  if (window) requireShape('window', window, scores.shape.slice(window.rank === 3 ? 0 : 1));
  return unlessEmpty(scores.shape, [scores], () => {
    const allowed = allowedPositions(mask, window);
    const logits = scores.dtype === 'float32' ? scores : (scores.cast('float32') as tf.Tensor3D); // [batch, queries, keys]
    return softmaxOver(logits, allowed, 1);
  });
}

/**
 * Softmax over all real positions of `scores / temperature`, for any temperature above 0, however small.
 *
 * @param scores `[batch, queries, keys]`, float32.
 */
export function softmaxAtTemperature(scores: tf.Tensor3D, temperature: number, mask?: tf.Tensor2D): tf.Tensor3D {
  return softmaxOver(scores, allowedPositions(mask), temperature);
}

/** Softmax over `allowed` as one step of the gradient tape: where a weight is 0, its gradient is 0 by itself. */
function softmaxOver(scores: tf.Tensor3D, allowed: tf.Tensor | null, temperature: number): tf.Tensor3D {
  const operation = tf.customGrad((x, save) => {
    const weights = softmaxValues(x as tf.Tensor3D, allowed, temperature); // [batch, queries, keys]
    (save as tf.GradSaveFunc)([weights]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [w] = saved as [tf.Tensor];
      const expected = dy.mul(w).sum(-1, true); // [batch, queries, 1]
      const gradient = w.mul(dy.sub(expected)); // [batch, queries, keys]
      return temperature === 1 ? gradient : gradient.div(Math.max(temperature, SMALLEST));
    };
    return { value: weights, gradFunc };
  });
  return operation(scores) as tf.Tensor3D;
}

function softmaxValues(scores: tf.Tensor3D, allowed: tf.Tensor | null, temperature: number): tf.Tensor3D {
  return tf.tidy(() => {
    const scaled = temperature === 1 ? scores : scores.div(temperature); // [batch, queries, keys]
    const logits = allowed ? tf.where(allowed, scaled, LOWEST) : scaled;
    const softmax = tf.softmax(logits);
    const weights = allowed ? softmax.mul(allowed) : softmax; // [batch, queries, keys]
    return (allFinite(weights) ? weights : carefulSoftmax(scores, allowed, temperature)) as tf.Tensor3D;
  });
}

/**
 * The same where the short way fails: a division by a tiny temperature overflows, so the best score is subtracted
 * before it; and a score of -Infinity forbids its position, so a row of nothing else looks nowhere.
 */
function carefulSoftmax(scores: tf.Tensor3D, allowed: tf.Tensor | null, temperature: number): tf.Tensor {
  const possible = tf.notEqual(scores, -Infinity); // not "greater": a score that is no number must stay seen
  const candidates = allowed ? tf.logicalAnd(possible, allowed) : possible; // [batch, queries, keys]
  const logits = tf.where(candidates, scores, LOWEST);
  const below = logits.sub(logits.max(-1, true)).div(Math.max(temperature, SMALLEST)); // all <= 0, the best 0
  return tf.softmax(below).mul(candidates);
}

/** Both conditions as one bool tensor that broadcasts to `[batch, queries, keys]`, or null when all is allowed. */
function allowedPositions(mask?: tf.Tensor2D, window?: tf.Tensor): tf.Tensor | null {
  const real = mask ? realPositions(mask).expandDims(1) : null; // [batch, 1, keys]
  if (!real || !window) return real ?? window ?? null;
  return tf.logicalAnd(window, real); // [batch, queries, keys]
}

/**
 * A mask of any type, bool or 0 and 1, as bool.
 *
 * @param mask `[batch, keys]`.
 * @returns bool `[batch, keys]`: true for a real position.
 */
export function realPositions(mask: tf.Tensor2D): tf.Tensor2D {
  return mask.dtype === 'bool' ? mask : tf.notEqual(mask, 0);
}

/**
 * @throws {ShapeError} when `scores` is not `[batch, queries, keys]` or `mask` is not `[batch, keys]`.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 */
export function requireScores(argument: string, scores: tf.Tensor3D, mask?: tf.Tensor2D): void {
  requireRank(argument, scores, 3);
  if (mask) requireMask('mask', mask, scores.shape[0], scores.shape[2]);
}
