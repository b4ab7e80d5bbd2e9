import { RecordedRun, recordRun } from '../../src/datasets/recorded-runs';
import { currentCommit, oneOf, positiveNumber, Task, wholeNumber } from './task';

export const POOLINGS = [
  ...(['last', 'mean', 'max', 'attention', 'attention-without-context', 'bag-of-words'] as const),
  ...(['self-attention', 'self-attention-without-positions'] as const),
] as const;
/** How the words of a text become one vector. */
export type Pooling = (typeof POOLINGS)[number];
const EPOCHS = { glosses: 2, needles: 3, 'bag-of-words': 5 };
const LEARNING_RATE = { last: 4e-3, others: 8e-3 };

export const glosses: Task = {
  name: 'glosses',
  summary: "which of 26 kinds of thing a dictionary's gloss defines (lessons 03, 04 and 10)",
  help: `npm run train -- glosses [options]

Trains a classifier on WordNet glosses and prints its accuracy on held-out ones.
  --pooling NAME   ${POOLINGS.slice(0, 6).join(', ')},
                   ${POOLINGS.slice(6).join(', ')} (default attention);
                   bag-of-words is the mean without a BiLSTM; self-attention is the mean
                   with one block of a Transformer in place of the BiLSTM
  --needle         the gloss is hidden among other text, 8 classes
  --seed N         initial weights and order of the examples (default 0)
  --epochs N       passes over the training part (default ${EPOCHS.glosses}, with --needle ${EPOCHS.needles},
                   for bag-of-words ${EPOCHS['bag-of-words']})
  --learning-rate X
                   step size at the start; it falls to 0.3 of that (default ${LEARNING_RATE.others},
                   for last ${LEARNING_RATE.last}, which did better on the dev part)
  --json           prints the result as JSON
  --record         adds the result to results/glosses.json or results/needles.json

Accuracy is the share of test texts whose class is right; macro F1 is the mean over
classes of F1, each class weighing the same; majority is the share of the largest class.`,
  options: {
    pooling: { type: 'string', default: 'attention' },
    needle: { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    epochs: { type: 'string' },
    'learning-rate': { type: 'string' },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
  async run(options) {
    const pooling = oneOf('pooling', String(options.pooling), POOLINGS);
    const seed = wholeNumber('seed', String(options.seed), 0);
    const task = options.needle ? 'needles' : 'glosses';
    const epochs = wholeNumber(
      'epochs',
      String(options.epochs ?? EPOCHS[pooling === 'bag-of-words' ? pooling : task]),
      1,
    );
    const usual = pooling === 'last' ? LEARNING_RATE.last : LEARNING_RATE.others;
    const learningRate = positiveNumber('learning-rate', String(options['learning-rate'] ?? usual));
    const commit = currentCommit();
    const start = performance.now();
    // Loaded only now: TensorFlow takes seconds, and a mistyped option should not cost them.
    const { trainClassifier } = await import('./text-classification');
    const result = await trainClassifier({ task, pooling, seed, epochs, learningRate, quiet: Boolean(options.json) });
    const flags = [
      `--pooling ${pooling}${options.needle ? ' --needle' : ''}`,
      `--seed ${seed} --epochs ${epochs}`,
      ...(learningRate === usual ? [] : [`--learning-rate ${learningRate}`]),
    ];
    const run = {
      command: `npm run train -- glosses ${flags.join(' ')}`,
      ...{ model: pooling, seed, epochs, commit },
      seconds: Math.round((performance.now() - start) / 1000),
      ...result,
    };
    console.log(options.json ? JSON.stringify(run, null, 2) : describe(run));
    if (options.record) recordRun(task, run);
  },
};

function describe({ model, seed, seconds, parameters, metrics }: RecordedRun): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return (
    `${model}, seed ${seed}: accuracy ${percent(metrics.accuracy)}, macro F1 ${percent(metrics.macroF1)} on the test part ` +
    `(majority ${percent(metrics.majority)}; dev accuracy ${percent(metrics.devAccuracy)}); ` +
    `${parameters} parameters, ${seconds} s`
  );
}
