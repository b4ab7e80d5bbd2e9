import { align, alignmentState, alignmentWeightShapes, alignStep, predictContext } from '../attention/alignments/align';
import type { AlignContext, AlignmentState } from '../attention/alignments/rule';
import { readValues } from '../attention/read-values';
import type { PreparedKeys } from '../attention/scores/rule';
import { prepareKeys, scorePrepared, type ScoreWeights, scoreWeightShapes } from '../attention/scores/score';
import type { tf } from '../tensorflow';
import type { AttentionDescription } from './description';
import type { Encoded } from './encoder';
import type { Seq2SeqModel } from './model';

/** How a decoder attends, beside what its description says. */
export interface AttendOptions {
  /**
   * Decide, as at test time, where training takes expectations or samples (`hard`, `gumbel`, `monotonic`, `chunkwise`).
   * Default: false; the searches decide.
   */
  decision?: boolean | undefined;
  /** Seed of what is drawn in this call. In training pass another one at each step. */
  seed?: number | undefined;
}

/** What was read, and with which weights; `Q` is `[batch, queries]`, or `[batch]` for one step. */
type Read<T extends tf.Tensor> = {
  /** `[Q, keys]`. */
  weights: T;
  /** `[Q, memory width]`. */
  context: T;
  /** Where local-p predicts to look, `[Q]`; none for the other alignments. */
  positions?: tf.Tensor | undefined;
};

/** Under which names a model keeps the weights of its score, and those of its alignment. */
const [SCORE, ALIGNMENT] = ['score.', 'positions.'];

/** The name and shape of each weight that attention needs. */
export function attentionWeightShapes(
  { score, units, maximumKeys, alignment }: AttentionDescription,
  queryWidth: number,
  keyWidth: number,
): Record<string, number[]> {
  const ofScore = scoreWeightShapes(score, { queryWidth, keyWidth, units, maximumKeys });
  const ofAlignment = alignmentWeightShapes(alignment, { queryWidth, units: units ?? keyWidth });
  return Object.fromEntries([
    ...Object.entries(ofScore).map(([name, shape]) => [SCORE + name, shape] as const),
    ...Object.entries(ofAlignment).map(([name, shape]) => [ALIGNMENT + name, shape] as const),
  ]);
}

/** The memory as the score wants its keys: what does not depend on the query is computed once. */
export function prepareMemory(model: Seq2SeqModel, memory: tf.Tensor3D): PreparedKeys | undefined {
  const { attention } = model.description;
  return attention === 'none' ? undefined : prepareKeys(attention.score, memory, scoreWeights(model));
}

/** Attention for all queries at once: `queries` `[batch, queries, units]`. */
export function attendAtOnce(
  model: Seq2SeqModel,
  encoded: Encoded,
  queries: tf.Tensor3D,
  options: AttendOptions,
): Read<tf.Tensor3D> {
  const { alignment } = attentionOf(model);
  const { scores, context } = scoresAndContext(model, encoded, queries, options);
  const weights = align(alignment, scores, context); // [batch, queries, keys]
  return { weights, context: readValues(weights, encoded.memory), positions: context.positions };
}

/** Attention for the query of one step, `[batch, units]`, after the steps that `state` remembers. */
export function attendStep(
  model: Seq2SeqModel,
  encoded: Encoded,
  query: tf.Tensor2D,
  state: AlignmentState,
  options: AttendOptions,
): Read<tf.Tensor2D> & { state: AlignmentState } {
  const { alignment } = attentionOf(model);
  const { scores, context } = scoresAndContext(model, encoded, query.expandDims(1), options);
  const step = alignStep(alignment, scores, state, context); // weights [batch, 1, keys]
  return {
    weights: step.weights.squeeze([1]),
    context: readValues(step.weights, encoded.memory).squeeze([1]),
    positions: context.positions?.squeeze([1]), // [batch]
    state: step.state,
  };
}

/** The state before the first step. */
export const firstAttentionState = alignmentState;

/** `[batch, queries, keys]`, and what the alignment needs beside them. */
export function scoresAndContext(
  model: Seq2SeqModel,
  { prepared, mask, memory }: Encoded,
  queries: tf.Tensor3D,
  options: AttendOptions,
): { scores: tf.Tensor3D; context: AlignContext } {
  const { score, alignment } = attentionOf(model);
  const scores = scorePrepared(score, queries, prepared!, scoreWeights(model));
  const own = predictContext(alignment, queries, memory, weightsUnder(ALIGNMENT, model), mask);
  return { scores, context: { ...options, mask, ...own } };
}

/** @throws {Error} when the model has no attention. */
export function attentionOf({ description: { attention } }: Seq2SeqModel): AttentionDescription {
  if (attention === 'none') throw new Error('this model has no attention');
  return attention;
}

function scoreWeights(model: Seq2SeqModel): ScoreWeights[keyof ScoreWeights] {
  return weightsUnder(SCORE, model) as ScoreWeights[keyof ScoreWeights];
}

function weightsUnder(prefix: string, { weights }: Seq2SeqModel): Record<string, tf.Tensor> {
  const entries = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, weight]) => [name.slice(prefix.length), weight]));
}
