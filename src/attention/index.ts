/**
 * Attention = score, align, read. Any score combines with any alignment; the reading is always the same.
 */
export { dotScore } from './scores/dot';
export { scaledDotScore } from './scores/scaled-dot';
export { generalScore, GeneralScoreWeights } from './scores/general';
export { additiveScore, AdditiveScoreWeights } from './scores/additive';
export { concatScore, ConcatScoreWeights } from './scores/concat';
export { locationScore, LocationScoreWeights } from './scores/location';
export { softAlignment, SoftAlignmentOptions } from './alignments/soft';
export { readValues } from './read-values';
export { maskedSoftmax } from './masked-softmax';
export {
  attentionPooling,
  AttentionPooling,
  AttentionPoolingArgs,
  AttentionPoolingOptions,
  AttentionPoolingResult,
  AttentionPoolingWeights,
} from './attention-pooling';
