/** Checks of the exercises of lesson 00, "Start here". */
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireTensor } from './exercise';

const EXERCISES = 3;

/** Exercise 0.1: `values [batch, time, width]` and `mask [batch, time]` to one vector for each text, `[batch, width]`. */
export type MaskedMean = (values: tf.Tensor3D, mask: tf.Tensor2D) => tf.Tensor;

/** Checks exercise 0.1: the mean over the real words of each text. */
export function checkMaskedMean(answer: MaskedMean): void {
  // Two texts of three words of width two. What stands in the padding is loud on purpose.
  const means = (values: number[][][], mask: number[][]): tf.Tensor =>
    requireTensor(
      answer(tf.tensor3d(values), tf.tensor2d(mask)),
      [values.length, values[0]?.[0]?.length ?? 0],
      'one vector for each text, [batch, width]: which axis has to go?',
    );
  const first = [
    [1, 10],
    [2, 20],
    [6, 60],
  ];
  const second = [
    [4, 0],
    [8, 2],
    [100, 100],
  ];
  checkExercise({
    name: '0.1 the mean of the real words',
    of: EXERCISES,
    requirements: [
      {
        says: 'without padding it is the plain mean over time',
        holds: () => {
          const got = means([first, first], [Array<number>(3).fill(1), Array<number>(3).fill(1)]);
          requireClose(
            got,
            tf.tensor2d([
              [3, 30],
              [3, 30],
            ]),
            (values) => `words [1, 10], [2, 20], [6, 60] have the mean [3, 30], got ${values}.`,
            'sum over time, axis 1, then divide by how many words were summed.',
          );
        },
      },
      {
        says: 'padding is not summed',
        holds: () => {
          const loud = means([second], [[1, 1, 0]]);
          const quiet = means([[...second.slice(0, 2), [0, 0]]], [[1, 1, 0]]);
          requireClose(
            loud,
            quiet,
            (values) => `the result depends on what stands in the padding: got ${values} and ${readable(quiet)}.`,
            'multiply the values by the mask. The mask is [batch, time]; it needs an axis of size 1 at the end.',
          );
        },
      },
      {
        says: 'padding is not counted',
        holds: () => {
          requireClose(
            means([second], [[1, 1, 0]]),
            tf.tensor2d([[6, 1]]),
            (values) => `the real words [4, 0] and [8, 2] have the mean [6, 1], got ${values}.`,
            'divide by the number of real words of each text. Who knows that number?',
          );
        },
      },
      {
        says: 'each text has its own length',
        holds: () => {
          const mask = [
            [1, 1, 1],
            [1, 0, 0],
          ];
          requireClose(
            means([first, second], mask),
            tf.tensor2d([
              [3, 30],
              [4, 0],
            ]),
            (values) => `a text of three words and one of one word should give [3, 30] and [4, 0], got ${values}.`,
            'sum the mask over time only, and keep that axis for the division: sum(1, true).',
          );
        },
      },
      {
        says: 'a text without any word gives zeros',
        holds: () => {
          requireClose(
            means([second], [[0, 0, 0]]),
            tf.zeros([1, 2]),
            (values) => `a row of padding should give zeros, got ${values}.`,
            'zero divided by zero is not a number. Let no count be smaller than 1: maximum(1).',
          );
        },
      },
    ],
  });
}

/** Exercise 0.2: `scores [batch, keys, queries]` to a tensor of the shape `[batch, queries, keys]`, broken. */
export type BrokenSwap = (scores: tf.Tensor3D) => tf.Tensor;

/** Checks exercise 0.2: `reshape` where `transpose` is meant. */
export function checkBrokenSwap(answer: BrokenSwap): void {
  const swapped = (scores: tf.Tensor3D): tf.Tensor => {
    const [batch, keys, queries] = scores.shape;
    return requireTensor(answer(scores), [batch, queries, keys], 'the last two sizes change places, the batch stays.');
  };
  const wide = (): tf.Tensor3D =>
    tf.tensor3d([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]); // [1, 3, 2]
  checkExercise({
    name: '0.2 reshape is not transpose',
    of: EXERCISES,
    requirements: [
      { says: 'the result has the shape [batch, queries, keys]', holds: () => void swapped(wide()) },
      {
        says: 'the numbers kept their order',
        holds: () => {
          const got = swapped(wide());
          const hint =
            'the mistake to build: nothing moves, only the brackets are set anew. One call, and it is not transpose.';
          const expected = tf.tensor3d([
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
          ]);
          requireClose(got, expected, (values) => `expected ${readable(expected)}, got ${values}.`, hint);
        },
      },
      {
        says: 'so a square of scores does not change at all',
        holds: () => {
          const square = tf.tensor3d([
            [
              [1, 2],
              [3, 4],
            ],
            [
              [5, 6],
              [7, 8],
            ],
          ]);
          const hint = 'read the three sizes from scores.shape; the number of examples may be more than one.';
          requireClose(swapped(square), square, (values) => `expected ${readable(square)}, got ${values}.`, hint);
        },
      },
    ],
  });
}

/** Exercise 0.3: `weights [batch, queries, keys]` and `values [batch, keys, width]` to `[batch, queries, width]`. */
export type WeightedRead = (weights: tf.Tensor3D, values: tf.Tensor3D) => tf.Tensor;

/** Checks exercise 0.3: one weighted sum of the values for each query. */
export function checkWeightedRead(answer: WeightedRead): void {
  const read = (weights: number[][][], values: number[][][]): tf.Tensor => {
    const shape = [weights.length, weights[0]?.length ?? 0, values[0]?.[0]?.length ?? 0];
    return requireTensor(
      answer(tf.tensor3d(weights), tf.tensor3d(values)),
      shape,
      'one vector for each query: [batch, queries, width]. The axis of the keys is the one that is summed.',
    );
  };
  const keys = [
    [1, 10],
    [2, 20],
    [4, 40],
  ]; // [keys, width]
  checkExercise({
    name: '0.3 read with weights',
    of: EXERCISES,
    requirements: [
      {
        says: 'the result has the shape [batch, queries, width]',
        holds: () => void read([[...Array<number[]>(4).fill([0, 0, 0])]], [keys]),
      },
      {
        says: 'all weight on one key reads that key',
        holds: () => {
          const got = read(
            [
              [
                [0, 0, 1],
                [1, 0, 0],
              ],
            ],
            [keys],
          );
          requireClose(
            got,
            tf.tensor3d([
              [
                [4, 40],
                [1, 10],
              ],
            ]),
            (values) => `the third key, then the first: expected [[[4, 40], [1, 10]]], got ${values}.`,
            'row by row: the weights of one query belong to the keys in their order. They are weights already: no softmax.',
          );
        },
      },
      {
        says: 'shared weight gives the weighted sum',
        holds: () => {
          const got = read(
            [
              [
                [0.5, 0.25, 0.25],
                [0.5, 0.25, 0],
              ],
            ],
            [keys],
          );
          requireClose(
            got,
            tf.tensor3d([
              [
                [2, 20],
                [1, 10],
              ],
            ]),
            (values) =>
              `0.5, 0.25, 0.25 of 1, 2, 4 is 2, and 0.5, 0.25, 0 is 1: expected [[[2, 20], [1, 10]]], got ${values}.`,
            'a sum, not a mean and not a maximum: the weights are taken as they are, whatever they sum to.',
          );
        },
      },
      {
        says: 'each text is read with its own weights',
        holds: () => {
          const other = keys.map((key) => key.map((value) => -value));
          const got = read([[[1, 0, 0]], [[0, 1, 0]]], [keys, other]);
          const expected = [[1, 10]].concat([[-2, -20]]);
          const flat = got.reshape([2, 2]);
          if (flat.sub(tf.tensor2d(expected)).abs().max().dataSync()[0]! > 1e-4) {
            throw new NotYet(
              `the first text should read [1, 10] and the second [-2, -20], got ${readable(flat)}.`,
              'the batch axis is a row of separate worlds: nothing may go from one text to another.',
            );
          }
        },
      },
    ],
  });
}
