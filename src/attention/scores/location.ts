import { unlessEmpty } from '../../empty-tensors';
import { requireRank, requireShape, ShapeError } from '../../shapes';
import { tf } from '../../tensorflow';
import type { ScoreRule } from './rule';
import { project, requireQueryAndKeys, scoreShape } from './widths';

/** Weights of {@link locationScore}. */
export interface LocationScoreWeights {
  /** One column for each source position, `[query width, keys]`. */
  W: tf.Tensor2D;
}

/**
 * Location score: the query alone says where to look, without a glance at the keys.
 *
 * `score(t, .) = q_t W`, one column of W for each source position. It can learn "the same place as last time, plus
 * one" and nothing about content, which makes it the natural baseline of the others. It has no mask to look at, so it
 * counts padding too: pad on the right.
 *
 * @param query `[batch, queries, query width]`.
 * @returns scores `[batch, queries, keys]`, as many keys as `W` has columns.
 * @throws {ShapeError} when `query` is not rank 3 or `W` is not `[query width, keys]`.
 * @see Luong, Pham & Manning 2015, equation 8, "location". Lesson 06.
 */
export function locationScore(query: tf.Tensor3D, { W }: LocationScoreWeights): tf.Tensor3D {
  requireRank('query', query, 3);
  requireShape('W', W, [query.shape[2], null]);
  const shape = [query.shape[0], query.shape[1], W.shape[1]];
  return unlessEmpty(shape, [query, W], () => project(query, W)); // [batch, queries, keys]
}

/** The location score, as `score` knows it: of W, as many columns as there are keys. */
export const location: ScoreRule<LocationScoreWeights> = {
  weightShapes: ({ queryWidth, maximumKeys }) => ({ W: [queryWidth, maximumKeys] }),
  score: scorePlaces,
  prepare: (keys) => ({ keys: keys.clone() }), // [batch, keys, width]
  scorePrepared: (query, { keys }, weights) => scorePlaces(query, keys, weights),
};

function scorePlaces(query: tf.Tensor3D, keys: tf.Tensor3D, { W }: LocationScoreWeights): tf.Tensor3D {
  requireQueryAndKeys(query, keys);
  return unlessEmpty(scoreShape(query, keys), [query, W], () =>
    locationScore(query, { W: firstColumns(W, keys.shape[1]) }),
  );
}

function firstColumns(W: tf.Tensor2D, keys: number): tf.Tensor2D {
  if (W.shape[1] < keys) {
    throw new ShapeError(
      `W of score 'location' has ${W.shape[1]} columns, too few for ${keys} keys: create it with a larger maximumKeys`,
    );
  }
  return W.shape[1] === keys ? W : tf.slice(W, [0, 0], [-1, keys]);
}
