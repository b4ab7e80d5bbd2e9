export {
  checkBrokenSwap,
  checkMaskedMean,
  checkWeightedRead,
  type BrokenSwap,
  type MaskedMean,
  type WeightedRead,
} from './00-start-here';
export {
  checkAnalogyRow,
  checkBrokenNearest,
  checkCosines,
  checkNeutralise,
  type AnalogyRow,
  type BrokenNearest,
  type Cosines,
  type Neutralise,
  type VectorTable,
} from './01-embeddings';
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
  checkBahdanauStep,
  checkBrokenPicture,
  checkPreviousSymbols,
  type BahdanauInputs,
  type BahdanauStep,
  type BrokenPicture,
  type PreviousSymbols,
} from './05-soft-attention';
export {
  checkBeamStep,
  checkCosineScore,
  checkReshapedDot,
  type BeamExtension,
  type BeamStep,
  type ScoreFunction,
} from './06-global-attention';
export {
  checkLeaveOneOut,
  checkLogMarginal,
  checkReinforceGradient,
  checkSeeingBaseline,
  type LeaveOneOut,
  type LogMarginal,
  type ReinforceGradient,
  type ReinforceInputs,
  type SeeingBaseline,
  type SeeingBaselineInputs,
} from './07-hard-attention';
export {
  checkBrokenBell,
  checkForwardPositions,
  checkLocalMonotonic,
  checkPositionBell,
  type ForwardPositions,
  type LocalMonotonic,
  type WithBell,
} from './08-local-attention';
export {
  checkDividedWalk,
  checkForwardWalk,
  checkMovingForward,
  type DividedWalk,
  type ForwardWalk,
  type MovingForward,
  type MovingForwardInputs,
} from './09-forced-forward';
export {
  checkBrokenDraws,
  checkMicroErrorRate,
  checkPairedInterval,
  type BrokenDraws,
  type MicroErrorRate,
  type PairedInterval,
} from './11-comparison';
export {
  checkBrokenBidirectional,
  checkDeepBidirectional,
  checkTurnWithin,
  type BrokenBidirectional,
  type DeepBidirectional,
  type DirectionWeights,
  type TurnWithin,
  type TwoDirections,
} from './03-bilstm';
export {
  checkAttend,
  checkBrokenHeads,
  checkCausalWeights,
  type Attend,
  type BrokenHeads,
  type CausalWeights,
  type SelfAttentionInputs,
} from './10-self-attention';
