/** What is particular to single alignments and to the functions around them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  align,
  chunkwiseAlignment,
  coverageAlignment,
  coverageLoss,
  createScoreWeights,
  gumbelAlignment,
  gumbelNoise,
  hardAlignment,
  localMonotonicAlignment,
  localPredictiveAlignment,
  monotonicAlignment,
  monotonicDecision,
  normalNoise,
  predictPositions,
  readValues,
  softAlignment,
} from '../../../src/attention';
import { forwardAlignment } from '../../../src/attention/alignments/forward';
import { lengthsOf } from '../../../src/attention/predict-positions';
import { tf } from '../../../src/tensorflow';
import { assertClose, assertGradients, assertNoLeak, onBackends, randomTensor } from './checks';

const MASK = [
  [1, 1, 1, 1],
  [1, 1, 0, 0],
];

const column = (tensor: tf.Tensor, index: number) =>
  (tensor.arraySync() as number[][][]).map((rows) => rows.map((row) => row[index]));

onBackends((backend) => {
  describe(`hard and gumbel on ${backend}`, () => {
    const scores = tf.tensor3d([[[0, 2, 1, 2, 9]], [[-3, -1, -2, 5, 5]]]); // prettier-ignore
    const mask = tf.tensor2d([
      [1, 1, 1, 1, 0],
      [1, 1, 1, 0, 0],
    ]);

    test('argmax takes the best real position, of equals the first', () => {
      assertClose(hardAlignment(scores, { mask, mode: 'argmax' }), [[[0, 1, 0, 0, 0]], [[0, 1, 0, 0, 0]]], 0);
    });

    test('one key, one query, one example', () => {
      const one = tf.tensor3d([[[-7]]]);
      for (const mode of ['argmax', 'sample'] as const) assertClose(hardAlignment(one, { mode, seed: 0 }), [[[1]]], 0);
      assertClose(gumbelAlignment(one, { temperature: 1, straightThrough: true }), [[[1]]], 0);
      assertClose(softAlignment(one), [[[1]]], 0);
    });

    test('samples follow the softmax of the scores over real positions', () => {
      const many = 20000;
      const row = [0, 1, -1, 2, 5];
      const real = [1, 1, 1, 1, 0];
      const copies = tf.tensor(row).reshape([1, 1, 5]).tile([1, many, 1]) as tf.Tensor3D;
      const options = { mask: tf.tensor2d([real]), mode: 'sample', seed: 0 } as const;
      const shares = hardAlignment(copies, options).mean(1);
      const expected = softAlignment(tf.tensor3d([[row]]), { mask: options.mask }).squeeze([1]);
      assertClose(shares, expected, 4 * Math.sqrt(0.25 / many));
    });

    test('a low temperature is nearly one-hot, a high one nearly even', () => {
      const row = tf.tensor3d([[[0, 1, 2]]]);
      assert.ok(gumbelAlignment(row, { temperature: 0.01, seed: 0 }).max().dataSync()[0] > 0.999);
      assertClose(gumbelAlignment(row, { temperature: 1e4, seed: 0 }), [[[1 / 3, 1 / 3, 1 / 3]]], 1e-3);
    });

    test('straight-through: forwards the choice, backwards the slope of the soft weights', () => {
      const x = randomTensor([2, 3, 4], 1) as tf.Tensor3D;
      const probe = randomTensor([2, 3, 4], 2);
      const options = { mask: tf.tensor2d(MASK), temperature: 0.8, seed: 5 };
      const soft = gumbelAlignment(x, options);
      const hard = gumbelAlignment(x, { ...options, straightThrough: true });
      assertClose(hard, hardAlignment(soft, { mask: options.mask, mode: 'argmax' }), 0);
      const slope = (straightThrough: boolean) =>
        tf.grads((s) =>
          gumbelAlignment(s as tf.Tensor3D, { ...options, straightThrough })
            .mul(probe)
            .sum(),
        )([x])[0];
      assertClose(slope(true), slope(false), 1e-6);
      assert.ok(slope(true).abs().max().dataSync()[0] > 0.01);
    });

    test('noise is drawn for real positions alone, in their order', () => {
      const mask = tf.tensor2d([
        [1, 1, 1, 0, 0],
        [0, 1, 0, 1, 1],
      ]);
      for (const noise of [gumbelNoise, normalNoise]) {
        const plain = noise([2, 2, 3], 4).arraySync();
        const masked = noise([2, 2, 5], 4, 0, mask).arraySync();
        assert.deepEqual(masked[0], plain[0].map((row) => [...row, 0, 0])); // prettier-ignore
        assert.deepEqual(masked[1], plain[1].map(([a, b, c]) => [0, a, 0, b, c])); // prettier-ignore
      }
    });

    test('at a tiny temperature the best position has it all, whatever overflows', () => {
      const scores = tf.tensor3d([[[1, 10, 9.9], [-10, -20, -30], [0, 0, -1e9]]]); // prettier-ignore
      const real = tf.tensor2d([[1, 1, 1]]);
      for (const mask of [undefined, real, tf.tensor2d([[1, 1, 0]])]) {
        for (const straightThrough of [false, true]) {
          for (const temperature of [1e-46, 5e-324, 1e-38, 1e-30, 1e-9]) {
            const options = { mask, temperature, straightThrough, seed: 2 };
            const best = hardAlignment(scores, { mask, mode: 'sample', seed: 2 }); // the same noise
            assertClose(gumbelAlignment(scores, options), best.arraySync(), 1e-6, `temperature ${temperature}`);
            const [gradient] = tf.grads((x) =>
              gumbelAlignment(x as tf.Tensor3D, options)
                .square()
                .sum(),
            )([scores]);
            assertClose(gradient, tf.zeros([1, 3, 3]), 0);
          }
        }
      }
      const wild = tf.tensor3d([[[1, 2, 1e30]]]);
      const masked = { mask: tf.tensor2d([[1, 1, 0]]), temperature: 1e-40, seed: 0 };
      assertClose(gumbelAlignment(wild, masked).sum(), 1, 0);
    });

    test('noise has the distribution it is named after', () => {
      const shape: [number, number, number] = [4, 50, 100];
      const moments = (noise: tf.Tensor) => {
        const { mean, variance } = tf.moments(noise);
        return [mean.arraySync(), variance.arraySync()];
      };
      assertClose(moments(gumbelNoise(shape, 0)), [0.5772, Math.PI ** 2 / 6], 0.05);
      assertClose(moments(normalNoise(shape, 0)), [0, 1], 0.05);
    });

    test('noise of neighbouring seeds, examples and steps has nothing in common', () => {
      const flat = (seed: number) => normalNoise([4, 4, 500], seed).reshape([16, 500]) as tf.Tensor2D;
      const rows = tf.concat([flat(0), flat(1), flat(2)]) as tf.Tensor2D; // [48, 500]
      const correlation = tf.matMul(rows, rows, false, true).div(500).arraySync() as number[][];
      correlation.forEach((row, i) =>
        row.forEach((value, j) => i === j || assert.ok(Math.abs(value) < 0.25, `${value}`)),
      );
    });
  });

  describe(`local alignments on ${backend}`, () => {
    test('places are counted among the real positions: padding on the left and holes move nothing', () => {
      const mask = tf.tensor2d([[0, 1, 0, 1, 1]]);
      const flat = tf.zeros<tf.Rank.R3>([1, 3, 5]);
      const diagonal = [[[0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]]; // prettier-ignore
      assertClose(localMonotonicAlignment(flat, { mask, radius: 0 }), diagonal, 0);
      const positions = tf.tensor2d([[0, 1, 2]]);
      assertClose(localPredictiveAlignment(flat, { mask, radius: 0, positions }), diagonal, 0);
      // Whoever stops at the second real position also sees the first, though a hole stands between them.
      const stops = tf.tensor3d([[[0, 0, 0, 1, 0]]]);
      const chunk = chunkwiseAlignment(stops, tf.zeros([1, 1, 5]), { mask, chunk: 2 });
      assertClose(chunk, [[[0, 0.5, 0, 0.5, 0]]], 1e-6);
      const toTheThird = forwardAlignment(tf.tensor3d([0, 0, 0, 9, 0, 0, 0, 0, 0, 99], [1, 2, 5]), { mask });
      assert.ok(column(toTheThird, 4)[0][1] > 0.99);
    });

    test('radius 0 of local-m is the diagonal; beyond the source there is nothing', () => {
      const weights = localMonotonicAlignment(tf.randomNormal([1, 4, 3]), { radius: 0 });
      assertClose(weights, [[[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]], 0); // prettier-ignore
    });

    test('local-p by hand: softmax inside the window, times the bell, not renormalised', () => {
      const scores = tf.tensor3d([[[9, 1, 2, 0.5, 9]]]);
      const weights = localPredictiveAlignment(scores, { radius: 1, positions: tf.tensor2d([[2.25]]) });
      const total = Math.exp(2) + Math.exp(0.5);
      const bell = (s: number) => Math.exp(-((s - 2.25) ** 2) / (2 * 0.5 ** 2));
      assertClose(weights, [[[0, 0, (Math.exp(2) / total) * bell(2), (Math.exp(0.5) / total) * bell(3), 0]]], 1e-6);
    });

    test('local-p with radius 0: a whole position is read whole, another reads nothing; slopes are finite', () => {
      const scores = tf.zeros<tf.Rank.R3>([1, 2, 3]);
      const positions = tf.tensor2d([[1, 1.5]]);
      assertClose(localPredictiveAlignment(scores, { radius: 0, positions }), [[[0, 1, 0], [0, 0, 0]]], 0); // prettier-ignore
      for (const radius of [0, 1e-20, 0.5]) {
        const [gradient] = tf.grads((p) =>
          localPredictiveAlignment(scores, { radius, positions: p as tf.Tensor2D })
            .square()
            .sum(),
        )([positions]);
        assert.ok(gradient.dataSync().every(Number.isFinite), `radius ${radius}: ${gradient.toString()}`);
      }
    });

    test('positions learn through the bell: their gradient equals the numeric one', () => {
      const scores = randomTensor([2, 3, 4], 1) as tf.Tensor3D;
      const positions = tf.tensor2d([
        [0.4, 1.3, 2.6],
        [0.7, 1.4, 1.2],
      ]);
      assertGradients(
        (x, p) =>
          localPredictiveAlignment(x as tf.Tensor3D, {
            radius: 1,
            mask: tf.tensor2d(MASK),
            positions: p as tf.Tensor2D,
          }),
        [scores, positions],
      );
    });

    test('predicted positions lie inside each example, and equal the formula', () => {
      const query = randomTensor([2, 3, 4], 1) as tf.Tensor3D;
      const Wp = randomTensor([4, 2], 2) as tf.Tensor2D;
      const vp = tf.tensor1d([3, -2]);
      const lengths = tf.tensor1d([4, 2], 'int32');
      const [W, v] = [Wp.arraySync(), vp.arraySync()];
      const expected = query.arraySync().map((rows, b) =>
        rows.map((h) => {
          const z = v.reduce((sum, c, u) => sum + c * Math.tanh(h.reduce((a, x, i) => a + x * W[i][u], 0)), 0);
          return [4, 2][b] / (1 + Math.exp(-z));
        }),
      );
      assertClose(predictPositions(query, { Wp, vp, lengths }), expected);
      assertGradients(
        (q, w, u) => predictPositions(q as tf.Tensor3D, { Wp: w as tf.Tensor2D, vp: u as tf.Tensor1D, lengths }),
        [query, Wp, vp],
      );
      assertNoLeak(() => predictPositions(query, { Wp, vp, lengths }));
    });
  });

  describe(`monotonic and chunkwise on ${backend}`, () => {
    test('by hand: stop here, or walk on', () => {
      const weights = monotonicAlignment(tf.tensor3d([[[0.5, 0.25, 1], [0.1, 0.5, 0.5]]])); // prettier-ignore
      const second = [0.5 * 0.1, (0.5 * 0.9 + 0.125) * 0.5, ((0.5 * 0.9 + 0.125) * 0.5 + 0.375) * 0.5];
      assertClose(weights, [[[0.5, 0.125, 0.375], second]]);
    });

    test('probabilities of exactly 0 and 1: exact weights and exact slopes, where products vanish', () => {
      const probabilities = tf.tensor3d([[[0, 1, 1, 0], [1, 0, 0, 1], [0, 0, 1, 1]]]); // prettier-ignore
      assertClose(monotonicAlignment(probabilities), [[[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]]], 0); // prettier-ignore
      // The gradient at the corner by one-sided differences into the allowed range; the walk is linear in each p.
      const probe = randomTensor([1, 3, 4], 2);
      const loss = (p: tf.Tensor) =>
        monotonicAlignment(p as tf.Tensor3D)
          .mul(probe)
          .sum() as tf.Scalar;
      const [gradient] = tf.grads(loss)([probabilities]);
      const values = Array.from(probabilities.dataSync());
      const expected = values.map((value, i) => {
        const moved = tf.tensor(
          values.map((v, j) => (j === i ? 1 - v : v)),
          [1, 3, 4],
        );
        return (loss(moved).arraySync() - loss(probabilities).arraySync()) / (1 - 2 * value);
      });
      assertClose(gradient.flatten(), expected, 1e-4);
    });

    test('stays exact over a long source, where the usual quotient of products breaks down', () => {
      const keys = 400;
      const probabilities = tf.fill([1, 3, keys], 0.6) as tf.Tensor3D;
      const rows = monotonicAlignment(probabilities).arraySync()[0];
      // Sums of t geometric variables: the negative binomial distribution.
      const expected = [
        Array.from({ length: keys }, (_, s) => 0.6 * 0.4 ** s),
        Array.from({ length: keys }, (_, s) => (s + 1) * 0.6 ** 2 * 0.4 ** s),
        Array.from({ length: keys }, (_, s) => (((s + 1) * (s + 2)) / 2) * 0.6 ** 3 * 0.4 ** s),
      ];
      assertClose(rows, expected, 1e-6);
    });

    test('the decision stops at the first probability above one half, from where it last stood', () => {
      const probabilities = tf.tensor3d([
        [[0.2, 0.9, 0.9, 0.1], [0.9, 0.4, 0.1, 0.8], [0.9, 0.9, 0.9, 0.5], [0.9, 0.9, 0.9, 0.9]],
        [[0.2, 0.9, 0.9, 0.1], [0.9, 0.4, 0.9, 0.8], [0.9, 0.9, 0.9, 0.9], [0.9, 0.9, 0.9, 0.9]],
      ]); // prettier-ignore
      const mask = tf.tensor2d([
        [1, 1, 1, 1],
        [1, 1, 1, 0],
      ]);
      assertClose(
        monotonicDecision(probabilities, { mask }),
        [
          [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]],
          [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0]],
        ],
        0,
      ); // prettier-ignore
    });

    test('left padding is walked over', () => {
      const probabilities = tf.tensor3d([[[0.9, 0.9, 0.5, 0.5]]]);
      assertClose(
        monotonicAlignment(probabilities, { mask: tf.tensor2d([[0, 0, 1, 1]]) }),
        [[[0, 0, 0.5, 0.25]]],
        1e-6,
      );
    });

    test('the expectation is the mean of many readers who decide at random', () => {
      const [queries, keys, readers] = [3, 4, 4000];
      const p = tf.sigmoid(randomTensor([1, queries, keys], 3)) as tf.Tensor3D;
      const uniform = tf.randomUniform([readers, queries, keys], 0, 1, 'float32', 0);
      const decisions = tf.less(uniform, p).cast('float32') as tf.Tensor3D;
      assertClose(monotonicDecision(decisions).mean(0, true), monotonicAlignment(p), 4 * Math.sqrt(0.25 / readers));
    });

    test('a chunk of 1 is monotonic alignment; a chunk longer than the source is all of it', () => {
      const probabilities = tf.sigmoid(randomTensor([2, 3, 4], 1)) as tf.Tensor3D;
      const scores = randomTensor([2, 3, 4], 2) as tf.Tensor3D;
      const mask = tf.tensor2d(MASK);
      assertClose(
        chunkwiseAlignment(probabilities, scores, { mask, chunk: 1 }),
        monotonicAlignment(probabilities, { mask }),
        1e-6,
      );
      assertClose(
        chunkwiseAlignment(probabilities, scores, { mask, chunk: 4 }),
        chunkwiseAlignment(probabilities, scores, { mask, chunk: 40 }),
        0,
      );
    });

    test('an example is as long as it has real positions, wherever its padding is', () => {
      const mask = tf.tensor2d([
        [1, 1, 0, 0],
        [0, 0, 0, 1],
        [1, 0, 1, 0],
        [0, 0, 0, 0],
      ]);
      assert.deepEqual(Array.from(lengthsOf(mask).dataSync()), [2, 1, 2, 0]);
      assert.deepEqual(Array.from(lengthsOf(mask.toBool()).dataSync()), [2, 1, 2, 0]);
      // A model that wants to look at the end reaches it, padding on the left or not.
      const far = { Wp: tf.tensor2d([[9]]), vp: tf.tensor1d([9]), lengths: lengthsOf(mask) };
      const positions = predictPositions(tf.ones([4, 1, 1]), far);
      const weights = localPredictiveAlignment(tf.zeros([4, 1, 4]), { radius: 1, positions, mask });
      assert.ok(column(weights, 3)[1][0] > 0.1);
    });

    test('scores may be whole numbers of type int32', () => {
      const mask = tf.tensor2d([[1, 1, 0]]);
      const scores = tf.tensor3d([[[1, 2, 3]]], [1, 1, 3], 'int32');
      const expected = softAlignment(scores.toFloat(), { mask });
      assertClose(softAlignment(scores, { mask }), expected.arraySync() as number[][][], 1e-6);
      for (const alignment of [{ kind: 'monotonic' }, { kind: 'chunkwise', chunk: 2 }] as const) {
        const weights = align(alignment, scores.toFloat(), { mask });
        assertClose(align(alignment, scores, { mask }), weights.arraySync() as number[][][], 1e-6);
      }
      assertClose(softAlignment(scores), softAlignment(scores.toFloat()).arraySync() as number[][][], 1e-6);
      assertClose(hardAlignment(scores, { mask, mode: 'argmax' }), [[[0, 1, 0]]], 0);
      assertClose(hardAlignment(scores, { mode: 'argmax' }), [[[0, 0, 1]]], 0);
      const drawn = hardAlignment(scores, { mask, mode: 'sample', seed: 1 });
      assertClose(drawn, hardAlignment(scores.toFloat(), { mask, mode: 'sample', seed: 1 }).arraySync(), 0);
    });

    test('scores of -Infinity get no weight and make no NaN', () => {
      const scores = tf.tensor3d([[[-Infinity, 1, -Infinity, -Infinity]]]);
      const probabilities = tf.fill<tf.Rank.R3>([1, 1, 4], 0.5);
      const weights = chunkwiseAlignment(probabilities, scores, { chunk: 2 });
      assertClose(weights, [[[0, 0.25 + 0.125, 0, 0]]], 1e-6); // the last chunk has nothing to read
      const slopes = tf.grads((p, x) =>
        chunkwiseAlignment(p as tf.Tensor3D, x as tf.Tensor3D, { chunk: 2 })
          .mul(tf.range(1, 5))
          .sum(),
      )([probabilities, scores]);
      slopes.forEach((slope) => assert.ok(slope.dataSync().every(Number.isFinite)));
      assertClose(coverageAlignment(tf.fill([1, 2, 3], -Infinity)), [[[0, 0, 0], [0, 0, 0]]], 0); // prettier-ignore
    });

    test('chunkwise decision: one stop, a softmax over the chunk that ends there', () => {
      const probabilities = tf.tensor3d([[[0.1, 0.2, 0.9, 0.9]]]);
      const scores = tf.tensor3d([[[5, 1, 2, 7]]]);
      const share = Math.exp(1) / (Math.exp(1) + Math.exp(2));
      const weights = chunkwiseAlignment(probabilities, scores, { chunk: 2, decision: true });
      assertClose(weights, [[[0, share, 1 - share, 0]]], 1e-6);
    });

    test('gradients of probabilities and scores equal numeric ones', () => {
      const probabilities = tf.sigmoid(randomTensor([2, 3, 4], 1));
      const mask = tf.tensor2d(MASK);
      assertGradients((p) => monotonicAlignment(p as tf.Tensor3D, { mask }), [probabilities]);
      assertGradients(
        (p, x) => chunkwiseAlignment(p as tf.Tensor3D, x as tf.Tensor3D, { mask, chunk: 2 }),
        [probabilities, randomTensor([2, 3, 4], 2)],
      );
    });
  });

  describe(`coverage on ${backend}`, () => {
    test('by hand: what is read once is hardly read again', () => {
      const scores = tf.zeros<tf.Rank.R3>([1, 3, 2]).add(tf.tensor1d([Math.log(3), 0])) as tf.Tensor3D;
      const first = 0.75;
      const second = (0.75 * 0.25) / (0.75 * 0.25 + 0.25 * 0.75);
      assertClose(column(coverageAlignment(scores), 0)[0].slice(0, 2), [first, second], 1e-6);
      const rest = 1 - Math.min(1, first + second);
      const left = [Math.max(1e-6, rest), Math.max(1e-6, 1 - (2 - first - second))];
      assertClose(
        column(coverageAlignment(scores), 0)[0][2],
        (0.75 * left[0]) / (0.75 * left[0] + 0.25 * left[1]),
        1e-5,
      );
    });

    test('a single key, covered at once, is still read', () => {
      assertClose(coverageAlignment(tf.zeros([1, 3, 1])), [[[1], [1], [1]]], 1e-6);
    });

    test('coverage loss: nothing twice costs nothing; the same again costs 1 a step', () => {
      const once = tf.tensor3d([[[1, 0, 0], [0, 1, 0], [0, 0, 1]]]); // prettier-ignore
      const again = tf.tensor3d([[[1, 0, 0], [1, 0, 0], [1, 0, 0]]]); // prettier-ignore
      assertClose(coverageLoss(once).arraySync(), 0, 0);
      assertClose(coverageLoss(again).arraySync(), 2 / 3, 1e-6);
      const queryMask = tf.tensor2d([[1, 1, 0]]);
      assertClose(coverageLoss(again, { queryMask }).arraySync(), 1 / 2, 1e-6);
      const soft = tf.tensor3d([[[0.5, 0.5], [0.25, 0.75], [1, 0]]]); // prettier-ignore
      assertClose(coverageLoss(soft).arraySync(), (0.75 + 0.75) / 3, 1e-6);
    });

    test('gradients equal numeric ones, for shapes that are not square', () => {
      // With this seed no weight lies so near its coverage that the numeric step would cross the kink of the minimum.
      const weights = tf.softmax(randomTensor([2, 3, 5], 5));
      assertGradients((w) => coverageLoss(w as tf.Tensor3D), [weights]);
      assertNoLeak(() => coverageLoss(weights as tf.Tensor3D));
    });
  });

  describe(`reading and weights on ${backend}`, () => {
    test('a context is the weighted sum of the values', () => {
      const context = readValues(tf.tensor3d([[[0.25, 0.75], [0, 0]]]), tf.tensor3d([[[1, 2, 4], [5, 6, 8]]])); // prettier-ignore
      assertClose(context, [[[4, 5, 7], [0, 0, 0]]]); // prettier-ignore
      assertGradients(
        (w, v) => readValues(w as tf.Tensor3D, v as tf.Tensor3D),
        [randomTensor([2, 3, 4], 1), randomTensor([2, 4, 2], 2)],
      );
      const [weights, values] = [tf.zeros<tf.Rank.R3>([1, 1, 1]), tf.zeros<tf.Rank.R3>([1, 1, 1])];
      assertNoLeak(() => readValues(weights, values));
    });

    test('initial weights: reproduced by a seed, 0 included, and different from each other', () => {
      const sizes = { queryWidth: 4, keyWidth: 4, units: 4 };
      const make = (seed?: number) => createScoreWeights('additive', { ...sizes, seed });
      const [a, b] = [make(0), make(0)];
      assertClose(a.Wq, b.Wq, 0);
      assert.notDeepEqual(a.Wq.arraySync(), a.Wk.arraySync());
      assert.notDeepEqual(make(1).v.arraySync(), a.v.arraySync());
      assert.notDeepEqual(make().Wq.arraySync(), make().Wq.arraySync());
      assert.ok(a.Wq.abs().max().dataSync()[0] <= Math.sqrt(6 / 8));
      assertClose(a.b as tf.Tensor, [0, 0, 0, 0], 0);
    });
  });
});
