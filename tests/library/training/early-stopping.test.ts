import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { tf } from '../../../src/tensorflow';
import { EarlyStopping } from '../../../src/training/early-stopping';
import { toyTraining } from './toy-training';

/** The error on held-out data after each epoch: falls, rises, falls below, and is never that low again. */
const FIGURES = [0.5, 0.6, 0.4, 0.45, 0.4, 0.7, 0.1, 0.1];

/** Trains the toy with these figures; `upTo` plays a process that ends after so many epochs. */
async function trainWith(
  patience: number,
  { folder, upTo = FIGURES.length } = {} as { folder?: string; upTo?: number },
) {
  const { variables } = toyTraining();
  const early = new EarlyStopping(variables, { patience });
  const afterEpochs: number[][] = [];
  const weights = () => [...variables[0].dataSync()];
  const checkpoint = folder === undefined ? undefined : { folder, everySeconds: 0, otherVariables: early.state };
  const { run } = toyTraining(
    {
      ...{ epochs: upTo, stop: early.stop, checkpoint },
      evaluate: (epoch) => {
        afterEpochs[epoch] = weights();
        early.record(FIGURES[epoch]);
        return { figure: FIGURES[epoch] };
      },
    },
    variables,
  );
  const history = await run();
  const last = weights();
  early.restoreBest();
  return { history, afterEpochs, last, restored: weights(), lowest: early.lowest, variables, early };
}

test('patience is counted from the best epoch, whose weights come back', async () => {
  const { history, afterEpochs, last, restored, lowest } = await trainWith(3);
  assert.equal(history.end, 'stopped');
  // The third epoch is the best. The fifth only equals it, so three in a row are over after the sixth.
  assert.equal(history.epochs.length, 6);
  assert.equal(history.losses.length, 24, 'no step beyond the last epoch');
  assert.deepEqual(restored, afterEpochs[2]);
  assert.notDeepEqual(restored, last);
  assert.equal(lowest, Math.fround(0.4));
  const impatient = await trainWith(1);
  assert.equal(impatient.history.epochs.length, 2);
  assert.deepEqual(impatient.restored, impatient.afterEpochs[0]);
});

test('a training that ends by itself has the weights of its best epoch too', async () => {
  const { history, restored, afterEpochs } = await trainWith(4);
  assert.equal(history.end, 'finished');
  assert.deepEqual(restored, afterEpochs[6], 'the first of two equal ones');
});

test('killed and started again, it remembers its best epoch and how long ago that was', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'early-stopping-'));
  try {
    const whole = await trainWith(3);
    const first = await trainWith(3, { folder, upTo: 4 });
    assert.equal(first.history.end, 'finished');
    const second = await trainWith(3, { folder });
    assert.equal(second.history.epochs.length, 6);
    assert.deepEqual(second.restored, whole.restored);
    const third = await trainWith(3, { folder });
    assert.equal(third.history.losses.length, 24, 'ended is ended');
    assert.deepEqual(third.restored, whole.restored);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('without an epoch the weights stay as they are, and nothing leaks', () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory().numTensors;
  const early = new EarlyStopping([variable], { patience: 1 });
  early.restoreBest();
  assert.deepEqual([...variable.dataSync()], [1, 2]);
  assert.equal(early.stop(), false);
  for (const figure of [3, 2, 2, 1]) early.record(figure);
  early.restoreBest();
  early.dispose();
  assert.equal(tf.memory().numTensors, before);
});

test('a wrong patience and a figure that is no number are refused', () => {
  const variable = tf.variable(tf.tensor1d([1]));
  for (const patience of [0, -1, 1.5, NaN]) {
    assert.throws(() => new EarlyStopping([variable], { patience }), /patience must be a whole number.*, got/);
  }
  const early = new EarlyStopping([variable], { patience: 1 });
  assert.throws(() => early.record(NaN), /figure of the epoch is not a number/);
});
