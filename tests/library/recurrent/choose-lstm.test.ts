import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { trusted } from '../../../src/recurrent/choose-lstm';
import { differentiable } from '../../../src/recurrent/differentiable';
import { portableLstm } from '../../../src/recurrent/lstm-portable';
import { LstmImplementation } from '../../../src/recurrent/lstm-run';
import { tf } from '../../../src/tensorflow';

/** What `trusted` makes of an implementation, and what it says about it. */
function judge(make: () => LstmImplementation): { trusts: boolean; warnings: string[] } {
  const warn = mock.method(console, 'warn', () => {});
  try {
    const result = trusted(make);
    return { trusts: result !== portableLstm, warnings: warn.mock.calls.map((call) => String(call.arguments[0])) };
  } finally {
    warn.mock.restore();
  }
}

const copy: LstmImplementation = (x, directions, mask) => portableLstm(x, directions, mask);

test('an implementation that agrees with the plain one is taken, without a word', () => {
  const start = tf.memory().numTensors;
  assert.deepEqual(
    judge(() => copy),
    { trusts: true, warnings: [] },
  );
  assert.equal(tf.memory().numTensors, start);
});

test('one that is absent is replaced by the plain one, with one warning that says why', () => {
  const { trusts, warnings } = judge(() => {
    throw new Error('Op type not registered');
  });
  assert.equal(trusts, false);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /^The native LSTM is not used, .* slower: it fails with "Op type not registered"\.$/);
});

test('one that computes something else is replaced', () => {
  const { trusts, warnings } = judge(() => (x, directions, mask) => {
    const result = portableLstm(x, directions, mask);
    return { ...result, outputs: tf.mul(result.outputs, 1.01) };
  });
  assert.equal(trusts, false);
  assert.match(warnings.join(), /its output 0 is off by 0\.\d+/);
});

test('one whose gradient alone is wrong is replaced', () => {
  const wrongGradient = (x: tf.Tensor3D) =>
    differentiable(
      { x },
      () => [x.clone()],
      ([gradient]) => ({ x: tf.mul(gradient, 2) }),
    )[0] as tf.Tensor3D;
  const { trusts, warnings } = judge(() => (x, directions, mask) => copy(wrongGradient(x), directions, mask));
  assert.equal(trusts, false);
  assert.match(warnings.join(), /its gradient 0 is off by/);
});

test('the check also works in the middle of a gradient', () => {
  const gradient = tf.grad((x: tf.Tensor) => {
    assert.equal(judge(() => copy).trusts, true);
    return tf.sum(tf.square(x));
  })(tf.tensor1d([3]));
  assert.deepEqual(Array.from(gradient.dataSync()), [6]);
});
