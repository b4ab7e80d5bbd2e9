export {
  checkBrokenPooling,
  checkHopPooling,
  checkMaskedWeights,
  type BrokenPooling,
  type HopInputs,
  type HopPooling,
  type MaskedWeights,
} from './04-attention-pooling';
