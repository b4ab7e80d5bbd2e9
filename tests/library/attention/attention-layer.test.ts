import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AddSinusoidalPositions,
  align,
  Alignment,
  Attention,
  AttentionPooling,
  MultiHeadSelfAttention,
  PaddingMask,
  readValues,
  score,
  SCORE_KINDS,
} from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import { assertClose, assertNoLeak, onBackends, randomTensor, roundTrip } from './checks';
import { ALIGNMENTS, nameOf } from './variants';

const [BATCH, QUERIES, KEYS, WIDTH] = [2, 3, 5, 4];
const TOKENS = [
  [1, 2, 3, 4, 5],
  [3, 2, 1, 0, 0],
];

const sequences = () => ({
  query: randomTensor([BATCH, QUERIES, WIDTH], 1) as tf.Tensor3D,
  value: randomTensor([BATCH, KEYS, WIDTH], 2) as tf.Tensor3D,
  key: randomTensor([BATCH, KEYS, WIDTH], 3) as tf.Tensor3D,
  mask: tf.tensor2d(TOKENS).notEqual(0).cast('float32') as tf.Tensor2D,
});

/** A model from tokens and queries to contexts, the mask given as an input. */
function sourceModel(layer: Attention): tf.LayersModel {
  const tokens = tf.input({ shape: [KEYS] });
  const query = tf.input({ shape: [QUERIES, WIDTH] });
  const embedding = tf.layers.embedding({ inputDim: 6, outputDim: WIDTH, maskZero: true });
  const value = embedding.apply(tokens) as tf.SymbolicTensor;
  const mask = new PaddingMask().apply(tokens) as tf.SymbolicTensor;
  return tf.model({
    inputs: [query, tokens],
    outputs: layer.apply([query, value, mask]) as tf.SymbolicTensor,
  });
}

onBackends((backend) => {
  describe(`Attention layer on ${backend}`, () => {
    test('is score, align, read, with its own weights', () => {
      const { query, value, key, mask } = sequences();
      const layer = new Attention({ score: 'additive', units: 3, seed: 0, returnWeights: true });
      const [context, weights] = layer.apply([query, value, key, mask]) as tf.Tensor3D[];
      const [Wq, Wk, v, b] = layer.getWeights() as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
      const expected = align({ kind: 'soft' }, score('additive', query, key, { Wq, Wk, v, b }), { mask });
      assertClose(weights, expected);
      assertClose(context, readValues(expected, value));
      assert.notDeepEqual(Wq.arraySync(), Wk.arraySync(), 'one seed must not make equal matrices');
    });

    test('without a key, the value is the key', () => {
      const { query, value, mask } = sequences();
      const layer = new Attention({ score: 'general', seed: 0 });
      assertClose(
        layer.apply([query, value, mask]) as tf.Tensor,
        layer.apply([query, value, value, mask]) as tf.Tensor,
      );
    });

    test('the mask as input, as a list of masks, bool or float: all the same, and not the same as none', () => {
      const { query, value, mask } = sequences();
      const layer = new Attention({ seed: 0 });
      const asInput = layer.apply([query, value, mask]) as tf.Tensor;
      const asList = layer.apply([query, value], { mask: [null, mask] as unknown as tf.Tensor[] }) as tf.Tensor;
      const asBool = layer.apply([query, value, mask.cast('bool')]) as tf.Tensor;
      assertClose(asList, asInput, 0);
      assertClose(asBool, asInput, 0);
      assert.notDeepEqual((layer.apply([query, value]) as tf.Tensor).arraySync(), asInput.arraySync());
    });

    test('a padded query reads zeros, and its mask goes on', () => {
      const { query, value, mask } = sequences();
      const layer = new Attention({ seed: 0 });
      const queryMask = tf.tensor2d([
        [1, 1, 1],
        [1, 0, 0],
      ]);
      const context = layer.apply([query, value], { mask: [queryMask, mask] }) as tf.Tensor3D;
      const rows = context.arraySync()[1];
      assertClose(rows.slice(1), [Array(WIDTH).fill(0), Array(WIDTH).fill(0)], 0);
      assert.ok(rows[0].some((value) => value !== 0));
      assert.equal(layer.computeMask([query, value], [queryMask, mask]), queryMask);
    });

    for (const variant of ALIGNMENTS) {
      const { decision, ...alignment } = variant;
      if (decision) continue;
      test(`${nameOf(variant)}: works in tf.model, trains, saves and loads, leaks nothing`, async () => {
        const layer = new Attention({ score: 'general', alignment: alignment as Alignment, seed: 0 });
        const model = sourceModel(layer);
        const inputs = [sequences().query, tf.tensor2d(TOKENS)];
        await roundTrip(model, inputs);
        assertNoLeak(() => model.predict(inputs) as tf.Tensor);
        model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.1) });
        const before = layer.getWeights().map((weight) => weight.arraySync());
        await model.fit(inputs, tf.zeros([BATCH, QUERIES, WIDTH]), { epochs: 2, verbose: 0 });
        const moved = layer.getWeights().map((weight, i) => !equal(weight.arraySync(), before[i]));
        // A hard choice has no slope, so its score cannot learn this way.
        assert.deepEqual(
          moved,
          moved.map(() => variant.kind !== 'hard'),
        );
      });
    }

    for (const kind of SCORE_KINDS) {
      test(`score ${kind}: works in tf.model, saves and loads`, async () => {
        const model = sourceModel(new Attention({ score: kind, maximumKeys: KEYS + 1, seed: 0 }));
        await roundTrip(model, [sequences().query, tf.tensor2d(TOKENS)]);
      });
    }

    test('a config makes an equal layer', () => {
      const layer = new Attention({
        score: 'concat',
        alignment: { kind: 'localPredictive', radius: 2 },
        units: 3,
        seed: 4,
        returnWeights: true,
      });
      const config = layer.getConfig();
      const again = new Attention(config as ConstructorParameters<typeof Attention>[0]);
      assert.deepEqual(again.getConfig(), config);
    });

    test('draws anew at every training step, and the same again from the same seed', () => {
      const { query, value } = sequences();
      const draws = () => {
        const layer = new Attention({ score: 'dot', alignment: { kind: 'gumbel', temperature: 1 }, seed: 0 });
        return [0, 1].map(() => (layer.apply([query, value], { training: true }) as tf.Tensor).arraySync());
      };
      const first = draws();
      assert.notDeepEqual(first[0], first[1]);
      assert.deepEqual(draws(), first);
    });

    test('decides outside training, or not, as it was told', () => {
      const { query, value } = sequences();
      const weightsOf = (decideAtInference: boolean, training: boolean) => {
        const args = { score: 'dot', alignment: 'monotonic', returnWeights: true, decideAtInference } as const;
        return (new Attention(args).apply([query, value], { training }) as tf.Tensor[])[1].dataSync();
      };
      const isHard = (weights: ArrayLike<number>) =>
        Array.from(weights).every((weight) => weight === 0 || weight === 1);
      assert.ok(isHard(weightsOf(true, false)));
      assert.ok(!isHard(weightsOf(true, true)));
      assert.ok(!isHard(weightsOf(false, false)));
    });

    test('a mask that tf.layers would lose stops the model instead of being ignored', () => {
      const tokens = tf.input({ shape: [KEYS] });
      const query = tf.input({ shape: [QUERIES, WIDTH] });
      const embedding = tf.layers.embedding({ inputDim: 6, outputDim: WIDTH, maskZero: true });
      const value = embedding.apply(tokens) as tf.SymbolicTensor;
      const context = new Attention({ name: 'reader' }).apply([query, value]) as tf.SymbolicTensor;
      const model = tf.model({ inputs: [query, tokens], outputs: context });
      assert.throws(() => model.predict([sequences().query, tf.tensor2d(TOKENS)]), {
        message: /reader did not receive the mask of its input 1.*Give the mask as last input/,
      });
    });

    test('self-attention on one masked sequence needs no extra input', () => {
      const tokens = tf.input({ shape: [KEYS] });
      const embedding = tf.layers.embedding({ inputDim: 6, outputDim: WIDTH, maskZero: true });
      const sequence = embedding.apply(tokens) as tf.SymbolicTensor;
      const layer = new Attention({ score: 'scaledDot' });
      const model = tf.model({ inputs: tokens, outputs: layer.apply([sequence, sequence]) as tf.SymbolicTensor });
      const x = embedding.apply(tf.tensor2d(TOKENS)) as tf.Tensor3D;
      const mask = tf.tensor2d(TOKENS).notEqual(0).cast('float32') as tf.Tensor2D;
      const weights = align({ kind: 'soft' }, score('scaledDot', x, x, {}), { mask });
      const expected = readValues(weights, x).mul(mask.expandDims(-1));
      assertClose(model.predict(tf.tensor2d(TOKENS)) as tf.Tensor, expected);
    });
  });
});

test('an alignment with a parameter left undefined is saved and loaded as if it were left out', async () => {
  const layer = new Attention({ alignment: { kind: 'monotonic', bias: undefined, seed: undefined }, seed: 3 });
  const { query } = sequences();
  await roundTrip(sourceModel(layer), [query, tf.tensor2d(TOKENS)]);
});

describe('Attention layer, bad input', () => {
  const { query, value } = sequences();
  const cases: [string, () => void, RegExp][] = [
    ['an unknown score', () => new Attention({ score: 'cosine' as 'dot' }), /score must be one of dot.*got 'cosine'/],
    [
      'an unknown alignment',
      () => new Attention({ alignment: 'global' as 'soft' }),
      /alignment must be a record whose kind is one of soft.*got {"kind":"global"}/,
    ],
    [
      'a negative radius',
      () => new Attention({ alignment: { kind: 'localMonotonic', radius: -1 } }),
      /radius must be >= 0, got -1/,
    ],
    ['units of 1.5', () => new Attention({ units: 1.5 }), /units must be a positive whole number, got 1.5/],
    ['one input', () => new Attention().apply([query]), /applied to \[query, value\]/],
    [
      'a dot score of two widths',
      () => new Attention({ score: 'dot' }).apply([query, tf.zeros([BATCH, KEYS, WIDTH + 1])]),
      /score 'dot' needs queries and keys of one width, got 4 and 5: use 'general'/,
    ],
    [
      'a value of another batch',
      () => new Attention().apply([query, tf.zeros([BATCH + 1, KEYS, WIDTH])]),
      /value must have shape \[2, any, any\], got \[3, 5, 4\]/,
    ],
    [
      'a mask of another length',
      () => new Attention().apply([query, value, tf.ones([BATCH, KEYS - 1])]),
      /mask of the value must have shape \[2, 5\], got \[2, 4\]/,
    ],
  ];
  for (const [name, run, message] of cases) test(name, () => assert.throws(run, { message }));
});

function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

test('a layer refuses an argument that it does not know, and an input of another rank, by name', () => {
  const make = {
    Attention: (args: object) => new Attention(args),
    AttentionPooling: (args: object) => new AttentionPooling(args),
    MultiHeadSelfAttention: (args: object) => new MultiHeadSelfAttention({ heads: 1, ...args }),
    AddSinusoidalPositions: (args: object) => new AddSinusoidalPositions(args),
    PaddingMask: (args: object) => new PaddingMask(args),
  };
  for (const [name, layer] of Object.entries(make)) {
    const message = new RegExp(`^${name} does not know the argument casual; its arguments are .*those of every layer$`);
    assert.throws(() => layer({ casual: true }), { name: 'RangeError', message });
    layer({ name: `own${name}`, trainable: false, inputShape: [2, 3], dtype: 'float32' });
    if (name === 'PaddingMask') continue;
    const input = tf.ones([2, 3]);
    assert.throws(() => layer({}).apply(name === 'Attention' ? [input, input] : input), {
      name: 'ShapeError',
      message: /rank 3/,
    });
  }
});
