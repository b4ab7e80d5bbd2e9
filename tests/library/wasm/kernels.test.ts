import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tf } from '../../../src/tensorflow';
import { closeTo, onBackend } from '../close-to';

const boolean = (values: number[]) => tf.tensor1d(values, 'bool');
const integers = (values: number[]) => tf.tensor1d(values, 'int32');
const counting = (...shape: number[]) => tf.range(0, tf.util.sizeFromShape(shape)).reshape(shape);

/** An operation on the smallest input that shows what the backend lacks or gets wrong, and what must come out. */
interface Case {
  what: string;
  compute: () => tf.Tensor | tf.Tensor[];
  expected: number[] | number[][];
  /** Other backends that compute something else, or nothing. */
  except?: string[];
}

const CASES: Case[] = [
  {
    what: 'the gradient of gather adds up what was read from one row',
    compute: () => tf.grad((x) => tf.sum(tf.gather(x, integers([1, 1, 0]))))(tf.ones([3, 2])),
    expected: [1, 1, 2, 2, 0, 0],
  },
  {
    what: 'the gradient of gather along another axis',
    compute: () =>
      tf.grad((x) => tf.sum(tf.mul(tf.gather(x, integers([1, 1, 0]), 1), tf.tensor1d([1, 2, 4]))))(tf.ones([2, 2])),
    expected: [4, 3, 4, 3],
  },
  {
    what: 'a row with a negative number of a segment is left out',
    compute: () => tf.unsortedSegmentSum(counting(3, 2), integers([1, 1, -1]), 2),
    expected: [0, 0, 2, 4],
    except: ['cpu'],
  },
  {
    what: 'a sum of a million numbers keeps its digits',
    compute: () => tf.sum(tf.fill([1e6], 0.1)),
    expected: [1e5],
    except: ['tensorflow'], // 99999.1
  },
  {
    what: 'a mean of a million numbers keeps its digits',
    compute: () => tf.mean(tf.fill([1e6], 0.1)),
    expected: [0.1],
    except: ['tensorflow'],
  },
  {
    what: 'sums along axes that are not side by side',
    compute: () => tf.sum(counting(2, 3, 2), [0, 2]),
    expected: [14, 22, 30],
  },
  { what: 'a sum of int32', compute: () => tf.sum(integers([16777217, 1])), expected: [16777218] },
  { what: 'a mean of int32', compute: () => tf.mean(integers([1, 2])), expected: [1.5] },
  { what: 'a sum of truth values', compute: () => tf.sum(boolean([1, 1, 0])), expected: [2] },
  { what: 'a sum along no axis', compute: () => tf.sum(counting(2, 2), []), expected: [0, 1, 2, 3], except: ['cpu'] },
  { what: 'a sum over nothing', compute: () => tf.sum(tf.zeros([2, 0]), 1), expected: [0, 0] },
  { what: 'a mean over nothing', compute: () => tf.mean(tf.zeros([2, 0]), 1), expected: [NaN, NaN], except: ['cpu'] },
  { what: 'a product over nothing', compute: () => tf.prod(tf.zeros([2, 0]), 1), expected: [1, 1] },
  {
    what: 'a maximum over nothing',
    compute: () => tf.max(tf.zeros([2, 0]), 1),
    expected: [-Infinity, -Infinity],
    except: ['cpu'],
  },
  {
    what: 'a minimum over nothing',
    compute: () => tf.min(tf.zeros([2, 0]), 1, true),
    expected: [Infinity, Infinity],
    except: ['cpu'],
  },
  { what: 'any of nothing', compute: () => tf.any(tf.zeros([2, 0], 'bool'), 1), expected: [0, 0] },
  { what: 'all of nothing', compute: () => tf.all(tf.zeros([2, 0], 'bool'), 1), expected: [1, 1], except: ['cpu'] },
  {
    what: 'all along an axis in the middle',
    compute: () => tf.all(tf.tensor3d([1, 0, 1, 1], [2, 2, 1], 'bool'), 1),
    expected: [0, 1],
  },
  {
    what: 'a matrix product of depth 0',
    compute: () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 2])),
    expected: [0, 0, 0, 0],
  },
  {
    what: 'a matrix product of int32',
    compute: () => tf.matMul(tf.tensor2d([[1, 16777217]], [1, 2], 'int32'), tf.tensor2d([[1], [1]], [2, 1], 'int32')),
    expected: [16777218],
  },
  {
    what: 'a matrix product repeated on both sides',
    compute: () => tf.matMul(counting(2, 1, 1, 2), tf.transpose(counting(1, 3, 1, 2), [0, 1, 3, 2])),
    expected: [1, 3, 5, 3, 13, 23],
    except: ['cpu'],
  },
  {
    what: 'NaN in a matrix product, with a weight of 0',
    compute: () => tf.matMul(tf.tensor2d([[0, 1]]), tf.tensor2d([[NaN], [2]])),
    expected: [NaN],
  },
  {
    what: 'a dense layer with NaN and with relu',
    compute: () =>
      tf.fused.matMul({ a: tf.tensor2d([[NaN, 1]]), b: tf.ones([2, 2]), bias: tf.ones([2]), activation: 'relu' }),
    expected: [NaN, NaN],
  },
  {
    what: 'a dense layer of depth 0',
    compute: () => tf.fused.matMul({ a: tf.zeros([1, 0]), b: tf.zeros([0, 2]), bias: tf.tensor1d([1, -1]) }),
    expected: [1, -1],
  },
  {
    what: 'a dense layer with leakyrelu',
    compute: () =>
      tf.fused.matMul({ a: tf.tensor2d([[1, -2]]), b: tf.eye(2), activation: 'leakyrelu', leakyreluAlpha: 0.5 }),
    expected: [1, -1],
    except: ['tensorflow'], // alpha is 0.2 there
  },
  {
    what: 'numbers as truth values',
    compute: () => tf.cast(tf.tensor1d([0.5, -0.5, 256, NaN, 0]), 'bool'),
    expected: [1, 1, 1, 1, 0],
  },
  { what: 'int32 as truth values', compute: () => tf.cast(integers([256, 0, -1]), 'bool'), expected: [1, 0, 1] },
  {
    what: 'where on truth values',
    compute: () => tf.where(boolean([1, 0]), boolean([1, 1]), boolean([0, 0])),
    expected: [1, 0],
  },
  {
    what: 'where with a condition of rank 1 on rows of truth values',
    compute: () => tf.where(tf.tensor2d([[1], [0]], [2, 1], 'bool'), tf.ones([2, 3], 'bool'), tf.zeros([2, 3], 'bool')),
    expected: [1, 1, 1, 0, 0, 0],
  },
  {
    what: 'where against an empty batch',
    compute: () => [
      tf.where(tf.ones([1, 300], 'bool'), tf.zeros([0, 300]), tf.zeros([0, 300])),
      tf.where(tf.ones([1, 300], 'bool'), tf.zeros([0, 300], 'bool'), tf.zeros([0, 300], 'bool')),
    ],
    expected: [[], []],
    except: ['tensorflow'],
  },
  { what: 'reverse of truth values', compute: () => tf.reverse(boolean([1, 0, 0])), expected: [0, 0, 1] },
  {
    what: 'cumsum of truth values',
    compute: () => tf.cumsum(boolean([1, 1, 0])),
    expected: [1, 2, 2],
    except: ['tensorflow'],
  },
  {
    what: 'cumprod of truth values',
    compute: () => tf.cumprod(boolean([1, 1, 0])),
    expected: [1, 1, 0],
    except: ['tensorflow'],
  },
  {
    what: 'gather with a batch axis',
    compute: () => tf.gather(counting(2, 3), tf.tensor2d([[1], [0]], [2, 1], 'int32'), 1, 1),
    expected: [1, 3],
  },
  {
    what: 'gather with a batch axis and rows behind',
    compute: () =>
      tf.gather(
        counting(2, 2, 2),
        tf.tensor2d(
          [
            [1, 1],
            [0, 1],
          ],
          [2, 2],
          'int32',
        ),
        1,
        1,
      ),
    expected: [2, 3, 2, 3, 4, 5, 6, 7],
  },
  {
    what: 'gather along the last axis',
    compute: () => tf.gather(counting(2, 3), integers([2, 0]), 1),
    expected: [2, 0, 5, 3],
  },
  { what: 'gather nothing from nothing', compute: () => tf.gather(tf.zeros([0, 2]), integers([])), expected: [] },
  { what: 'log1p near 0', compute: () => tf.log1p(tf.tensor1d([1e-8, -1, NaN])), expected: [1e-8, -Infinity, NaN] },
  {
    what: 'maximum with NaN on either side',
    compute: () => tf.maximum(tf.tensor1d([1, NaN]), tf.tensor1d([NaN, 1])),
    expected: [NaN, NaN],
    except: ['tensorflow'],
  },
  {
    what: 'minimum with NaN on either side',
    compute: () => tf.minimum(tf.tensor1d([1, NaN]), tf.tensor1d([NaN, 1])),
    expected: [NaN, NaN],
    except: ['tensorflow'],
  },
  {
    what: 'maximum with both sides repeated',
    compute: () => tf.maximum(tf.tensor3d([1, 4], [2, 1, 1]), tf.tensor3d([2, 3], [1, 2, 1])),
    expected: [2, 3, 4, 4],
  },
  { what: 'minimum with a number', compute: () => tf.minimum(counting(3), 1), expected: [0, 1, 1] },
  { what: 'maximum of int32', compute: () => tf.maximum(integers([1, 3]), integers([2, 2])), expected: [2, 3] },
  {
    what: 'clipByValue keeps NaN',
    compute: () => tf.clipByValue(tf.tensor1d([NaN, -1, 2, 0.5]), 0, 1),
    expected: [NaN, 0, 1, 0.5],
  },
  { what: 'relu6 keeps NaN', compute: () => tf.relu6(tf.tensor1d([NaN, 7, -1, 2])), expected: [NaN, 6, 0, 2] },
  {
    what: 'slice of some axes and of whole ones behind',
    compute: () => [tf.slice(counting(2, 3, 4), [0, 1, 1], [2, 2, 2]), tf.slice(counting(3, 2, 2), [1], [2])],
    expected: [
      [5, 6, 9, 10, 17, 18, 21, 22],
      [4, 5, 6, 7, 8, 9, 10, 11],
    ],
  },
  {
    what: 'slice of five axes',
    compute: () => tf.slice(counting(2, 2, 2, 2, 2), [1, 0, 1, 0, 1], [1, 2, 1, 2, 1]),
    expected: [21, 23, 29, 31],
  },
  { what: 'slice of nothing', compute: () => tf.slice(counting(2, 2), [0, 1], [2, 0]), expected: [] },
  {
    what: 'unstack in the middle, and of truth values',
    compute: () => [...tf.unstack(counting(2, 2, 2), 1), ...tf.unstack(tf.tensor2d([1, 0, 1, 1], [2, 2], 'bool'), -1)],
    expected: [
      [0, 1, 4, 5],
      [2, 3, 6, 7],
      [1, 1],
      [0, 1],
    ],
  },
  {
    what: 'split in pieces of different length',
    compute: () => tf.split(counting(2, 6), [1, 2, -1], 1),
    expected: [
      [0, 6],
      [1, 2, 7, 8],
      [3, 4, 5, 9, 10, 11],
    ],
  },
  {
    what: 'tile along each axis',
    compute: () => tf.tile(counting(2, 1, 2), [2, 3, 1]),
    expected: [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3],
  },
  { what: 'tile no times', compute: () => tf.tile(counting(1, 2), [0, 2]), expected: [] },
  { what: 'tile of one number', compute: () => tf.tile(tf.tensor2d([[7]]), [2, 2]), expected: [7, 7, 7, 7] },
  { what: 'tile of truth values', compute: () => tf.tile(boolean([1, 0]), [2]), expected: [1, 0, 1, 0] },
  {
    what: 'tanh, its ends and NaN',
    compute: () => tf.tanh(tf.tensor1d([1e4, -1e4, NaN, Infinity, -Infinity, 0, 1e-5, 0.5, -0.5])),
    expected: [1, -1, NaN, 1, -1, 0, 1e-5, Math.tanh(0.5), -Math.tanh(0.5)],
  },
];

function numbers(result: tf.Tensor | tf.Tensor[]): number[][] {
  return [result].flat().map((tensor) => Array.from(tensor.dataSync()));
}

for (const backend of ['wasm', 'cpu', 'tensorflow']) {
  describe(`kernels on ${backend}`, () => {
    onBackend(backend);

    for (const { what, compute, expected, except } of CASES) {
      if (except?.includes(backend)) continue;
      test(what, () => {
        tf.tidy(() => {
          const found = numbers(compute());
          const wanted = Array.isArray(expected[0]) ? (expected as number[][]) : [expected as number[]];
          assert.equal(found.length, wanted.length);
          found.forEach((values, index) => {
            assert.equal(values.length, wanted[index].length, `${values.join()} in place of ${wanted[index].join()}`);
            values.forEach((value, place) => {
              const right = wanted[index][place];
              // closeTo cannot compare NaN and infinities
              if (Number.isFinite(right)) closeTo(value, right, 1e-6, what);
              else assert.equal(value, right, what);
            });
          });
        });
      });
    }
  });
}

describe('kernels on wasm', () => {
  onBackend('wasm');

  test('an index that is not there is refused, and nothing is left behind', () => {
    const start = tf.memory().numTensors;
    const x = tf.ones([2, 2]);
    const rows = tf.tensor1d([2], 'int32');
    const kept = tf.backend().numDataIds();
    assert.throws(() => tf.gather(x, rows), /GatherV2: the index value 2 is not in \[0, 1\]/);
    assert.equal(tf.backend().numDataIds(), kept);
    tf.dispose([x, rows]);
    assert.equal(tf.memory().numTensors, start);
  });

  test('a clone shares the memory of its original, and outlives it', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const { numDataBuffers } = tf.memory();
    const clone = x.clone();
    assert.equal(tf.memory().numDataBuffers, numDataBuffers);
    x.dispose();
    closeTo(clone, [1, 2, 3], 0);
    clone.dispose();
  });

  test('texts take the ways of the backend’s own kernels', () => {
    const texts = tf.tensor2d(['a', 'b', 'c', 'd'], [2, 2]);
    const results = [...[tf.slice(texts, [0, 1], [2, 1]), texts.clone()], ...tf.unstack(texts, 1)];
    assert.deepEqual(
      results.map((tensor) => (tensor.dataSync() as unknown as string[]).join('')),
      ['bd', 'abcd', 'ac', 'bd'],
    );
    assert.throws(() => tf.tile(texts, [1, 2]), /tf.tile cannot repeat texts on the WebAssembly backend/);
    tf.dispose([texts, ...results]);
  });
});
