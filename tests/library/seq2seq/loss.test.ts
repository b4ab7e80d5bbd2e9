import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sequenceLoss, symbolLogProbabilities } from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { assertNoLeak } from './models';

const LOGITS = [
  [
    [2, -1, 0.5],
    [0, 0, 0],
    [3, 1, -2],
  ],
  [
    [1, 4, -1],
    [5, 5, 5],
    [-7, 8, 9],
  ],
];
const TARGETS = [
  [1, 2, 1],
  [2, 0, 0],
];

const SOFT = [
  [
    [0.1, 0.2, 0.7],
    [0.3, 0.3, 0.4],
    [0.6, 0.4, 0],
  ],
  [
    [0, 0.9, 0.1],
    [1, 0, 0],
    [0, 1, 0],
  ],
];

/** The loss by the book, one symbol after the other. */
function lossByHand(smoothing: number, softShare = 0): number {
  let sum = 0;
  let count = 0;
  LOGITS.forEach((rows, example) =>
    rows.forEach((row, time) => {
      const target = TARGETS[example][time];
      if (target === 0) return;
      const total = row.reduce((all, logit) => all + Math.exp(logit), 0);
      row.forEach((logit, symbol) => {
        const truth = (symbol === target ? 1 - smoothing : 0) + smoothing / row.length;
        sum -= ((1 - softShare) * truth + softShare * SOFT[example][time][symbol]) * Math.log(Math.exp(logit) / total);
      });
      count += 1;
    }),
  );
  return sum / count;
}

const logits = () => tf.tensor3d(LOGITS);
const targets = () => tf.tensor2d(TARGETS, [2, 3], 'int32');

for (const labelSmoothing of [0, 0.1]) {
  test(`the loss with label smoothing ${labelSmoothing} equals the formula, padding left out`, () => {
    const loss = sequenceLoss(logits(), targets(), { labelSmoothing }).dataSync()[0];
    assert.ok(Math.abs(loss - lossByHand(labelSmoothing)) < 1e-5, `${loss}, ${lossByHand(labelSmoothing)}`);
  });
}

for (const softShare of [0, 0.3, 1]) {
  test(`soft targets are ${softShare} of the truth, after its smoothing, padding left out`, () => {
    const options = { labelSmoothing: 0.1, softTargets: tf.tensor3d(SOFT), softShare };
    const loss = sequenceLoss(logits(), targets(), options).dataSync()[0];
    assert.ok(Math.abs(loss - lossByHand(0.1, softShare)) < 1e-5, `${loss}, ${lossByHand(0.1, softShare)}`);
  });
}

test('soft targets of another shape, or a share that is none, are refused', () => {
  const loss = (options: object) => () => sequenceLoss(logits(), targets(), options);
  assert.throws(loss({ softTargets: tf.ones([2, 3, 4]) }), /softTargets must have shape \[2, 3, 3\], got \[2, 3, 4\]/);
  for (const softShare of [-0.1, 1.1, NaN])
    assert.throws(loss({ softShare }), /softShare must be at least 0 and at most 1/);
});

test('what stands on padding changes nothing, and gets no gradient', () => {
  const gradient = tf
    .grad((x: tf.Tensor) => sequenceLoss(x as tf.Tensor3D, targets()))(logits())
    .arraySync() as number[][][];
  assert.ok([...gradient[1][1], ...gradient[1][2]].every((value) => value === 0));
  assert.ok(gradient[0][0].every((value) => value !== 0));
});

test('nothing but padding costs nothing', () => {
  assert.ok(sequenceLoss(logits(), tf.zeros([2, 3], 'int32')).dataSync()[0] === 0);
});

test('log-probabilities of the targets, one by one', () => {
  const found = symbolLogProbabilities(logits(), targets()).arraySync();
  const expected = Math.log(Math.exp(-1) / (Math.exp(2) + Math.exp(-1) + Math.exp(0.5)));
  assert.ok(Math.abs(found[0][0] - expected) < 1e-6);
  assert.ok(Math.abs(found[1][1] - Math.log(1 / 3)) < 1e-6);
});

test('nothing leaks', () => {
  const [x, y] = [logits(), targets()];
  assertNoLeak('sequenceLoss', () => sequenceLoss(x, y, { labelSmoothing: 0.1 }));
  assertNoLeak('symbolLogProbabilities', () => symbolLogProbabilities(x, y));
});

test('arguments that do not fit are refused by name', () => {
  assert.throws(
    () => sequenceLoss(logits(), tf.zeros([2, 4], 'int32')),
    /targets must have shape \[2, 3\], got \[2, 4\]/,
  );
  assert.throws(
    () => sequenceLoss(logits(), targets(), { labelSmoothing: 1 }),
    /labelSmoothing must be .* below 1, got 1/,
  );
});
