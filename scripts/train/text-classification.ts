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
  SeededRandom,
  tf,
  train,
  Vocabulary,
} from '../../src';
import type { Pooling } from './glosses';
import { TextClassifier } from './text-classifier';

const BATCH_SIZE = 128;
/** A training word is hidden this often, so that the model never relies on a single one. */
const WORD_DROPOUT = 0.2;

/** What to train, and how. */
export interface Settings {
  task: 'glosses' | 'needles';
  pooling: Pooling;
  seed: number;
  epochs: number;
  learningRate: number;
  quiet: boolean;
}

/** What a training reached. */
export interface Result {
  parameters: number;
  metrics: { accuracy: number; macroF1: number; devAccuracy: number; majority: number };
}

/** Trains a classifier, and looks at the test part once, when all is done. */
export async function trainClassifier(settings: Settings): Promise<Result> {
  const { task, pooling, seed, epochs, learningRate, quiet } = settings;
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

  const optimizer = adam({ learningRate });
  try {
    await train({
      variables,
      optimizer,
      learningRate: linearDecay({ peak: learningRate, final: 0.3 * learningRate, steps }),
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
  } finally {
    optimizer.dispose();
  }

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
