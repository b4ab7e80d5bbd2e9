/**
 * Training on the words of CMUdict, padding and all: this library's way, and what is lost when one after the other of
 * its parts is left out.
 */
import os from 'node:os';
import { loadCmudict } from '../src/datasets';
import {
  batchOfPairs,
  buildVocabularies,
  createSeq2Seq,
  Seq2SeqBatch,
  Seq2SeqVocabularies,
  teacherForcingLoss,
  TextPair,
} from '../src/seq2seq';
import { bucketBatches, characterTokens } from '../src/text';
import { adam, SeededRandom } from '../src/training';
import { tf } from '../src/tensorflow';
import { fastestThreads } from '../scripts/train/threads';
import { layersLoss } from './layers-model';
import { trainingStep } from './seq2seq';
import type { BenchTable } from './table';
import { WORD_MODELS, WORDS } from './throughput';
import { takeTurns } from './turns';
import { Task, Worker } from './workers';

/** Who computes a step: this library, or layers of TensorFlow.js. */
type Computing = 'ours' | 'layers';
/** Which words share a batch: those of like length, or any; or any, and all as long as the longest word there is. */
type Batching = 'alike' | 'any' | 'longest';

/** {@link Computing} and {@link Batching} in a task's numbers. */
const COMPUTING: readonly Computing[] = ['ours', 'layers'];
const BATCHING: readonly Batching[] = ['alike', 'any', 'longest'];
/** As `npm run train -- g2p --bucket-targets` makes its batches. */
const BUCKET_WIDTH = 2;

/** Each row leaves out one more part of what makes training fast here. */
const WAYS: { name: string; computing: Computing; batching: Batching; asItComes?: true }[] = [
  { name: 'this library', computing: 'ours', batching: 'alike' },
  { name: 'tf.layers, the same batches', computing: 'layers', batching: 'alike' },
  { name: '+ any words in a batch', computing: 'layers', batching: 'any' },
  { name: '+ threads and memory as they come', computing: 'layers', batching: 'any', asItComes: true },
  { name: '+ all words as long as the longest', computing: 'layers', batching: 'longest', asItComes: true },
];

/** Words a second in training, for each way and both sizes of model. */
export async function benchWordTraining(rounds: number): Promise<BenchTable[]> {
  if (!process.env.GLIBC_TUNABLES) throw new Error('GLIBC_TUNABLES is empty: start this with npm run bench');
  const rows: BenchTable['rows'] = [];
  for (const [name, { embeddingUnits, encoderUnits, encoderLayers = 1, decoderUnits }] of Object.entries(WORD_MODELS)) {
    const workers = WAYS.map(({ asItComes }) =>
      asItComes
        ? Worker.tensorflow(os.cpus().length, { GLIBC_TUNABLES: '' })
        : Worker.tensorflow(fastestThreads({ decoder: decoderUnits })),
    );
    try {
      const jobs = WAYS.map(({ computing, batching }, index): { worker: Worker; task: Task } => ({
        worker: workers[index],
        task: {
          what: 'wordTraining',
          shape: [
            ...[COMPUTING.indexOf(computing), BATCHING.indexOf(batching)],
            ...[embeddingUnits, encoderUnits, encoderLayers, decoderUnits],
          ],
        },
      }));
      // Batches differ in size, so their sum counts, not the median.
      const seconds = (await takeTurns(jobs, rounds)).map(({ times }) => times.reduce((a, b) => a + b, 0) / 1000);
      WAYS.forEach((way, index) => {
        rows.push({
          'encoder, decoder': index === 0 ? name : '',
          'a training step': way.name,
          'words a second': (rounds * WORDS.examples) / seconds[index],
          'this library is so many times faster': seconds[index] / seconds[0],
        });
      });
    } finally {
      for (const worker of workers) worker.stop();
    }
  }
  const notes = [
    `Pronunciations of CMUdict, ${WORDS.examples} in a batch; ${rounds} interleaved rounds of one step.`,
    'tf.layers: the same architecture, masks and loss, in layers, with tf.train.adam. + means: and beside that.',
    `As they come: ${os.cpus().length} threads an operation, and memory that is given back, as TensorFlow.js is used by itself.`,
    'As long as the longest: as model.fit wants it, which takes all examples as one tensor.',
  ];
  return [{ title: "Training on CMUdict's words", columns: Object.keys(rows[0]), rows, notes }];
}

/** What a task of these asks for. */
export function wordTrainingRun(shape: number[]): () => void {
  const [computing, batching, embeddingUnits, encoderUnits, encoderLayers, decoderUnits] = shape;
  const pairs = loadCmudict().train.flatMap(({ word, pronunciations }) =>
    pronunciations.map((phones): TextPair => ({ source: characterTokens(word), target: phones })),
  );
  const vocabularies = buildVocabularies(pairs);
  const model = createSeq2Seq(
    {
      ...{ sourceVocabulary: vocabularies.source.size, targetVocabulary: vocabularies.target.size },
      ...{ embeddingUnits, encoderUnits, encoderLayers, decoderUnits },
      ...{ order: 'luong', attention: { score: 'general', alignment: { kind: 'soft' } } },
    },
    { seed: 1 },
  );
  const ours = COMPUTING[computing] === 'ours';
  const loss = ours ? (batch: Seq2SeqBatch) => teacherForcingLoss(model, batch) : layersLoss(model);
  const optimizer = ours ? adam({ learningRate: 1e-3 }) : tf.train.adam(1e-3);
  const next = endlessBatches(pairs, vocabularies, BATCHING[batching]);
  let batch: Seq2SeqBatch;
  const step = trainingStep(model, optimizer, () => loss(batch));
  return () => {
    batch = next();
    step();
    tf.dispose(batch);
  };
}

/** The batches of an epoch, so that any number of them from the first on has short and long words in due proportion. */
function endlessBatches(
  pairs: readonly TextPair[],
  vocabularies: Seq2SeqVocabularies,
  batching: Batching,
): () => Seq2SeqBatch {
  const bucket = (tokens: readonly string[]) => Math.ceil(tokens.length / BUCKET_WIDTH);
  const longest = (side: keyof TextPair) => pairs.reduce((most, pair) => Math.max(most, pair[side].length), 0);
  const targetBuckets = 1 + longest('target');
  const keys = pairs.map(({ source, target }) =>
    batching === 'alike' ? bucket(source) * targetBuckets + bucket(target) : 0,
  );
  const shuffled = new SeededRandom(1).shuffle(pairs.map((_, index) => index));
  const full = bucketBatches(
    shuffled.map((index) => keys[index]),
    { batchSize: WORDS.examples },
  ).slice(0, -1);
  const padTo: [number, number] = batching === 'longest' ? [longest('source'), longest('target') + 1] : [0, 0];
  let place = 0;
  return () => {
    // Steps of the golden section spread over the epoch, which is in order of length.
    place = (place + (Math.sqrt(5) - 1) / 2) % 1;
    const indices = full[Math.floor(place * full.length)].map((index) => shuffled[index]);
    const batch = batchOfPairs(
      indices.map((index) => pairs[index]),
      vocabularies,
    );
    const padded = Object.fromEntries(
      Object.entries(batch).map(([name, tensor]) => [name, padRight(tensor, padTo[name === 'targets' ? 1 : 0])]),
    ) as Seq2SeqBatch;
    tf.dispose(batch);
    return padded;
  };
}

function padRight(tensor: tf.Tensor2D, length: number): tf.Tensor2D {
  return tf.pad2d(tensor, [
    [0, 0],
    [0, Math.max(0, length - tensor.shape[1])],
  ]);
}
