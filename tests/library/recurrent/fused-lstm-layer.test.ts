import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bidirectional, fuse, FusedLSTM, FusedLSTMArgs, LstmWeights } from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { closeTo, onBackend, random } from '../close-to';
import { recordNativeCalls } from '../native-calls';
import { ANY_MASK, rightPadding } from './lstm-problem';

/** `tf.layers.lstm` of the same function, with weights other than zero everywhere. */
function reference(args: FusedLSTMArgs) {
  return tf.layers.lstm({
    recurrentActivation: 'sigmoid',
    recurrentInitializer: 'glorotNormal',
    biasInitializer: 'randomNormal',
    ...args,
  });
}

const PADDED_TOKENS = [
  [3, 1, 4, 1, 5, 9, 2],
  [6, 5, 3, 0, 0, 0, 0],
  [8, 9, 7, 9, 3, 0, 0],
];

/** Embedding, two LSTM layers, output: with `maskZero`, token 0 is padding. */
function taggingModel(
  make: (args: FusedLSTMArgs) => tf.layers.Layer,
  { maskZero = true, wrap = true }: { maskZero?: boolean; wrap?: boolean } = {},
): tf.Sequential {
  const inner = make({ units: 5, returnSequences: true }) as tf.RNN;
  return tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 7, maskZero }),
      wrap ? tf.layers.bidirectional({ layer: inner, mergeMode: 'concat' }) : inner,
      make({ units: 3 }),
      tf.layers.dense({ units: 1 }),
    ],
  });
}

for (const backend of ['tensorflow', 'cpu', 'wasm']) {
  describe(`FusedLSTM on ${backend}`, () => {
    onBackend(backend);

    test('equals tf.layers.lstm, weights exchanged both ways', () => {
      const x = random([6, 7, 4], 1) as tf.Tensor3D;
      for (const args of [
        { units: 5 },
        { units: 5, returnSequences: true },
        { units: 5, goBackwards: true, returnSequences: true },
        { units: 5, goBackwards: true, returnState: true },
      ]) {
        for (const mask of [undefined, tf.tensor2d(ANY_MASK), tf.tensor2d(ANY_MASK, undefined, 'bool')]) {
          const theirs = reference(args);
          const mine = new FusedLSTM(args);
          for (const [from, to] of [
            [theirs, mine],
            [mine, theirs],
          ]) {
            from.apply(x);
            to.apply(x);
            to.setWeights(from.getWeights());
            const expected = [theirs.call(x, { mask })].flat();
            const actual = [mine.call(x, { mask })].flat();
            assert.equal(actual.length, expected.length);
            actual.forEach((tensor, index) => closeTo(tensor, expected[index], 1e-5, JSON.stringify(args)));
          }
        }
      }
    });

    test('takes an initial state, also as inputs of a functional model', () => {
      const [x, h, c] = [random([2, 3, 4], 1), random([2, 5], 2), random([2, 5], 3)];
      const inputs = [tf.input({ shape: [3, 4] }), tf.input({ shape: [5] }), tf.input({ shape: [5] })];
      const build = (layer: tf.layers.Layer) =>
        tf.model({ inputs, outputs: layer.apply(inputs[0], { initialState: inputs.slice(1) }) as tf.SymbolicTensor[] });
      const args = { units: 5, returnSequences: true, returnState: true };
      const theirs = build(reference(args));
      const mine = build(new FusedLSTM(args));
      mine.setWeights(theirs.getWeights());
      const expected = theirs.predict([x, h, c]) as tf.Tensor[];
      const actual = mine.predict([x, h, c]) as tf.Tensor[];
      assert.equal(actual.length, 3);
      actual.forEach((tensor, index) => closeTo(tensor, expected[index], 1e-5));
      const other = mine.predict([x, tf.zeros([2, 5]), c]) as tf.Tensor[];
      assert.ok(tf.max(tf.abs(tf.sub(other[0], actual[0]))).dataSync()[0] > 0.01, 'the initial state has no effect');
    });

    test('within tf.layers.bidirectional each example is reversed within its own length', () => {
      const model = taggingModel((args) => new FusedLSTM({ biasInitializer: 'randomNormal', ...args }));
      const tokens = tf.tensor2d(PADDED_TOKENS, undefined, 'int32');
      const mask = rightPadding([7, 3, 5], 7);
      const embedded = model.layers[0].apply(tokens) as tf.Tensor3D;
      const [fk, fr, fb, bk, br, bb] = model.layers[1].getWeights();
      const forward = { kernel: fk, recurrentKernel: fr, bias: fb } as LstmWeights;
      const backward = { kernel: bk, recurrentKernel: br, bias: bb } as LstmWeights;
      const expected = bidirectional(embedded, forward, backward, { mask }).outputs;
      const halves = tf.model({ inputs: model.inputs, outputs: model.layers[1].output as tf.SymbolicTensor });
      closeTo(halves.predict(tokens) as tf.Tensor, expected, 1e-5);
    });

    test('training with masks gives the same losses as tf.layers.lstm', async () => {
      const theirs = taggingModel(reference);
      const mine = taggingModel((args) => new FusedLSTM(args));
      mine.setWeights(theirs.getWeights());
      const tokens = tf.tensor2d(PADDED_TOKENS, undefined, 'int32');
      const target = tf.tensor2d([[1], [-1], [0.5]]);
      for (const model of [theirs, mine]) model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      for (let step = 0; step < 5; step++) {
        const expected = (await theirs.trainOnBatch(tokens, target)) as number;
        closeTo((await mine.trainOnBatch(tokens, target)) as number, expected, 1e-5, `loss of step ${step}`);
      }
    });

    test('a model with it is saved and loaded', async () => {
      const model = taggingModel((args) => new FusedLSTM(args));
      const tokens = tf.tensor2d(PADDED_TOKENS, undefined, 'int32');
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler(async (artifacts) => {
          saved = artifacts;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        }),
      );
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(JSON.parse(JSON.stringify(saved)) && saved!));
      assert.equal(loaded.layers[2].getClassName(), 'FusedLSTM');
      closeTo(loaded.predict(tokens) as tf.Tensor, model.predict(tokens) as tf.Tensor, 0);
      assert.equal((loaded.layers[2].getConfig() as { recurrentActivation: string }).recurrentActivation, 'sigmoid');
    });

    test('what the fused form cannot do is computed as tf.layers.lstm does', () => {
      const x = random([2, 3, 4], 1);
      for (const extra of [
        { activation: 'relu' },
        { recurrentActivation: 'hardSigmoid' },
        { useBias: false },
      ] as const) {
        const args = { units: 5, recurrentActivation: 'sigmoid', ...extra } as FusedLSTMArgs;
        const theirs = reference(args);
        const mine = new FusedLSTM(args);
        const expected = theirs.apply(x) as tf.Tensor;
        mine.apply(x);
        mine.setWeights(theirs.getWeights());
        closeTo(mine.apply(x) as tf.Tensor, expected, 1e-6, JSON.stringify(extra));
      }
    });

    test('fuse speeds up what it can and leaves results, weights and other layers as they were', async () => {
      const model = taggingModel(reference);
      const plain = taggingModel(reference);
      plain.setWeights(model.getWeights());
      const outer = tf.sequential({ layers: [model, tf.layers.dense({ units: 1 })] });
      assert.equal(fuse(outer), 3);
      assert.equal(fuse(outer), 0);
      assert.equal(fuse(taggingModel((args) => tf.layers.lstm({ ...args, recurrentInitializer: 'zeros' }))), 0);
      assert.equal(fuse(taggingModel((args) => new FusedLSTM(args))), 0);
      assert.equal(fuse(taggingModel((args) => reference({ ...args, dropout: 0.5 }))), 0);
      const tokens = tf.tensor2d(PADDED_TOKENS, undefined, 'int32');
      closeTo(model.predict(tokens) as tf.Tensor, plain.predict(tokens) as tf.Tensor, 1e-5);
      const target = tf.tensor2d([[1], [-1], [0.5]]);
      for (const each of [model, plain]) each.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      for (let step = 0; step < 3; step++) {
        const expected = (await plain.trainOnBatch(tokens, target)) as number;
        closeTo((await model.trainOnBatch(tokens, target)) as number, expected, 1e-5, `loss of step ${step}`);
      }
    });

    test('leaks no tensor', () => {
      const layer = new FusedLSTM({ units: 3, returnSequences: true });
      const x = random([2, 4, 3], 1);
      tf.dispose(layer.apply(x) as tf.Tensor);
      const start = tf.memory().numTensors;
      tf.dispose(layer.apply(x) as tf.Tensor);
      assert.equal(tf.memory().numTensors, start);
    });
  });
}

test('on the native backend the native LSTM runs', async () => {
  const model = taggingModel(reference);
  const tokens = tf.tensor2d(PADDED_TOKENS, undefined, 'int32');
  fuse(model);
  const { operations } = await recordNativeCalls(() => tf.dispose(model.predict(tokens)));
  assert.equal(operations.filter((name) => name === 'runSavedModel').length, 3);
});
