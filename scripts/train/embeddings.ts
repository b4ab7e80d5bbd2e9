import { recordRun } from '../../src/datasets/recorded-runs';
import { describeWordVectors } from '../word-vector-figures';
import { requireNewFolder } from './encoder-decoder';
import { doAll, saveOrKeep } from './save';
import { currentCommit, positiveNumber, Task, UsageError, wholeNumber } from './task';

const TEXTS = ['brown', 'state-of-the-union', 'glosses'] as const;
/** A text to learn from. */
export type TextName = (typeof TEXTS)[number];

export const embeddings: Task = {
  name: 'embeddings',
  summary: 'word vectors by skip-gram with negative sampling (lesson 01)',
  help: `npm run train -- embeddings [options]

Trains word vectors and prints how well they answer questions that were not trained on.
  --texts LIST        what to read: ${TEXTS.join(', ')},
                      separated by commas (default all three)
  --dimensions N      numbers a word (default 100)
  --window N          a context word is at most so far away (default 5)
  --epochs N          passes over the texts (default 5)
  --minimum-count N   rarer words are left out (default 5)
  --learning-rate X   step size at the start; it falls to a hundredth (default 0.05)
  --seed N            first vectors, windows and random words (default 0)
  --save DIR          writes the vectors of the most frequent words into a new folder,
                      one byte a number
  --words N           how many words to save (default 10000)
  --json              prints the result as JSON
  --record            adds the result to results/embeddings.json

Triplets: of two nouns that are about as frequent, is the one with the same hypernym in
WordNet nearer to a third? Guessing is right on 50 %. Two words with the same first four
letters are never in one triplet. Analogies: the share of questions "a is to b as c is
to ...?" whose answer is the nearest word (@1) or among the ten nearest (@10), the words
of the question excluded. Texts that contain the glosses have seen part of what the
triplets ask.`,
  options: {
    texts: { type: 'string', default: TEXTS.join(',') },
    dimensions: { type: 'string', default: '100' },
    window: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '5' },
    'minimum-count': { type: 'string', default: '5' },
    'learning-rate': { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '0' },
    save: { type: 'string' },
    words: { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
  async run(options) {
    const number = (name: string): number => wholeNumber(name, String(options[name]), 1);
    const texts = readTexts(String(options.texts));
    const settings = {
      dimensions: number('dimensions'),
      window: number('window'),
      epochs: number('epochs'),
      minimumCount: number('minimum-count'),
      learningRate: positiveNumber('learning-rate', String(options['learning-rate'])),
      seed: wholeNumber('seed', String(options.seed), 0),
    };
    const words = number('words');
    const save = options.save as string | undefined;
    requireNewFolder('save', save);
    const commit = currentCommit();
    const { trainEmbeddings } = await import('./embedding-training');
    const { trained, save: saveInto } = await trainEmbeddings({
      texts,
      words,
      quiet: Boolean(options.json),
      ...settings,
    });
    const { seed, epochs } = settings;
    const flags = Object.entries({ texts: texts.join(','), seed, epochs }).map(([name, value]) => `--${name} ${value}`);
    const others = ['dimensions', 'window', 'minimum-count', 'learning-rate']
      .filter((name) => options[name] !== embeddings.options[name]?.default)
      .map((name) => `--${name} ${String(options[name])}`);
    const run = {
      command: `npm run train -- embeddings ${[...flags, ...others].join(' ')}`,
      ...{ model: texts.join(' + '), seed, epochs, commit },
      ...trained,
    };
    if (options.json) console.log(JSON.stringify(run, null, 2));
    else console.log(`${run.model}, seed ${seed}: ${describeWordVectors(trained.metrics)}, ${trained.seconds} s`);
    doAll(
      () => {
        if (save === undefined) return;
        const place = saveOrKeep('save', save, saveInto);
        if (!options.json) console.log(`saved: ${place}`);
      },
      () => options.record && recordRun('embeddings', run),
    );
  },
};

function readTexts(list: string): TextName[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !TEXTS.some((known) => known === name));
  if (unknown !== undefined)
    throw new UsageError(`--texts must list some of ${TEXTS.join(', ')}, got ${unknown || 'nothing'}`);
  return TEXTS.filter((name) => names.includes(name));
}
