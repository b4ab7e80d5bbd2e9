/** Every score and every alignment, for tests that run over all of them. */
import { align, AlignContext, Alignment, createScoreWeights, ScoreKind, ScoreWeights } from '../../../src/attention';
import {
  ALIGNMENT_KINDS,
  ALIGNMENT_VARIANTS,
  AlignmentRecord,
  ALIGNMENTS as RECORDS,
} from '../../../src/attention/kinds';
import { tf } from '../../../src/tensorflow';
import { uniformNumbers } from './checks';

/** Every alignment in each of its variants, and once as it decides at test time. */
export const ALIGNMENTS: readonly (Alignment & { decision?: boolean })[] = ALIGNMENT_KINDS.flatMap((kind) => {
  const variants = ALIGNMENT_VARIANTS.filter((variant) => variant.kind === kind);
  return RECORDS[kind].decides ? [...variants, { ...variants[0], decision: true }] : variants;
});

export type Variant = (typeof ALIGNMENTS)[number];

/** A name that tells the variants apart. */
export function nameOf({ kind, ...parameters }: Variant): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name} ${String(value)}`);
  return list.length > 0 ? `${kind} (${list.join(', ')})` : kind;
}

/** Whether a slope reaches the scores through this alignment. */
export function isDifferentiable(variant: Variant): boolean {
  const { withoutSlope }: AlignmentRecord = RECORDS[variant.kind];
  return !withoutSlope && !variant.decision && !('straightThrough' in variant && variant.straightThrough);
}

/** Whether it draws: a seed decides what. */
export function draws(variant: Variant): boolean {
  return 'seed' in variant && !variant.decision;
}

/** Predicted positions inside each example's length, for every query. */
export function positionsFor(lengths: number[], queries: number, seed = 0): tf.Tensor2D {
  const uniform = uniformNumbers(seed);
  return tf.tensor2d(
    lengths.map((length) => Array.from({ length: queries }, () => uniform() * length)),
    [lengths.length, queries],
  );
}

/** What {@link align} needs for this variant. */
export function contextFor(variant: Variant, mask: tf.Tensor2D, queries: number): AlignContext {
  const lengths = (mask.arraySync() as number[][]).map((row) => row.reduce((sum, real) => sum + Number(real), 0));
  return { mask, positions: positionsFor(lengths, queries), decision: variant.decision };
}

export function alignVariant(variant: Variant, scores: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
  return align(variant, scores, contextFor(variant, mask, scores.shape[1]));
}

/** Weights of a score for queries and keys of one width. */
export function weightsFor<K extends ScoreKind>(
  kind: K,
  width: number,
  maximumKeys: number,
  seed = 0,
): ScoreWeights[K] {
  return createScoreWeights(kind, { queryWidth: width, keyWidth: width, units: 3, maximumKeys, seed });
}
