import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lastStates, maxPooling, meanPooling } from '../../../src/attention';
import { FusedLSTM } from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { closeTo } from '../close-to';

/** Two texts of width 2, the second with one step of padding that would win every comparison. */
const VALUES = [
  [
    [1, -5],
    [2, -7],
    [6, -3],
  ],
  [
    [-4, 1],
    [-2, 3],
    [99, 99],
  ],
];
const MASK = [
  [1, 1, 1],
  [1, 1, 0],
];

describe('poolings without anything to learn', () => {
  test('the mean and the maximum of the real steps', () => {
    tf.tidy(() => {
      const [values, mask] = [tf.tensor3d(VALUES), tf.tensor2d(MASK)];
      assert.deepEqual(meanPooling(values, { mask }).arraySync(), [
        [3, -5],
        [-3, 2],
      ]);
      assert.deepEqual(maxPooling(values, { mask }).arraySync(), [
        [6, -3],
        [-2, 3],
      ]);
      assert.deepEqual(maxPooling(values, { mask: mask.toBool() }).arraySync()[1], [-2, 3]);
    });
  });

  test('neither huge nor infinite padding wins, and real values may be as low as they like', () => {
    tf.tidy(() => {
      const mask = tf.tensor2d([[1, 0]]);
      for (const padding of [Infinity, 1e30, NaN, 0]) {
        const values = tf.tensor3d([[[-3e9], [padding]]]);
        assert.deepEqual(maxPooling(values, { mask }).arraySync(), [[-3e9]]);
        const slope = tf.grad((x) => maxPooling(x as tf.Tensor3D, { mask }))(values);
        assert.deepEqual(slope.arraySync(), [[[1], [0]]]);
      }
    });
  });

  test('without a mask every step is real', () => {
    tf.tidy(() => {
      const values = tf.tensor3d(VALUES);
      assert.deepEqual(maxPooling(values).arraySync()[1], [99, 99]);
      assert.deepEqual(meanPooling(values).arraySync()[0], [3, -5]);
    });
  });

  test('a row without a real step gives zeros', () => {
    tf.tidy(() => {
      const [values, mask] = [tf.tensor3d(VALUES), tf.zeros([2, 3]) as tf.Tensor2D];
      for (const pooled of [meanPooling(values, { mask }), maxPooling(values, { mask })]) {
        assert.deepEqual(pooled.arraySync().flat().map(Math.abs), [0, 0, 0, 0]);
      }
    });
  });

  test('the last states are the last column of the forward half and the first of the backward half', () => {
    tf.tidy(() => {
      assert.deepEqual(lastStates(tf.tensor3d(VALUES)).arraySync(), [
        [6, -5],
        [99, 1],
      ]);
    });
  });

  test('the last states of a BiLSTM are what it returns without sequences, short rows included', () => {
    tf.tidy(() => {
      const build = (returnSequences: boolean): tf.layers.Layer =>
        tf.layers.bidirectional({ layer: new FusedLSTM({ units: 3, returnSequences }), mergeMode: 'concat' });
      const [all, last] = [build(true), build(false)];
      const x = tf.randomNormal([2, 5, 4], 0, 1, 'float32', 7);
      const mask = tf.tensor2d([
        [1, 1, 1, 1, 1],
        [1, 1, 0, 0, 0],
      ]);
      const states = all.apply(x, { mask }) as tf.Tensor3D;
      last.apply(x, { mask }); // makes the weights
      last.setWeights(all.getWeights());
      closeTo(lastStates(states), last.apply(x, { mask }) as tf.Tensor, 1e-6);
    });
  });

  for (const [name, pool] of Object.entries({ meanPooling, maxPooling })) {
    test(`${name} has the gradient of finite differences, none on padding, and leaks nothing`, () => {
      const before = tf.memory().numTensors;
      const [values, mask, weights] = [
        tf.tensor3d(VALUES),
        tf.tensor2d(MASK),
        tf.tensor2d([
          [1, 2],
          [3, 5],
        ]),
      ];
      const loss = (x: tf.Tensor): tf.Scalar =>
        pool(x as tf.Tensor3D, { mask })
          .mul(weights)
          .sum();
      const gradient = tf.tidy(() => tf.grad(loss)(values).arraySync()) as number[][][];
      VALUES.forEach((rows, row) =>
        rows.forEach((cells, step) =>
          cells.forEach((_, feature) => {
            const at = (change: number): number =>
              tf.tidy(() => {
                const moved = structuredClone(VALUES);
                moved[row]![step]![feature]! += change;
                return loss(tf.tensor3d(moved)).dataSync()[0]!;
              });
            const numeric = (at(0.1) - at(-0.1)) / 0.2;
            assert.ok(Math.abs(numeric - gradient[row]![step]![feature]!) < 1e-2, `${row}, ${step}, ${feature}`);
          }),
        ),
      );
      tf.dispose([values, mask, weights]);
      assert.equal(tf.memory().numTensors, before);
    });
  }

  test('a mask of another shape is refused', () => {
    tf.tidy(() => {
      assert.throws(() => meanPooling(tf.tensor3d(VALUES), { mask: tf.ones([2, 4]) as tf.Tensor2D }), /mask/);
      assert.throws(() => maxPooling(tf.ones([2, 4]) as unknown as tf.Tensor3D), /values must have rank 3/);
    });
  });
});
