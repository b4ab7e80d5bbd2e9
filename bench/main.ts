import os from 'node:os';
import { nativeBackend } from '../src/native/native-operations';
import { tf } from '../src/tensorflow';
import { AlignmentRow, benchAlignments } from './alignments';
import { benchLstm, matmulRate } from './lstm';
import { benchMemory } from './memory';
import { benchDecoding, benchThroughput, benchTrainingStep, BenchRow } from './seq2seq';
import { BenchTable } from './table';
import { benchWordTraining } from './word-training';
import { Worker } from './workers';

/** Every benchmark by its name on the command line. */
export const BENCHES: Record<string, (rounds: number) => BenchTable[] | Promise<BenchTable[]>> = {
  lstm: benchLstm,
  alignments: async (rounds) => [alignmentCosts(await benchAlignments({ rounds }))],
  training: async (rounds) => [comparison('Whole training step', await benchTrainingStep(rounds))],
  throughput: benchTrainingThroughput,
  words: benchWordTraining,
  memory: benchMemory,
  decoding: async (rounds) => [comparison('Decoding 1,000 dates', await benchDecoding(rounds))],
};

/** What the figures were measured with. */
export function environment(): Record<string, string | number> {
  return {
    node: process.version,
    'tensorflow.js': tf.version.tfjs,
    tensorflow: nativeBackend()?.binding.TF_Version ?? 'none',
    backend: tf.getBackend(),
    memory: process.env.GLIBC_TUNABLES ? 'kept' : 'given back',
    'threads an operation': process.env.TF_NUM_INTRAOP_THREADS ?? 'all',
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    'load before': Number(os.loadavg()[0].toFixed(2)),
  };
}

function alignmentCosts(rows: AlignmentRow[]): BenchTable {
  return {
    title: 'Alignments, forward and backward',
    columns: ['alignment', 'batch x queries x keys', 'CPU ms', 'times softmax'],
    rows: rows.map(({ name, size, milliseconds, ratio }) => ({
      alignment: name,
      'batch x queries x keys': size,
      'CPU ms': milliseconds,
      'times softmax': ratio,
    })),
    notes: [`Medians of ${rows[0]?.rounds} interleaved rounds; ratios are medians of the rounds' ratios.`],
  };
}

async function benchTrainingThroughput(rounds: number): Promise<BenchTable[]> {
  const limit = await matmulRate(rounds);
  const torchOrReason = await Promise.all([...new Set([1, os.cpus().length])].map((threads) => Worker.torch(threads)));
  const torch = torchOrReason.flatMap((each) => (typeof each === 'string' ? [] : [each.worker]));
  try {
    const rows = (await benchThroughput(rounds, torch)).map((row) => ({
      'encoder, decoder': row.name,
      'ours ms': row.ours,
      'the usual way ms': row.usual,
      'times faster': row.ratio,
      'words a second': row.wordsPerSecond,
      'share of one core %': (100 * row.rate) / limit,
      'PyTorch ms': row.torch ?? null,
      'ours / PyTorch': row.overTorch ?? null,
    }));
    return [
      {
        title: 'Training on words and phones: a step with 256 words',
        columns: Object.keys(rows[0]),
        rows,
        notes: [
          `Medians of ${rounds} interleaved rounds; ratios are medians of the rounds' ratios.`,
          'the usual way: the same architecture in layers of TensorFlow.js, with tf.train.adam.',
          `share: of the rate of square matrix products with one thread, ${limit.toFixed(0)} GFLOP/s.`,
          ...new Set(torchOrReason.map((each) => (typeof each === 'string' ? each : each.about))),
        ],
      },
    ];
  } finally {
    for (const worker of torch) worker.stop();
  }
}

function comparison(title: string, rows: BenchRow[]): BenchTable {
  return {
    title,
    columns: ['what', 'ours ms', 'the usual way ms', 'times faster'],
    rows: rows.map(({ name, ours, usual, ratio }) => ({
      what: name,
      'ours ms': ours,
      'the usual way ms': usual,
      'times faster': ratio,
    })),
    notes: [`Medians of ${rows[0]?.rounds} interleaved rounds; ratios are medians of the rounds' ratios.`],
  };
}
