export { lstmStep, type LstmStep } from './lstm-step';
export type { LstmWeights, LstmState, LstmSequenceOptions, LstmSequenceResult } from './lstm-types';
export { lstmSequenceStepwise } from './lstm-stepwise';
export { lstmSequence } from './lstm-sequence';
export { bidirectional, type BidirectionalOptions, type BidirectionalResult, type MergeMode } from './bidirectional';
export { FusedLSTM } from './fused-lstm-layer';
export { isFusible, type FusedLSTMArgs } from './fusible';
export { fuse } from './fuse';
