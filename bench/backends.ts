/** The same work on native TensorFlow and on WebAssembly, in processor time, in turns. */
import { type BenchTable, median } from './table';
import { ratio, takeTurns } from './turns';
import { type Task, Worker } from './workers';

const TASKS: [string, Task][] = [
  ['BiLSTM 64, 20, 16, 32', { what: 'ours', shape: [64, 20, 16, 32] }],
  ['BiLSTM 64, 40, 64, 100', { what: 'ours', shape: [64, 40, 64, 100] }],
  ['BiLSTM 128, 20, 128, 256', { what: 'ours', shape: [128, 20, 128, 256] }],
  ['training step, Luong', { what: 'trainingStep', shape: [64, 20, 11, 40, 16, 32, 1, 64] }],
];

/** Medians of processor time, and of the rounds' ratios. */
export async function benchBackends(rounds: number): Promise<BenchTable[]> {
  const [native, wasm] = ['auto', 'wasm'].map((source) => Worker.tensorflow(1, { TFJS_NATIVE_SOURCE: source }));
  try {
    const rows = [];
    for (const [what, task] of TASKS) {
      const series = await takeTurns(
        [native, wasm].map((worker) => ({ worker, task })),
        rounds,
      );
      const [nativeTimes, wasmTimes] = series.map(({ cpuTimes }) => cpuTimes);
      rows.push({
        what,
        'native CPU ms': median(nativeTimes),
        'WebAssembly CPU ms': median(wasmTimes),
        'times native': ratio(wasmTimes, nativeTimes),
      });
    }
    return [
      {
        title: 'Native TensorFlow and WebAssembly, forward and backward',
        columns: ['what', 'native CPU ms', 'WebAssembly CPU ms', 'times native'],
        rows,
        notes: [
          `Medians of ${rounds} interleaved rounds; ratios are medians of the rounds' ratios. One thread an operation.`,
          'BiLSTM: batch, time, features, units. Step: soft attention and the general score at the sizes of lesson 05, random symbols.',
        ],
      },
    ];
  } finally {
    native.stop();
    wasm.stop();
  }
}
