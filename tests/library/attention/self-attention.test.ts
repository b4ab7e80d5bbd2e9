import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AddSinusoidalPositions,
  multiHeadSelfAttention,
  MultiHeadSelfAttention,
  MultiHeadWeights,
  sinusoidalPositions,
} from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import { assertClose, assertGradients, assertNoLeak, onBackends, randomTensor, roundTrip } from './checks';

const [BATCH, TIME, WIDTH, HEADS] = [3, 4, 6, 2];
const MASK = [
  [1, 1, 1, 1],
  [1, 1, 0, 0],
  [0, 0, 0, 0],
];
const WEIGHT_NAMES = ['Wq', 'Wk', 'Wv', 'Wo'] as const;

const sequenceOf = () => randomTensor([BATCH, TIME, WIDTH], 1) as tf.Tensor3D;
const weightsOf = () =>
  Object.fromEntries(
    WEIGHT_NAMES.map((name, i) => [name, randomTensor([WIDTH, WIDTH], 2 + i)]),
  ) as unknown as MultiHeadWeights;

type Matrix = number[][];
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, value, i) => sum + value * b[i][j], 0)));

/** One head after the other, one position after the other. */
function byHand(sequence: number[][][], weights: Record<string, Matrix>, mask: Matrix, causal: boolean) {
  const size = WIDTH / HEADS;
  const everyHead: number[][][][] = [];
  const output = sequence.map((x, example) => {
    const [q, k, v] = ['Wq', 'Wk', 'Wv'].map((name) => product(x, weights[name]));
    const context = x.map(() => Array<number>(WIDTH).fill(0));
    everyHead[example] = Array.from({ length: HEADS }, (_, head) =>
      x.map((_row, t) => {
        const features = Array.from({ length: size }, (_f, i) => head * size + i);
        const exps = x.map((_col, s) => {
          if (!mask[example][s] || (causal && s > t)) return 0;
          return Math.exp(features.reduce((sum, f) => sum + q[t][f] * k[s][f], 0) / Math.sqrt(size));
        });
        const total = exps.reduce((sum, value) => sum + value, 0);
        const row = exps.map((value) => (total > 0 ? value / total : 0));
        for (const f of features) context[t][f] = row.reduce((sum, weight, s) => sum + weight * v[s][f], 0);
        return row;
      }),
    );
    return product(context, weights.Wo).map((row, t) => row.map((value) => value * mask[example][t]));
  });
  return { output, weights: everyHead };
}

onBackends((backend) => {
  describe(`multi-head self-attention on ${backend}`, () => {
    for (const causal of [false, true]) {
      test(`equals plain loops${causal ? ', causal' : ''}`, () => {
        const [sequence, weights, mask] = [sequenceOf(), weightsOf(), tf.tensor2d(MASK)];
        const numbers = Object.fromEntries(WEIGHT_NAMES.map((name) => [name, weights[name].arraySync()]));
        const expected = byHand(sequence.arraySync(), numbers, MASK, causal);
        const result = multiHeadSelfAttention(sequence, weights, { heads: HEADS, mask, causal });
        assertClose(result.weights, expected.weights);
        assertClose(result.output, expected.output);
      });
    }

    test('gradients equal numeric ones', () => {
      const { Wq, Wk, Wv, Wo } = weightsOf();
      const small = (x: tf.Tensor) => x.mul(0.3);
      const mask = tf.tensor2d(MASK);
      assertGradients(
        (x, q, k, v, o) => {
          const weights = { Wq: q, Wk: k, Wv: v, Wo: o } as unknown as MultiHeadWeights;
          return multiHeadSelfAttention(x as tf.Tensor3D, weights, { heads: HEADS, mask, causal: true }).output;
        },
        [sequenceOf(), small(Wq), small(Wk), small(Wv), small(Wo)],
      );
    });

    test('what comes later cannot be seen when causal, and can be otherwise', () => {
      const sequence = sequenceOf();
      const changed = tf.concat([tf.slice(sequence, [0, 0, 0], [-1, 3, -1]), tf.ones([BATCH, 1, WIDTH])], 1);
      const run = (x: tf.Tensor, causal: boolean) =>
        tf.slice(
          multiHeadSelfAttention(x as tf.Tensor3D, weightsOf(), { heads: HEADS, causal }).output,
          [0, 0, 0],
          [-1, 3, -1],
        );
      assertClose(run(changed, true), run(sequence, true), 0);
      assert.notDeepEqual(run(changed, false).arraySync(), run(sequence, false).arraySync());
    });

    test('the layer in a model: position vectors, mask passed through, trained, saved and loaded', async () => {
      const model = tf.sequential();
      model.add(tf.layers.embedding({ inputDim: 7, outputDim: WIDTH, maskZero: true, inputLength: TIME }));
      model.add(new AddSinusoidalPositions());
      model.add(new MultiHeadSelfAttention({ heads: HEADS, causal: true, seed: 0 }));
      const tokens = tf.tensor2d([[1, 2, 0, 0]]);
      const output = model.predict(tokens) as tf.Tensor3D;
      assertClose(output.arraySync()[0].slice(2), [Array(WIDTH).fill(0), Array(WIDTH).fill(0)], 0);
      assert.ok(output.arraySync()[0][1].some((value) => value !== 0));
      await roundTrip(model, tokens);
      assertNoLeak(() => model.predict(tokens) as tf.Tensor);
      const layer = model.layers[2];
      const before = layer.getWeights().map((weight) => weight.arraySync());
      model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
      await model.fit(tokens, tf.ones([1, TIME, WIDTH]), { epochs: 1, verbose: 0 });
      layer.getWeights().forEach((weight, i) => assert.notDeepEqual(weight.arraySync(), before[i]));
    });

    test('leaves no tensor behind', () => {
      const [sequence, weights, mask] = [sequenceOf(), weightsOf(), tf.tensor2d(MASK)];
      assertNoLeak(() => multiHeadSelfAttention(sequence, weights, { heads: HEADS, mask, causal: true }));
      assertNoLeak(() => sinusoidalPositions(3, 4));
    });
  });
});

describe('sinusoidal positions', () => {
  test('are sines and cosines of waves that grow longer', () => {
    const positions = sinusoidalPositions(50, 5).arraySync();
    assertClose(positions[0], [0, 1, 0, 1, 0], 0);
    assertClose(
      positions[7],
      [Math.sin(7), Math.cos(7), Math.sin(7 / 10000 ** 0.4), Math.cos(7 / 10000 ** 0.4), Math.sin(7 / 10000 ** 0.8)],
      1e-6,
    );
  });

  test('a fixed distance has a fixed product, wherever it lies', () => {
    const positions = sinusoidalPositions(40, 8).arraySync();
    const product = (a: number, b: number) => positions[a].reduce((sum, value, i) => sum + value * positions[b][i], 0);
    for (let place = 0; place < 35; place++) assertClose(product(place, place + 4), product(0, 4), 1e-5);
  });
});

describe('self-attention, bad input', () => {
  const cases: [string, () => void, RegExp][] = [
    [
      'heads that do not divide',
      () => multiHeadSelfAttention(sequenceOf(), weightsOf(), { heads: 4 }),
      /heads must divide the width 6, got 4/,
    ],
    ['no heads', () => new MultiHeadSelfAttention({ heads: 0 }), /heads must be a positive whole number, got 0/],
    [
      'a weight of another width',
      () => multiHeadSelfAttention(sequenceOf(), { ...weightsOf(), Wv: tf.zeros([6, 5]) }, { heads: 2 }),
      /Wv must have shape \[6, 6\], got \[6, 5\]/,
    ],
    [
      'a mask of another length',
      () => multiHeadSelfAttention(sequenceOf(), weightsOf(), { heads: 2, mask: tf.ones([3, 5]) }),
      /mask must have shape \[3, 4\], got \[3, 5\]/,
    ],
    [
      'two sequences',
      () => new MultiHeadSelfAttention({ heads: 2 }).apply([sequenceOf(), sequenceOf()]),
      /MultiHeadSelfAttention must be applied to one sequence, or to \[sequence, mask\], got 2 sequences/,
    ],
    ['no length', () => sinusoidalPositions(0, 4), /length must be a positive whole number, got 0/],
  ];
  for (const [name, run, message] of cases) test(name, () => assert.throws(run, { message }));
});
