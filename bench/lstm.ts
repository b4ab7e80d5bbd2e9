import { Contest, layersColumns, shareColumns, threadsColumn, torchColumns } from './contest';
import type { BenchTable } from './table';
import { ratio } from './turns';

/** (batch, time, features, units). */
const SHAPES = [
  [32, 20, 64, 64],
  [64, 40, 64, 100],
  [128, 20, 128, 256],
  [64, 100, 64, 128],
];

/** The bidirectional LSTM, forward and backward with all gradients, against the same of `tf.layers` and of PyTorch. */
export function benchLstm(rounds: number): Promise<BenchTable[]> {
  return Contest.hold(async (contest) => {
    const rates = await contest.matmulRates(rounds);
    const rows: BenchTable['rows'] = [];
    for (const shape of SHAPES) {
      const tasks = { ours: { what: 'ours', shape }, layers: { what: 'layers', shape } } as const;
      const outcome = await contest.compare(tasks, rounds);
      const { ours, layers, torch } = outcome;
      rows.push({
        'batch,time,in,units': shape.join(),
        ...layersColumns(outcome),
        'by CPU': ratio(layers.cpuTimes, ours.cpuTimes),
        ...torchColumns(outcome),
        'by CPU ': torch ? ratio(ours.cpuTimes, torch.cpuTimes) : null,
        ...shareColumns(outcome, matmulWork(shape), rates),
        ...threadsColumn(outcome),
      });
    }
    return [
      {
        title: 'Bidirectional LSTM, forward and backward with all gradients',
        columns: Object.keys(rows[0]),
        rows,
        notes: [
          `Medians of ${rounds} interleaved rounds; ratios are medians of the rounds' ratios.`,
          'threads: those of ours, tf.layers, PyTorch, each at its best count. Ours runs both directions at once.',
          'by CPU: the same ratio in processor time of all threads, which says more on a machine that does other work.',
          'share: of the rate of square matrix products, counting the matrix products of the LSTM alone.',
          ...rates.notes,
          ...contest.aboutTorch,
        ],
      },
    ];
  });
}

/** Operations in the matrix products of one run: two directions, forward once and backward twice. */
function matmulWork([batch, time, features, units]: number[]): number {
  return 2 * 3 * 2 * batch * time * (features + units) * 4 * units;
}
