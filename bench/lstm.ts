import os from 'node:os';
import { BenchTable, median } from './table';
import { best, ratio, takeTurns } from './turns';
import { Task, Worker } from './workers';

/** (batch, time, features, units). */
const SHAPES = [
  [32, 20, 64, 64],
  [64, 40, 64, 100],
  [128, 20, 128, 256],
  [64, 100, 64, 128],
];
const MATMUL_SIZES = [512, 1024];

/**
 * The bidirectional LSTM, forward and backward with all gradients, against the same of `tf.layers` and of PyTorch.
 *
 * Each runs in a process of its own with one thread for an operation, and in another with as many as there are cores;
 * its best counts. In each round every process runs once, so that whatever else the machine does falls on all.
 */
export async function benchLstm(rounds: number): Promise<BenchTable[]> {
  const threadCounts = [...new Set([1, os.cpus().length])];
  const tensorflow = threadCounts.map((threads) => Worker.tensorflow(threads));
  const torchOrReason = await Promise.all(threadCounts.map((threads) => Worker.torch(threads)));
  const torch = torchOrReason.flatMap((each) => (typeof each === 'string' ? [] : [each.worker]));
  try {
    const rates = await matmulRates([...tensorflow, ...torch], rounds);
    const oneThread = rates.get(tensorflow[0])!;
    const allThreads = Math.max(...tensorflow.map((worker) => rates.get(worker)!));
    const rows: BenchTable['rows'] = [];
    for (const shape of SHAPES) {
      const series = await takeTurns(
        [
          ...tensorflow.map((worker) => ({ worker, task: { what: 'ours', shape } as Task })),
          ...tensorflow.map((worker) => ({ worker, task: { what: 'layers', shape } as Task })),
          ...torch.map((worker) => ({ worker, task: { what: 'ours', shape } as Task })),
        ],
        rounds,
      );
      const count = tensorflow.length;
      const ours = best(series.slice(0, count));
      const layers = best(series.slice(count, 2 * count));
      const theirs = torch.length > 0 ? best(series.slice(2 * count)) : undefined;
      const rate = matmulWork(shape) / median(ours.times) / 1e6;
      rows.push({
        'batch,time,in,units': shape.join(),
        'ours ms': median(ours.times),
        'tf.layers ms': median(layers.times),
        'times faster': ratio(layers.times, ours.times),
        'by CPU': ratio(layers.cpuTimes, ours.cpuTimes),
        'PyTorch ms': theirs ? median(theirs.times) : null,
        'ours / PyTorch': theirs ? ratio(ours.times, theirs.times) : null,
        'by CPU ': theirs ? ratio(ours.cpuTimes, theirs.cpuTimes) : null,
        'share of one core %': (100 * rate) / oneThread,
        'share of all cores %': (100 * rate) / allThreads,
        threads: [ours, layers, theirs].map((each) => each?.worker.threads ?? '-').join(' '),
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
          ...describeRates(tensorflow, 'TensorFlow.js', rates),
          ...describeRates(torch, 'PyTorch', rates),
          ...new Set(torchOrReason.map((each) => (typeof each === 'string' ? each : each.about))),
        ],
      },
    ];
  } finally {
    for (const worker of [...tensorflow, ...torch]) worker.stop();
  }
}

/** Operations in the matrix products of one run: two directions, forward once and backward twice. */
function matmulWork([batch, time, features, units]: number[]): number {
  return 2 * 3 * 2 * batch * time * (features + units) * 4 * units;
}

/** Billions of operations a second in a matrix product: the best size's median. */
export async function matmulRates(workers: Worker[], rounds: number): Promise<Map<Worker, number>> {
  const rates = new Map(workers.map((worker) => [worker, 0]));
  for (const size of MATMUL_SIZES) {
    const task: Task = { what: 'matmul', shape: [size] };
    const series = await takeTurns(
      workers.map((worker) => ({ worker, task })),
      rounds,
    );
    for (const { worker, times } of series) {
      rates.set(worker, Math.max(rates.get(worker)!, (2 * size ** 3) / median(times) / 1e6));
    }
  }
  return rates;
}

function describeRates(workers: Worker[], name: string, rates: Map<Worker, number>): string[] {
  return workers.map(
    (worker) => `matrix products: ${name}, ${worker.threads} thread(s): ${rates.get(worker)!.toFixed(0)} GFLOP/s`,
  );
}
