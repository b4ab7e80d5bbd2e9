/** Empty batches, targets out of range and numbers that are none, for losses and searches. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  agreementSearch,
  batchOfPairs,
  beamSearch,
  buildVocabularies,
  decodeTeacherForced,
  encode,
  exactMarginalLoss,
  greedySearch,
  reinforceLoss,
  sequenceLoss,
  seq2SeqVariables,
  softTargets,
  symbolLogProbabilities,
  teacherForcingLoss,
  translate,
} from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { ALL_BACKENDS, onBackends } from '../attention/checks';
import { ADDITIVE, assertClose, tinyBatch, tinyModel } from './models';

const logits = tf.tensor3d(
  Array.from({ length: 24 }, (_, index) => Math.sin(3 * index)),
  [1, 3, 8],
);
const ids = (values: number[][]) => tf.tensor2d(values, [values.length, values[0]!.length], 'int32');

onBackends((backend) => {
  describe(`losses and searches at their edges on ${backend}`, () => {
    test('a target that is not in the vocabulary is refused, not counted as foreseen', () => {
      for (const wrong of [8, -1]) {
        const targets = ids([[4, wrong, 0]]);
        const error = { name: 'RangeError', message: `targets must hold ids of its vocabulary, 0 to 7, got ${wrong}` };
        assert.throws(() => sequenceLoss(logits, targets), error);
        assert.throws(() => symbolLogProbabilities(logits, targets), error);
      }
      // Padding may be any id, as long as the loss is told which.
      const padded = sequenceLoss(logits, ids([[4, 5, -1]]), { paddingId: -1 });
      assertClose(padded, sequenceLoss(logits, ids([[4, 5, 0]])), 1e-6, 'padding of -1');
      assert.throws(() => sequenceLoss(logits, tf.ones([1, 3])), { name: 'TypeError' });
    });

    test('what the logits say of padding is no matter, NaN and Infinity included', () => {
      const targets = ids([[4, 5, 0]]);
      const soft = tf.softmax(tf.sin(logits));
      for (const options of [{}, { labelSmoothing: 0.1 }, { softTargets: soft }]) {
        const loss = (x: tf.Tensor) => sequenceLoss(x as tf.Tensor3D, targets, options);
        const real = tf.tensor2d([[1, 1, 0]], [1, 3], 'bool').expandDims(2);
        for (const content of [NaN, Infinity, -Infinity]) {
          const wild = tf.where(real, logits, content);
          assertClose(loss(wild), loss(logits), 1e-6, 'loss');
          assertClose(tf.grad(loss)(wild), tf.grad(loss)(logits), 1e-6, 'gradient');
        }
        const nothing = tf.where(real, logits, NaN);
        assert.ok(Number.isNaN(sequenceLoss(nothing, ids([[4, 5, 6]]), options).dataSync()[0]), 'a real NaN is seen');
      }
    });

    test('a symbol that is forbidden by a logit of -Infinity costs nothing where another is the truth', () => {
      const forbidden = tf.where(tf.tensor1d([0, 1, 0, 0, 0, 0, 0, 0]).cast('bool'), -Infinity, logits) as tf.Tensor3D;
      const without = tf.concat([logits.slice([0, 0, 0], [-1, -1, 1]), logits.slice([0, 0, 2])], 2) as tf.Tensor3D;
      const [targets, renamed] = [ids([[4, 5, 2]]), ids([[3, 4, 1]])];
      assertClose(sequenceLoss(forbidden, targets), sequenceLoss(without, renamed), 1e-6, 'loss');
      assertClose(
        symbolLogProbabilities(forbidden, targets),
        symbolLogProbabilities(without, renamed),
        1e-6,
        'symbols',
      );
      for (const loss of [
        (x: tf.Tensor) => sequenceLoss(x as tf.Tensor3D, targets),
        (x: tf.Tensor) => symbolLogProbabilities(x as tf.Tensor3D, targets).sum() as tf.Scalar,
      ]) {
        assert.ok(tf.grad(loss)(forbidden).dataSync().every(Number.isFinite), 'gradient');
      }
    });

    test('a loss over nothing is 0 and has gradients; one symbol alone is certain', () => {
      for (const shape of [
        [0, 3, 8],
        [2, 0, 8],
      ] as [number, number, number][]) {
        // prettier-ignore
        const none = tf.zeros<tf.Rank.R3>(shape);
        const targets = tf.zeros<tf.Rank.R2>([shape[0], shape[1]], 'int32');
        const loss = (x: tf.Tensor) => sequenceLoss(x as tf.Tensor3D, targets);
        assert.equal(loss(none).dataSync()[0], 0);
        assert.deepEqual(tf.grad(loss)(none).shape, shape);
        assert.deepEqual(symbolLogProbabilities(none, targets).shape, targets.shape);
      }
      assert.equal(Math.abs(symbolLogProbabilities(tf.ones([1, 1, 1]), ids([[0]])).dataSync()[0]!), 0);
    });

    test('an empty batch: no result of a search, and an error by name of what computes', () => {
      const model = tinyModel();
      const mirrored = tinyModel({ backwards: true });
      const none = tf.zeros<tf.Rank.R2>([0, 4], 'int32');
      const options = { maximumSteps: 3, beam: 2 };
      assert.deepEqual(greedySearch(model, none, options), []);
      assert.deepEqual(beamSearch(model, none, options), []);
      assert.deepEqual(agreementSearch([model, mirrored], none, options), []);
      const vocabularies = buildVocabularies([{ source: ['a'], target: ['b'] }]);
      const fitting = tinyModel({
        sourceVocabulary: vocabularies.source.size,
        targetVocabulary: vocabularies.target.size,
      });
      assert.deepEqual(translate(fitting, vocabularies, [], options), []);
      assert.throws(() => batchOfPairs([], vocabularies), /^RangeError: pairs must hold at least one pair, got none$/);

      const source = {
        name: 'ShapeError',
        message: /^source must hold at least one example and one position, got shape/,
      };
      const empty = { source: none, mask: tf.zeros<tf.Rank.R2>([0, 4]), targets: none };
      for (const shape of [
        [0, 4],
        [2, 0],
      ] as [number, number][]) {
        // prettier-ignore
        assert.throws(() => encode(model, tf.zeros(shape, 'int32')), source);
      }
      assert.throws(() => greedySearch(model, tf.zeros([2, 0], 'int32'), options), source);
      assert.throws(() => teacherForcingLoss(model, empty), source);
      assert.throws(() => softTargets(model, empty), source);
      assert.throws(() => reinforceLoss(model, empty, { seed: 0 }), source);
      assert.throws(() => exactMarginalLoss(model, empty), source);

      const batch = tinyBatch();
      const noStep = { ...batch, targets: tf.zeros<tf.Rank.R2>([3, 0], 'int32') };
      const targets = { name: 'ShapeError', message: 'targets must hold at least one step, got none' };
      const encoded = encode(model, batch.source, batch.mask);
      for (const form of ['fast', 'stepwise'] as const) {
        assert.throws(() => decodeTeacherForced(model, encoded, noStep.targets, { form }), targets);
      }
      assert.throws(() => exactMarginalLoss(model, noStep), targets);
      assert.throws(() => reinforceLoss(model, noStep, { seed: 0 }), targets);
    });

    test('a search with a model whose numbers are NaN says so in place of writing padding', () => {
      const model = tinyModel();
      model.weights['readout.bias']!.assign(tf.fill(model.weights['readout.bias']!.shape, NaN));
      const { source, mask } = tinyBatch();
      const error = /^Error: the model's logits at step 1 are NaN or infinite, so no symbol is likelier than another/;
      const before = tf.memory().numTensors;
      assert.throws(() => greedySearch(model, source, { mask, maximumSteps: 3 }), error);
      assert.throws(() => beamSearch(model, source, { mask, maximumSteps: 3, beam: 2 }), error);
      assert.equal(tf.memory().numTensors, before);
    });

    for (const description of [{}, { attention: ADDITIVE }, { attention: ADDITIVE, order: 'bahdanau' as const }]) {
      test(`the decoder does not see what a memory holds in its padding, ${JSON.stringify(description)}`, () => {
        const model = tinyModel(description);
        const { source, mask, targets } = tinyBatch();
        for (const form of ['fast', 'stepwise'] as const) {
          const run = (content: number) => {
            const real = mask.cast('bool').expandDims(2);
            const loss = () => {
              const encoded = encode(model, source, mask);
              const memory = tf.where(real, encoded.memory, content) as tf.Tensor3D;
              const prepared = encoded.prepared && {
                ...encoded.prepared,
                keys: tf.where(real, encoded.prepared.keys, content) as tf.Tensor3D,
              };
              const { logits: said } = decodeTeacherForced(model, { ...encoded, memory, prepared }, targets, { form });
              return sequenceLoss(said, targets);
            };
            const { value, grads } = tf.variableGrads(loss, seq2SeqVariables(model));
            return [value, ...seq2SeqVariables(model).map(({ name }) => grads[name]!)];
          };
          const expected = run(0);
          for (const content of [NaN, Infinity]) {
            run(content).forEach((tensor, index) => assertClose(tensor, expected[index]!, 1e-6, `${form}, ${index}`));
          }
        }
      });
    }
  });
}, ALL_BACKENDS);
