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
import { allFinite } from '../../finite';
import { requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { normalNoise } from '../seeded-noise';
import { realPositions, requireScores } from '../masked-softmax';
import { requireChunk, spreadOverChunks } from './chunkwise';
import { continueCoverage } from './coverage';
import { continueForward, firstRealPosition } from './forward';
import { gumbelAlignment, requireTemperature } from './gumbel';
import { hardAlignment, requireMode } from './hard';
import { localMonotonicAlignment, requireRadius } from './local-monotonic';
import { localPredictiveAlignment } from './local-predictive';
import { continueMonotonic, decide, firstPosition, requireProbabilities } from './monotonic';
import { softAlignment } from './soft';

/** How the stopping probabilities of a monotonic reader come from the scores. */
export interface StoppingOptions {
  /** Added to every score before the sigmoid: below 0 the reader starts out walking on. Default: 0. */
  bias?: number | undefined;
  /** Standard deviation of noise added before the sigmoid, which drives training to clear decisions. Default: 0. */
  noise?: number | undefined;
  /** Seed of the noise, 0 included. Default: fresh noise at every call. */
  seed?: number | undefined;
}

/** Every alignment, named, with its parameters: plain data, so that it can be saved with a model. */
export type Alignment =
  | { kind: 'soft' }
  | { kind: 'hard'; mode: 'argmax' | 'sample'; seed?: number | undefined }
  | { kind: 'gumbel'; temperature: number; straightThrough?: boolean | undefined; seed?: number | undefined }
  | { kind: 'localMonotonic'; radius: number }
  | { kind: 'localPredictive'; radius: number }
  | ({ kind: 'monotonic' } & StoppingOptions)
  | ({ kind: 'chunkwise'; chunk: number } & StoppingOptions)
  | { kind: 'forward' }
  | { kind: 'coverage' };

/** The name of an alignment. */
export type AlignmentKind = Alignment['kind'];

/** The names of all alignments. */
export const ALIGNMENT_KINDS: readonly AlignmentKind[] = [
  'soft',
  'hard',
  'gumbel',
  'localMonotonic',
  'localPredictive',
  'monotonic',
  'chunkwise',
  'forward',
  'coverage',
];

/** What an alignment may need beside the scores. */
export interface AlignContext {
  /** 1 for a real source position, 0 for padding, `[batch, keys]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** Where each query looks, `[batch, queries]`: needed by `localPredictive`, see `predictPositions`. */
  positions?: tf.Tensor2D | undefined;
  /**
   * Stopping probabilities `[batch, queries, keys]` of `monotonic` and `chunkwise`. Default: the sigmoid of the scores
   * plus the alignment's bias and, in training, its noise.
   */
  probabilities?: tf.Tensor3D | undefined;
  /** Seed of this call, in place of the alignment's own: in training pass seed + step, or every step draws alike. */
  seed?: number | undefined;
  /**
   * Decide, as at test time. `monotonic` and `chunkwise` stop at the first probability above one half; `gumbel` and
   * sampled `hard` take the best position; noise is left out. The other alignments are the same in both. Default:
   * false, the expectations and samples of training.
   */
  decision?: boolean | undefined;
}

/** Where a stepwise alignment stands. Begin with {@link alignmentState}, go on with what {@link alignStep} returns. */
export type AlignmentState = {
  /** Number of steps done. */
  step: number;
  /**
   * What the alignment remembers of them, `[batch, keys]`: the last weights (monotonic, chunkwise), their logarithms
   * (forward) or the sum of all weights (coverage); nothing for the others and before the first step.
   */
  memory?: tf.Tensor2D | undefined;
};

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
    () => continueAlignment(alignment, scores, alignmentState(), context).weights,
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
    const { weights, remember } = continueAlignment(alignment, scores, state, context);
    return { weights, state: { step: state.step + 1, memory: remember?.() } };
  });
}

interface Continued {
  weights: tf.Tensor3D;
  /** What to remember after a single step, computed only when somebody asks. */
  remember?: (() => tf.Tensor2D) | undefined;
}

function continueAlignment(
  alignment: Alignment,
  scores: tf.Tensor3D,
  { step: firstStep, memory }: AlignmentState,
  context: AlignContext,
): Continued {
  const { mask, decision = false } = context;
  const flat = (tensor: tf.Tensor3D) => tensor.squeeze([1]) as tf.Tensor2D; // [batch, 1, keys] -> [batch, keys]
  switch (alignment.kind) {
    case 'soft':
      return { weights: softAlignment(scores, { mask }) };
    case 'hard': {
      const { mode, seed } = alignment;
      const options = { mask, mode: decision ? ('argmax' as const) : mode, seed: context.seed ?? seed, firstStep };
      return { weights: hardAlignment(scores, options) };
    }
    case 'gumbel': {
      if (decision) return { weights: hardAlignment(scores, { mask, mode: 'argmax' }) };
      const { temperature, straightThrough, seed } = alignment;
      const options = { mask, temperature, straightThrough, seed: context.seed ?? seed, firstStep };
      return { weights: gumbelAlignment(scores, options) };
    }
    case 'localMonotonic':
      return { weights: localMonotonicAlignment(scores, { mask, radius: alignment.radius, firstStep }) };
    case 'localPredictive': {
      const positions = context.positions as tf.Tensor2D;
      return { weights: localPredictiveAlignment(scores, { mask, radius: alignment.radius, positions }) };
    }
    case 'monotonic':
    case 'chunkwise': {
      const given = stoppingProbabilities(alignment, scores, context, firstStep); // [batch, queries, keys]
      const start = memory ?? firstPosition(scores.shape); // [batch, keys]
      const stops = continueMonotonic(decision ? decide(given) : given, start, mask); // [batch, queries, keys]
      const weights = alignment.kind === 'monotonic' ? stops : spreadOverChunks(stops, scores, alignment.chunk, mask);
      return { weights, remember: () => flat(stops) };
    }
    case 'forward': {
      const start = memory ?? firstRealPosition(scores.shape, mask); // [batch, keys]
      const logWeights = continueForward(scores, start, mask); // [batch, queries, keys]
      return { weights: logWeights.exp(), remember: () => flat(logWeights) };
    }
    case 'coverage': {
      const start = memory ?? tf.zeros<tf.Rank.R2>([scores.shape[0], scores.shape[2]]); // [batch, keys]
      const weights = continueCoverage(scores, start, mask); // [batch, queries, keys]
      return { weights, remember: () => start.add(flat(weights)) };
    }
  }
}

function stoppingProbabilities(
  { bias = 0, noise = 0, seed }: StoppingOptions,
  scores: tf.Tensor3D,
  context: AlignContext,
  firstStep: number,
): tf.Tensor3D {
  if (context.probabilities) {
    requireProbabilities(context.probabilities, context.mask);
    requireShape('probabilities', context.probabilities, scores.shape);
    return context.probabilities;
  }
  const real = withoutPaddedScores(scores, context.mask);
  let logits = bias === 0 ? real.toFloat() : real.add<tf.Tensor3D>(bias); // [batch, queries, keys]
  if (noise > 0 && !context.decision) {
    logits = logits.add(normalNoise(scores.shape, context.seed ?? seed, firstStep, context.mask).mul(noise));
  }
  return tf.sigmoid(logits);
}

/** Zeros for the scores of padding where anything is not finite: the slope of a sigmoid would hand NaN on. */
function withoutPaddedScores(scores: tf.Tensor3D, mask?: tf.Tensor2D): tf.Tensor3D {
  return !mask || allFinite(scores) ? scores : tf.where(realPositions(mask).expandDims(1), scores, 0);
}

/** @throws {RangeError} when the record names no alignment or a parameter is out of range. */
export function requireAlignment(alignment: Alignment): void {
  switch (alignment?.kind) {
    case 'soft':
    case 'forward':
    case 'coverage':
      return;
    case 'hard':
      return requireMode(alignment.mode);
    case 'gumbel':
      return requireTemperature(alignment.temperature);
    case 'localMonotonic':
    case 'localPredictive':
      return requireRadius(alignment.radius);
    case 'chunkwise':
      requireChunk(alignment.chunk);
      return requireNoise(alignment.noise);
    case 'monotonic':
      return requireNoise(alignment.noise);
    default: {
      const got = JSON.stringify(alignment);
      throw new RangeError(`alignment must be a record whose kind is one of ${ALIGNMENT_KINDS.join(', ')}, got ${got}`);
    }
  }
}

function requireNoise(noise = 0): void {
  if (!(noise >= 0)) throw new RangeError(`noise must be >= 0, got ${noise}`);
}
