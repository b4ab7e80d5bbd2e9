import os from 'node:os';
import { nativeBackend } from '../src/native/native-operations';
import { tf } from '../src/tensorflow';
import { AlignmentRow, benchAlignments } from './alignments';
import { benchLstm, matmulRate } from './lstm';
import { benchDecoding, benchThroughput, benchTrainingStep, BenchRow } from './seq2seq';
import { BenchTable } from './table';

/** Every benchmark by its name on the command line. */
export const BENCHES: Record<string, (rounds: number) => BenchTable[] | Promise<BenchTable[]>> = {
  lstm: benchLstm,
  alignments: async (rounds) => [alignmentCosts(await benchAlignments({ rounds }))],
  training: async (rounds) => [comparison('Whole training step', await benchTrainingStep(rounds))],
  throughput: benchTrainingThroughput,
  decoding: async (rounds) => [comparison('Decoding 1,000 dates', await benchDecoding(rounds))],
};

/** What the figures were measured with. */
export function environment(): Record<string, string | number> {
  return {
    node: process.version,
    'tensorflow.js': tf.version.tfjs,
    tensorflow: nativeBackend()?.binding.TF_Version ?? 'none',
    backend: tf.getBackend(),
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
  const rows = benchThroughput(rounds).map(({ name, ours, usual, ratio, wordsPerSecond, rate }) => ({
    'encoder, decoder': name,
    'ours ms': ours,
    'the usual way ms': usual,
    'times faster': ratio,
    'words a second': wordsPerSecond,
    'share of one core %': (100 * rate) / limit,
  }));
  return [
    {
      title: 'Training on words and phones: a step with 256 words',
      columns: Object.keys(rows[0]),
      rows,
      notes: [
        `Medians of ${rounds} interleaved rounds; ratios are medians of the rounds' ratios.`,
        'the usual way: the same architecture with tf.layers for the encoder and a loop over steps for the decoder.',
        `share: of the rate of square matrix products with one thread, ${limit.toFixed(0)} GFLOP/s.`,
      ],
    },
  ];
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
