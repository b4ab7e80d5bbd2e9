import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
    ['no units', () => new AttentionPooling({ units: 0 }), /units must be a positive whole number, got 0/],
    ['units without v', () => new AttentionPooling({ units: 2, contextVector: false }), /units must be 1 or left out/],
  ];
  for (const [name, run, message] of cases) test(name, () => assert.throws(run, { message }));
});
