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
  quiet: boolean;
}

/** What a training reached. */
export interface Trained {
  seconds: number;
  parameters: number;
  metrics: WordVectorFigures & Record<string, number>;
}

/** What a training reached, and a way to save it. */
export interface TrainedVectors {
  trained: Trained;
  /** Writes the vectors of the most frequent words into a folder, and returns it. */
  save(folder: string): string;
}

/** Trains word vectors and asks the questions. */
export async function trainEmbeddings({ texts, words, quiet, ...options }: Settings): Promise<TrainedVectors> {
  const start = performance.now();
  const sentences = texts.flatMap((name) => LOADERS[name]());
  const vectors = await trainSkipGram(sentences, { ...options, ...(quiet && { progress: false }) });
  const figures = measureWordVectors(vectors);
  const trained = {
    seconds: Math.round((performance.now() - start) / 1000),
    parameters: 2 * vectors.values.length,
    metrics: { ...figures },
  };
  const save = (folder: string) => {
    saveWordVectors(folder, vectors, Math.min(words, vectors.size));
    return folder;
  };
  return { trained, save };
}
