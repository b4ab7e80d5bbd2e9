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
import { requireRank } from '../../shapes';
import { tf } from '../../tensorflow';
import { SCORE_KINDS, type ScoreKind, type ScoreNeeds, SCORES } from '../kinds';
import { additive, type AdditiveScoreWeights } from './additive';
import { concat, type ConcatScoreWeights } from './concat';
import { dot } from './dot';
import { general, type GeneralScoreWeights } from './general';
import { location, type LocationScoreWeights } from './location';
import type { PreparedKeys, ScoreRule, ScoreSizes } from './rule';
import { scaledDot } from './scaled-dot';

/** The weights of every score, by its name. */
export interface ScoreWeights {
  /** `dotScore` has none. */
  dot: Record<string, never>;
  /** `scaledDotScore` has none. */
  scaledDot: Record<string, never>;
  /** Those of `generalScore`. */
  general: GeneralScoreWeights;
  /** Those of `additiveScore`. */
  additive: AdditiveScoreWeights;
  /** Those of `concatScore`. */
  concat: ConcatScoreWeights;
  /** Those of `locationScore`. */
  location: LocationScoreWeights;
}

const RULES: { readonly [K in ScoreKind]: ScoreRule<ScoreWeights[K]> } = {
  dot,
  scaledDot,
  general,
  additive,
  concat,
  location,
};

/** A score, named, with its weights. */
export type Score = { [K in ScoreKind]: { kind: K; weights: ScoreWeights[K] } }[ScoreKind];

function ruleOf<K extends ScoreKind>(kind: K): ScoreRule<ScoreWeights[K]> {
  requireScore(kind);
  return RULES[kind];
}

/** @throws {RangeError} when there is no such score. */
export function requireScore(kind: ScoreKind): void {
  if (SCORE_KINDS.includes(kind)) return;
  throw new RangeError(`score must be one of ${SCORE_KINDS.join(', ')}, got '${String(kind)}'`);
}

/**
 * The shapes of a score's weights, by their names: what a layer or a model must create.
 *
 * @throws {RangeError} when the score is unknown or a size it needs is missing or does not fit.
 */
export function scoreWeightShapes(kind: ScoreKind, sizes: ScoreSizes): Record<string, number[]> {
  const rule = ruleOf(kind);
  const { queryWidth, keyWidth, units = keyWidth, maximumKeys = 0 } = sizes;
  const { sameWidth, units: hasUnits, maximumKeys: hasPlaces }: ScoreNeeds = SCORES[kind].needs;
  if (sameWidth && queryWidth !== keyWidth) {
    throw new RangeError(
      `score '${kind}' needs queries and keys of one width, got ${queryWidth} and ${keyWidth}: use 'general'`,
    );
  }
  if (hasUnits && !(Number.isInteger(units) && units >= 1)) {
    throw new RangeError(`units must be a whole number >= 1, got ${units}`);
  }
  if (hasPlaces && !(Number.isInteger(maximumKeys) && maximumKeys > 0)) {
    throw new RangeError(
      `score '${kind}' needs maximumKeys, the length of the longest source, got ${sizes.maximumKeys}`,
    );
  }
  return rule.weightShapes({ queryWidth, keyWidth, units, maximumKeys });
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
  return ruleOf(kind).score(query, keys, weights);
}

/**
 * Does once what a decoder would otherwise repeat at every step: projects the keys.
 *
 * @param keys `[batch, keys, key width]`.
 * @throws {ShapeError} when a shape does not fit.
 * @throws {RangeError} when the score is unknown.
 */
export function prepareKeys<K extends ScoreKind>(kind: K, keys: tf.Tensor3D, weights: ScoreWeights[K]): PreparedKeys {
  requireRank('keys', keys, 3);
  return tf.tidy(() => ruleOf(kind).prepare(keys, weights));
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
  return ruleOf(kind).scorePrepared(query, prepared, weights);
}
