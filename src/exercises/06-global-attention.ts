/** Checks of the exercises of lesson 06, "Global attention". */
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireTensor } from './exercise';

const EXERCISES = 3;

/** Exercises 6.1 and 6.2: `query [batch, queries, width]` and `keys [batch, keys, width]` to `[batch, queries, keys]`. */
export type ScoreFunction = (query: tf.Tensor3D, keys: tf.Tensor3D) => tf.Tensor;

function scoresOf(answer: ScoreFunction, query: number[][][], keys: number[][][]): tf.Tensor {
  const shape = [query.length, query[0]?.length ?? 0, keys[0]?.length ?? 0];
  const hint = 'one score for each query and key, query first: the widths meet in the product and are gone.';
  return requireTensor(answer(tf.tensor3d(query), tf.tensor3d(keys)), shape, hint);
}

/** Checks exercise 6.1: a seventh score, the cosine of the angle between query and key. */
export function checkCosineScore(answer: ScoreFunction): void {
  const gives = (query: number[][][], keys: number[][][], expected: number[][][], what: string, hint: string): void =>
    requireClose(
      scoresOf(answer, query, keys),
      tf.tensor3d(expected),
      (got) => `${what} ${readable(tf.tensor3d(expected))}, got ${got}.`,
      hint,
    );
  const query = [[[2, 0]]];
  checkExercise({
    name: '6.1 cosine score',
    of: EXERCISES,
    requirements: [
      {
        says: 'one score for each query and key',
        holds: () =>
          void scoresOf(
            answer,
            [
              [
                [1, 2],
                [3, 4],
              ],
            ],
            [
              [
                [1, 0],
                [0, 1],
                [1, 1],
              ],
            ],
          ),
      },
      {
        says: 'the same direction is 1, a right angle 0, the opposite -1',
        holds: () =>
          gives(
            [
              [
                [2, 0],
                [3, 4],
              ],
            ],
            [
              [
                [1, 0],
                [0, 1],
                [-1, 0],
              ],
            ],
            [
              [
                [1, 0, -1],
                [0.6, 0.8, -0.6],
              ],
            ],
            'queries [2, 0] and [3, 4] and keys of length 1 should give',
            'the length of the query must not count: divide each by its own, the root of the sum of its squares over the last axis.',
          ),
      },
      {
        says: 'the length of a key does not matter',
        holds: () =>
          gives(
            query,
            [
              [
                [10, 0],
                [0.1, 0],
                [3, 4],
              ],
            ],
            [[[1, 1, 0.6]]],
            'keys [10, 0], [0.1, 0] and [3, 4] should give',
            'each key has a length of its own: sum over the last axis only, and keep that axis.',
          ),
      },
      {
        says: 'a key of zeros scores 0',
        holds: () =>
          gives(
            query,
            [[[0, 0]]],
            [[[0]]],
            'a key of zeros should give',
            'a length of 0 divides by zero. Keep the length above a tiny number: tf.maximum(length, 1e-8).',
          ),
      },
      {
        says: 'each example of the batch meets its own keys',
        holds: () =>
          gives(
            [[[1, 0]], [[0, 1]]],
            [[[1, 0]], [[0, -1]]],
            [[[1]], [[-1]]],
            'two examples should give',
            'tf.matMul of two tensors of rank 3 keeps the batch apart.',
          ),
      },
    ],
  });
}

/** Checks exercise 6.2: the dot score with `reshape` in place of a transposition. */
export function checkReshapedDot(answer: ScoreFunction): void {
  const keys = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  ];
  checkExercise({
    name: '6.2 reshape is not transpose',
    of: EXERCISES,
    requirements: [
      { says: 'the shape is right, so nobody is warned', holds: () => void scoresOf(answer, [[[1, 0]]], keys) },
      {
        says: 'the scores are not those of the dot score',
        holds: () => {
          const got = scoresOf(answer, [[[1, 0]]], keys);
          if (readable(got) === '[[[1, 3, 5]]]') {
            throw new NotYet(
              'a query of [1, 0] gives [1, 3, 5], the first number of each key: that is the dot score, and right.',
              'the mistake keeps the numbers in their order and only cuts the rows anew: keys.reshape(...).',
            );
          }
        },
      },
      {
        says: 'they are the numbers in reading order, cut anew',
        holds: () =>
          requireClose(
            scoresOf(
              answer,
              [
                [
                  [1, 0],
                  [0, 1],
                ],
              ],
              keys,
            ),
            tf.tensor3d([
              [
                [1, 2, 3],
                [4, 5, 6],
              ],
            ]),
            (got) => `queries [1, 0] and [0, 1] should give [1, 2, 3] and [4, 5, 6], got ${got}.`,
            'reshape the keys to [batch, width, keys], then one tf.matMul.',
          ),
      },
    ],
  });
}

/** One more symbol on one beginning. */
export interface BeamExtension {
  /** Which beginning it goes on from. */
  row: number;
  /** The symbol that is added. */
  symbol: number;
  /** The log-probability of beginning and symbol together. */
  logProbability: number;
}

/**
 * Exercise 6.3: one step of beam search. `soFar[row]` is the log-probability of a beginning, `next[row][symbol]` that of
 * one more symbol after it; gives the `beam` likeliest extensions, best first.
 */
export type BeamStep = (soFar: number[], next: number[][], beam: number) => BeamExtension[];

/** Checks exercise 6.3: all extensions of all beginnings compete, and the best few stay. */
export function checkBeamStep(answer: BeamStep): void {
  const log = (probabilities: number[]): number[] => probabilities.map(Math.log);
  const step = (soFar: number[], next: number[][], beam: number): string[] => {
    const got: unknown = answer(
      [...soFar],
      next.map((row) => [...row]),
      beam,
    );
    if (!Array.isArray(got)) {
      throw new NotYet('expected an array of { row, symbol, logProbability }.', 'return the array itself.');
    }
    return (got as BeamExtension[]).map(({ row, symbol, logProbability }) => {
      if (![row, symbol, logProbability].every((value) => typeof value === 'number')) {
        throw new NotYet(
          'each entry needs row, symbol and logProbability, all numbers.',
          '{ row, symbol, logProbability }',
        );
      }
      return `${row}-${symbol} at ${Math.exp(logProbability).toFixed(2)}`;
    });
  };
  const requireSteps = (got: string[], expected: string[], hint: string): void => {
    if (got.join(', ') === expected.join(', ')) return;
    throw new NotYet(
      `as beginning-symbol at probability: expected ${expected.join(', ')}; got ${got.join(', ') || 'nothing'}.`,
      hint,
    );
  };
  const soFar = log([0.6, 0.4]);
  const next = [log([0.4, 0.35, 0.25]), log([0.9, 0.06, 0.04])];
  checkExercise({
    name: '6.3 one step of beam search',
    of: EXERCISES,
    requirements: [
      {
        says: 'one beginning and a beam of one is greedy search',
        holds: () =>
          requireSteps(
            step([0], [log([0.2, 0.7, 0.1])], 1),
            ['0-1 at 0.70'],
            'the likeliest symbol of the only beginning.',
          ),
      },
      {
        says: 'the log-probability is that of the whole sequence',
        holds: () =>
          requireSteps(
            step(log([0.5]), [log([0.2, 0.8])], 1),
            ['0-1 at 0.40'],
            'probabilities are multiplied, so their logarithms are added: beginning plus symbol.',
          ),
      },
      {
        says: 'the best stays, even when its beginning was second',
        holds: () => {
          requireSteps(
            step(soFar, next, 1),
            ['1-0 at 0.36'],
            '0.4 times 0.9 is more than 0.6 times 0.4: compare after adding.',
          );
          requireSteps(
            step(log([0.8, 0.2]), [log([0.5, 0.3, 0.2]), log([0.9, 0.06, 0.04])], 1),
            ['0-0 at 0.40'],
            '0.8 times 0.5 is more than 0.2 times 0.9: not the likeliest symbol, compare after adding.',
          );
        },
      },
      {
        says: 'all beginnings compete, best first',
        holds: () =>
          requireSteps(
            step(soFar, next, 3),
            ['1-0 at 0.36', '0-0 at 0.24', '0-1 at 0.21'],
            'not one for each beginning: put all extensions into one list, sort it (b - a is largest first), and cut it.',
          ),
      },
      {
        says: 'a beam that is too wide gives all there is',
        holds: () =>
          requireSteps(
            step([0], [log([0.2, 0.7, 0.1])], 9),
            ['0-1 at 0.70', '0-0 at 0.20', '0-2 at 0.10'],
            'slice does this by itself.',
          ),
      },
    ],
  });
}
