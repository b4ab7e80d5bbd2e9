export { characterTokens, wordTokens, type WordTokenOptions } from './tokens';
export { Vocabulary, type EncodeOptions, type VocabularyJSON, type VocabularyOptions } from './vocabulary';
export { padSequences, type PaddedSequences, type PadOptions } from './padding';
export { bucketBatches, type BucketOptions } from './batches';
