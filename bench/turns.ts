import { median } from './table';
import type { Task, Worker } from './workers';

/** All times of a task on a worker, a round each. */
export interface Series {
  worker: Worker;
  times: number[];
  cpuTimes: number[];
}

/** Every job once in each round, in turns, so that whatever else the machine does falls on all. */
export async function takeTurns(jobs: { worker: Worker; task: Task }[], rounds: number): Promise<Series[]> {
  const series = jobs.map(({ worker }): Series => ({ worker, times: [], cpuTimes: [] }));
  for (const { worker, task } of jobs) await worker.measure(task); // warms up
  for (let round = 0; round < rounds; round++) {
    const order = jobs.map((_, index) => (round % 2 === 0 ? index : jobs.length - 1 - index));
    for (const index of order) {
      const { worker, task } = jobs[index];
      const { milliseconds, cpuMilliseconds } = await worker.measure(task);
      series[index].times.push(milliseconds);
      series[index].cpuTimes.push(cpuMilliseconds);
    }
  }
  return series;
}

/** The median of the rounds' ratios. */
export function ratio(a: number[], b: number[]): number {
  return median(a.map((time, round) => time / b[round]));
}

/** Whoever is fastest. */
export function best(series: Series[]): Series {
  return series.reduce((one, other) => (median(other.times) < median(one.times) ? other : one));
}
