import os from 'node:os';
import { median } from './table';
import { best, ratio, Series, takeTurns } from './turns';
import { Task, Worker } from './workers';

const MATMUL_SIZES = [512, 1024];

/** Who was fastest of the processes of each side. */
export interface Outcome {
  ours: Series;
  layers: Series;
  torch?: Series;
}

/**
 * This library, tf.layers and, where it is installed, PyTorch.
 *
 * Each runs in a process of its own with one thread for an operation, and in another with as many as there are cores;
 * its best counts. In each round every process runs once, so that whatever else the machine does falls on all.
 */
export class Contest {
  private constructor(
    private readonly tensorflow: readonly Worker[],
    private readonly torch: readonly Worker[],
    /** Which PyTorch it is, or why there is none. */
    readonly aboutTorch: readonly string[],
  ) {}

  /** Runs `work`, and ends the processes after it. */
  static async hold<T>(work: (contest: Contest) => Promise<T>): Promise<T> {
    const threadCounts = [...new Set([1, os.cpus().length])];
    const tensorflow = threadCounts.map((threads) => Worker.tensorflow(threads));
    const torchOrReason = await Promise.all(threadCounts.map((threads) => Worker.torch(threads)));
    const torch = torchOrReason.flatMap((each) => (typeof each === 'string' ? [] : [each.worker]));
    const about = new Set(torchOrReason.map((each) => (typeof each === 'string' ? each : each.about)));
    try {
      return await work(new Contest(tensorflow, torch, [...about]));
    } finally {
      for (const worker of [...tensorflow, ...torch]) worker.stop();
    }
  }

  /** Lets all take turns; PyTorch has the task of `ours`. */
  async compare({ ours, layers }: { ours: Task; layers: Task }, rounds: number): Promise<Outcome> {
    const series = await takeTurns(
      [
        ...this.tensorflow.map((worker) => ({ worker, task: ours })),
        ...this.tensorflow.map((worker) => ({ worker, task: layers })),
        ...this.torch.map((worker) => ({ worker, task: ours })),
      ],
      rounds,
    );
    const count = this.tensorflow.length;
    return {
      ours: best(series.slice(0, count)),
      layers: best(series.slice(count, 2 * count)),
      torch: this.torch.length > 0 ? best(series.slice(2 * count)) : undefined,
    };
  }

  /** Billions of operations a second in a matrix product, for each process: the best size's median. */
  async matmulRates(rounds: number): Promise<MatmulRates> {
    const workers = [...this.tensorflow, ...this.torch];
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
    const ofTensorflow = this.tensorflow.map((worker) => rates.get(worker)!);
    const describe = (all: readonly Worker[], name: string) =>
      all.map(
        (worker) => `matrix products: ${name}, ${worker.threads} thread(s): ${rates.get(worker)!.toFixed(0)} GFLOP/s`,
      );
    return {
      oneThread: ofTensorflow[0],
      allThreads: Math.max(...ofTensorflow),
      notes: [...describe(this.tensorflow, 'TensorFlow.js'), ...describe(this.torch, 'PyTorch')],
    };
  }
}

/** The times of this library and tf.layers, as columns of a table. */
export function layersColumns({ ours, layers }: Outcome): Record<string, number> {
  return {
    'ours ms': median(ours.times),
    'tf.layers ms': median(layers.times),
    'times faster': ratio(layers.times, ours.times),
  };
}

/** The time of PyTorch, likewise; empty cells without it. */
export function torchColumns({ ours, torch }: Outcome): Record<string, number | null> {
  return {
    'PyTorch ms': torch ? median(torch.times) : null,
    'ours / PyTorch': torch ? ratio(ours.times, torch.times) : null,
  };
}

/** How much of what matrix products reach the `operations` of one run of this library reach, likewise. */
export function shareColumns(
  { ours }: Outcome,
  operations: number,
  { oneThread, allThreads }: MatmulRates,
): Record<string, number> {
  const rate = operations / median(ours.times) / 1e6;
  return { 'share of one core %': (100 * rate) / oneThread, 'share of all cores %': (100 * rate) / allThreads };
}

/** The threads of each side's best, likewise. */
export function threadsColumn({ ours, layers, torch }: Outcome): Record<string, string> {
  return { threads: [ours, layers, torch].map((each) => each?.worker.threads ?? '-').join(' ') };
}

/** How fast square matrix products are: what nothing that is made of them can beat. */
export interface MatmulRates {
  /** TensorFlow.js with one thread, in billions of operations a second. */
  oneThread: number;
  /** TensorFlow.js at its best number of threads. */
  allThreads: number;
  /** A line for each process. */
  notes: string[];
}
