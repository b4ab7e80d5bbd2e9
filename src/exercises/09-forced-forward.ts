/** Checks of the exercises of lesson 09, "Forced forward". */
import { forwardAlignment } from '../attention/alignments/forward';
import { monotonicDecision } from '../attention/alignments/monotonic';
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireTensor } from './exercise';

const EXERCISES = 3;

/**
 * Exercise 9.1: for each step the stopping probability of each letter, `[steps][letters]`, to the place where the reader
 * stops at each step; `null` from the step on that walks past the last letter.
 */
export type ForwardWalk = (probabilities: number[][]) => (number | null)[];

/** Checks exercise 9.1: the decision of a monotonic reader at test time, one letter at a time. */
export function checkForwardWalk(answer: ForwardWalk): void {
  const requireWalk = (probabilities: number[][], expected: (number | null)[], hint: string): void => {
    const got: unknown = answer(probabilities.map((row) => [...row]));
    if (!Array.isArray(got) || got.length !== expected.length) {
      const shown = Array.isArray(got) ? `${got.length}` : String(got);
      throw new NotYet(
        `expected a list of ${expected.length} places, one for each step, got ${shown}.`,
        'go through the steps, and append one place for each: a number, or null.',
      );
    }
    if (expected.some((place, step) => place !== got[step])) {
      throw new NotYet(
        `the probabilities ${JSON.stringify(probabilities)} should give ${JSON.stringify(expected)}, ` +
          `got ${JSON.stringify(got)}.`,
        hint,
      );
    }
  };
  checkExercise({
    name: '9.1 walk',
    of: EXERCISES,
    requirements: [
      {
        says: 'the reader stops at the first letter above one half',
        holds: () =>
          requireWalk([[0.1, 0.7, 0.9]], [1], 'the first one, not the largest: the reader has not seen what follows.'),
      },
      {
        says: 'one half itself is not enough',
        holds: () => requireWalk([[0.5, 0.6]], [1], 'greater than one half.'),
      },
      {
        says: 'the next step begins where the last one stopped',
        holds: () =>
          requireWalk(
            [
              [0.1, 0.2, 0.9, 0.1],
              [0.9, 0.9, 0.1, 0.8],
            ],
            [2, 3],
            'what lies behind is not considered again. Keep the place outside the loop over the steps.',
          ),
      },
      {
        says: 'the reader may stop twice at the same letter',
        holds: () =>
          requireWalk(
            [
              [0.9, 0.9],
              [0.8, 0.9],
            ],
            [0, 0],
            'begin at the place itself, not behind it: one letter may give two sounds, as x does.',
          ),
      },
      {
        says: 'past the end there is no way back',
        holds: () =>
          requireWalk(
            [
              [0.9, 0.1],
              [0.1, 0.2],
              [0.9, 0.9],
            ],
            [0, null, null],
            'a reader who has walked past the last letter stands behind the word for all the steps that follow.',
          ),
      },
      {
        says: 'it agrees with monotonicDecision',
        holds: () => {
          const probabilities = tf.randomUniform([20, 4, 6], 0, 0.8, 'float32', 9) as tf.Tensor3D;
          const decided = monotonicDecision(probabilities).arraySync();
          (probabilities.arraySync() as number[][][]).forEach((word, example) => {
            const places = decided[example]!.map((row) => (row.includes(1) ? row.indexOf(1) : null));
            requireWalk(word, places, 'follow one of these rows with a finger.');
          });
        },
      },
    ],
  });
}

/** Exercise 9.2: stopping probabilities and the last step's weights, both `[batch, keys]`, to this step's weights. */
export type DividedWalk = (probabilities: tf.Tensor2D, before: tf.Tensor2D) => tf.Tensor;

/** Checks exercise 9.2: the published closed form, which divides by products of (1 - p), and what breaks it. */
export function checkDividedWalk(answer: DividedWalk): void {
  const step = (probabilities: number[][], before: number[][]): tf.Tensor => {
    const shape = [before.length, before[0]!.length];
    return requireTensor(
      answer(tf.tensor2d(probabilities), tf.tensor2d(before)),
      shape,
      'one weight for each letter: [batch, keys].',
    );
  };
  checkExercise({
    name: '9.2 the closed form',
    of: EXERCISES,
    requirements: [
      {
        says: 'a reader who stands at the first letter walks on with probability 1 - p',
        holds: () => {
          const got = step([[0.5, 0.2, 0.4]], [[1, 0, 0]]);
          requireClose(
            got,
            tf.tensor2d([[0.5, 0.1, 0.16]]),
            (shown) =>
              `stopping with 0.5, 0.2, 0.4 should give 0.5, 0.5 * 0.2 = 0.1, 0.5 * 0.8 * 0.4 = 0.16; got ${shown}.`,
            'the product at s takes in the letters before s, not s itself: an exclusive product, exp of the exclusive sum of logarithms. Both sums go along the letters, axis 1.',
          );
        },
      },
      {
        says: 'a reader may stand at several letters, each with some probability',
        holds: () => {
          const got = step(
            [
              [0.2, 0.5, 0.25, 0.8],
              [0.1, 0.4, 0.3, 0.6],
            ],
            [
              [0.5, 0.25, 0.25, 0],
              [0, 0.6, 0, 0.4],
            ],
          );
          requireClose(
            got,
            walk(
              [
                [0.2, 0.5, 0.25, 0.8],
                [0.1, 0.4, 0.3, 0.6],
              ],
              [
                [0.5, 0.25, 0.25, 0],
                [0, 0.6, 0, 0.4],
              ],
            ),
            (shown) => `the walk of section 4 gives other weights than your ${shown}.`,
            "divide the last step's weights by the products, sum them up along the letters (this sum takes in s itself), then multiply.",
          );
        },
      },
      {
        says: 'a probability of 1 breaks it',
        holds: () => {
          const got = step([[0.5, 1, 0.5]], [[1, 0, 0]]);
          if ([...got.dataSync()].every((value) => Number.isFinite(value))) {
            throw new NotYet(
              `p = 1 at the second letter gives ${readable(got)}, and no NaN: yours is the better code, but not the published formula.`,
              'use the division; do not clip anything, and add no small number.',
            );
          }
        },
      },
    ],
  });
}

/** One step of the walk, letter by letter, without any division. */
function walk(probabilities: number[][], before: number[][]): tf.Tensor2D {
  return tf.tensor2d(
    probabilities.map((row, example) => {
      let arriving = 0;
      return row.map((p, s) => {
        arriving += before[example]![s]!;
        const stops = p * arriving;
        arriving -= stops;
        return stops;
      });
    }),
  );
}

/** What exercise 9.3 is given. */
export interface MovingForwardInputs {
  /** `[steps, letters]` */
  scores: tf.Tensor2D;
  /** How much the decoder would like to move on at each step, between 0 and 1, `[steps]` */
  move: tf.Tensor1D;
}

/** Exercise 9.3: forward attention in which the decoder itself says how fast to go, to weights `[steps, letters]`. */
export type MovingForward = (inputs: MovingForwardInputs) => tf.Tensor;

/** Checks exercise 9.3: forward attention with a transition agent (Zhang, Ling & Dai 2018). */
export function checkMovingForward(answer: MovingForward): void {
  const random = tf.tidy(() => tf.randomNormal([6, 4], 0, 2, 'float32', 11)) as tf.Tensor2D;
  const weights = (move: number[], scores: tf.Tensor2D = tf.zeros([move.length, 5])): tf.Tensor =>
    requireTensor(
      answer({ scores, move: tf.tensor1d(move) }),
      scores.shape,
      'one row for each step: [steps, letters].',
    );
  try {
    checkExercise({
      name: '9.3 a decoder that sets the pace',
      of: EXERCISES,
      requirements: [
        {
          says: 'each row sums to 1',
          holds: () => {
            const got = weights(Array<number>(6).fill(0.5), random);
            requireClose(
              got.sum(1),
              tf.ones([6]),
              (shown) => `the rows sum to ${shown}.`,
              'divide each row by its sum, before the next step begins.',
            );
          },
        },
        {
          says: 'whoever never moves stays at the first letter',
          holds: () => {
            const expected = tf.tensor2d(Array.from({ length: 3 }, () => [1, 0, 0, 0, 0]));
            requireClose(
              weights([0, 0, 0]),
              expected,
              (shown) => `with move 0 all weight should stay at the first letter, got ${shown}.`,
              'before the first step all weight lies on the first letter. The share 1 - move stays.',
            );
          },
        },
        {
          says: 'whoever always moves goes one letter a step',
          holds: () => {
            const expected = tf.oneHot([1, 2, 3], 5).cast('float32');
            requireClose(
              weights([1, 1, 1]),
              expected,
              (shown) => `with move 1 the weight should lie on letters 1, 2 and 3, got ${shown}.`,
              'what comes from s - 1: slice the last letter off, and pad a 0 in front.',
            );
          },
        },
        {
          says: 'each step has a pace of its own',
          holds: () => {
            const expected = tf.oneHot([0, 1, 1, 2], 5).cast('float32');
            requireClose(
              weights([0, 1, 0, 1]),
              expected,
              (shown) => `move 0, 1, 0, 1 should lead to letters 0, 1, 1, 2; got ${shown}.`,
              'step t uses move[t].',
            );
          },
        },
        {
          says: 'one half is plain forward attention',
          holds: () => {
            const expected = forwardAlignment(random.expandDims(0)).squeeze([0]);
            requireClose(
              weights(Array<number>(6).fill(0.5), random),
              expected,
              (shown) => `with move 0.5 the weights should be forwardAlignment's; got ${shown}.`,
              'multiply what arrives at a letter by the softmax of its score, then divide the row by its sum. Nothing moves on to the first letter, and what moves on from the last one is gone.',
            );
          },
        },
      ],
    });
  } finally {
    random.dispose();
  }
}
