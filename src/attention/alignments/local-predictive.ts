import { unlessEmpty } from '../../empty-tensors';
import { requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { maskedSoftmax, requireScores } from '../masked-softmax';
import { predictPositions } from '../predict-positions';
import { realPlaces } from '../real-places';
import { requireRadius } from './local-monotonic';
import type { AlignmentRule } from './rule';

/** Options of {@link localPredictiveAlignment}. */
export interface LocalPredictiveOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** Window radius D in source positions, >= 0: a query looks at p - D .. p + D. */
  radius: number;
  /**
   * Where each query looks, p, `[batch, queries]`: real numbers between 0 and the number of keys. They are counted among
   * the real positions, 0 the first of them.
   */
  positions: tf.Tensor2D;
}

/**
 * Local-p alignment: the model predicts where to look, and looks only around there.
 *
 * Inside the window a softmax of the scores says what fits best; a bell around the predicted position p says how near
 * it is, `exp(-(s - p)^2 / (2 sigma^2))` with sigma = D / 2. The bell is what lets a gradient reach the positions: the
 * window has none. The product is not renormalised, as in the paper: a row sums to less than 1, and to little when the
 * best scores lie at the edge of the window.
 *
 * Places are counted among the real positions: padding, wherever it stands, moves neither window nor bell.
 *
 * @param scores `[batch, queries, keys]`, any score function's output.
 * @returns weights `[batch, queries, keys]`: >= 0, at most 1 a row, 0 outside the window and on padding; a row without
 *     a real position in its window is all zero.
 * @throws {ShapeError} when `scores` is not rank 3, `mask` not `[batch, keys]` or `positions` not `[batch, queries]`.
 * @throws {RangeError} when `radius` is negative, a position lies outside 0 .. keys, or `mask` holds anything but 0
 *     and 1.
 * @see Luong, Pham & Manning 2015, section 3.2 and equation 10. Lesson 08. Positions come from `predictPositions`.
 */
export function localPredictiveAlignment(scores: tf.Tensor3D, options: LocalPredictiveOptions): tf.Tensor3D {
  const { mask, radius, positions } = options;
  requireScores('scores', scores, mask);
  requireRadius(radius);
  const [batch, queries, keys] = scores.shape;
  const centres = requirePositions(positions, batch, queries, keys);
  const sigma = Math.max(radius / 2, 1e-6); // with radius 0 the window is one point, where any bell is 1
  return unlessEmpty(scores.shape, [scores, positions], () => {
    const source = realPlaces(keys, mask).expandDims(1); // [batch or 1, 1, keys]
    // From the numbers, not from the tensor: a comparison on the gradient tape would throw.
    const centre = tf.tensor(centres, [batch, queries, 1]); // [batch, queries, 1]
    const near = source.sub(centre).abs().lessEqual(radius); // [batch, queries, keys]
    const distance = source.sub(positions.expandDims(-1)); // [batch, queries, keys]
    const bell = distance.div(sigma).square().mul(-0.5).exp(); // [batch, queries, keys]
    return maskedSoftmax(scores, mask, near).mul(bell) as tf.Tensor3D; // [batch, queries, keys]
  });
}

/** Local-p, as `align` knows it, with the two weights that predict where to look. */
export const localPredictive: AlignmentRule<Pick<LocalPredictiveOptions, 'radius'>> = {
  check: ({ radius }) => requireRadius(radius),
  continue: ({ radius }, scores, _, { mask, positions }) => ({
    weights: localPredictiveAlignment(scores, { mask, radius, positions: positions as tf.Tensor2D }),
  }),
  weightShapes: ({ queryWidth, units }) => ({ Wp: [queryWidth, units], vp: [units] }),
  predict: (query, { Wp, vp }, lengths) => ({
    positions: predictPositions(query, { Wp: Wp as tf.Tensor2D, vp: vp as tf.Tensor1D, lengths }),
  }),
};

function requirePositions(positions: tf.Tensor2D, batch: number, queries: number, keys: number): Float32Array {
  requireShape('positions', positions, [batch, queries]);
  const values = positions.dataSync<'float32'>();
  const wrong = values.find((value) => !(value >= 0 && value <= keys));
  if (wrong !== undefined) {
    throw new RangeError(`positions must lie between 0 and the number of keys, ${keys}, got ${wrong}`);
  }
  return values;
}
