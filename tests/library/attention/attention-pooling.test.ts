import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { attentionPooling, AttentionPooling } from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import { assertClose, assertGradients, assertNoLeak, onBackends, randomTensor, roundTrip } from './checks';

const BATCH = 3;
const TIME = 5;
const WIDTH = 4;
const UNITS = 2;

function example() {
  return {
    values: randomTensor([BATCH, TIME, WIDTH], 1) as tf.Tensor3D,
    Wk: randomTensor([WIDTH, UNITS], 2) as tf.Tensor2D,
    b: randomTensor([UNITS], 3) as tf.Tensor1D,
    v: randomTensor([UNITS], 4) as tf.Tensor1D,
    mask: tf.tensor2d([
      [1, 1, 1, 1, 1],
      [1, 1, 1, 0, 0],
      [0, 0, 0, 0, 0],
    ]),
  };
}

/** The same by plain loops over numbers. */
function byHand({ values, Wk, b, v, mask }: ReturnType<typeof example>) {
  const x = values.arraySync();
  const [W, bias, context, real] = [Wk.arraySync(), b.arraySync(), v.arraySync(), mask.arraySync()];
  const weights = x.map((steps, row) => {
    const scores = steps.map((step) =>
      context.reduce(
        (sum, c, unit) => sum + c * Math.tanh(bias[unit] + step.reduce((z, value, i) => z + value * W[i][unit], 0)),
        0,
      ),
    );
    const exps = scores.map((score, s) => (real[row][s] ? Math.exp(score) : 0));
    const total = exps.reduce((sum, value) => sum + value, 0);
    return exps.map((value) => (total > 0 ? value / total : 0));
  });
  const pooled = x.map((steps, row) =>
    steps[0].map((_, i) => steps.reduce((sum, step, s) => sum + weights[row][s] * step[i], 0)),
  );
  return { pooled, weights };
}

onBackends((backend) => {
  describe(`attention pooling on ${backend}`, () => {
    test('equals the formula computed by hand, with padding and an empty row', () => {
      const inputs = example();
      const expected = byHand(inputs);
      const { pooled, weights } = attentionPooling(inputs.values, inputs, { mask: inputs.mask });
      assertClose(weights, expected.weights);
      assertClose(pooled, expected.pooled);
      assert.deepEqual(pooled.shape, [BATCH, WIDTH]);
    });

    test('gradients of values and weights equal numeric ones', () => {
      const { values, Wk, b, v, mask } = example();
      assertGradients(
        (x, W, bias, context) =>
          attentionPooling(
            x as tf.Tensor3D,
            { Wk: W as tf.Tensor2D, b: bias as tf.Tensor1D, v: context as tf.Tensor1D },
            { mask },
          ).pooled,
        [values, Wk, b, v],
      );
    });

    test('the layer gives the numbers of the pure function, from the mask of an embedding', () => {
      const tokens = tf.tensor2d(
        [
          [3, 1, 2, 0, 0],
          [1, 2, 3, 4, 5],
        ],
        undefined,
        'int32',
      );
      const embedding = tf.layers.embedding({ inputDim: 6, outputDim: WIDTH, maskZero: true, inputLength: TIME });
      const layer = new AttentionPooling({ units: UNITS, returnWeights: true, seed: 0 });
      const input = tf.input({ shape: [TIME] });
      const model = tf.model({
        inputs: input,
        outputs: layer.apply(embedding.apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor[],
      });
      const [pooled, weights] = model.predict(tokens) as tf.Tensor[];
      const [Wk, b, v] = layer.getWeights() as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
      const values = embedding.apply(tokens) as tf.Tensor3D;
      const expected = attentionPooling(values, { Wk, b, v }, { mask: tf.notEqual(tokens, 0) as tf.Tensor2D });
      assertClose(pooled, expected.pooled);
      assertClose(weights, expected.weights);
      assert.deepEqual((weights.arraySync() as number[][])[0].slice(3), [0, 0], 'padding gets no weight');
    });

    test('a mask given as second input, as keyword and by the embedding are the same', () => {
      const { values, mask } = example();
      const layer = new AttentionPooling({ seed: 1 });
      const asInput = layer.apply([values, mask]) as tf.Tensor;
      const asKeyword = layer.apply(values, { mask }) as tf.Tensor;
      assertClose(asInput, asKeyword);
      assert.notDeepEqual(asInput.arraySync(), (layer.apply(values) as tf.Tensor).arraySync());
    });

    test('refuses the mask of another layer, which tf.layers passes on when the input has none', () => {
      const tokens = tf.input({ shape: [TIME] });
      const other = tf.input({ shape: [TIME, WIDTH] });
      const masked = tf.layers.embedding({ inputDim: 6, outputDim: WIDTH, maskZero: true }).apply(tokens);
      const first = new AttentionPooling().apply(masked) as tf.SymbolicTensor;
      const second = new AttentionPooling({ name: 'second' }).apply(other) as tf.SymbolicTensor;
      const model = tf.model({
        inputs: [tokens, other],
        outputs: tf.layers.concatenate().apply([second, first]) as tf.SymbolicTensor,
      });
      assert.throws(() => model.predict([tf.tensor2d([[1, 2, 0, 0, 0]]), tf.ones([1, TIME, WIDTH])]), {
        message: /second received the mask of another layer/,
      });
    });

    test('units default to the width of the values; a seed, 0 included, reproduces; other seeds differ', () => {
      const { values } = example();
      const weightsOf = (seed: number) => {
        const layer = new AttentionPooling({ seed });
        layer.apply(values);
        return layer.getWeights().map((weight) => weight.arraySync());
      };
      assert.deepEqual((weightsOf(0)[0] as number[][]).length, WIDTH);
      assert.deepEqual((weightsOf(0)[0] as number[][])[0].length, WIDTH);
      assert.deepEqual(weightsOf(0), weightsOf(0));
      assert.notDeepEqual(weightsOf(0), weightsOf(1));
    });

    test('saves and loads with its weights', async () => {
      const model = tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 6, outputDim: WIDTH, maskZero: true, inputLength: TIME }),
          new AttentionPooling({ units: 3, seed: 5 }),
          tf.layers.dense({ units: 2 }),
        ],
      });
      await roundTrip(model, tf.tensor2d([[1, 2, 3, 0, 0]]));
    });

    test('learns: a model with it lowers its loss and every weight moves', async () => {
      const layer = new AttentionPooling({ seed: 5 });
      const model = tf.sequential({ layers: [] });
      model.add(tf.layers.embedding({ inputDim: 6, outputDim: WIDTH, maskZero: true, inputLength: TIME }));
      model.add(layer);
      model.add(tf.layers.dense({ units: 2, activation: 'softmax' }));
      model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: tf.train.adam(0.05) });
      const before = layer.getWeights().map((weight) => weight.arraySync());
      const tokens = tf.tensor2d([
        [1, 2, 3, 0, 0],
        [4, 2, 3, 5, 0],
      ]);
      const { history } = await model.fit(tokens, tf.tensor1d([0, 1]), { epochs: 15, verbose: 0 });
      assert.ok((history.loss[14] as number) < (history.loss[0] as number) / 2, `loss ${history.loss.join(' ')}`);
      layer.getWeights().forEach((weight, i) => assert.notDeepEqual(weight.arraySync(), before[i]));
    });

    test('for any shape and mask: padding of any content and length changes nothing, nor does the rest of the batch', () => {
      const masks = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 })).chain(([batch, time]) =>
        fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: time, maxLength: time }), {
          minLength: batch,
          maxLength: batch,
        }),
      );
      fc.assert(
        fc.property(masks, fc.nat(), (rows, seed) => {
          const [batch, time] = [rows.length, rows[0].length];
          const values = randomTensor([batch, time, WIDTH], seed) as tf.Tensor3D;
          const weights = example();
          const { pooled, weights: shares } = attentionPooling(values, weights, { mask: tf.tensor2d(rows) });
          rows.forEach((row, b) => {
            const own = (shares.arraySync() as number[][])[b];
            assert.ok(
              own.every((share, s) => (row[s] ? share > 0 : share === 0)),
              own.join(' '),
            );
            const sum = own.reduce((total, share) => total + share, 0);
            assert.ok(Math.abs(sum - (row.includes(1) ? 1 : 0)) < 1e-5, `sum ${sum}`);
          });
          const longerMask = tf.tensor2d(rows.map((row) => [...row, 0]));
          const longer = tf.concat([values, tf.zeros([batch, 1, WIDTH])], 1);
          const wild = tf.where(longerMask.expandDims(2).cast('bool'), longer, 1e9) as tf.Tensor3D;
          assertClose(attentionPooling(wild, weights, { mask: longerMask }).pooled, pooled);
          for (let b = 0; b < batch; b++) {
            const alone = attentionPooling(tf.slice(values, b, 1), weights, { mask: tf.tensor2d([rows[b]]) });
            assertClose(alone.pooled, tf.slice(pooled, b, 1));
          }
        }),
        { numRuns: 25, seed: 1 },
      );
    });

    test('scores of +-1e4 are no trouble', () => {
      const { values, Wk, b, mask } = example();
      const v = tf.tensor1d([1e4, -1e4]);
      const loss = (x: tf.Tensor) => attentionPooling(x as tf.Tensor3D, { Wk, b, v }, { mask }).pooled.sum();
      const { value, grads } = tf.valueAndGrads(loss)([values]);
      for (const tensor of [value, ...grads]) assert.ok(tensor.dataSync().every(Number.isFinite));
    });

    test('without a context vector: one linear score a step, kept through saving', async () => {
      const { values, mask } = example();
      const layer = new AttentionPooling({ contextVector: false, seed: 0 });
      const pooled = layer.apply([values, mask]) as tf.Tensor;
      const [Wk, b, ...rest] = layer.getWeights() as [tf.Tensor2D, tf.Tensor1D];
      assert.deepEqual([Wk.shape, b.shape, rest.length], [[WIDTH, 1], [1], 0]);
      assertClose(pooled, attentionPooling(values, { Wk, b }, { mask }).pooled, 0);
      const model = tf.sequential();
      model.add(new AttentionPooling({ contextVector: false, inputShape: [TIME, WIDTH] }));
      await roundTrip(model, values);
    });

    test('leaves no tensor behind', () => {
      const inputs = example();
      const layer = new AttentionPooling({ returnWeights: true });
      layer.apply(inputs.values);
      assertNoLeak(() => attentionPooling(inputs.values, inputs, { mask: inputs.mask }));
      assertNoLeak(() => layer.apply(inputs.values, { mask: inputs.mask }) as tf.Tensor[]);
    });
  });
});

describe('attention pooling, bad input', () => {
  const { values, Wk, b, v, mask } = example();
  const cases: [string, () => void, RegExp][] = [
    ['values of rank 2', () => attentionPooling(Wk as unknown as tf.Tensor3D, { Wk, b, v }), /values must have rank 3/],
    ['a Wk for other values', () => attentionPooling(values, { Wk: tf.zeros([5, 2]), b, v }), /Wk must have shape \[4/],
    ['a bias of another width', () => attentionPooling(values, { Wk, b: tf.zeros([3]), v }), /b must have shape \[2\]/],
    ['a v of another width', () => attentionPooling(values, { Wk, b, v: tf.zeros([3]) }), /v must have shape \[2\]/],
    [
      'a mask of another length',
      () => attentionPooling(values, { Wk, b, v }, { mask: tf.ones([3, 4]) }),
      /mask must have shape \[3, 5\], got \[3, 4\]/,
    ],
    [
      'a penalty mask',
      () => attentionPooling(values, { Wk, b, v }, { mask: mask.mul<tf.Tensor2D>(-1e9) }),
      /mask must hold only 1 \(real position\) and 0 \(padding\), got -1000000000/,
    ],
    [
      'a mask of rank 3',
      () => new AttentionPooling().apply([values, mask.expandDims(2)]),
      /AttentionPooling must be applied to one sequence, or to \[sequence, mask\], got 2 sequences/,
    ],
    ['no units', () => new AttentionPooling({ units: 0 }), /units must be a positive whole number, got 0/],
    ['units without v', () => new AttentionPooling({ units: 2, contextVector: false }), /units must be 1 or left out/],
  ];
  for (const [name, run, message] of cases) test(name, () => assert.throws(run, { message }));
});
