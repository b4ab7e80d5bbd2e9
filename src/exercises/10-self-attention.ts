/** Checks of the exercises of lesson 10, "Self-attention". */
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireNoError, requireTensor } from './exercise';

const EXERCISES = 3;

/** What exercise 10.1 is given: queries, keys and values of the same words, each `[batch, time, width]`. */
export interface SelfAttentionInputs {
  /** What each word asks. */
  queries: tf.Tensor3D;
  /** What each word answers to. */
  keys: tf.Tensor3D;
  /** What each word has to say. */
  values: tf.Tensor3D;
  /** `[batch, time]`, 1 for a word, 0 for padding; each text has a word. */
  mask: tf.Tensor2D;
}

/** Exercise 10.1: what each word has read, `[batch, time, width]`. */
export type Attend = (inputs: SelfAttentionInputs) => tf.Tensor;

/** `[2, 3, 2]`: two texts whose words have other values. */
const TWO_TEXTS = [
  [
    [3, 0],
    [0, 6],
    [9, 0],
  ],
  [
    [3, 3],
    [6, 0],
    [0, 6],
  ],
];

/** Checks exercise 10.1: scaled dot-product attention with a mask. */
export function checkAttend(answer: Attend): void {
  const attend = (queries: number[][], keys: number[][], values: number[][], mask = [1, 1, 1]): tf.Tensor => {
    const one = (rows: number[][]) => tf.tensor3d([rows]); // a batch of one
    const hint = 'one vector for each word: [batch, time, width], as wide as the values.';
    const read = answer({ queries: one(queries), keys: one(keys), values: one(values), mask: tf.tensor2d([mask]) });
    return requireTensor(read, [1, 3, values[0]?.length ?? 0], hint);
  };
  const zeros = [0, 1, 2].map(() => [0, 0, 0, 0]);
  const values = [
    [3, 0],
    [0, 6],
    [9, 0],
  ];
  const one = (place: number, size: number): number[] => [0, 1, 2, 3].map((at) => (at === place ? size : 0));
  checkExercise({
    name: '10.1 every word asks every word',
    of: EXERCISES,
    requirements: [
      {
        says: 'who asks nothing in particular reads the mean',
        holds: () =>
          requireClose(
            attend(zeros, zeros, values),
            tf.tensor3d([
              [
                [4, 2],
                [4, 2],
                [4, 2],
              ],
            ]),
            (got) => `with queries of zeros each word should read the mean [4, 2], got ${got}.`,
            'the weights of one word sum to 1 over the words it looks at: the softmax goes over the last axis of the scores.',
          ),
      },
      {
        says: 'each query finds its own key',
        holds: () => {
          // The first two words ask for the second one, the third for the first.
          const queries = [one(1, 400), one(1, 400), one(0, 400)];
          const keys = [one(0, 1), one(1, 1), one(2, 1)];
          requireClose(
            attend(queries, keys, values),
            tf.tensor3d([
              [
                [0, 6],
                [0, 6],
                [3, 0],
              ],
            ]),
            (got) => `words 1 and 2 ask for word 2, word 3 for word 1: expected [0, 6], [0, 6], [3, 0]; got ${got}.`,
            'a row of the scores belongs to the word that asks, a column to the word that is asked; the softmax goes along the row.',
          );
        },
      },
      {
        says: 'the scores are divided by the root of the width',
        holds: () => {
          // Width 4: a dot product of 2 ln 3 becomes ln 3, so that the weights are 3 to 1 to 1.
          const queries = [one(0, 2 * Math.log(3)), one(3, 0), one(3, 0)];
          const keys = [one(0, 1), one(1, 1), one(2, 1)];
          requireClose(
            attend(queries, keys, values).slice([0, 0, 0], [1, 1, 2]),
            tf.tensor3d([[[3.6, 1.2]]]),
            (got) => `a dot product of 2 ln 3 at width 4 should give the weights 0.6, 0.2, 0.2, so [3.6, 1.2]; got ${got}.`, // prettier-ignore
            'which width is meant? That of the queries and keys, here 4.',
          );
        },
      },
      {
        says: 'padding is not read',
        holds: () => {
          // All ask for the third word, which is padding.
          const queries = [one(2, 400), one(2, 400), one(2, 400)];
          const keys = [one(0, 1), one(1, 1), one(2, 1)];
          requireClose(
            attend(queries, keys, values, [1, 1, 0]).slice([0, 0, 0], [1, 2, 2]),
            tf.tensor3d([
              [
                [1.5, 3],
                [1.5, 3],
              ],
            ]),
            (got) => `with the third word as padding, a score of 200 there should not matter: expected [1.5, 3], got ${got}.`, // prettier-ignore
            'the mask speaks of the words that are asked, [batch, time]; the scores are [batch, time, time]. Push padding down before the softmax, further than any score can reach.',
          );
        },
      },
      {
        says: 'each text of a batch has its own padding',
        holds: () => {
          const hint =
            '[batch, time] shall meet [batch, time, time]: give the mask an axis in the middle, for those who ask.';
          const values = tf.tensor3d(TWO_TEXTS);
          const mask = tf.tensor2d([
            [1, 1, 0],
            [1, 1, 1],
          ]);
          const nothing = tf.zeros([2, 3, 4]) as tf.Tensor3D;
          const read = requireNoError(
            () => answer({ queries: nothing, keys: nothing, values, mask }),
            'two texts with masks of their own',
            hint,
          );
          requireClose(
            requireTensor(read, [2, 3, 2], hint).slice([0, 0, 0], [2, 1, 2]),
            tf.tensor3d([[[1.5, 3]], [[3, 3]]]),
            (got) => `the first text is two words long, the second three: expected [1.5, 3] and [3, 3], got ${got}.`,
            hint,
          );
        },
      },
    ],
  });
}

/** Exercise 10.2: `x [batch, time, width]` cut into heads `[batch, heads, time, width / heads]`, wrongly. */
export type BrokenHeads = (x: tf.Tensor3D, heads: number) => tf.Tensor;

/** Checks exercise 10.2: heads that are made by reshaping alone. */
export function checkBrokenHeads(answer: BrokenHeads): void {
  // Word t has the features 10 t, 10 t + 1, 10 t + 2, 10 t + 3: the tens name the word, the units the feature.
  const heads = (): tf.Tensor => {
    const x = tf.tensor3d([[10, 20, 30, 40].map((word) => [0, 1, 2, 3].map((feature) => word + feature))]);
    return requireTensor(
      answer(x, 2),
      [1, 2, 4, 2],
      'each word has width / heads numbers in each head; take the sizes from x.shape.',
    );
  };
  checkExercise({
    name: '10.2 heads that mix up the words',
    of: EXERCISES,
    requirements: [
      { says: 'the result has the shape [batch, heads, time, width / heads]', holds: () => void heads() },
      {
        says: 'the first head sees only the first half of the text',
        holds: () => {
          const first = heads().slice([0, 0, 0, 0], [1, 1, 4, 2]).reshape([4, 2]);
          const right = tf.tensor2d([10, 11, 20, 21, 30, 31, 40, 41], [4, 2]);
          if (first.sub(right).abs().max().dataSync()[0] === 0) {
            throw new NotYet(
              'your heads are right: head 1 has the first half of the features of each word.',
              'that is what transpose is for. The mistake is to leave it out.',
            );
          }
          requireClose(
            first,
            tf.tensor2d([10, 11, 12, 13, 20, 21, 22, 23], [4, 2]),
            (got) => `head 1 should hold the words 10 and 20 in pieces, and nothing of 30 and 40; got ${got}.`,
            'the numbers stay in their order; only the shape changes.',
          );
        },
      },
    ],
  });
}

/** Exercise 10.3: scores `[batch, time, time]` to weights of the same shape; nobody looks ahead. */
export type CausalWeights = (scores: tf.Tensor3D) => tf.Tensor;

/** Checks exercise 10.3: a softmax over the past and oneself. */
export function checkCausalWeights(answer: CausalWeights): void {
  const weights = (...texts: number[][][]): tf.Tensor =>
    requireTensor(
      answer(tf.tensor3d(texts)),
      [texts.length, 3, 3],
      'one weight for each pair of words: [batch, time, time].',
    );
  const level = [0, 1, 2].map(() => [0, 0, 0]);
  checkExercise({
    name: '10.3 nobody looks ahead',
    of: EXERCISES,
    requirements: [
      {
        says: 'a word gives no weight to what stands after it',
        holds: () => {
          const got = weights(level);
          const ahead = got.mul(tf.tensor2d([0, 1, 1, 0, 0, 1, 0, 0, 0], [3, 3]));
          if (!(ahead.abs().max().dataSync()[0] === 0)) {
            throw new NotYet(
              `everything to the right of the diagonal should be 0, got ${readable(got)}.`,
              'row t is the word that looks, column s the word that is looked at: allowed is s <= t.',
            );
          }
        },
      },
      {
        says: 'each word spreads a weight of 1 over itself and its past',
        holds: () =>
          requireClose(
            weights(level),
            tf.tensor3d([1, 0, 0, 1 / 2, 1 / 2, 0, 1 / 3, 1 / 3, 1 / 3], [1, 3, 3]),
            (got) => `equal scores should give 1; then 0.5, 0.5; then 0.333 three times. Got ${got}.`,
            'the future must be gone before the softmax, not after.',
          ),
      },
      {
        says: 'within the past, the scores decide',
        holds: () =>
          requireClose(
            weights(
              [
                [5, 5, 5],
                [Math.log(3), 0, 9],
                [0, Math.log(2), 0],
              ],
              [
                [1000, 0, 0],
                [1000, 1000, 0],
                [0, 0, 0],
              ],
            ),
            tf.tensor3d(
              [1, 0, 0, 0.75, 0.25, 0, 0.25, 0.5, 0.25, 1, 0, 0, 1 / 2, 1 / 2, 0, 1 / 3, 1 / 3, 1 / 3],
              [2, 3, 3],
            ),
            (got) => `expected rows 1, 0, 0; 0.75, 0.25, 0; 0.25, 0.5, 0.25; in a second text, of scores up to 1000, rows 1, 0, 0; 0.5, 0.5, 0; 0.333 three times; got ${got}.`, // prettier-ignore
            'a softmax over the last axis of the scores that are left. Whoever writes it by hand: each row subtracts its own largest score.',
          ),
      },
      {
        says: 'a large score in the future changes nothing',
        holds: () =>
          requireClose(
            weights([
              [0, 800, 800],
              [0, 0, 800],
              [0, 0, 0],
            ]),
            tf.tensor3d([1, 0, 0, 1 / 2, 1 / 2, 0, 1 / 3, 1 / 3, 1 / 3], [1, 3, 3]),
            (got) => `a score of 800 that nobody may see should not matter, got ${got}.`,
            'push the future down further than any score can reach, or replace its scores.',
          ),
      },
    ],
  });
}
