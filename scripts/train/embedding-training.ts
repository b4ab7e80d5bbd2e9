import { loadBrown } from '../../src/datasets/brown';
import { loadGlossSentences } from '../../src/datasets/gloss-sentences';
import { loadStateOfTheUnion } from '../../src/datasets/state-of-the-union';
import { SkipGramOptions, trainSkipGram } from '../../src/embeddings/skip-gram';
import { saveWordVectors } from '../../src/embeddings/store';
import { measureWordVectors, WordVectorFigures } from '../word-vector-figures';
import type { TextName } from './embeddings';

const LOADERS: Record<TextName, () => string[][]> = {
  brown: () => loadBrown().flatMap(({ sentences }) => sentences),
  'state-of-the-union': () => loadStateOfTheUnion().flatMap(({ sentences }) => sentences),
  glosses: loadGlossSentences,
};

/** What to train, and how. */
export interface Settings extends Required<Omit<SkipGramOptions, 'progress' | 'negatives' | 'subsample'>> {
  texts: readonly TextName[];
  /** How many words to save. */
  words: number;
  save?: string;
  quiet: boolean;
}

/** What a training reached. */
export interface Trained {
  seconds: number;
  parameters: number;
  metrics: WordVectorFigures & Record<string, number>;
}

/** Trains word vectors, asks the questions, and saves the vectors when a folder is named. */
export async function trainEmbeddings({ texts, words, save, quiet, ...options }: Settings): Promise<Trained> {
  const start = performance.now();
  const sentences = texts.flatMap((name) => LOADERS[name]());
  const vectors = await trainSkipGram(sentences, { ...options, ...(quiet && { progress: false }) });
  const figures = measureWordVectors(vectors);
  if (save !== undefined) saveWordVectors(save, vectors, Math.min(words, vectors.size));
  return {
    seconds: Math.round((performance.now() - start) / 1000),
    parameters: 2 * vectors.values.length,
    metrics: { ...figures },
  };
}
