/**
 * Attention = score, align, read. Any score combines with any alignment; the reading is always the same.
 */
export { dotScore } from './scores/dot';
export { scaledDotScore } from './scores/scaled-dot';
export { generalScore, GeneralScoreWeights } from './scores/general';
export { additiveScore, AdditiveScoreWeights } from './scores/additive';
export { concatScore, ConcatScoreWeights } from './scores/concat';
export { locationScore, LocationScoreWeights } from './scores/location';
export {
  createScoreWeights,
  CreateScoreWeightsOptions,
  PreparedKeys,
  prepareKeys,
  Score,
  score,
  SCORE_KINDS,
  ScoreKind,
  scorePrepared,
  ScoreSizes,
  ScoreWeights,
  scoreWeightShapes,
} from './scores';

export { softAlignment, SoftAlignmentOptions } from './alignments/soft';
export { hardAlignment, HardAlignmentOptions } from './alignments/hard';
export { gumbelAlignment, GumbelAlignmentOptions } from './alignments/gumbel';
export { localMonotonicAlignment, LocalMonotonicOptions } from './alignments/local-monotonic';
export { localPredictiveAlignment, LocalPredictiveOptions } from './alignments/local-predictive';
export { monotonicAlignment, MonotonicAlignmentOptions, monotonicDecision } from './alignments/monotonic';
export { chunkwiseAlignment, ChunkwiseAlignmentOptions } from './alignments/chunkwise';
export { forwardAlignment, ForwardAlignmentOptions } from './alignments/forward';
export { coverageAlignment, CoverageAlignmentOptions } from './alignments/coverage';
export {
  align,
  AlignContext,
  Alignment,
  ALIGNMENT_KINDS,
  AlignmentKind,
  AlignmentState,
  alignmentState,
  alignStep,
  AlignStepResult,
  requireAlignment,
  selectAlignmentState,
  StoppingOptions,
} from './alignments';
export { maskedSoftmax } from './masked-softmax';
export { predictPositions, PredictPositionsOptions } from './predict-positions';
export { coverageLoss, CoverageLossOptions } from './coverage-loss';
export { gumbelNoise, normalNoise } from './seeded-noise';

export { readValues } from './read-values';

export {
  attentionPooling,
  AttentionPooling,
  AttentionPoolingArgs,
  AttentionPoolingOptions,
  AttentionPoolingResult,
  AttentionPoolingWeights,
} from './attention-pooling';
export { Attention, AttentionArgs } from './attention';
export { PaddingMask, PaddingMaskArgs } from './padding-mask';
export {
  multiHeadSelfAttention,
  MultiHeadSelfAttention,
  MultiHeadSelfAttentionArgs,
  MultiHeadOptions,
  MultiHeadResult,
  MultiHeadWeights,
} from './self-attention/multi-head';
export { AddSinusoidalPositions, sinusoidalPositions } from './self-attention/sinusoidal-positions';
export { meanPooling, maxPooling, lastStates, FixedPoolingOptions } from './fixed-pooling';
