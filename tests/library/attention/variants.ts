/** Every score and every alignment, for tests that run over all of them. */
import { align, AlignContext, Alignment, createScoreWeights, ScoreKind, ScoreWeights } from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import { uniformNumbers } from './checks';

export const ALIGNMENTS: readonly (Alignment & { decision?: boolean })[] = [
  { kind: 'soft' },
  { kind: 'hard', mode: 'argmax' },
  { kind: 'hard', mode: 'sample', seed: 0 },
  { kind: 'gumbel', temperature: 0.7, seed: 0 },
  { kind: 'gumbel', temperature: 0.7, straightThrough: true, seed: 3 },
  { kind: 'localMonotonic', radius: 1 },
  { kind: 'localPredictive', radius: 2 },
  { kind: 'monotonic' },
  { kind: 'monotonic', bias: -0.5, noise: 1, seed: 0 },
  { kind: 'monotonic', decision: true },
  { kind: 'chunkwise', chunk: 2 },
  { kind: 'chunkwise', chunk: 3, decision: true },
  { kind: 'forward' },
  { kind: 'coverage' },
];

export type Variant = (typeof ALIGNMENTS)[number];

/** A name that tells the variants apart. */
export function nameOf({ kind, ...parameters }: Variant): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name} ${String(value)}`);
  return list.length > 0 ? `${kind} (${list.join(', ')})` : kind;
}

/** Whether a slope reaches the scores through this alignment. */
export function isDifferentiable(variant: Variant): boolean {
  const { kind, decision } = variant;
  if (kind === 'hard' || decision) return false;
  return !(variant.kind === 'gumbel' && variant.straightThrough);
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
  const positions = variant.kind === 'localPredictive' ? positionsFor(lengths, queries) : undefined;
  return { mask, positions, decision: variant.decision };
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
