/** Checks of the exercises of lesson 01, "Embeddings". */
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireTensor } from './exercise';

const EXERCISES = 4;

/** Exercise 1.1: `table [words, dimensions]` and `query [dimensions]` to the cosine with every row, `[words]`. */
export type Cosines = (table: tf.Tensor2D, query: tf.Tensor1D) => tf.Tensor;

/** Checks exercise 1.1: the cosine of one vector with every row of a table. */
export function checkCosines(answer: Cosines): void {
  const cosines = (table: number[][], query: number[]): tf.Tensor => {
    const hint = 'one number for each row of the table: which axis do you sum over?';
    return requireTensor(answer(tf.tensor2d(table), tf.tensor1d(query)), [table.length], hint);
  };
  const expect = (table: number[][], query: number[], expected: number[], hint: string): void => {
    const says = (got: string): string =>
      `table ${JSON.stringify(table)} and query ${JSON.stringify(query)} should give ${JSON.stringify(expected)}, got ${got}.`;
    requireClose(cosines(table, query), tf.tensor1d(expected), says, hint);
  };
  checkExercise({
    name: '1.1 cosines with a table',
    of: EXERCISES,
    requirements: [
      {
        says: 'the same direction gives 1, a right angle 0, the opposite direction -1',
        holds: () =>
          expect(
            [
              [1, 0, 0],
              [0, 1, 0],
              [-1, 0, 0],
              [0.6, 0.8, 0],
            ],
            [1, 0, 0],
            [1, 0, -1, 0.6],
            'multiply number by number and sum each row: the dot product with the query.',
          ),
      },
      {
        says: 'the length of a row does not matter',
        holds: () =>
          expect(
            [
              [10, 0],
              [0.1, 0],
              [3, 4],
            ],
            [1, 0],
            [1, 1, 0.6],
            'divide each dot product by the length of its own row: the root of the sum of squares.',
          ),
      },
      {
        says: 'the length of the query does not matter',
        holds: () =>
          expect(
            [
              [1, 0],
              [0.6, 0.8],
            ],
            [3, 4],
            [0.6, 1],
            'divide by the length of the query too.',
          ),
      },
      {
        says: 'a row of zeros gives 0',
        holds: () =>
          expect(
            [
              [0, 0],
              [2, 0],
            ],
            [1, 0],
            [0, 1],
            '0 divided by 0 is NaN, "not a number". Keep the divisor above a tiny number: maximum(1e-12).',
          ),
      },
    ],
  });
}

/** A table of exercises 1.2 and 1.3: an array of rows, one a word. */
export type VectorTable = number[][];

/** Exercise 1.2: the row with the largest dot product with row `word`, broken on purpose. */
export type BrokenNearest = (table: VectorTable, word: number) => number;

/** Checks exercise 1.2: the nearest row by the dot product alone, with the word itself allowed. */
export function checkBrokenNearest(answer: BrokenNearest): void {
  const nearest = (table: VectorTable, word: number): number => requireRow(answer(copy(table), word), table.length);
  checkExercise({
    name: '1.2 nearest by the dot product',
    of: EXERCISES,
    requirements: [
      {
        says: 'among rows of one length, a word is nearest to itself',
        holds: () => {
          const got = nearest(
            [
              [0.6, 0.8],
              [1, 0],
              [0, 1],
            ],
            1,
          );
          if (got === 1) return;
          throw new NotYet(
            `row 1 is [1, 0], and no other row has a larger dot product with it; you return row ${got}.`,
            'this exercise wants the mistake: do not leave the word itself out.',
          );
        },
      },
      {
        says: 'a long row wins against one that points the same way',
        holds: () => {
          const got = nearest(
            [
              [1, 0],
              [1, 0.1],
              [30, 40],
            ],
            0,
          );
          if (got === 2) return;
          throw new NotYet(
            `the dot products of row 0 with the rows are 1, 1 and 30; row 2 should win, you return row ${got}.`,
            'this exercise wants the mistake: the plain dot product, not divided by any length.',
          );
        },
      },
      {
        says: 'the long row wins for every word on its side',
        holds: () => {
          const table = [[1, 0], [0, 1], [0.8, 0.6], ...[[30, 40]]];
          const got = table.map((_, word) => nearest(table, word));
          if (got.every((row) => row === 3)) return;
          throw new NotYet(
            `row 3 is [30, 40] and should be nearest to all four words; you return the rows ${got.join(', ')}.`,
            'compare all dot products and return the index of the largest.',
          );
        },
      },
    ],
  });
}

/** Exercise 1.3: `a` is to `b` as `c` is to the row that is returned. */
export type AnalogyRow = (table: VectorTable, a: number, b: number, c: number) => number;

/** Checks exercise 1.3: an analogy in which the words of the question cannot be the answer. */
export function checkAnalogyRow(answer: AnalogyRow): void {
  const row = (table: VectorTable, [a, b, c]: [number, number, number]): number =>
    requireRow(answer(copy(table), a, b, c), table.length);
  const expect = (
    table: VectorTable,
    given: [number, number, number],
    expected: number,
    says: string,
    hint: string,
  ): void => {
    const got = row(table, given);
    if (got !== expected) throw new NotYet(`${says}; expected row ${expected}, got row ${got}.`, hint);
  };
  // he, she, king, queen, apple: all of length 1
  const small = [
    [0.8, 0, 0.6],
    [0, 0.8, 0.6],
    [0.96, 0, -0.28],
    [0.1, 0.9, -0.424],
    [-1, 0, 0],
  ];
  checkExercise({
    name: '1.3 an analogy',
    of: EXERCISES,
    requirements: [
      {
        says: 'the answer lies nearest to b - a + c',
        holds: () => {
          const hint = 'start at c and go the way that leads from a to b: c + (b - a).';
          expect(small, [0, 1, 2], 3, 'rows 0 and 1 differ as rows 2 and 3 do', hint);
          expect(small, [1, 0, 3], 2, 'the other way round it holds too', hint);
        },
      },
      {
        says: 'no word of the question is the answer',
        holds: () => {
          const table = [
            [1, 0],
            [0.98, 0.199],
            [0, 1],
            [-0.8, 0.6],
          ];
          const hint =
            'c + (b - a) usually lies nearest to c or to b. Pass over a, b and c when you look for the nearest.';
          expect(table, [0, 1, 2], 3, 'rows 0, 1 and 2 are the question', hint);
          expect(table.slice(1).concat([[1, 0]]), [3, 0, 1], 2, 'wherever these rows stand in the table', hint);
          // b - a + c is the same when b and c change places, so this asks for the one that was not nearest above.
          expect(table, [0, 2, 1], 3, 'rows 0, 2 and 1 are the question', hint);
          const close = [
            [1, 0],
            [0.8, 0.6],
            [0.8, -0.6],
            [0.6, 0.8],
          ];
          expect(close, [0, 1, 2], 3, 'here a itself lies nearest to b - a + c', hint);
          const away = [...close.slice(0, 3), [-0.6, 0.8]];
          const low = 'a cosine may be negative: begin below all of them, -Infinity and not 0.';
          expect(away, [0, 1, 2], 3, 'the only row that is left points away from b - a + c', low);
        },
      },
      {
        says: 'long rows have no advantage',
        holds: () => {
          const table = [...small, [4, 30, 20]];
          const hint = 'compare by the cosine: divide by the length of the row, or bring all rows to length 1 first.';
          expect(table, [0, 1, 2], 3, 'the last row is long, and points elsewhere', hint);
          const far = small.map((values, index) => values.map((value) => value * [1, 1, 1, 40, 1][index]!));
          expect(far, [0, 1, 2], 3, 'row 3 is long, and points the right way as before', hint);
        },
      },
      {
        says: 'the length of a, b and c does not matter',
        holds: () => {
          const table = small.map((values, index) => values.map((value) => value * [9, 1, 0.2, 1, 1][index]!));
          const hint = 'bring a, b and c to length 1 before you add and subtract.';
          expect(table, [0, 1, 2], 3, 'row 0 is nine times as long as before and row 2 a fifth', hint);
        },
      },
    ],
  });
}

/** Exercise 1.4: `table [words, dimensions]` and an axis `[dimensions]` of any length to the table without that axis. */
export type Neutralise = (table: tf.Tensor2D, axis: tf.Tensor1D) => tf.Tensor;

/** Checks exercise 1.4: every row without its part along the axis. */
export function checkNeutralise(answer: Neutralise): void {
  const neutral = (table: number[][], axis: number[]): tf.Tensor => {
    const shape = [table.length, axis.length];
    return requireTensor(
      answer(tf.tensor2d(table), tf.tensor1d(axis)),
      shape,
      'as many rows and columns as the table.',
    );
  };
  const table = [
    [3, 1, 2],
    [-2, 5, 0],
  ];
  checkExercise({
    name: '1.4 neutralise by projection',
    of: EXERCISES,
    requirements: [
      {
        says: 'along the axis [1, 0, 0] the first number becomes 0, the others stay',
        holds: () => {
          const expected = tf.tensor2d([
            [0, 1, 2],
            [0, 5, 0],
          ]);
          requireClose(
            neutral(table, [1, 0, 0]),
            expected,
            (got) => `expected ${readable(expected)}, got ${got}.`,
            'each row minus (row . axis) times the axis: one dot product for each row, then one multiple of the axis for each.',
          );
        },
      },
      {
        says: 'the length of the axis does not matter',
        holds: () => {
          const expected = neutral(table, [0, 1, 0]);
          requireClose(
            neutral(table, [0, 10, 0]),
            expected,
            (got) => `the axis [0, 10, 0] should do what [0, 1, 0] does, ${readable(expected)}; got ${got}.`,
            'divide by (axis . axis), or bring the axis to length 1 first.',
          );
        },
      },
      {
        says: 'what is left stands at a right angle to the axis, whatever its direction',
        holds: () => {
          const axis = [1, 2, -2];
          const along = neutral(table, axis)
            .matMul(tf.tensor2d(axis, [3, 1]))
            .squeeze([1]);
          const hint =
            'the part along the axis is a vector: the share (row . axis) / (axis . axis) times the whole axis.';
          requireClose(along, tf.zeros([2]), (got) => `the dot products with the axis should be 0, got ${got}.`, hint);
        },
      },
      {
        says: 'a row that has nothing along the axis stays as it is',
        holds: () => {
          const row = [[2, -1, 0]];
          const hint = 'only the part along the axis is taken away; do not normalise the rows.';
          requireClose(neutral(row, [1, 2, 0]), tf.tensor2d(row), (got) => `[2, -1, 0] became ${got}.`, hint);
        },
      },
    ],
  });
}

/** @throws {NotYet} when `row` is no index of a table of so many rows. */
function requireRow(row: unknown, rows: number): number {
  if (typeof row === 'number' && Number.isInteger(row) && row >= 0 && row < rows) return row;
  const hint = typeof row === 'number' ? 'rows are counted from 0.' : 'return a number, not a row.';
  throw new NotYet(`expected the index of a row, 0 to ${rows - 1}, got ${String(row)}.`, hint);
}

function copy(table: VectorTable): VectorTable {
  return table.map((row) => [...row]);
}
