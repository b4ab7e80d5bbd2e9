/**
 * Attention = score, align, read. Any score combines with any alignment; the reading is always the same.
 */
export { dotScore } from './scores/dot';
export { scaledDotScore } from './scores/scaled-dot';
export { generalScore, type GeneralScoreWeights } from './scores/general';
export { additiveScore, type AdditiveScoreWeights } from './scores/additive';
export { concatScore, type ConcatScoreWeights } from './scores/concat';
export { locationScore, type LocationScoreWeights } from './scores/location';
export {
  createScoreWeights,
  type CreateScoreWeightsOptions,
  prepareKeys,
  type Score,
  score,
  scorePrepared,
  type ScoreWeights,
  scoreWeightShapes,
} from './scores/score';
export type { PreparedKeys, ScoreSizes } from './scores/rule';
export {
  type Alignment,
  ALIGNMENT_KINDS,
  type AlignmentKind,
  type PlainAlignmentKind,
  SCORE_KINDS,
  type ScoreKind,
} from './kinds';

export { softAlignment, type SoftAlignmentOptions } from './alignments/soft';
export { hardAlignment, type HardAlignmentOptions } from './alignments/hard';
export { gumbelAlignment, type GumbelAlignmentOptions } from './alignments/gumbel';
export { localMonotonicAlignment, type LocalMonotonicOptions } from './alignments/local-monotonic';
export { localPredictiveAlignment, type LocalPredictiveOptions } from './alignments/local-predictive';
export {
  monotonicAlignment,
  type MonotonicAlignmentOptions,
  monotonicDecision,
  type StoppingOptions,
} from './alignments/monotonic';
export { chunkwiseAlignment, type ChunkwiseAlignmentOptions } from './alignments/chunkwise';
export { forwardAlignment, type ForwardAlignmentOptions } from './alignments/forward';
export { coverageAlignment, type CoverageAlignmentOptions } from './alignments/coverage';
export { sparsemaxAlignment, type SparsemaxAlignmentOptions } from './alignments/sparsemax';
export {
  align,
  alignmentState,
  alignStep,
  type AlignStepResult,
  requireAlignment,
  selectAlignmentState,
} from './alignments/align';
export type { AlignContext, AlignmentState } from './alignments/rule';
export { maskedSoftmax } from './masked-softmax';
export { lengthsOf, predictPositions, type PredictPositionsOptions } from './predict-positions';
export { coverageLoss, type CoverageLossOptions } from './coverage-loss';
export { gumbelNoise, normalNoise } from './seeded-noise';

export { readValues } from './read-values';

export {
  attentionPooling,
  AttentionPooling,
  type AttentionPoolingArgs,
  type AttentionPoolingOptions,
  type AttentionPoolingResult,
  type AttentionPoolingWeights,
} from './attention-pooling';
export { Attention, type AttentionArgs } from './attention';
export { PaddingMask, type PaddingMaskArgs } from './padding-mask';
export {
  multiHeadSelfAttention,
  MultiHeadSelfAttention,
  type MultiHeadSelfAttentionArgs,
  type MultiHeadOptions,
  type MultiHeadResult,
  type MultiHeadWeights,
} from './self-attention/multi-head';
export { AddSinusoidalPositions, sinusoidalPositions } from './self-attention/sinusoidal-positions';
export { meanPooling, maxPooling, lastStates, type FixedPoolingOptions } from './fixed-pooling';
