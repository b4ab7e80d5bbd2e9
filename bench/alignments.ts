/** What each alignment costs beside plain softmax, forward plus backward, at two sizes. */
import { align, Alignment } from '../src/attention';
import { ALIGNMENT_VARIANTS, ALIGNMENTS } from '../src/attention/kinds';
import { tf } from '../src/tensorflow';
import { median } from './table';

/** One line of the table. */
export interface AlignmentRow {
  /** `batch x queries x keys`. */
  size: string;
  /** The alignment. */
  name: string;
  /** Median milliseconds of processor time, forward plus backward. */
  milliseconds: number;
  /** Median over the rounds of its time divided by `tf.softmax`'s in the same round. */
  ratio: number;
  /** How many interleaved rounds. */
  rounds: number;
}

const SIZES: [number, number, number][] = [
  [64, 20, 20],
  [32, 50, 50],
];

const ROWS: [string, Alignment][] = ALIGNMENT_VARIANTS.map((alignment) => [nameOf(alignment), alignment]);

/** The label of an alignment with its parameters: `local-m, radius 2`; seeds are no matter here. */
function nameOf({ kind, ...parameters }: Alignment): string {
  const told = Object.entries(parameters).flatMap(([name, value]) => {
    if (name === 'seed') return [];
    return [typeof value === 'number' ? `${name} ${value}` : value === true ? name : String(value)];
  });
  return [ALIGNMENTS[kind].label, ...told].join(', ');
}

/** Every alignment against `tf.softmax`, in interleaved rounds, with a mask whose rows differ in length. */
export async function benchAlignments({ rounds = 15 } = {}): Promise<AlignmentRow[]> {
  return SIZES.flatMap((size) => benchSize(size, rounds));
}

function benchSize([batch, queries, keys]: [number, number, number], rounds: number): AlignmentRow[] {
  const scores = tf.randomNormal<tf.Rank.R3>([batch, queries, keys], 0, 1, 'float32', 1);
  const probe = tf.randomNormal([batch, queries, keys], 0, 1, 'float32', 2);
  const mask = tf.tidy(() => {
    const lengths = tf
      .range(0, batch)
      .mod(tf.scalar(keys / 2))
      .add(keys / 2); // [batch]
    return tf.less(tf.range(0, keys), lengths.expandDims(1)).cast('float32') as tf.Tensor2D; // [batch, keys]
  });
  const positions = tf.fill<tf.Rank.R2>([batch, queries], keys / 3);
  const baseline = (x: tf.Tensor3D) => tf.softmax(x);
  const runs = ROWS.map(
    ([, alignment]) =>
      (x: tf.Tensor3D) =>
        align(alignment, x, { mask, positions }),
  );

  const times: number[][] = [baseline, ...runs].map(() => []);
  for (let round = -3; round < rounds; round++) {
    [baseline, ...runs].forEach((run, i) => {
      const milliseconds = timeOnce(run, scores, probe);
      if (round >= 0) times[i].push(milliseconds); // the first rounds only warm up
    });
  }
  tf.dispose([scores, probe, mask, positions]);

  const [softmaxTimes, ...ours] = times;
  const size = `${batch} x ${queries} x ${keys}`;
  const row = (name: string, own: number[]): AlignmentRow => ({
    size,
    name,
    milliseconds: median(own),
    ratio: median(own.map((time, round) => time / softmaxTimes[round])),
    rounds,
  });
  return [row('tf.softmax, no mask', softmaxTimes), ...ours.map((own, i) => row(ROWS[i][0], own))];
}

function timeOnce(run: (x: tf.Tensor3D) => tf.Tensor3D, scores: tf.Tensor3D, probe: tf.Tensor): number {
  const start = process.cpuUsage();
  const [gradient] = tf.grads((x) =>
    run(x as tf.Tensor3D)
      .mul(probe)
      .sum(),
  )([scores]);
  gradient.dataSync();
  gradient.dispose();
  const { user, system } = process.cpuUsage(start); // not wall time, which counts what else the machine does
  return (user + system) / 1e3;
}
