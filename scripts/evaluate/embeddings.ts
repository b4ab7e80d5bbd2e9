import { folder } from '../command-line/kinds';
import { task } from '../command-line/tasks';

const PUBLISHED = 'models/embeddings';

export const embeddings = task({
  name: 'embeddings',
  summary: 'word vectors: models/embeddings, or what npm run train -- embeddings has saved',
  line: 'npm run evaluate -- embeddings',
  about: 'Prints how well word vectors answer questions that they were not trained on.',
  options: { model: { kind: folder, help: 'a folder of word vectors', defaultText: PUBLISHED } },
  notes:
    'Triplets: of two nouns that are about as frequent, is the one with the same hypernym in WordNet nearer to a ' +
    'third? Guessing is right on 50 %. Analogies: the share of questions "a is to b as c is to ...?" whose answer is ' +
    'the nearest word (@1) or among the ten nearest (@10), the words of the question excluded. Questions with an ' +
    'unknown word are not put, and among fewer words it is easier to be the nearest: compare vectors of equally many ' +
    'words.',
  async work({ values: { model } }) {
    const { loadWordVectors } = await import('../../src/embeddings/store');
    const vectors = loadWordVectors(model);
    const { describeWordVectors, measureWordVectors } = await import('../word-vector-figures');
    console.log(`${model ?? PUBLISHED}: ${describeWordVectors(measureWordVectors(vectors))}`);
  },
});
