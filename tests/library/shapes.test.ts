import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../../src/tensorflow';
import { requireRank, requireShape, ShapeError } from '../../src/shapes';

test('a wrong rank names the argument, what it got and what was expected', () => {
  const scores = tf.zeros([2, 3]);
  assert.throws(() => requireRank('scores', scores, 3), {
    name: 'ShapeError',
    message: 'scores must have rank 3, got rank 2 with shape [2, 3]',
  });
});

test('a wrong size names both shapes, and null allows any size', () => {
  const mask = tf.zeros([2, 3]);
  requireShape('mask', mask, [2, null]);
  assert.throws(() => requireShape('mask', mask, [2, 4]), {
    message: 'mask must have shape [2, 4], got [2, 3]',
  });
});

test('a missing tensor is named, not a property of undefined', () => {
  assert.throws(() => requireRank('keys', undefined as unknown as tf.Tensor, 3), ShapeError);
});
