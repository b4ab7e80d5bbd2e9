export type { AttentionDescription, Seq2SeqDescription } from './description';
export type { AttendOptions } from './attention';
export { createSeq2Seq, disposeSeq2Seq, type Seq2SeqModel, seq2SeqVariables, type Seq2SeqWeights } from './model';
export { meanOfModels } from './mean-of-models';
export { softTargets } from './distillation';
export type { DropoutOptions } from './dropout';
export { encode, type Encoded } from './encoder';
export {
  type DecoderState,
  decoderStep,
  type DecoderStep,
  decodeTeacherForced,
  firstDecoderState,
  type TeacherForced,
  type TeacherForcedOptions,
} from './decoder';
export type { OneOrMoreModels } from './ensemble';
export { type Decoded, greedySearch, type GreedySearchOptions } from './greedy-search';
export { type BeamDecoded, beamSearch, type BeamSearchOptions } from './beam-search';
export { agreementSearch } from './agreement';
export { sequenceLoss, type SequenceLossOptions, symbolLogProbabilities } from './loss';
export {
  batchOfPairs,
  buildVocabularies,
  type Seq2SeqBatch,
  type Seq2SeqVocabularies,
  type TextPair,
  translate,
  type TranslateOptions,
  type Translation,
} from './text-pairs';
export { teacherForcingLoss, trainSeq2Seq, type TrainSeq2SeqOptions } from './train-seq2seq';
export {
  createRewardBaseline,
  exactMarginalLoss,
  reinforceLoss,
  type ReinforceOptions,
  type RewardBaseline,
} from './hard-attention';
export { loadSeq2Seq, type SavedSeq2Seq, saveSeq2Seq } from './save';
export { isQuantised, loadQuantised, saveQuantised } from './quantised';
export { loadPublishedModel, pronounce, type Pronunciation, type PublishedModel, publishedModels } from './published';
