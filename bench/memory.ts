import { fastestThreads } from '../scripts/train/threads';
import { trainingStepTask } from './seq2seq';
import { BenchTable, median } from './table';
import { WORD_MODELS, WORDS } from './throughput';
import { ratio, takeTurns } from './turns';
import { Worker } from './workers';

/**
 * Training on words and phones in a process that gives free memory back to the system at once, as it is the C library's
 * habit, and in one that uses it again, as `npm run` starts the programs of this course.
 */
export async function benchMemory(rounds: number): Promise<BenchTable[]> {
  if (!process.env.GLIBC_TUNABLES) throw new Error('GLIBC_TUNABLES is empty: start this with npm run bench');
  const rows: BenchTable['rows'] = [];
  for (const [name, description] of Object.entries(WORD_MODELS)) {
    const threads = fastestThreads({ decoder: description.decoderUnits });
    const [kept, givenBack] = [Worker.tensorflow(threads), Worker.tensorflow(threads, { GLIBC_TUNABLES: '' })];
    try {
      const task = trainingStepTask(description, WORDS);
      const [ours, usual] = await takeTurns(
        [kept, givenBack].map((worker) => ({ worker, task })),
        rounds,
      );
      rows.push({
        'encoder, decoder': name,
        'kept ms': median(ours.times),
        'given back ms': median(usual.times),
        'times faster': ratio(usual.times, ours.times),
        'by CPU': ratio(usual.cpuTimes, ours.cpuTimes),
      });
    } finally {
      for (const worker of [kept, givenBack]) worker.stop();
    }
  }
  const notes = [
    `Medians of ${rounds} interleaved rounds; ratios are medians of the rounds' ratios.`,
    `kept: GLIBC_TUNABLES=${process.env.GLIBC_TUNABLES}, which glibc on Linux looks at; given back: without.`,
  ];
  return [{ title: 'Memory that is kept: a training step with 256 words', columns: Object.keys(rows[0]), rows, notes }];
}
