/** A mask is read from the backend once, however many functions look at it: each reading waits for the backend. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { align, alignmentState, alignStep } from '../../src/attention';
import { encode } from '../../src/seq2seq';
import { tf } from '../../src/tensorflow';
import { ALIGNMENTS, contextFor, nameOf } from './attention/variants';
import { randomTensor } from './attention/checks';
import { tinyBatch, tinyModel } from './seq2seq/models';

function readings(mask: tf.Tensor, run: () => void): number {
  const read = mock.method(tf.backend(), 'readSync');
  try {
    run();
    return read.mock.calls.filter(({ arguments: [dataId] }) => dataId === mask.dataId).length;
  } finally {
    read.mock.restore();
  }
}

const maskOf = () =>
  tf.tensor2d([
    [1, 1, 1, 0],
    [0, 1, 1, 1],
  ]);

for (const variant of ALIGNMENTS) {
  test(`align and a walk of steps, ${nameOf(variant)}, read the mask once`, () => {
    const scores = randomTensor([2, 3, 4], 1) as tf.Tensor3D;
    const context = contextFor(variant, maskOf(), 3);
    const mask = maskOf();
    assert.equal(
      readings(mask, () => align(variant, scores, { ...context, mask })),
      1,
    );
    const other = maskOf();
    const steps = readings(other, () => {
      let state = alignmentState();
      for (let t = 0; t < 3; t++) {
        const positions = context.positions?.slice([0, t], [-1, 1]);
        state = alignStep(variant, scores.slice([0, t, 0], [-1, 1, -1]), state, {
          ...context,
          mask: other,
          positions,
        }).state;
      }
    });
    assert.equal(steps, 1);
  });
}

test('encode reads the mask once, with one BiLSTM or several', () => {
  for (const encoderLayers of [1, 2]) {
    const { source, mask } = tinyBatch();
    const model = tinyModel({ encoderLayers });
    assert.equal(
      readings(mask, () => encode(model, source, mask)),
      1,
    );
  }
});
