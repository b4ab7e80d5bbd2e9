export { editDistance } from './edit-distance';
export { exactMatch, phoneErrorRate, wordErrorRate, type ErrorRate, type Prediction } from './error-rates';
export { accuracy, confusionMatrix, macroF1 } from './classification';
export { bleu, type BleuScore } from './bleu';
export { alignmentSharpness, type AlignmentSharpness } from './sharpness';
export { bootstrapInterval, type BootstrapOptions, type ConfidenceInterval } from './bootstrap';
