import { requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { maskedSoftmax, requireScores } from '../masked-softmax';
import { monotonicAlignment, monotonicDecision, requireProbabilities } from './monotonic';

/** Options of {@link chunkwiseAlignment}. */
export interface ChunkwiseAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D;
  /** How many positions a chunk holds, >= 1: the one where the reader stops and those just before it. */
  chunk: number;
  /** Take the hard decision of test time instead of the expectation of training. Default: false. */
  decision?: boolean;
}

/**
 * Chunkwise alignment (MoChA): a monotonic reader stops somewhere, then looks softly at the last few positions.
 *
 * Monotonic attention reads one position at a time; a little room behind it helps where two letters make one sound.
 * The weight of s is the sum over all places where the reader may stop, times what the softmax over that place's chunk
 * gives to s. With `chunk` 1 it is {@link monotonicAlignment} itself.
 *
 * @param probabilities p_choose `[batch, queries, keys]`, each between 0 and 1: where to stop.
 * @param scores `[batch, queries, keys]`: what to look at inside the chunk.
 * @returns weights `[batch, queries, keys]`: >= 0, at most 1 a row, 0 on padding.
 * @throws {ShapeError} when `probabilities` or `scores` is not rank 3, their shapes differ, or `mask` does not fit.
 * @throws {RangeError} when `chunk` is not a positive whole number, a probability is outside 0 .. 1, or `mask` holds
 *     anything but 0 and 1.
 * @see Chiu & Raffel 2018, "Monotonic chunkwise attention", equations 13 to 15. Lesson 09.
 */
export function chunkwiseAlignment(
  probabilities: tf.Tensor3D,
  scores: tf.Tensor3D,
  { mask, chunk, decision = false }: ChunkwiseAlignmentOptions,
): tf.Tensor3D {
  requireProbabilities(probabilities, mask);
  requireScores('scores', scores, mask);
  requireShape('scores', scores, probabilities.shape);
  requireChunk(chunk);
  return tf.tidy(() => {
    const stops = (decision ? monotonicDecision : monotonicAlignment)(probabilities, { mask }); // [batch, queries, keys]
    return spreadOverChunks(stops, scores, chunk, mask); // [batch, queries, keys]
  });
}

/** @throws {RangeError} when `chunk` is not a positive whole number. */
export function requireChunk(chunk: number): void {
  if (!(Number.isInteger(chunk) && chunk > 0)) throw new RangeError(`chunk must be a whole number >= 1, got ${chunk}`);
}

/** Shares the weight of each stop among the positions of its chunk, by their scores. */
export function spreadOverChunks(
  stops: tf.Tensor3D,
  scores: tf.Tensor3D,
  chunk: number,
  mask?: tf.Tensor2D,
): tf.Tensor3D {
  const [batch, queries, keys] = scores.shape;
  return tf.tidy(() => {
    const stop = tf.range(0, keys).expandDims(1); // [stop, 1]
    const back = stop.sub(tf.range(0, keys)); // [stop, keys], how far a position lies behind the stop
    const inside = tf.logicalAnd(back.greaterEqual(0), back.less(chunk)); // [stop, keys]
    const copies = scores.expandDims(2).add(tf.zerosLike(back)); // [batch, queries, stop, keys]
    const shares = maskedSoftmax(
      copies.reshape([batch, queries * keys, keys]), // [batch, queries * stop, keys]
      mask,
      inside.tile([queries, 1]), // [queries * stop, keys]
    );
    const rows = stops.reshape([batch * queries, 1, keys]); // [batch * queries, 1, stop]
    const spread = tf.matMul(rows, shares.reshape([batch * queries, keys, keys])); // [batch * queries, 1, keys]
    return spread.reshape([batch, queries, keys]) as tf.Tensor3D; // [batch, queries, keys]
  });
}
