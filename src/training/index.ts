export { SeededRandom, stepSeed, type RandomState } from './random';
export { constantRate, cosineDecay, linearDecay, type DecayOptions, type LearningRateSchedule } from './schedules';
export { clipByGlobalNorm } from './gradients';
export type { NamedTensor, Optimizer } from './optimizer';
export { chooseProgress, type Progress, type ProgressState, type ProgressStream } from './progress';
export { LossError } from './loss-error';
export {
  train,
  trainableVariables,
  type CheckpointOptions,
  type EpochRecord,
  type StepContext,
  type TrainingEnd,
  type TrainingHistory,
  type TrainOptions,
} from './train';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping';
export { adam, Adam, type AdamOptions } from './adam';
export { CheckpointError, readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint';
