import type { tf } from '../../tensorflow';

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

/** Where a stepwise alignment stands. Begin with `alignmentState()`, go on with what `alignStep` returns. */
export type AlignmentState = {
  /** Number of steps done. */
  step: number;
  /**
   * What the alignment remembers of them, `[batch, keys]`: the last weights (monotonic, chunkwise), their logarithms
   * (forward) or the sum of all weights (coverage); nothing for the others and before the first step.
   */
  memory?: tf.Tensor2D | undefined;
};

/** An alignment, gone on with. */
export interface Continued {
  /** `[batch, queries, keys]`. */
  weights: tf.Tensor3D;
  /** What to remember after a single step, `[batch, keys]`, computed only when somebody asks. */
  remember?: (() => tf.Tensor2D) | undefined;
}

/** All that the rest of the library knows an alignment by; `align.ts` has the list of them. */
export interface AlignmentRule<Parameters = object> {
  /** @throws {RangeError} when a parameter is out of range. */
  check?: (parameters: Parameters) => void;
  /** The weights of the next steps, from where the state stands; scores `[batch, queries, keys]`. */
  continue: (parameters: Parameters, scores: tf.Tensor3D, state: AlignmentState, context: AlignContext) => Continued;
  /** The shapes of the weights that it learns itself, by their names. */
  weightShapes?: (sizes: { queryWidth: number; units: number }) => Record<string, number[]>;
  /** What those weights make of the queries, `[batch, queries, query width]`; lengths `[batch]`. */
  predict?: (
    query: tf.Tensor3D,
    weights: Readonly<Record<string, tf.Tensor>>,
    lengths: tf.Tensor1D,
  ) => Pick<AlignContext, 'positions'>;
}

/** What a single step has come to, without the axis of the queries: `[batch, 1, keys]` -> `[batch, keys]`. */
export function onlyStep(tensor: tf.Tensor3D): tf.Tensor2D {
  return tensor.squeeze([1]);
}
