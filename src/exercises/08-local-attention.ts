/** Checks of the exercises of lesson 08, "Local attention". */
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireNoError, requireTensor } from './exercise';

const EXERCISES = 4;

/** Exercise 8.1: `scores [batch, queries, keys]` and a radius to local-m weights `[batch, queries, keys]`. */
export type LocalMonotonic = (scores: tf.Tensor3D, radius: number) => tf.Tensor;

/** Checks exercise 8.1: a softmax over the positions around the step. */
export function checkLocalMonotonic(answer: LocalMonotonic): void {
  const weights = (rows: number[][], radius: number, ...others: number[][][]): tf.Tensor =>
    requireTensor(
      answer(tf.tensor3d([rows, ...others]), radius),
      [1 + others.length, rows.length, rows[0]?.length ?? 0],
      'a weight for each query and each key: [batch, queries, keys].',
    );
  const zeros = (queries: number, keys: number): number[][] =>
    Array.from({ length: queries }, () => Array.from({ length: keys }, () => 0));
  const third = 1 / 3;
  checkExercise({
    name: '8.1 local-m',
    of: EXERCISES,
    requirements: [
      {
        says: 'equal scores share the weight within the window, and the window walks with the step',
        holds: () => {
          const got = weights(zeros(3, 5), 1);
          const expected = tf.tensor3d([
            [
              [0.5, 0.5, 0, 0, 0],
              [third, third, third, 0, 0],
              [0, third, third, third, 0],
            ],
          ]);
          requireClose(
            got,
            expected,
            (values) => `three steps, five letters, radius 1: expected ${readable(expected)}, got ${values}.`,
            'the window is a condition on step and source position: |s - t| <= radius. Two ranges, one as a column, one as a row.',
          );
        },
      },
      {
        says: 'a radius of 2 opens the window by two letters on each side',
        holds: () =>
          requireClose(
            weights(zeros(3, 5), 2),
            tf.tensor3d([
              [
                [third, third, third, 0, 0],
                [0.25, 0.25, 0.25, 0.25, 0],
                [0.2, 0.2, 0.2, 0.2, 0.2],
              ],
            ]),
            (values) => `the first step with radius 2 should see three letters, the third all five; got ${values}.`,
            'the radius is an argument: no number of your own in its place.',
          ),
      },
      {
        says: 'inside the window, the softmax of the scores',
        holds: () => {
          const got = weights([[Math.log(1), Math.log(3), 0, 0]], 1, [[1000, 999, 0, 0]]);
          const share = 1 / (1 + Math.exp(-1));
          requireClose(
            got,
            tf.tensor3d([[[0.25, 0.75, 0, 0]], [[share, 1 - share, 0, 0]]]),
            (values) =>
              `scores ln 1 and ln 3 in the window should give 0.25 and 0.75, and 1000 and 999 in a second text 0.731 and 0.269; got ${values}.`,
            'the window acts before the softmax, so that the letters inside share the whole weight. Whoever writes the softmax by hand: each row subtracts its own largest score.',
          );
        },
      },
      {
        says: 'what lies outside has no influence, however well it scores',
        holds: () => {
          const got = weights([[0, 0, 500, 5000]], 1);
          requireClose(
            got,
            tf.tensor3d([[[0.5, 0.5, 0, 0]]]),
            (values) => `a score of 5000 outside the window should change nothing; got ${values}.`,
            'replace the scores outside the window (tf.where); lowering them by a fixed number is not enough.',
          );
        },
      },
      {
        says: 'a step whose window has left the source gets zeros',
        holds: () => {
          const got = weights(zeros(5, 2), 1).slice([0, 3, 0], [1, 2, 2]);
          requireClose(
            got,
            tf.zeros([1, 2, 2]),
            (values) => `steps 3 and 4 look past the end of two letters; their weights should be 0, got ${values}.`,
            'where nothing is allowed, a softmax is even: let the window have the last word. After -Infinity it is NaN, and NaN times 0 is NaN: put a large negative number there.',
          );
        },
      },
    ],
  });
}

/** Exercises 8.2 and 8.3: `weights [batch, queries, keys]` times a bell, `positions [batch, queries]`. */
export type WithBell = (weights: tf.Tensor3D, positions: tf.Tensor2D, radius: number) => tf.Tensor;

function requireBell(answer: WithBell, texts: number[][][], positions: number[][], radius: number): tf.Tensor {
  const hint =
    'there are weights.shape[1] steps t and weights.shape[2] source positions s; ' +
    'positions [batch, queries] need a third axis before they meet the keys: expandDims(2).';
  const weights = tf.tensor3d(texts);
  const product = requireNoError(() => answer(weights, tf.tensor2d(positions), radius), 'your function threw', hint);
  return requireTensor(product, weights.shape, hint);
}

/** Checks exercise 8.2: the bell of local-p. */
export function checkPositionBell(answer: WithBell): void {
  const bell = (distance: number, sigma: number): number => Math.exp(-(distance ** 2) / (2 * sigma ** 2));
  checkExercise({
    name: '8.2 the bell of local-p',
    of: EXERCISES,
    requirements: [
      {
        says: 'the position itself keeps its weight, its neighbours lose',
        holds: () => {
          const got = requireBell(answer, [[[1, 1, 1, 1]]], [[1]], 2);
          requireClose(
            got,
            tf.tensor3d([[[bell(1, 1), 1, bell(1, 1), bell(2, 1)]]]),
            (values) =>
              `weights of 1, position 1, radius 2 (so sigma is 1): expected [[[0.607, 1, 0.607, 0.135]]], got ${values}.`,
            'the exponent is -(s - p)^2 / (2 sigma^2) with the source position s; sigma is half the radius.',
          );
        },
      },
      {
        says: 'sigma grows with the radius',
        holds: () => {
          const got = requireBell(answer, [[[1, 1, 1]]], [[0]], 4);
          requireClose(
            got,
            tf.tensor3d([[[1, bell(1, 2), bell(2, 2)]]]),
            (values) => `position 0, radius 4 (sigma 2): expected [[[1, 0.882, 0.607]]], got ${values}.`,
            'sigma = radius / 2.',
          );
        },
      },
      {
        says: 'each query has its own position, which may lie between two letters',
        holds: () => {
          const rows = [
            [1, 1, 1],
            [1, 1, 1],
          ];
          const positions = [
            [0.5, 2],
            [1, 0],
          ];
          const got = requireBell(answer, [rows, rows], positions, 2);
          const expected = positions.map((text) => text.map((p) => [0, 1, 2].map((s) => bell(s - p, 1))));
          requireClose(
            got,
            tf.tensor3d(expected),
            (values) =>
              `positions 0.5 and 2, in a second text 1 and 0: expected ${readable(tf.tensor3d(expected))}, got ${values}.`,
            'row t uses position t of its own text. Is every row of yours centred alike?',
          );
        },
      },
      {
        says: 'the weights are multiplied, and not normalised again',
        holds: () => {
          const got = requireBell(answer, [[[0.5, 0.5, 0]]], [[0]], 2);
          requireClose(
            got,
            tf.tensor3d([[[0.5, 0.5 * bell(1, 1), 0]]]),
            (values) => `weights 0.5, 0.5, 0 at position 0: expected [[[0.5, 0.303, 0]]], got ${values}.`,
            'equation 10 ends with the product: a row sums to less than 1, and that is meant.',
          );
        },
      },
    ],
  });
}

/** Checks exercise 8.3: the bell that depends on the step, as it is found in public code. */
export function checkBrokenBell(answer: WithBell): void {
  const rows = [
    [0.6, 0.2, 0.1, 0.1],
    [0.1, 0.5, 0.3, 0.1],
    [0.3, 0.2, 0.4, 0.1],
  ];
  checkExercise({
    name: '8.3 a bell over the step',
    of: EXERCISES,
    requirements: [
      {
        says: 'the result has the shape [batch, queries, keys]',
        holds: () => void requireBell(answer, [rows], [[0, 0, 0]], 2),
      },
      {
        says: 'within a row, nothing changes its share: there is no window',
        holds: () => {
          const got = requireBell(answer, [rows], [[2, 0.5, 1]], 2);
          requireClose(
            got.div(got.sum(2, true)),
            tf.tensor3d([rows]),
            (values) => `divided by its sum, each row should be what it was; got ${values}.`,
            'the mistake is a bell over the step t, one number for the whole row. Yours tells source positions apart, which is right if it uses s, and else lacks an axis: the bell over t is [batch, queries, 1].',
          );
        },
      },
      {
        says: 'the row as a whole fades where step and position disagree',
        holds: () => {
          const positions = [
            [2, 2, 2],
            [0, 0.5, 3],
          ];
          const got = requireBell(answer, [rows, rows], positions, 2).sum(2);
          requireClose(
            got,
            tf.tensor2d([
              [Math.exp(-2), Math.exp(-0.5), 1],
              [1, Math.exp(-0.125), Math.exp(-0.5)],
            ]),
            (values) =>
              `position 2 in all of the steps 0, 1 and 2: the rows should sum to 0.135, 0.607 and 1; positions 0, 0.5 and 3 in a second text: to 1, 0.882 and 0.607; got ${values}.`,
            'the exponent is -(t - p_t)^2 / (2 sigma^2), sigma half the radius; t = 0, 1, 2 ... goes along the queries, as p_t does, and the third axis comes last.',
          );
        },
      },
    ],
  });
}

/** Exercise 8.4: `steps [batch, queries]`, any numbers, and `lengths [batch]` to positions that never go back. */
export type ForwardPositions = (steps: tf.Tensor2D, lengths: tf.Tensor1D) => tf.Tensor;

/** Checks exercise 8.4: positions as a sum of steps forward (after Tjandra, Sakti & Nakamura 2017). */
export function checkForwardPositions(answer: ForwardPositions): void {
  const positions = (steps: number[][], lengths: number[]): tf.Tensor =>
    requireTensor(
      answer(tf.tensor2d(steps), tf.tensor1d(lengths)),
      [steps.length, steps[0]?.length ?? 0],
      'one position for each query: [batch, queries].',
    );
  checkExercise({
    name: '8.4 positions that only go forward',
    of: EXERCISES,
    requirements: [
      {
        says: 'each position is the one before plus the softplus of its step',
        holds: () => {
          const got = positions([[0, 0, 0]], [9]);
          requireClose(
            got,
            tf.tensor2d([[Math.LN2, 2 * Math.LN2, 3 * Math.LN2]]),
            (values) => `softplus(0) = 0.693, so expected [[0.693, 1.386, 2.079]], got ${values}.`,
            'tf.softplus makes every step positive, tf.cumsum adds them up along the queries, axis 1.',
          );
        },
      },
      {
        says: 'it never goes back, whatever the network says',
        holds: () => {
          const [first = NaN, second = NaN, third = NaN] = positions([[3, -20, -5]], [9]).dataSync();
          if (!(first > 3 && second >= first - 1e-5 && third >= second - 1e-5)) {
            throw new NotYet(
              `steps 3, -20, -5 should give three positions that do not fall, got ${first}, ${second}, ${third}.`,
              'softplus first, the sum afterwards.',
            );
          }
        },
      },
      {
        says: 'it stops at the end of its own word',
        holds: () => {
          const got = positions(
            [
              [2, 2, 2],
              [2, 2, 2],
            ],
            [3, 20],
          );
          const step = Math.log1p(Math.exp(2));
          requireClose(
            got,
            tf.tensor2d([
              [step, 3, 3],
              [step, 2 * step, 3 * step],
            ]),
            (values) =>
              `lengths 3 and 20, all steps 2: the first word should stop at 3, the second go on to 6.38; got ${values}.`,
            'the smaller of position and length; lengths [batch] need a second axis to meet [batch, queries].',
          );
        },
      },
    ],
  });
}
