/**
 * One way to call every alignment: by a record that names it, over all steps at once or one step at a time.
 *
 * ```ts
 * const alignment: Alignment = { kind: 'localMonotonic', radius: 2 };
 * const weights = align(alignment, scores, { mask });                       // all steps, [batch, queries, keys]
 *
 * let state = alignmentState();                                             // or one step after the other
 * for (const stepScores of scoresOfEachStep) {                              // each [batch, 1, keys]
 *   const result = alignStep(alignment, stepScores, state, { mask });
 *   state = result.state;                                                   // result.weights [batch, 1, keys]
 * }
 * ```
 *
 * Both give the same weights; both are differentiable. Lesson 11 compares all of them.
 */
import { isEmpty, unlessEmpty, zerosFrom } from '../../empty-tensors';
import { requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { type Alignment, ALIGNMENT_KINDS, type AlignmentKind, type AlignmentOf } from '../kinds';
import { requireScores } from '../masked-softmax';
import { lengthsOf } from '../predict-positions';
import { chunkwise } from './chunkwise';
import { coverage } from './coverage';
import { forward } from './forward';
import { gumbel } from './gumbel';
import { hard } from './hard';
import { localMonotonic } from './local-monotonic';
import { localPredictive } from './local-predictive';
import { monotonic } from './monotonic';
import type { AlignContext, AlignmentRule, AlignmentState } from './rule';
import { soft } from './soft';
import { sparsemax } from './sparsemax';

const RULES: { readonly [Kind in AlignmentKind]: AlignmentRule<AlignmentOf<Kind>> } = {
  soft,
  hard,
  gumbel,
  localMonotonic,
  localPredictive,
  monotonic,
  chunkwise,
  forward,
  coverage,
  sparsemax,
};

function ruleOf(alignment: Alignment): AlignmentRule<Alignment> {
  return RULES[alignment.kind] as unknown as AlignmentRule<Alignment>; // each takes the records of its own kind
}

/** What {@link alignStep} returns. */
export type AlignStepResult = {
  /** `[batch, 1, keys]`. */
  weights: tf.Tensor3D;
  /** For the next step. Its memory is a tensor that the caller owns, as the weights are. */
  state: AlignmentState;
};

/** The state before the first step, the same for every alignment. It holds no tensor. */
export function alignmentState(): AlignmentState {
  return { step: 0 };
}

/**
 * The state with its rows taken from the given places, as beam search does when beams overtake each other.
 *
 * @param rows int32 `[new batch]`, rows of the old batch.
 */
export function selectAlignmentState(state: AlignmentState, rows: tf.Tensor1D): AlignmentState {
  if (state.memory && isEmpty(rows.shape, [state.memory])) {
    return { step: state.step, memory: zerosFrom<tf.Tensor2D>([state.memory], [rows.shape[0], state.memory.shape[1]]) };
  }
  return state.memory ? { step: state.step, memory: tf.gather(state.memory, rows) } : state;
}

/**
 * Scores become weights, by the alignment that the record names, over all steps at once.
 *
 * @param scores `[batch, queries, keys]`, any score function's output.
 * @returns weights `[batch, queries, keys]`, see the functions of the single alignments.
 * @throws {ShapeError} when a tensor's shape does not fit.
 * @throws {RangeError} when the record, the mask, a position or a probability is out of range.
 */
export function align(alignment: Alignment, scores: tf.Tensor3D, context: AlignContext = {}): tf.Tensor3D {
  requireAlignment(alignment);
  requireScores('scores', scores, context.mask);
  return unlessEmpty(
    scores.shape,
    [scores],
    () => ruleOf(alignment).continue(alignment, scores, alignmentState(), context).weights,
  );
}

/**
 * One step of an alignment, with the state that the step before has left.
 *
 * @param scores `[batch, 1, keys]`: the scores of this step's query.
 * @param context as for {@link align}, with `positions` `[batch, 1]` and `probabilities` `[batch, 1, keys]`.
 * @returns the step's weights `[batch, 1, keys]`, equal to that row of {@link align}, and the next state.
 * @throws {ShapeError} when a tensor's shape does not fit, or `scores` holds more than one query.
 * @throws {RangeError} when the record, the mask, a position or a probability is out of range.
 */
export function alignStep(
  alignment: Alignment,
  scores: tf.Tensor3D,
  state: AlignmentState,
  context: AlignContext = {},
): AlignStepResult {
  requireAlignment(alignment);
  requireScores('scores', scores, context.mask);
  const [batch, , keys] = scores.shape;
  requireShape('scores', scores, [batch, 1, keys]);
  if (state.memory) requireShape('state.memory', state.memory, [batch, keys]);
  // Nothing is remembered of nothing: the next step begins from the start again, which is as empty.
  if (isEmpty(scores.shape, [scores]))
    return { weights: zerosFrom([scores], scores.shape), state: { step: state.step + 1 } };
  return tf.tidy(() => {
    const { weights, remember } = ruleOf(alignment).continue(alignment, scores, state, context);
    return { weights, state: { step: state.step + 1, memory: remember?.() } };
  });
}

/**
 * The shapes of the weights that an alignment learns itself, by their names: none for most of them.
 *
 * @param units width of a hidden layer.
 */
export function alignmentWeightShapes(
  alignment: Alignment,
  sizes: { queryWidth: number; units: number },
): Record<string, number[]> {
  return ruleOf(alignment).weightShapes?.(sizes) ?? {};
}

/**
 * What an alignment's own weights make of the queries: the part of its context that a model must learn.
 *
 * @param query `[batch, queries, query width]`.
 * @param keys `[batch, keys, width]`; of it, only how many there are.
 * @param weights by their names, see {@link alignmentWeightShapes}.
 * @param mask `[batch, keys]`, 1 = real, 0 = padding. Default: all real.
 */
export function predictContext(
  alignment: Alignment,
  query: tf.Tensor3D,
  keys: tf.Tensor3D,
  weights: Readonly<Record<string, tf.Tensor>>,
  mask?: tf.Tensor2D,
): Pick<AlignContext, 'positions'> {
  const { predict } = ruleOf(alignment);
  if (!predict) return {};
  const lengths = mask ? lengthsOf(mask) : tf.fill<tf.Rank.R1>([keys.shape[0]], keys.shape[1]); // [batch]
  return predict(query, weights, lengths);
}

/** @throws {RangeError} when the record names no alignment or a parameter is out of range. */
export function requireAlignment(alignment: Alignment): void {
  if (!ALIGNMENT_KINDS.includes(alignment?.kind)) {
    const got = JSON.stringify(alignment);
    throw new RangeError(`alignment must be a record whose kind is one of ${ALIGNMENT_KINDS.join(', ')}, got ${got}`);
  }
  ruleOf(alignment).check?.(alignment);
}
