export { SeededRandom, stepSeed, type RandomState } from './random';
export { constantRate, cosineDecay, linearDecay, type DecayOptions, type LearningRateSchedule } from './schedules';
export { clipByGlobalNorm } from './gradients';
export type { NamedGradient, Optimizer } from './optimizer';
export { chooseProgress, type Progress, type ProgressState, type ProgressStream } from './progress';
export {
  train,
  trainableVariables,
  type EpochRecord,
  type StepContext,
  type TrainingEnd,
  type TrainingHistory,
  type TrainOptions,
} from './train';
export { adam, Adam, AdamOptions, NamedTensor } from './adam';
