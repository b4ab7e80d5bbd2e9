import {
  accuracy,
  adam,
  bucketBatches,
  LabelledText,
  linearDecay,
  loadGlosses,
  loadNeedles,
  macroF1,
  padSequences,
  recordRun,
  SeededRandom,
  tf,
  train,
  Vocabulary,
} from '../../src';
import { currentCommit, oneOf, TrainingTask, wholeNumber } from './task';
import { Pooling, POOLINGS, TextClassifier } from './text-classifier';

const BATCH_SIZE = 128;
/** A training word is hidden this often, so that the model never relies on a single one. */
const WORD_DROPOUT = 0.2;
const LEARNING_RATE = 8e-3;
const EPOCHS = { glosses: 2, needles: 3, 'bag-of-words': 5 };

export const glosses: TrainingTask = {
  name: 'glosses',
  summary: "which of 26 kinds of thing a dictionary's gloss defines (lessons 03 and 04)",
  help: `npm run train -- glosses [options]

Trains a classifier on WordNet glosses and prints its accuracy on held-out ones.
  --pooling NAME   ${POOLINGS.join(', ')}
                   (default attention)
  --needle         the gloss is hidden among other text, 8 classes
  --seed N         initial weights and order of the examples (default 0)
  --epochs N       passes over the training part (default ${EPOCHS.glosses}, with --needle ${EPOCHS.needles},
                   for bag-of-words ${EPOCHS['bag-of-words']})
  --json           prints the result as JSON
  --record         adds the result to results/glosses.json or results/needles.json

Accuracy is the share of test texts whose class is right; macro F1 is the mean over
classes of F1, each class weighing the same; majority is the share of the largest class.`,
  options: {
    pooling: { type: 'string', default: 'attention' },
    needle: { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    epochs: { type: 'string' },
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
    const commit = currentCommit();
    const start = performance.now();
    const result = await trainClassifier(task, pooling, seed, epochs, Boolean(options.json));
    const flags = [`--pooling ${pooling}`, options.needle ? '--needle' : '', `--seed ${seed} --epochs ${epochs}`];
    const run = {
      command: `npm run train -- glosses ${flags.filter(Boolean).join(' ')}`,
      ...{ model: pooling, seed, epochs, commit },
      seconds: Math.round((performance.now() - start) / 1000),
      ...result,
    };
    if (options.record) recordRun(task, run);
    console.log(options.json ? JSON.stringify(run, null, 2) : sentence(run));
  },
};

interface Result {
  parameters: number;
  metrics: { accuracy: number; macroF1: number; devAccuracy: number; majority: number };
}

async function trainClassifier(
  task: 'glosses' | 'needles',
  pooling: Pooling,
  seed: number,
  epochs: number,
  quiet: boolean,
): Promise<Result> {
  const data = task === 'needles' ? loadNeedles() : loadGlosses();
  const vocabulary = Vocabulary.build(
    data.train.map(({ tokens }) => tokens),
    { minimumCount: 3 },
  );
  const classifier = new TextClassifier(vocabulary.size, data.classes.length, pooling, seed);
  const { variables } = classifier;
  const steps = epochs * Math.ceil(data.train.length / BATCH_SIZE);
  const ids = (examples: LabelledText[]): number[][] => examples.map(({ tokens }) => vocabulary.encode(tokens));
  const [trainIds, devIds, testIds] = [ids(data.train), ids(data.dev), ids(data.test)];
  const predict = (inputs: number[][]): number[] => predictClasses(classifier, inputs);
  const labels = (examples: LabelledText[]): number[] => examples.map(({ label }) => label);

  await train({
    variables,
    optimizer: adam({ learningRate: LEARNING_RATE }),
    learningRate: linearDecay({ peak: LEARNING_RATE, final: 0.3 * LEARNING_RATE, steps }),
    epochs,
    seed,
    ...(quiet && { progress: false }),
    *batches(_, random) {
      const lengths = trainIds.map(({ length }) => length);
      for (const batch of bucketBatches(lengths, { batchSize: BATCH_SIZE, random })) {
        const hidden = batch.map((index) => hideWords(trainIds[index], vocabulary.unknownId, random));
        yield {
          ...padSequences(hidden),
          labels: tf.tensor1d(
            batch.map((index) => data.train[index].label),
            'int32',
          ),
        };
      }
    },
    loss: (batch) => {
      const logits = classifier.logits(batch.tokens, batch.mask);
      return tf.losses.softmaxCrossEntropy(tf.oneHot(batch.labels, data.classes.length), logits) as tf.Scalar;
    },
    evaluate: () => ({ devAccuracy: accuracy(predict(devIds), labels(data.dev)) }),
  });

  const predicted = predict(testIds);
  const counts = data.classes.map((_, label) => data.test.filter((example) => example.label === label).length);
  return {
    parameters: variables.reduce((sum, { size }) => sum + size, 0),
    metrics: {
      accuracy: accuracy(predicted, labels(data.test)),
      macroF1: macroF1(predicted, labels(data.test), data.classes.length),
      devAccuracy: accuracy(predict(devIds), labels(data.dev)),
      majority: Math.max(...counts) / data.test.length,
    },
  };
}

function hideWords(ids: number[], unknownId: number, random: SeededRandom): number[] {
  return ids.map((id) => (random.uniform() < WORD_DROPOUT ? unknownId : id));
}

function predictClasses(classifier: TextClassifier, inputs: number[][]): number[] {
  const predicted = new Array<number>(inputs.length);
  for (const batch of bucketBatches(
    inputs.map(({ length }) => length),
    { batchSize: 512 },
  )) {
    const classes = tf.tidy(() => {
      const { tokens, mask } = padSequences(batch.map((index) => inputs[index]));
      return classifier.logits(tokens, mask).argMax(1).dataSync();
    });
    batch.forEach((index, place) => (predicted[index] = classes[place]));
  }
  return predicted;
}

function sentence({ model, seed, seconds, parameters, metrics }: Result & Record<string, unknown>): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return (
    `${model}, seed ${seed}: accuracy ${percent(metrics.accuracy)}, macro F1 ${percent(metrics.macroF1)} on the test part ` +
    `(majority ${percent(metrics.majority)}; dev accuracy ${percent(metrics.devAccuracy)}); ` +
    `${parameters} parameters, ${seconds} s`
  );
}
