import { unlessEmpty } from '../empty-tensors';
import { requireRank, requireShape } from '../shapes';
import type { tf } from '../tensorflow';
import { project } from './scores/widths';

/** Weights and lengths of {@link predictPositions}. */
export interface PredictPositionsOptions {
  /** Projects a query, `[width, units]`. */
  Wp: tf.Tensor2D;
  /** Turns the hidden vector into one number, `[units]`. */
  vp: tf.Tensor1D;
  /** How many real source positions each example has, `[batch]`; {@link lengthsOf} a mask. */
  lengths: tf.Tensor1D;
}

/**
 * The number of real positions of each row.
 *
 * @param mask `[batch, keys]`, 1 = real, 0 = padding.
 * @returns `[batch]`.
 */
export function lengthsOf(mask: tf.Tensor2D): tf.Tensor1D {
  return unlessEmpty([mask.shape[0]], [mask], () => mask.cast('float32').sum(1)); // [batch]
}

/**
 * Predicted positions: from its state, the decoder says where in the source it wants to look.
 *
 * `p_t = S * sigmoid(vp . tanh(Wp h_t))`, where S is the length of *this* example: with the padded length instead, a
 * short example in a long batch would look at its padding.
 *
 * @param query `[batch, queries, width]`, the decoder's states.
 * @returns positions `[batch, queries]`, real numbers between 0 and the example's length, counted among
 *     its real source positions.
 * @throws {ShapeError} when `query` is not rank 3 or a weight or `lengths` does not fit.
 * @throws {RangeError} when a length is negative.
 * @see Luong, Pham & Manning 2015, equation 9. Lesson 08.
 */
export function predictPositions(query: tf.Tensor3D, { Wp, vp, lengths }: PredictPositionsOptions): tf.Tensor2D {
  requireRank('query', query, 3);
  const [batch, queries, width] = query.shape;
  requireRank('vp', vp, 1);
  requireShape('Wp', Wp, [width, vp.shape[0]]);
  requireShape('lengths', lengths, [batch]);
  const wrong = lengths.dataSync().find((length) => !(length >= 0));
  if (wrong !== undefined) throw new RangeError(`lengths must be >= 0, got ${wrong}`);
  return unlessEmpty([batch, queries], [query, Wp, vp], () => {
    const hidden = project(query, Wp).tanh() as tf.Tensor3D; // [batch, queries, units]
    const share = project(hidden, vp.expandDims(1)).sigmoid(); // [batch, queries, 1], between 0 and 1
    const length = lengths.cast('float32').expandDims(1); // [batch, 1]
    return share.reshape([batch, queries]).mul(length) as tf.Tensor2D; // [batch, queries]
  });
}
