import type { Task } from '../train/task';

export const embeddings: Task = {
  name: 'embeddings',
  summary: 'word vectors: models/embeddings, or what npm run train -- embeddings has saved',
  help: `npm run evaluate -- embeddings [options]

Prints how well word vectors answer questions that they were not trained on.

  --model DIR       a folder of word vectors (default: models/embeddings)

Triplets: of two nouns that are about as frequent, is the one with the same hypernym in
WordNet nearer to a third? Guessing is right on 50 %. Analogies: the share of questions
"a is to b as c is to ...?" whose answer is the nearest word (@1) or among the ten nearest
(@10), the words of the question excluded. Questions with an unknown word are not put, and
among fewer words it is easier to be the nearest: compare vectors of equally many words.`,
  options: { model: { type: 'string' } },
  async run({ model }) {
    const folder = model === undefined ? undefined : String(model);
    const { loadWordVectors } = await import('../../src/embeddings/store');
    const vectors = loadWordVectors(folder);
    const { describeWordVectors, measureWordVectors } = await import('../word-vector-figures');
    console.log(`${folder ?? 'models/embeddings'}: ${describeWordVectors(measureWordVectors(vectors))}`);
  },
};
