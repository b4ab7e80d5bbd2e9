import { loadBrown } from '../src/datasets/brown';
import { readNounSenses } from '../src/datasets/wordnet-nouns';
import { analogyQuestions, analogyScores } from '../src/embeddings/analogy-questions';
import { frequentNouns, hypernymTriplets, tripletAccuracy } from '../src/embeddings/triplets';
import type { WordVectors } from '../src/embeddings/word-vectors';

/** How well word vectors answer questions that nobody trained them on. */
export interface WordVectorFigures {
  triplets: number;
  analogiesFirst: number;
  analogiesFirstTen: number;
  tripletCount: number;
  analogyCount: number;
  words: number;
}

/** Puts the same questions whatever was read: nouns of the Brown corpus and our analogies, as far as the vectors know them. */
export function measureWordVectors(vectors: WordVectors): WordVectorFigures {
  const sentences = loadBrown().flatMap((text) => text.sentences);
  const nouns = frequentNouns(sentences).filter((word) => vectors.has(word));
  const triplets = hypernymTriplets(nouns, readNounSenses());
  const { asked, first, firstTen } = analogyScores(vectors, analogyQuestions());
  return {
    triplets: tripletAccuracy(vectors, triplets),
    analogiesFirst: first,
    analogiesFirstTen: firstTen,
    tripletCount: triplets.length,
    analogyCount: asked,
    words: vectors.size,
  };
}

/** The figures in a line; where there was no question, there is no share. */
export function describeWordVectors(figures: WordVectorFigures): string {
  const percent = (share: number): string => (Number.isNaN(share) ? 'none' : `${(100 * share).toFixed(1)} %`);
  return (
    `same-hypernym triplets ${percent(figures.triplets)} (chance 50 %, ${figures.tripletCount} triplets); ` +
    `analogies @1 ${percent(figures.analogiesFirst)}, @10 ${percent(figures.analogiesFirstTen)} ` +
    `(${figures.analogyCount} questions); ${figures.words} words`
  );
}
