/**
 * One way to call every score, by its name, with its weights.
 *
 * ```ts
 * const weights = createScoreWeights('additive', { queryWidth: 64, keyWidth: 128, units: 64, seed: 0 });
 * const scores = score('additive', query, keys, weights);                   // [batch, queries, keys]
 *
 * const prepared = prepareKeys('additive', keys, weights);                  // once a source
 * const step = scorePrepared('additive', queryOfThisStep, prepared, weights); // once a step, the same scores
 * ```
 */
import { unlessEmpty } from '../../empty-tensors';
import { requireRank, requireShape, ShapeError } from '../../shapes';
import { tf } from '../../tensorflow';
import { additiveScore, type AdditiveScoreWeights, scorePairs } from './additive';
import { concatScore, type ConcatScoreWeights } from './concat';
import { dotScore } from './dot';
import { generalScore, type GeneralScoreWeights } from './general';
import { locationScore, type LocationScoreWeights } from './location';
import { scaledDotScore } from './scaled-dot';
import { keyByKey, project, requireQueryAndKeys, scoreShape } from './widths';

/** The weights of every score, by its name. */
export interface ScoreWeights {
  /** {@link dotScore} has none. */
  dot: Record<string, never>;
  /** {@link scaledDotScore} has none. */
  scaledDot: Record<string, never>;
  /** Those of {@link generalScore}. */
  general: GeneralScoreWeights;
  /** Those of {@link additiveScore}. */
  additive: AdditiveScoreWeights;
  /** Those of {@link concatScore}. */
  concat: ConcatScoreWeights;
  /** Those of {@link locationScore}. */
  location: LocationScoreWeights;
}

/** The name of a score. */
export type ScoreKind = keyof ScoreWeights;

/** A score, named, with its weights. */
export type Score = { [K in ScoreKind]: { kind: K; weights: ScoreWeights[K] } }[ScoreKind];

/** The names of all scores. */
export const SCORE_KINDS: readonly ScoreKind[] = ['dot', 'scaledDot', 'general', 'additive', 'concat', 'location'];

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

/**
 * The shapes of a score's weights, by their names: what a layer or a model must create.
 *
 * @throws {RangeError} when the score is unknown or a size it needs is missing or does not fit.
 */
export function scoreWeightShapes(kind: ScoreKind, sizes: ScoreSizes): Record<string, number[]> {
  const { queryWidth, keyWidth, units = keyWidth, maximumKeys } = sizes;
  switch (kind) {
    case 'dot':
    case 'scaledDot':
      if (queryWidth !== keyWidth) {
        throw new RangeError(
          `score '${kind}' needs queries and keys of one width, got ${queryWidth} and ${keyWidth}: use 'general'`,
        );
      }
      return {};
    case 'general':
      return { W: [queryWidth, keyWidth] };
    case 'additive':
      requireUnits(units);
      return { Wq: [queryWidth, units], Wk: [keyWidth, units], v: [units], b: [units] };
    case 'concat':
      requireUnits(units);
      return { W: [queryWidth + keyWidth, units], v: [units] };
    case 'location':
      if (!(maximumKeys && Number.isInteger(maximumKeys) && maximumKeys > 0)) {
        throw new RangeError(
          `score 'location' needs maximumKeys, the length of the longest source, got ${maximumKeys}`,
        );
      }
      return { W: [queryWidth, maximumKeys] };
    default:
      throw new RangeError(`score must be one of ${SCORE_KINDS.join(', ')}, got '${String(kind)}'`);
  }
}

function requireUnits(units: number): void {
  if (!Number.isInteger(units) || units < 1) throw new RangeError(`units must be a whole number >= 1, got ${units}`);
}

/** Sizes and seed of {@link createScoreWeights}. */
export interface CreateScoreWeightsOptions extends ScoreSizes {
  /** Seed of the weights, 0 included. Default: random. */
  seed?: number | undefined;
}

/**
 * Initial weights of a score: matrices and v uniform by Glorot's rule, biases 0.
 *
 * They are plain tensors; to train them, make variables of them: `tf.variable(weights.W)`.
 *
 * @throws {RangeError} as {@link scoreWeightShapes}.
 */
export function createScoreWeights<K extends ScoreKind>(kind: K, options: CreateScoreWeightsOptions): ScoreWeights[K] {
  const { seed, ...sizes } = options;
  const entries = Object.entries(scoreWeightShapes(kind, sizes)).map(([name, shape], index) => {
    const [rows = 1, columns = 1] = shape;
    const limit = Math.sqrt(6 / (rows + columns));
    const own = seed === undefined ? undefined : seed + index; // one seed for all would make equal matrices
    return [name, name === 'b' ? tf.zeros(shape) : tf.randomUniform(shape, -limit, limit, 'float32', own)];
  });
  return Object.fromEntries(entries) as ScoreWeights[K];
}

/**
 * How well each query matches each key, by the score that is named.
 *
 * @param query `[batch, queries, query width]`.
 * @param keys `[batch, keys, key width]`.
 * @returns scores `[batch, queries, keys]`. `location` uses as many of its columns as there are keys.
 * @throws {ShapeError} when a shape does not fit, or `location` has fewer columns than there are keys.
 * @throws {RangeError} when the score is unknown.
 */
export function score<K extends ScoreKind>(
  kind: K,
  query: tf.Tensor3D,
  keys: tf.Tensor3D,
  weights: ScoreWeights[K],
): tf.Tensor3D {
  const named = { kind, weights } as unknown as Score;
  switch (named.kind) {
    case 'dot':
      return dotScore(query, keys);
    case 'scaledDot':
      return scaledDotScore(query, keys);
    case 'general':
      return generalScore(query, keys, named.weights);
    case 'additive':
      return additiveScore(query, keys, named.weights);
    case 'concat':
      return concatScore(query, keys, named.weights);
    case 'location':
      requireQueryAndKeys(query, keys);
      return unlessEmpty(scoreShape(query, keys), [query, named.weights.W], () =>
        locationScore(query, { W: firstColumns(named.weights.W, keys.shape[1]) }),
      );
    default:
      throw new RangeError(`score must be one of ${SCORE_KINDS.join(', ')}, got '${String(kind)}'`);
  }
}

/** Keys made ready for {@link scorePrepared}: everything about them that does not depend on the query. */
export type PreparedKeys = {
  /** `[batch, keys, width of the comparison]`. */
  keys: tf.Tensor3D;
  /** For `concat`: how wide queries must be, since its one matrix does not tell where they end and keys begin. */
  queryWidth?: number | undefined;
};

/**
 * Does once what a decoder would otherwise repeat at every step: projects the keys.
 *
 * @param keys `[batch, keys, key width]`.
 * @throws {ShapeError} when a shape does not fit.
 * @throws {RangeError} when the score is unknown.
 */
export function prepareKeys<K extends ScoreKind>(kind: K, keys: tf.Tensor3D, weights: ScoreWeights[K]): PreparedKeys {
  requireRank('keys', keys, 3);
  const width = keys.shape[2];
  const named = { kind, weights } as unknown as Score;
  return tf.tidy(() => {
    switch (named.kind) {
      case 'dot':
      case 'location':
        return { keys: keys.clone() }; // [batch, keys, width]
      case 'scaledDot':
        return { keys: unlessEmpty<tf.Tensor3D>(keys.shape, [keys], () => keys.div(Math.sqrt(width))) }; // [batch, keys, width]
      case 'general':
        requireShape('W', named.weights.W, [null, width]);
        return { keys: keyByKey(keys, 1, (each) => project(each, named.weights.W.transpose())) }; // [batch, keys, query width]
      case 'additive': {
        const { Wk, b, v } = named.weights;
        requireRank('v', v, 1);
        if (b) requireShape('b', b, [v.shape[0]]);
        requireShape('Wk', Wk, [width, v.shape[0]]);
        const projected = keyByKey(keys, 1, (each) => project(each, Wk)); // [batch, keys, units]
        return {
          keys: b ? unlessEmpty<tf.Tensor3D>(projected.shape, [projected, b], () => projected.add(b)) : projected,
        };
      }
      case 'concat': {
        const { W } = named.weights;
        const queryWidth = W.shape[0] - width;
        if (queryWidth <= 0) {
          throw new ShapeError(`W must have more than ${width} rows, the width of keys, got [${W.shape.join(', ')}]`);
        }
        const Wk = tf.slice(W, [queryWidth, 0]); // [key width, units]
        return { keys: keyByKey(keys, 1, (each) => project(each, Wk)), queryWidth }; // keys [batch, keys, units]
      }
      default:
        throw new RangeError(`score must be one of ${SCORE_KINDS.join(', ')}, got '${String(kind)}'`);
    }
  });
}

/**
 * The same as {@link score}, with keys that {@link prepareKeys} has made ready.
 *
 * @param query `[batch, queries, query width]`.
 * @returns scores `[batch, queries, keys]`.
 * @throws {ShapeError} when a shape does not fit.
 * @throws {RangeError} when the score is unknown.
 */
export function scorePrepared<K extends ScoreKind>(
  kind: K,
  query: tf.Tensor3D,
  prepared: PreparedKeys,
  weights: ScoreWeights[K],
): tf.Tensor3D {
  const { keys } = prepared;
  const named = { kind, weights } as unknown as Score;
  switch (named.kind) {
    case 'dot':
    case 'scaledDot':
    case 'general':
      return dotScore(query, keys);
    case 'additive':
      requireQueryAndKeys(query, keys, named.weights.v.shape[0]);
      requireShape('Wq', named.weights.Wq, [query.shape[2], keys.shape[2]]);
      return unlessEmpty(scoreShape(query, keys), [query, keys, named.weights.Wq, named.weights.v], () =>
        keyByKey(keys, 2, (each) => scorePairs(project(query, named.weights.Wq), each, named.weights.v)),
      );
    case 'concat':
      requireQueryAndKeys(query, keys, named.weights.v.shape[0]);
      requireShape('query', query, [null, null, prepared.queryWidth ?? null]);
      return unlessEmpty(scoreShape(query, keys), [query, keys, named.weights.W, named.weights.v], () => {
        const Wq = tf.slice(named.weights.W, [0, 0], [query.shape[2], -1]); // [query width, units]
        return keyByKey(keys, 2, (each) => scorePairs(project(query, Wq), each, named.weights.v)); // [batch, queries, keys]
      });
    default:
      return score(kind, query, keys, weights);
  }
}

function firstColumns(W: tf.Tensor2D, keys: number): tf.Tensor2D {
  if (W.shape[1] < keys) {
    throw new ShapeError(
      `W of score 'location' has ${W.shape[1]} columns, too few for ${keys} keys: create it with a larger maximumKeys`,
    );
  }
  return W.shape[1] === keys ? W : tf.slice(W, [0, 0], [-1, keys]);
}
