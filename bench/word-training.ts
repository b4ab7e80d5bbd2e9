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
import { bucketOfEach } from '../src/seq2seq/train-seq2seq';
import { bucketBatches } from '../src/text';
import { adam } from '../src/training';
import { tf } from '../src/tensorflow';
import { BUCKET_WIDTH, pairsOf } from '../scripts/train/g2p-training';
import { fastestThreads } from '../scripts/train/threads';
import { layersLoss } from './layers-model';
import { LUONG, trainingStep } from './seq2seq';
import type { BenchTable } from './table';
import { WORD_MODELS, WORDS } from './throughput';
import { takeTurns } from './turns';
import { Task, Worker } from './workers';

/** How words are trained on. */
export interface WordBatches {
  /** Who computes a step: this library, or layers of TensorFlow.js. */
  computing: 'ours' | 'layers';
  /**
   * Which words share a batch: those of like length, as `npm run train -- g2p --bucket-targets` puts them together, or
   * any; or any, and all as long as the longest word there is.
   */
  batching: 'alike' | 'any' | 'longest';
}

/** Each row leaves out one more part of what makes training fast here. */
const WAYS: { name: string; words: WordBatches; asItComes?: true }[] = [
  { name: 'this library', words: { computing: 'ours', batching: 'alike' } },
  { name: 'tf.layers, the same batches', words: { computing: 'layers', batching: 'alike' } },
  { name: '+ any words in a batch', words: { computing: 'layers', batching: 'any' } },
  { name: '+ threads and memory as they come', words: { computing: 'layers', batching: 'any' }, asItComes: true },
  { name: '+ all words as long as the longest', words: { computing: 'layers', batching: 'longest' }, asItComes: true },
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
      const shape = [embeddingUnits, encoderUnits, encoderLayers, decoderUnits];
      const jobs = WAYS.map(({ words }, index): { worker: Worker; task: Task } => ({
        worker: workers[index],
        task: { what: 'wordTraining', shape, words },
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
export function wordTrainingRun(shape: number[], { computing, batching }: WordBatches): () => void {
  const [embeddingUnits, encoderUnits, encoderLayers, decoderUnits] = shape;
  const pairs = loadCmudict().train.flatMap(pairsOf);
  const vocabularies = buildVocabularies(pairs);
  const description = {
    ...LUONG,
    ...{ sourceVocabulary: vocabularies.source.size, targetVocabulary: vocabularies.target.size },
    ...{ embeddingUnits, encoderUnits, encoderLayers, decoderUnits },
  };
  const model = createSeq2Seq(description, { seed: 1 });
  const ours = computing === 'ours';
  const loss = ours ? (batch: Seq2SeqBatch) => teacherForcingLoss(model, batch) : layersLoss(model);
  const optimizer = ours ? adam({ learningRate: 1e-3 }) : tf.train.adam(1e-3);
  const next = endlessBatches(pairs, vocabularies, batching);
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
  batching: WordBatches['batching'],
): () => Seq2SeqBatch {
  const alike = { bucketWidth: BUCKET_WIDTH, bucketTargets: true };
  // CMUdict's words are in the order of their hash: within a bucket, neighbours have nothing in common.
  const batches = bucketBatches(bucketOfEach(pairs, batching === 'alike' ? alike : {}), { batchSize: WORDS.examples });
  const full = batches.slice(0, -1);
  const longest = (side: keyof TextPair) => pairs.reduce((most, pair) => Math.max(most, pair[side].length), 0);
  const [keys, time] = [longest('source'), longest('target') + 1]; // the end symbol
  let place = 0;
  return () => {
    // Steps of the golden section spread over the epoch, which is in order of length.
    place = (place + (Math.sqrt(5) - 1) / 2) % 1;
    const indices = full[Math.floor(place * full.length)];
    const batch = batchOfPairs(
      indices.map((index) => pairs[index]),
      vocabularies,
    );
    if (batching !== 'longest') return batch;
    const { source, mask, targets } = batch;
    const padded = {
      source: padRight(source, keys),
      mask: padRight(mask, keys),
      targets: padRight(targets, time),
    };
    tf.dispose(batch);
    return padded;
  };
}

function padRight(tensor: tf.Tensor2D, length: number): tf.Tensor2D {
  return tf.pad2d(tensor, [
    [0, 0],
    [0, length - tensor.shape[1]],
  ]);
}
