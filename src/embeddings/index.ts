export { cosineSimilarity, dotProduct, WordVectors } from './word-vectors';
export { analogy, nearestWords, unitVector, wordSimilarity, type Neighbour, type NeighbourOptions } from './neighbours';
export { countWords, skipGramPairs, trainSkipGram, type CountedWords, type SkipGramOptions } from './skip-gram';
export { principalComponents, type PrincipalComponents } from './principal-components';
export { alongAxis, removeDirection, wordAxis } from './bias';
export { frequentNouns, hypernymTriplets, tripletAccuracy, type Triplet } from './triplets';
export {
  ANALOGY_PAIRS,
  analogyQuestions,
  analogyScores,
  type AnalogyQuestion,
  type AnalogyScores,
} from './analogy-questions';
export { loadWordVectors, saveWordVectors, WordVectorsError } from './store';
export { loadGlove } from './glove';
