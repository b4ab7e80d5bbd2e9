import type { RecordedRun } from '../../src/datasets/recorded-runs';
import { choice, positiveNumber, wholeNumber } from '../command-line/kinds';
import { task } from '../command-line/tasks';
import { currentCommit } from './current-commit';

export const POOLINGS = [
  ...(['last', 'mean', 'max', 'attention', 'attention-without-context', 'bag-of-words'] as const),
  ...(['self-attention', 'self-attention-without-positions'] as const),
] as const;
/** How the words of a text become one vector. */
export type Pooling = (typeof POOLINGS)[number];
const EPOCHS = { glosses: 2, needles: 3, 'bag-of-words': 5 };
const LEARNING_RATE = { last: 4e-3, others: 8e-3 };

export const glosses = task({
  name: 'glosses',
  summary: "which of 26 kinds of thing a dictionary's gloss defines (lessons 03, 04 and 10)",
  line: 'npm run train -- glosses',
  about: 'Trains a classifier on WordNet glosses and prints its accuracy on held-out ones.',
  options: {
    pooling: {
      ...{ kind: choice(POOLINGS), default: 'attention' },
      help:
        'how the words of a text become one vector; bag-of-words is the mean without a BiLSTM; self-attention is the ' +
        'mean with one block of a Transformer in place of the BiLSTM',
    },
    needle: { kind: 'flag', help: 'the gloss is hidden among other text, 8 classes' },
    seed: { kind: wholeNumber({ atLeast: 0 }), default: 0, help: 'initial weights and order of the examples' },
    epochs: {
      ...{ kind: wholeNumber({ atLeast: 1 }), help: 'passes over the training part' },
      defaultText: `${EPOCHS.glosses}, with --needle ${EPOCHS.needles}, for bag-of-words ${EPOCHS['bag-of-words']}`,
    },
    'learning-rate': {
      ...{ kind: positiveNumber(), value: 'X', help: 'step size at the start; it falls to 0.3 of that' },
      defaultText: `${LEARNING_RATE.others}, for last ${LEARNING_RATE.last}, which did better on the dev part`,
    },
    json: { kind: 'flag', keepsResults: true, help: 'prints the result as JSON' },
    record: {
      ...{ kind: 'flag', keepsResults: true },
      help: 'adds the result to results/glosses.json or results/needles.json',
    },
  },
  notes:
    'Accuracy is the share of test texts whose class is right; macro F1 is the mean over classes of F1, each class ' +
    'weighing the same; majority is the share of the largest class.',
  async work({ values: { pooling, needle, seed, json, record, ...given }, repeat }) {
    const part = needle ? 'needles' : 'glosses';
    const epochs = given.epochs ?? EPOCHS[pooling === 'bag-of-words' ? pooling : part];
    const usual = pooling === 'last' ? LEARNING_RATE.last : LEARNING_RATE.others;
    const { learningRate = usual } = given;
    const commit = currentCommit();
    const start = performance.now();
    const { trainClassifier } = await import('./text-classification');
    const { recordRun } = await import('../../src/datasets/recorded-runs');
    const result = await trainClassifier({ task: part, pooling, seed, epochs, learningRate, quiet: json });
    const run = {
      ...{ command: repeat({ pooling, seed, epochs }), model: pooling, seed, epochs, commit },
      seconds: Math.round((performance.now() - start) / 1000),
      ...result,
    };
    console.log(json ? JSON.stringify(run, null, 2) : describe(run));
    if (record) recordRun(part, run);
  },
});

function describe({ model, seed, seconds, parameters, metrics }: RecordedRun): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return (
    `${model}, seed ${seed}: accuracy ${percent(metrics.accuracy)}, macro F1 ${percent(metrics.macroF1)} on the test part ` +
    `(majority ${percent(metrics.majority)}; dev accuracy ${percent(metrics.devAccuracy)}); ` +
    `${parameters} parameters, ${seconds} s`
  );
}
