import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { tf } from '../../../src/tensorflow';
import { onBackend, random } from '../close-to';

/** The product in double precision, and the sum of the terms' sizes, by which rounding is judged. */
function reference(a: number[], b: number[], rows: number, depth: number, columns: number) {
  const values = new Float64Array(rows * columns);
  const sizes = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < depth; k++) {
      for (let column = 0; column < columns; column++) {
        const term = a[row * depth + k] * b[k * columns + column];
        values[row * columns + column] += term;
        sizes[row * columns + column] += Math.abs(term);
      }
    }
  }
  return { values, sizes };
}

function check(rows: number, depth: number, columns: number, transposeA: boolean, transposeB: boolean): void {
  tf.tidy(() => {
    const a = random([rows, depth], 1);
    const b = random([depth, columns], 2);
    const { values, sizes } = reference([...a.dataSync()], [...b.dataSync()], rows, depth, columns);
    const left = transposeA ? tf.transpose(a) : a;
    const right = transposeB ? tf.transpose(b) : b;
    const found = tf.matMul(left, right, transposeA, transposeB).dataSync();
    const what = `[${rows}, ${depth}] times [${depth}, ${columns}], transposed ${transposeA}, ${transposeB}`;
    assert.equal(found.length, values.length, what);
    values.forEach((value, index) => {
      const difference = Math.abs(found[index] - value);
      assert.ok(difference <= 1e-6 * (1 + sizes[index]), `${what}: number ${index} is off by ${difference}`);
    });
  });
}

describe('matrix products on wasm', () => {
  onBackend('wasm');

  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      test(`equal to double precision, transposed: ${transposeA}, ${transposeB}`, () => {
        // Few and many rows; whole and broken groups of 4 rows and panels of 8 columns; blocks of 128 rows, depth 384.
        for (const rows of [1, 3, 4, 8, 9, 13, 128, 130]) {
          for (const columns of [1, 7, 8, 17]) {
            for (const depth of [1, 3, 4, 17]) check(rows, depth, columns, transposeA, transposeB);
          }
        }
        for (const [rows, depth, columns] of [
          [2, 385, 9],
          [9, 384, 8],
          [130, 770, 12],
        ]) {
          check(rows, depth, columns, transposeA, transposeB);
        }
      });
    }
  }

  test('any sizes', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), (rows, depth, columns, transposeA, transposeB) => {
        check(rows, depth, columns, transposeA, transposeB);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test('a product for each example, and one side for all', () => {
    tf.tidy(() => {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          for (const [aBatch, bBatch] of [
            [3, 3],
            [3, 1],
            [1, 3],
          ]) {
            const a = random(transposeA ? [aBatch, 5, 2] : [aBatch, 2, 5], 1);
            const b = random(transposeB ? [bBatch, 9, 5] : [bBatch, 5, 9], 2);
            const each = (x: tf.Tensor, index: number) => tf.unstack(x)[x.shape[0] === 1 ? 0 : index];
            const together = tf.unstack(tf.matMul(a, b, transposeA, transposeB));
            together.forEach((product, index) => {
              const alone = tf.matMul(each(a, index), each(b, index), transposeA, transposeB);
              assert.deepEqual([...product.dataSync()], [...alone.dataSync()]);
            });
          }
        }
      }
    });
  });

  test('the content of padding in a panel or group does not matter: NaN stays in its row and column', () => {
    tf.tidy(() => {
      const a = tf.tensor2d(
        Array.from({ length: 30 }, (_, index) => (index < 6 ? NaN : 1)),
        [5, 6],
      );
      const found = tf.matMul(a, tf.ones([6, 3])).arraySync() as number[][];
      assert.deepEqual(found, [[NaN, NaN, NaN], ...Array.from({ length: 4 }, () => [6, 6, 6])]);
    });
  });

  test('sizes that do not fit are named', () => {
    const kernel = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
    const [a, b] = [tf.ones([2, 3]), tf.ones([2, 3])];
    assert.throws(
      () => kernel({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend: tf.backend() }),
      /the inner sizes 3 and 2 of shapes \[2, 3\] and \[2, 3\] with transposeA=false and transposeB=false must be equal/,
    );
    tf.dispose([a, b]);
  });
});
