import type { AlignmentRow } from './alignments';
import type { BenchRow } from './seq2seq';
import type { BenchTable } from './table';

/** Every benchmark by its name on the command line; its code, and TensorFlow with it, is loaded when it runs. */
export const BENCHES: Record<string, (rounds: number) => Promise<BenchTable[]>> = {
  lstm: async (rounds) => (await import('./lstm')).benchLstm(rounds),
  backends: async (rounds) => (await import('./backends')).benchBackends(rounds),
  alignments: async (rounds) => {
    const { benchAlignments } = await import('./alignments');
    return [alignmentCosts(await benchAlignments({ rounds }))];
  },
  training: async (rounds) => {
    const { benchTrainingStep } = await import('./seq2seq');
    return [comparison('Whole training step', await benchTrainingStep(rounds))];
  },
  throughput: async (rounds) => (await import('./throughput')).benchThroughput(rounds),
  words: async (rounds) => (await import('./word-training')).benchWordTraining(rounds),
  memory: async (rounds) => (await import('./memory')).benchMemory(rounds),
  decoding: async (rounds) => {
    const { benchDecoding } = await import('./seq2seq');
    return [comparison('Decoding 1,000 dates', await benchDecoding(rounds))];
  },
};

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
