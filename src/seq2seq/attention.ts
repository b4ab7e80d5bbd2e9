import { align, type AlignContext, alignmentState, type AlignmentState, alignStep } from '../attention/alignments';
import { lengthsOf, predictPositions } from '../attention/predict-positions';
import { readValues } from '../attention/read-values';
import {
  type PreparedKeys,
  prepareKeys,
  scorePrepared,
  type ScoreWeights,
  scoreWeightShapes,
} from '../attention/scores';
import { tf } from '../tensorflow';
import type { AttentionDescription } from './description';
import type { Encoded } from './encoder';
import { matrix, type Seq2SeqModel, vector } from './model';

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

/** The name and shape of each weight that attention needs. */
export function attentionWeightShapes(
  { score, units, maximumKeys, alignment }: AttentionDescription,
  queryWidth: number,
  keyWidth: number,
): Record<string, number[]> {
  const shapes = scoreWeightShapes(score, { queryWidth, keyWidth, units, maximumKeys });
  const hidden = units ?? keyWidth;
  return {
    ...Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`score.${name}`, shape])),
    ...(alignment.kind === 'localPredictive' ? { 'positions.Wp': [queryWidth, hidden], 'positions.vp': [hidden] } : {}),
  };
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
  const context: AlignContext = { ...options, mask };
  if (alignment.kind === 'localPredictive') {
    const [batch, keys] = memory.shape;
    const lengths = mask ? lengthsOf(mask) : (tf.fill([batch], keys) as tf.Tensor1D); // [batch]
    const weights = { Wp: matrix(model, 'positions.Wp'), vp: vector(model, 'positions.vp') };
    context.positions = predictPositions(queries, { ...weights, lengths }); // [batch, queries]
  }
  return { scores, context };
}

/** @throws {Error} when the model has no attention. */
export function attentionOf({ description: { attention } }: Seq2SeqModel): AttentionDescription {
  if (attention === 'none') throw new Error('this model has no attention');
  return attention;
}

function scoreWeights({ weights }: Seq2SeqModel): ScoreWeights[keyof ScoreWeights] {
  const entries = Object.entries(weights).filter(([name]) => name.startsWith('score.'));
  return Object.fromEntries(entries.map(([name, weight]) => [name.slice('score.'.length), weight])) as never;
}
