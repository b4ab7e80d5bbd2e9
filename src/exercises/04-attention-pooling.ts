/** Checks of the exercises of lesson 04, "Attention pooling". */
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireTensor } from './exercise';

const EXERCISES = 3;

/** Exercise 4.1: `scores [batch, time]` and `mask [batch, time]` to weights `[batch, time]`. */
export type MaskedWeights = (scores: tf.Tensor2D, mask: tf.Tensor2D) => tf.Tensor;

/** Checks exercise 4.1: a softmax over time in which padding takes no part. */
export function checkMaskedWeights(answer: MaskedWeights): void {
  const weights = (scores: number[][], mask: number[][]): tf.Tensor => {
    const shape = [scores.length, scores[0]?.length ?? 0];
    const hint = 'one weight for each word: do not sum the time axis away.';
    return requireTensor(answer(tf.tensor2d(scores), tf.tensor2d(mask)), shape, hint);
  };
  const real = [[1, 1, 1, 1]];
  checkExercise({
    name: '4.1 weights with a mask',
    of: EXERCISES,
    requirements: [
      {
        says: 'equal scores give equal weights',
        holds: () => {
          const got = weights(
            [
              [2, 2, 2, 2],
              [0, 0, 0, 0],
            ],
            [...real, ...real],
          );
          const hint = 'the weights of one text sum to 1. Over which axis do you normalise: batch is 0, time is 1?';
          requireClose(
            got,
            tf.fill([2, 4], 0.25),
            (values) => `four equal scores should give 0.25 each, got ${values}.`,
            hint,
          );
        },
      },
      {
        says: 'the weights are the softmax of the scores',
        holds: () => {
          const got = weights([[0, Math.log(2), Math.log(3), Math.log(4)]], real);
          const hint = 'exponentials first, then divide by their sum.';
          const expected = tf.tensor2d([[0.1, 0.2, 0.3, 0.4]]);
          requireClose(
            got,
            expected,
            (values) => `scores ln 1, ln 2, ln 3, ln 4 should give 0.1, 0.2, 0.3, 0.4; got ${values}.`,
            hint,
          );
        },
      },
      {
        says: 'padding gets no weight',
        holds: () => {
          const got = weights([[1, 2, 3, 4]], [[1, 1, 0, 0]]);
          const padded = got.slice([0, 2], [1, 2]);
          if (padded.abs().max().dataSync()[0] !== 0) {
            throw new NotYet(
              `the two padded words should weigh exactly 0, got ${readable(padded)}.`,
              'a score of 0 is not a weight of 0: e to the power 0 is 1. What score has a weight of 0?',
            );
          }
        },
      },
      {
        says: 'the real words share all of the weight',
        holds: () => {
          const got = weights(
            [
              [1, 1, 3, 4],
              [1, 1, 1, 4],
            ],
            [
              [1, 1, 0, 0],
              [1, 1, 1, 0],
            ],
          );
          const hint =
            'padding must be gone before you divide by the sum, not after; each text has a row of the mask of its own.';
          requireClose(
            got,
            tf.tensor2d([
              [0.5, 0.5, 0, 0],
              [1 / 3, 1 / 3, 1 / 3, 0],
            ]),
            (values) => `two real words with equal scores should get 0.5 each, three 0.333 each; got ${values}.`,
            hint,
          );
        },
      },
      {
        says: 'large scores do no harm',
        holds: () => {
          const got = weights(
            [
              [1000, 1000, 0, 0],
              [200, 199, 0, 0],
              [0, 0, 0, 0],
            ],
            [...real, ...real, ...real],
          );
          const hint =
            'e to the power 1000 is too large for a number. A softmax stays the same when the same number is subtracted from all scores of a text: its own largest, not that of the batch.';
          const share = 1 / (1 + Math.exp(-1));
          requireClose(
            got,
            tf.tensor2d([
              [0.5, 0.5, 0, 0],
              [share, 1 - share, 0, 0],
              [0.25, 0.25, 0.25, 0.25],
            ]),
            (values) =>
              `scores 1000, 1000, 0, 0 should give 0.5, 0.5, 0, 0, beside them 200, 199, 0, 0 should give 0.731, 0.269, 0, 0 and four zeros 0.25 each; got ${values}.`,
            hint,
          );
        },
      },
      {
        says: 'what stands in the padding does not matter',
        holds: () => {
          const got = weights([[0, 0, 500, -500]], [[1, 1, 0, 0]]);
          const hint =
            'take the maximum over the real words only, or make the penalty of padding far larger than any score.';
          requireClose(
            got,
            tf.tensor2d([[0.5, 0.5, 0, 0]]),
            (values) => `a padded score of 500 should change nothing; expected 0.5, 0.5, 0, 0, got ${values}.`,
            hint,
          );
        },
      },
      {
        says: 'a text without any word gives zeros',
        holds: () => {
          const got = weights([[1, 2, 3, 4]], [[0, 0, 0, 0]]);
          const hint =
            'when everything is equally far below zero, the softmax is even again: let the mask have the last word. After -Infinity it is NaN, and NaN times 0 is NaN: push padding down by a large number instead.';
          requireClose(
            got,
            tf.zeros([1, 4]),
            (values) => `a row of padding should give zeros, neither NaN nor even weights; got ${values}.`,
            hint,
          );
        },
      },
    ],
  });
}

/** Exercise 4.2: `scores [batch, time, 1]` and `values [batch, time, width]` to a pooled `[batch, width]`, broken. */
export type BrokenPooling = (scores: tf.Tensor3D, values: tf.Tensor3D) => tf.Tensor;

/** Checks exercise 4.2: the softmax over the last axis, as it is found in public code. */
export function checkBrokenPooling(answer: BrokenPooling): void {
  const values = tf.tidy(() =>
    tf.tensor3d([
      [
        [1, 10],
        [2, 20],
        [3, 60],
      ],
    ]),
  ); // [1, 3, 2]
  const hint = 'the weighted values still have to be summed over time.';
  const pooled = (scores: number[]): tf.Tensor =>
    requireTensor(answer(tf.tensor3d(scores, [1, 3, 1]), values), [1, 2], hint);
  try {
    checkExercise({
      name: '4.2 softmax over the wrong axis',
      of: EXERCISES,
      requirements: [
        { says: 'the result has the shape [batch, width]', holds: () => void pooled([0, 0, 0]) },
        {
          says: 'the scores have lost all influence',
          holds: () => {
            const [some, other] = [pooled([0, 0, 0]), pooled([5, -5, 1])];
            requireClose(
              other,
              some,
              () => 'with other scores the result changed: this pooling still listens to its scores.',
              'the shape of the scores is [batch, time, 1]. The mistake is a softmax over the last axis; yours seems to go over time, which is right.',
            );
          },
        },
        {
          says: 'every word weighs the same, whatever its score',
          holds: () => {
            const got = pooled([5, -5, 1]);
            requireClose(
              got,
              tf.tensor2d([[6, 90]]),
              (shown) => `the values 1, 2, 3 and 10, 20, 60 should come out as 6 and 90, got ${shown}.`,
              'what is the softmax of a single number? Take that as the weight of each word, then sum over time; do not divide.',
            );
          },
        },
      ],
    });
  } finally {
    values.dispose();
  }
}

/** What exercise 4.3 is given. */
export interface HopInputs {
  /** `[batch, time, width]` */
  values: tf.Tensor3D;
  /** `tanh(values Wk + b)`, `[batch, time, units]` */
  hidden: tf.Tensor3D;
  /** One context vector a column, `[units, hops]` */
  questions: tf.Tensor2D;
  /** `[batch, time]` */
  mask: tf.Tensor2D;
}

/** Exercise 4.3: several questions to one text, each with its own answer `[batch, hops, width]`. */
export type HopPooling = (inputs: HopInputs) => tf.Tensor;

/** Checks exercise 4.3: pooling with several context vectors (Lin et al. 2017). */
export function checkHopPooling(answer: HopPooling): void {
  // Two texts of three words; the second has one word of padding. Two questions.
  const inputs = (questions: number[][]): HopInputs => ({
    values: tf.tensor3d([
      [
        [0, 1],
        [1, 0],
        [0, 0],
      ],
      [
        [0, 8],
        [4, 0],
        [100, 100],
      ],
    ]),
    hidden: tf.tensor3d([
      [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    ]),
    questions: tf.tensor2d(questions),
    mask: tf.tensor2d([
      [1, 1, 1],
      [1, 1, 0],
    ]),
  });
  const pooled = (given: HopInputs): tf.Tensor =>
    requireTensor(
      answer(given),
      [2, given.questions.shape[1], 2],
      'one vector for each text and each question: [batch, hops, width].',
    );
  checkExercise({
    name: '4.3 several questions',
    of: EXERCISES,
    requirements: [
      {
        says: 'the result has the shape [batch, hops, width]',
        holds: () =>
          void pooled(
            inputs([
              [0, 0, 0, 0],
              [0, 0, 0, 0],
            ]),
          ),
      },
      {
        says: 'padding is not read',
        holds: () => {
          const got = pooled(
            inputs([
              [0, 0],
              [0, 0],
            ]),
          ).slice([1, 0, 0], [1, 2, 2]);
          const hint = 'pass the mask on: softAlignment(scores, { mask }).';
          requireClose(
            got,
            tf.tensor3d([
              [
                [2, 4],
                [2, 4],
              ],
            ]),
            (values) => `questions of zeros should give the mean of the real words, [2, 4] twice; got ${values}.`,
            hint,
          );
        },
      },
      {
        says: 'each question finds its own word',
        holds: () => {
          const got = pooled(
            inputs([
              [50, 0],
              [0, 50],
            ]),
          );
          const expected = tf.tensor3d([
            [
              [0, 1],
              [1, 0],
            ],
            [
              [0, 8],
              [4, 0],
            ],
          ]);
          const hint =
            'scores come out of the product as [batch, time, hops], the alignment wants [batch, hops, time]: swap axes with transpose; reshape would shuffle the numbers.';
          requireClose(
            got,
            expected,
            (values) =>
              `question 1 looks for the first word, question 2 for the second: expected ${readable(expected)}, got ${values}.`,
            hint,
          );
          const shares = tf.tensor3d([
            [
              [0.2, 0.6],
              [0.6, 0.2],
            ],
            [
              [1, 6],
              [3, 2],
            ],
          ]);
          requireClose(
            pooled(
              inputs([
                [Math.log(3), 0],
                [0, Math.log(3)],
              ]),
            ),
            shares,
            (values) => `with ln 3 in place of 50 the word that fits counts three times: expected ${readable(shares)}, got ${values}.`, // prettier-ignore
            'the scores are the product of hidden and questions as it is (hidden has been through tanh already), and each question has a softmax over time of its own.',
          );
        },
      },
      {
        says: 'one question does not disturb the other',
        holds: () => {
          const row = (second: number[]): tf.Tensor => {
            const [first = [], last = []] = [
              [1, second[0] ?? 0],
              [0, second[1] ?? 0],
            ];
            return pooled(inputs([first, last])).slice([0, 0, 0], [2, 1, 2]);
          };
          const hint = 'each question has a softmax over time of its own; none goes over the questions.';
          requireClose(
            row([3, -7]),
            row([0, 0]),
            () => 'changing the second question changed the answer to the first.',
            hint,
          );
        },
      },
    ],
  });
}
