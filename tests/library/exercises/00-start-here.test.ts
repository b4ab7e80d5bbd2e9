import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  checkBrokenSwap,
  checkMaskedMean,
  checkWeightedRead,
  type BrokenSwap,
  type MaskedMean,
  type WeightedRead,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

describe('exercise 0.1, the mean of the real words', () => {
  const total: MaskedMean = (values, mask) => values.mul(mask.expandDims(2)).sum(1);

  accepts<MaskedMean>(checkMaskedMean, {
    'the solution': (values, mask) => total(values, mask).div(mask.sum(1, true).maximum(1)),
    'a product of matrices': (values, mask) => {
      const shares = mask.div(mask.sum(1, true).maximum(1));
      return tf.matMul(shares.expandDims(1), values).squeeze([1]);
    },
  });

  rejects<MaskedMean>(checkMaskedMean, {
    'the unmodified stub': [(values) => values, /expected the shape \[2, 2\], got \[2, 3, 2\]/],
    'the mean over the batch': [(values) => values.mean(0), /which axis has to go/],
    'a sum': [total, /sum over time, axis 1, then divide/],
    'a mask that is ignored': [(values) => values.mean(1), /depends on what stands in the padding/],
    'padding that is counted': [(values, mask) => total(values, mask).div(3), /divide by the number of real words/],
    'the count of the whole batch': [
      (values, mask) => total(values, mask).div(mask.sum().div(mask.shape[0])),
      /sum the mask over time only/,
    ],
    'zero divided by zero': [(values, mask) => total(values, mask).div(mask.sum(1, true)), /NaN/],
  });
});

describe('exercise 0.2, reshape is not transpose', () => {
  accepts<BrokenSwap>(checkBrokenSwap, {
    'the mistake': (scores) => {
      const [batch, keys, queries] = scores.shape;
      return scores.reshape([batch, queries, keys]);
    },
  });

  rejects<BrokenSwap>(checkBrokenSwap, {
    'the unmodified stub': [(scores) => scores, /expected the shape \[1, 2, 3\], got \[1, 3, 2\]/],
    'what would be right': [(scores) => scores.transpose([0, 2, 1]), /it is not transpose/],
    'sizes in the wrong order': [
      (scores) => {
        const [batch, keys, queries] = scores.shape;
        return scores.reshape([queries, batch, keys]);
      },
      /the batch stays/,
    ],
    'the numbers backwards': [
      (scores) => {
        const [batch, keys, queries] = scores.shape;
        return scores.reshape([batch, queries, keys]).reverse(2);
      },
      /only the brackets are set anew/,
    ],
  });
});

describe('exercise 0.3, read with weights', () => {
  accepts<WeightedRead>(checkWeightedRead, {
    'the solution': (weights, values) => tf.matMul(weights, values),
    'a product and a sum': (weights, values) => weights.expandDims(3).mul(values.expandDims(1)).sum(2),
  });

  rejects<WeightedRead>(checkWeightedRead, {
    'the unmodified stub': [(_, values) => values, /expected the shape \[1, 4, 2\], got \[1, 3, 2\]/],
    'the mean in place of the sum': [
      (weights, values) => weights.expandDims(3).mul(values.expandDims(1)).mean(2),
      /\[\[\[4, 40\], \[1, 10\]\]\]/,
    ],
    'only the key with the largest weight': [
      (weights, values) => tf.matMul(weights.equal(weights.max(2, true)).cast('float32'), values),
      /0\.5, 0\.25, 0\.25 of 1, 2, 4 is 2/,
    ],
    'weights in the wrong direction': [(weights, values) => tf.matMul(weights.reverse(2), values), /in their order/],
    'a weighted mean': [
      (weights, values) => tf.matMul(weights, values).div(weights.sum(2, true)),
      /whatever they sum to/,
    ],
    'the values of the first text for all': [
      (weights, values) => tf.matMul(weights, values.slice([0, 0, 0], [1, -1, -1]).tile([weights.shape[0], 1, 1])),
      /nothing may go from one text to another/,
    ],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/00-start-here.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
