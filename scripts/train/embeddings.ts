import { newFolder, positiveNumber, someOf, wholeNumber } from '../command-line/kinds';
import { task } from '../command-line/tasks';
import { currentCommit } from './current-commit';
import { doAll, saveOrKeep } from './save';

const TEXTS = ['brown', 'state-of-the-union', 'glosses'] as const;
/** A text to learn from. */
export type TextName = (typeof TEXTS)[number];

const COUNT = wholeNumber({ atLeast: 1 });

export const embeddings = task({
  name: 'embeddings',
  summary: 'word vectors by skip-gram with negative sampling (lesson 01)',
  line: 'npm run train -- embeddings',
  about: 'Trains word vectors and prints how well they answer questions that were not trained on.',
  options: {
    texts: { kind: someOf(TEXTS), default: TEXTS, defaultText: 'all', help: 'what to read, separated by commas' },
    seed: { kind: wholeNumber({ atLeast: 0 }), default: 0, help: 'first vectors, windows and random words' },
    epochs: { kind: COUNT, default: 5, help: 'passes over the texts' },
    dimensions: { kind: COUNT, default: 100, help: 'numbers a word' },
    window: { kind: COUNT, default: 5, help: 'a context word is at most so far away' },
    'minimum-count': { kind: COUNT, default: 5, help: 'rarer words are left out' },
    'learning-rate': {
      ...{ kind: positiveNumber(), value: 'X', default: 0.05 },
      help: 'step size at the start; it falls to a hundredth',
    },
    save: {
      ...{ kind: newFolder, keepsResults: true },
      help: 'writes the vectors of the most frequent words into a new folder, one byte a number',
    },
    words: { kind: COUNT, default: 10_000, keepsResults: true, help: 'how many words to save' },
    json: { kind: 'flag', keepsResults: true, help: 'prints the result as JSON' },
    record: { kind: 'flag', keepsResults: true, help: 'adds the result to results/embeddings.json' },
  },
  notes:
    'Triplets: of two nouns that are about as frequent, is the one with the same hypernym in WordNet nearer to a ' +
    'third? Guessing is right on 50 %. Two words with the same first four letters are never in one triplet. ' +
    'Analogies: the share of questions "a is to b as c is to ...?" whose answer is the nearest word (@1) or among the ' +
    'ten nearest (@10), the words of the question excluded. Texts that contain the glosses have seen part of what the ' +
    'triplets ask.',
  async work({ values: { json, record, save, ...settings }, repeat }) {
    const { texts, seed, epochs } = settings;
    const commit = currentCommit();
    const { trainEmbeddings } = await import('./embedding-training');
    const { recordRun } = await import('../../src/datasets/recorded-runs');
    const { describeWordVectors } = await import('../word-vector-figures');
    const { trained, save: saveInto } = await trainEmbeddings({ ...settings, quiet: json });
    const model = texts.join(' + ');
    const run = { command: repeat({ texts, seed, epochs }), ...{ model, seed, epochs, commit }, ...trained };
    if (json) console.log(JSON.stringify(run, null, 2));
    else console.log(`${model}, seed ${seed}: ${describeWordVectors(trained.metrics)}, ${trained.seconds} s`);
    doAll(
      () => {
        if (save === undefined) return;
        const place = saveOrKeep('save', save, saveInto);
        if (!json) console.log(`saved: ${place}`);
      },
      () => record && recordRun('embeddings', run),
    );
  },
});
