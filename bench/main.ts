import os from 'node:os';
import { nativeBackend } from '../src/native/native-operations';
import { tf } from '../src/tensorflow';
import { AlignmentRow, benchAlignments } from './alignments';
import { benchLstm } from './lstm';
import { benchMemory } from './memory';
import { benchDecoding, benchTrainingStep, BenchRow } from './seq2seq';
import { BenchTable } from './table';
import { benchThroughput } from './throughput';
import { benchWordTraining } from './word-training';

/** Every benchmark by its name on the command line. */
export const BENCHES: Record<string, (rounds: number) => BenchTable[] | Promise<BenchTable[]>> = {
  lstm: benchLstm,
  alignments: async (rounds) => [alignmentCosts(await benchAlignments({ rounds }))],
  training: async (rounds) => [comparison('Whole training step', await benchTrainingStep(rounds))],
  throughput: benchThroughput,
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
