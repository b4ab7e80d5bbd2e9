export { lstmStep, LstmStep } from './lstm-step';
export { LstmWeights, LstmState, LstmSequenceOptions, LstmSequenceResult } from './lstm-types';
export { lstmSequenceStepwise } from './lstm-stepwise';
export { lstmSequence } from './lstm-sequence';
export { bidirectional, BidirectionalOptions, BidirectionalResult, MergeMode } from './bidirectional';
export { FusedLSTM, FusedLSTMArgs, isFusible } from './fused-lstm-layer';
export { fuse } from './fuse';
