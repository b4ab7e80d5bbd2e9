export { AttentionDescription, Seq2SeqDescription } from './description';
export { AttendOptions } from './attention';
export { createSeq2Seq, disposeSeq2Seq, Seq2SeqModel, seq2SeqVariables, Seq2SeqWeights } from './model';
export { meanOfModels } from './mean-of-models';
export { softTargets } from './distillation';
export { DropoutOptions } from './dropout';
export { encode, Encoded } from './encoder';
export {
  DecoderState,
  decoderStep,
  DecoderStep,
  decodeTeacherForced,
  firstDecoderState,
  TeacherForced,
  TeacherForcedOptions,
} from './decoder';
export { OneOrMoreModels } from './ensemble';
export { Decoded, greedySearch, GreedySearchOptions } from './greedy-search';
export { BeamDecoded, beamSearch, BeamSearchOptions } from './beam-search';
export { agreementSearch } from './agreement';
export { sequenceLoss, SequenceLossOptions, symbolLogProbabilities } from './loss';
export {
  batchOfPairs,
  buildVocabularies,
  Seq2SeqBatch,
  Seq2SeqVocabularies,
  TextPair,
  translate,
  TranslateOptions,
  Translation,
} from './text-pairs';
export { teacherForcingLoss, trainSeq2Seq, TrainSeq2SeqOptions } from './train-seq2seq';
export {
  createRewardBaseline,
  exactMarginalLoss,
  reinforceLoss,
  ReinforceOptions,
  RewardBaseline,
} from './hard-attention';
export { loadSeq2Seq, SavedSeq2Seq, saveSeq2Seq } from './save';
export { isQuantised, loadQuantised, saveQuantised } from './quantised';
export { loadPublishedModel, pronounce, Pronunciation, PublishedModel, publishedModels } from './published';
