/**
 * The mistakes that public code makes, each beside the right function: a check that ours passes and the broken variant
 * fails. Were a check too weak to tell them apart, it would fail here itself.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  attentionPooling,
  coverageAlignment,
  forwardAlignment,
  gumbelAlignment,
  hardAlignment,
  localMonotonicAlignment,
  localPredictiveAlignment,
  maskedSoftmax,
  monotonicAlignment,
  predictPositions,
  readValues,
  softAlignment,
} from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import { assertClose, randomTensor } from './checks';

/** `check` holds for `right` and fails for `broken`. */
function tellsApart<T>(right: T, broken: T, check: (subject: T) => void): void {
  check(right);
  assert.throws(() => check(broken), assert.AssertionError, 'the check does not notice the mistake');
}

const MASK = tf.tensor2d([
  [1, 1, 1, 1],
  [1, 1, 0, 0],
]);
const SCORES = randomTensor([2, 3, 4], 1, 2) as tf.Tensor3D;

type Align = (scores: tf.Tensor3D, mask: tf.Tensor2D) => tf.Tensor3D;
const soft: Align = (scores, mask) => softAlignment(scores, { mask });

/** The scores, with one value at all padding. */
const withPadding = (scores: tf.Tensor3D, mask: tf.Tensor2D, value: number) =>
  tf.where(mask.expandDims(1).cast('bool'), scores as tf.Tensor, value) as tf.Tensor3D;

const rowsSumToOne = (align: Align) => assertClose(align(SCORES, MASK).sum(2), tf.ones([2, 3]));

const paddingHasNoWeight = (align: Align) => {
  const padding = tf.slice(align(SCORES, MASK), [1, 0, 2], [1, 3, 2]);
  assert.equal(padding.sum().dataSync()[0], 0);
};

describe('known mistakes', () => {
  test('softmax over queries or features instead of source positions', () => {
    const overQueries: Align = (scores) => tf.softmax(scores.transpose([0, 2, 1])).transpose([0, 2, 1]);
    tellsApart(soft, overQueries, rowsSumToOne);
  });

  test('pooling with a softmax over features instead of time', () => {
    const values = randomTensor([2, 4, 3], 2) as tf.Tensor3D;
    const weights = { Wk: tf.zeros<tf.Rank.R2>([3, 5]), b: tf.zeros<tf.Rank.R1>([5]), v: tf.zeros<tf.Rank.R1>([5]) };
    const overFeatures = (x: tf.Tensor3D) => tf.softmax(x.mul(0), -1).mul(x).sum<tf.Tensor2D>(1);
    // With all scores equal, pooling is the mean over time.
    tellsApart(
      (x: tf.Tensor3D) => attentionPooling(x, weights).pooled,
      overFeatures,
      (pool) => assertClose(pool(values), values.mean(1)),
    );
  });

  test('padding is not masked: weights change with the length of the padding', () => {
    const unmasked: Align = (scores) => tf.softmax(scores);
    tellsApart(soft, unmasked, paddingHasNoWeight);
    tellsApart(soft, unmasked, (align) => {
      const longer = tf.concat([SCORES, tf.zeros([2, 3, 2])], 2) as tf.Tensor3D;
      const longerMask = tf.concat([MASK, tf.zeros([2, 2])], 1) as tf.Tensor2D;
      assertClose(tf.slice(align(longer, longerMask), [0, 0, 0], [2, 3, 4]), align(SCORES, MASK));
    });
  });

  test('a mask penalty that leaves weight on padding', () => {
    const penalty: Align = (scores, mask) => tf.softmax(scores.add<tf.Tensor3D>(mask.sub(1).mul(1e9).expandDims(1)));
    const multiplied: Align = (scores, mask) => tf.softmax(scores.mul<tf.Tensor3D>(mask.expandDims(1)));
    const wild: Align = (scores, mask) => soft(withPadding(scores, mask, 2e9), mask);
    const wildPenalty: Align = (scores, mask) => penalty(withPadding(scores, mask, 2e9), mask);
    tellsApart(wild, wildPenalty, paddingHasNoWeight);
    tellsApart(soft, multiplied, paddingHasNoWeight);
  });

  test('a row without a real position comes out uniform, or as NaN', () => {
    const empty = tf.zeros<tf.Rank.R2>([2, 4]);
    const uniform: Align = (scores, mask) => tf.softmax(withPadding(scores, mask, -1e9));
    const notANumber: Align = (scores, mask) => {
      const exps = scores.exp().mul(mask.expandDims(1));
      return exps.div(exps.sum(2, true));
    };
    const readsNothing = (align: Align) => assertClose(align(SCORES, empty), tf.zeros([2, 3, 4]), 0);
    tellsApart(soft, uniform, readsNothing);
    tellsApart(soft, notANumber, readsNothing);
  });

  test('exp without the maximum subtracted overflows', () => {
    const plain: Align = (scores, mask) => {
      const exps = scores.exp().mul(mask.expandDims(1));
      return exps.div(exps.sum(2, true));
    };
    tellsApart(soft, plain, (align) => {
      const weights = align(SCORES.mul(1e4), MASK);
      assert.ok(weights.dataSync().every(Number.isFinite));
    });
  });

  test('a context that is never summed: weighted values handed on one by one', () => {
    const values = randomTensor([2, 4, 5], 3) as tf.Tensor3D;
    const weights = soft(SCORES, MASK);
    type Read = (weights: tf.Tensor3D, values: tf.Tensor3D) => tf.Tensor;
    const notSummed: Read = (w, v) => w.expandDims(3).mul(v.expandDims(1));
    tellsApart<Read>(readValues, notSummed, (read) => assert.deepEqual(read(weights, values).shape, [2, 3, 5]));
  });

  test('rows divided by their maximum, or the scores themselves, shown as weights', () => {
    tellsApart<Align>(soft, (scores, mask) => soft(scores, mask).div(soft(scores, mask).max(2, true)), rowsSumToOne);
    tellsApart<Align>(soft, (scores) => scores, rowsSumToOne);
  });

  test('one dot product in place of a context vector: a score that is linear in each step', () => {
    // Two steps whose features cancel in any one linear score with positive weights can be told apart by a hidden layer.
    const values = tf.tensor3d([[[1, 1], [-1, -1], [1, -1], [-1, 1]]]); // prettier-ignore
    const Wk = tf.tensor2d([[4, -4], [4, -4]]); // prettier-ignore
    const hidden = (x: tf.Tensor3D) =>
      attentionPooling(x, { Wk, b: tf.tensor1d([-4, -4]), v: tf.tensor1d([4, 4]) }).weights;
    const linear = (x: tf.Tensor3D) =>
      attentionPooling(x, { Wk: tf.tensor2d([[4], [4]]), b: tf.tensor1d([0]) }).weights;
    // Exclusive or: the first two steps (equal signs) weigh more than the last two.
    tellsApart(hidden, linear, (weigh) => {
      const [a, b, c, d] = weigh(values).dataSync();
      assert.ok(Math.min(a, b) > Math.max(c, d), `${a} ${b} ${c} ${d}`);
    });
  });

  describe('local attention', () => {
    const RADIUS = 1;
    const positions = tf.tensor2d([
      [0.4, 1.7, 2.9],
      [0.2, 0.6, 1.5],
    ]);
    const even = tf.zeros<tf.Rank.R3>([2, 3, 4]);
    const localP: Align = (scores, mask) => localPredictiveAlignment(scores, { mask, radius: RADIUS, positions });
    const bellOver = (centre: tf.Tensor, place: tf.Tensor) =>
      place.sub(centre).div(RADIUS / 2).square().mul(-0.5).exp(); // prettier-ignore

    test('a bell over the step instead of the source position is one number a row: no window at all', () => {
      const overStep: Align = (scores, mask) => {
        const step = tf.range(0, 3).reshape([1, 3, 1]);
        return soft(scores, mask).mul(bellOver(positions.expandDims(2), step)) as tf.Tensor3D;
      };
      tellsApart(localP, overStep, (align) => {
        const row = (align(even, MASK).arraySync() as number[][][])[0][1];
        assert.ok(row[2] > row[1] && row[1] > 0, `nearer must weigh more: ${row.join(' ')}`);
        assert.equal(row[0], 0);
      });
    });

    test('a bell without the window reaches everywhere, a window without the bell teaches no position', () => {
      const untruncated: Align = (scores, mask) => {
        const source = tf.range(0, 4).reshape([1, 1, 4]);
        return soft(scores, mask).mul(bellOver(positions.expandDims(2), source)) as tf.Tensor3D;
      };
      tellsApart(localP, untruncated, (align) => {
        const far = (align(even, MASK).arraySync() as number[][][])[0][0].slice(2);
        assert.deepEqual(far, [0, 0]);
      });
      type AlignAt = (p: tf.Tensor2D) => tf.Tensor;
      const right: AlignAt = (p) => localPredictiveAlignment(SCORES, { mask: MASK, radius: RADIUS, positions: p });
      const noBell: AlignAt = (p) => {
        const near = tf.range(0, 4).sub(tf.tensor(p.arraySync()).expandDims(2)).abs().lessEqual(RADIUS);
        return maskedSoftmax(SCORES, MASK, near).add(p.expandDims(2).mul(0));
      };
      tellsApart(right, noBell, (align) => {
        const [slope] = tf.grads((p) =>
          align(p as tf.Tensor2D)
            .square()
            .sum(),
        )([positions]);
        assert.ok(slope.abs().max().dataSync()[0] > 1e-3);
      });
    });

    test('the softmax over the whole row, cut afterwards, is not the softmax inside the window', () => {
      const cutAfterwards: Align = (scores, mask) => {
        const near = tf.range(0, 4).sub(tf.range(0, 3).expandDims(1)).abs().lessEqual(RADIUS);
        return soft(scores, mask).mul(near) as tf.Tensor3D;
      };
      const localM: Align = (scores, mask) => localMonotonicAlignment(scores, { mask, radius: RADIUS });
      const rowsWithAPositionSumToOne = (align: Align) =>
        assertClose(tf.slice(align(SCORES, MASK), [0, 0, 0], [1, -1, -1]).sum(2), tf.ones([1, 3]));
      tellsApart(localM, cutAfterwards, rowsWithAPositionSumToOne);
    });

    test('positions predicted with the padded length look at padding', () => {
      const query = randomTensor([2, 3, 5], 5) as tf.Tensor3D;
      const weights = { Wp: tf.zeros<tf.Rank.R2>([5, 2]), vp: tf.zeros<tf.Rank.R1>([2]) };
      const predict = (lengths: number[]) => () =>
        predictPositions(query, { ...weights, lengths: tf.tensor1d(lengths) }).arraySync();
      // Untrained, the sigmoid is one half: the middle of each example.
      tellsApart(predict([4, 2]), predict([4, 4]), (run) => assert.deepEqual(run()[1], [1, 1, 1]));
    });

    test('local attention called hard: a window of soft weights is not a choice', () => {
      const hard: Align = (scores, mask) => hardAlignment(scores, { mask, mode: 'argmax' });
      const local: Align = (scores, mask) => localMonotonicAlignment(scores, { mask, radius: RADIUS });
      tellsApart(hard, local, (align) =>
        assert.ok(
          align(SCORES, MASK)
            .dataSync()
            .every((weight) => weight === 0 || weight === 1),
        ),
      );
    });
  });

  describe('sequential alignments', () => {
    test('an aligned position that never advances', () => {
      const scores = tf.tensor3d([[[0, 9, 8, 7], [0, 7, 9, 7], [0, 7, 8, 9]]]); // prettier-ignore
      const mask = tf.ones<tf.Rank.R2>([1, 4]);
      const firstRow = tf.slice(scores, [0, 0, 0], [-1, 1, -1]);
      const stuck: Align = () => tf.concat([firstRow, firstRow, firstRow], 1).softmax() as tf.Tensor3D;
      const advances = (align: Align) => {
        assert.deepEqual(Array.from(align(scores, mask).argMax(2).dataSync()), [1, 2, 3]);
      };
      tellsApart<Align>((x) => forwardAlignment(x), stuck, advances);
      tellsApart<Align>((x) => coverageAlignment(x), stuck, advances);
    });

    test('the quotient of cumulative products loses the weights where a probability is near 1', () => {
      const quotient = (p: tf.Tensor3D) => {
        const [examples, queries, keys] = p.shape;
        let previous = tf.oneHot(tf.zeros([examples], 'int32'), keys).cast('float32'); // [examples, keys]
        const rows = Array.from({ length: queries }, (_, t) => {
          const row = tf.slice(p, [0, t, 0], [-1, 1, -1]).squeeze([1]);
          const passed = tf.exp(tf.cumsum(tf.log(tf.sub(1, row).clipByValue(1e-10, 1)), 1, true)); // [examples, keys]
          previous = row.mul(passed).mul(tf.cumsum(previous.div(passed.clipByValue(1e-10, 1)), 1)) as tf.Tensor2D;
          return previous.expandDims(1);
        });
        return tf.concat(rows, 1) as tf.Tensor3D;
      };
      const mild = tf.fill<tf.Rank.R3>([1, 3, 4], 0.3);
      assertClose(quotient(mild), monotonicAlignment(mild), 1e-5, 'where nothing vanishes both agree');
      const late = tf.concat([tf.fill([1, 1, 12], 0.9), tf.fill([1, 1, 1], 1)], 2) as tf.Tensor3D;
      const both = tf.concat([tf.concat([tf.zeros([1, 1, 12]), tf.ones([1, 1, 1])], 2), late], 1) as tf.Tensor3D;
      // The first step stops at the last position; from there the second can only stay.
      tellsApart(monotonicAlignment, quotient, (weigh: (p: tf.Tensor3D) => tf.Tensor3D) =>
        assertClose(tf.slice(weigh(both), [0, 1, 0], [-1, 1, -1]).squeeze(), [...Array(12).fill(0), 1]),
      );
    });
  });

  describe('seeds', () => {
    test('the seed 0 taken for no seed', () => {
      type Draw = (seed: number) => number[];
      const ours: Draw = (seed) => Array.from(gumbelAlignment(SCORES, { temperature: 1, seed }).dataSync());
      const zeroIgnored: Draw = (seed) =>
        Array.from(gumbelAlignment(SCORES, { temperature: 1, seed: seed ? seed : undefined }).dataSync());
      tellsApart(ours, zeroIgnored, (draw) => assert.deepEqual(draw(0), draw(0)));
    });
  });
});
