import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disposeSeq2Seq, meanOfModels } from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { tinyModel } from './models';

test('the weights are the means of the weights of the same name, and nothing leaks', () => {
  const models = [1, 2, 3].map((seed) => tinyModel({}, seed));
  const before = tf.memory().numTensors;
  const mean = meanOfModels(models);
  assert.deepEqual(mean.description, models[0].description);
  assert.deepEqual(Object.keys(mean.weights), Object.keys(models[0].weights));
  for (const [name, variable] of Object.entries(mean.weights)) {
    const columns = models.map(({ weights }) => weights[name].dataSync());
    variable.dataSync().forEach((value, index) => {
      const expected = (columns[0][index] + columns[1][index] + columns[2][index]) / 3;
      assert.ok(Math.abs(value - expected) < 1e-6, `${name}[${index}]`);
    });
  }
  disposeSeq2Seq(mean);
  assert.equal(tf.memory().numTensors, before);
});

test('the mean of one model is a copy: training it leaves the model alone', () => {
  const model = tinyModel();
  const name = Object.keys(model.weights)[0];
  const values = [...model.weights[name].dataSync()];
  const copy = meanOfModels([model]);
  assert.deepEqual([...copy.weights[name].dataSync()], values);
  tf.tidy(() => copy.weights[name].assign(copy.weights[name].add(1)));
  assert.deepEqual([...model.weights[name].dataSync()], values);
});

test('no model, and models that are built differently, are refused', () => {
  assert.throws(() => meanOfModels([]), /models must hold at least one model, got none/);
  const other = tinyModel({ embeddingUnits: 4 });
  assert.throws(() => meanOfModels([tinyModel(), other]), /models\[1\] is .*"embeddingUnits":4.*models\[0\] is/);
});
