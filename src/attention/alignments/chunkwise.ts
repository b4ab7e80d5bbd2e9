import { unlessEmpty } from '../../empty-tensors';
import { maskValues, requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { requireScores } from '../masked-softmax';
import {
  continueStops,
  monotonicAlignment,
  monotonicDecision,
  requireNoise,
  requireProbabilities,
  type StoppingOptions,
} from './monotonic';
import { type AlignmentRule, onlyStep } from './rule';

/** Options of {@link chunkwiseAlignment}. */
export interface ChunkwiseAlignmentOptions {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** How many real positions a chunk holds, >= 1: the one where the reader stops and those just before it. */
  chunk: number;
  /** Take the hard decision of test time instead of the expectation of training. Default: false. */
  decision?: boolean | undefined;
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
  return unlessEmpty(scores.shape, [probabilities, scores], () => {
    const stops = (decision ? monotonicDecision : monotonicAlignment)(probabilities, { mask }); // [batch, queries, keys]
    return spreadOverChunks(stops, scores, chunk, mask); // [batch, queries, keys]
  });
}

/** Chunkwise alignment, as `align` knows it: it remembers where the last step stopped. */
export const chunkwise: AlignmentRule<Pick<ChunkwiseAlignmentOptions, 'chunk'> & StoppingOptions> = {
  check({ chunk, noise }) {
    requireChunk(chunk);
    requireNoise(noise);
  },
  continue({ chunk, ...stopping }, scores, state, context) {
    const stops = continueStops(stopping, scores, state, context); // [batch, queries, keys]
    return { weights: spreadOverChunks(stops, scores, chunk, context.mask), remember: () => onlyStep(stops) };
  },
};

/** @throws {RangeError} when `chunk` is not a positive whole number. */
export function requireChunk(chunk: number): void {
  if (!(Number.isInteger(chunk) && chunk > 0)) throw new RangeError(`chunk must be a whole number >= 1, got ${chunk}`);
}

/**
 * Shares the weight of each stop among the positions of its chunk, by the softmax of their scores.
 *
 * Chunk by chunk, so that the maximum of each is subtracted from its own scores; one operation on the gradient tape.
 *
 * @param stops `[batch, queries, keys]`, 0 on padding.
 * @param scores `[batch, queries, keys]`.
 * @returns weights `[batch, queries, keys]`, differentiable in both.
 */
export function spreadOverChunks(
  stops: tf.Tensor3D,
  scores: tf.Tensor3D,
  chunk: number,
  mask?: tf.Tensor2D,
): tf.Tensor3D {
  const [batch, queries, keys] = scores.shape;
  const real = mask && maskValues(mask);
  const operation = tf.customGrad((stopWeights, content) => {
    const stop = (stopWeights as tf.Tensor).dataSync();
    const score = (content as tf.Tensor).dataSync();

    /** Calls `visit` for each stop with something to read, with the first position of its chunk and its softmax. */
    function forEachChunk(visit: (end: number, begin: number, shares: Float64Array) => void): void {
      const shares = new Float64Array(keys);
      for (let end = 0; end < stop.length; end++) {
        const rowStart = end - (end % keys);
        const maskStart = Math.floor(end / (queries * keys)) * keys - rowStart;
        if (real && !real[maskStart + end]) continue;
        let begin = end;
        let best = -Infinity;
        for (let s = end, room = chunk; s >= rowStart && room > 0; s--) {
          if (real && !real[maskStart + s]) continue; // padding takes no room
          best = Math.max(best, score[s]!);
          begin = s;
          room--;
        }
        if (best === -Infinity) continue; // no score here lets anything be read
        let total = 0;
        for (let s = begin; s <= end; s++) {
          shares[s - begin] = !real || real[maskStart + s] ? Math.exp(score[s]! - best) : 0;
          total += shares[s - begin]!;
        }
        for (let s = begin; s <= end; s++) shares[s - begin]! /= total;
        visit(end, begin, shares);
      }
    }

    const weights = new Float32Array(stop.length);
    forEachChunk((end, begin, shares) => {
      for (let s = begin; s <= end; s++) weights[s]! += stop[end]! * shares[s - begin]!;
    });
    const gradFunc = (dy: tf.Tensor) => {
      const slope = dy.dataSync();
      const forStops = new Float32Array(stop.length);
      const forScores = new Float32Array(stop.length);
      forEachChunk((end, begin, shares) => {
        let expected = 0; // what this chunk makes of one unit of its stop's weight
        for (let s = begin; s <= end; s++) expected += shares[s - begin]! * slope[s]!;
        forStops[end] = expected;
        for (let s = begin; s <= end; s++) forScores[s]! += stop[end]! * shares[s - begin]! * (slope[s]! - expected);
      });
      return [forStops, forScores].map((values) => tf.tensor3d(values, [batch, queries, keys]));
    };
    return { value: tf.tensor3d(weights, [batch, queries, keys]), gradFunc };
  });
  return operation(stops, scores) as tf.Tensor3D;
}
