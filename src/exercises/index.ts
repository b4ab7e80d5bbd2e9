export {
  checkBrokenSwap,
  checkMaskedMean,
  checkWeightedRead,
  type BrokenSwap,
  type MaskedMean,
  type WeightedRead,
} from './00-start-here';
export {
  checkBrokenPooling,
  checkHopPooling,
  checkMaskedWeights,
  type BrokenPooling,
  type HopInputs,
  type HopPooling,
  type MaskedWeights,
} from './04-attention-pooling';
export {
  checkDividedWalk,
  checkForwardWalk,
  checkMovingForward,
  type DividedWalk,
  type ForwardWalk,
  type MovingForward,
  type MovingForwardInputs,
} from './09-forced-forward';
