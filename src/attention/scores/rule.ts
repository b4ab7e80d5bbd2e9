import type { tf } from '../../tensorflow';

/** Sizes that decide the shapes of a score's weights. */
export interface ScoreSizes {
  /** Width of a query. */
  queryWidth: number;
  /** Width of a key. The dot scores need it to be the width of a query. */
  keyWidth: number;
  /** Width of the hidden layer of `additive` and `concat`. Default: the width of a key. */
  units?: number | undefined;
  /** Length of the longest source, needed by `location`. */
  maximumKeys?: number | undefined;
}

/** Keys made ready for `scorePrepared`: everything about them that does not depend on the query. */
export type PreparedKeys = {
  /** `[batch, keys, width of the comparison]`. */
  keys: tf.Tensor3D;
  /** For `concat`: how wide queries must be, since its one matrix does not tell where they end and keys begin. */
  queryWidth?: number | undefined;
};

/** All that the rest of the library knows a score by; `score.ts` has the list of them. */
export interface ScoreRule<Weights> {
  /** The shapes of its weights, by their names. All sizes are given, and those that it needs fit. */
  weightShapes: (sizes: { [Size in keyof ScoreSizes]-?: number }) => Record<string, number[]>;
  /** Query `[batch, queries, query width]` and keys `[batch, keys, key width]` -> scores `[batch, queries, keys]`. */
  score: (query: tf.Tensor3D, keys: tf.Tensor3D, weights: Weights) => tf.Tensor3D;
  /** What can be done with keys `[batch, keys, key width]` before any query is there. */
  prepare: (keys: tf.Tensor3D, weights: Weights) => PreparedKeys;
  /** The same as `score`, with keys made ready. */
  scorePrepared: (query: tf.Tensor3D, prepared: PreparedKeys, weights: Weights) => tf.Tensor3D;
}
