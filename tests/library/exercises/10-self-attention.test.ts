import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { readValues, scaledDotScore, softAlignment } from '../../../src/attention';
import {
  checkAttend,
  checkBrokenHeads,
  checkCausalWeights,
  type Attend,
  type BrokenHeads,
  type CausalWeights,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

describe('exercise 10.1, every word asks every word', () => {
  const byHand: Attend = ({ queries, keys, values, mask }) => {
    const scores = queries.matMul(keys, false, true).div(Math.sqrt(queries.shape[2])); // [batch, time, time]
    return tf.softmax(scores.add(mask.sub(1).mul(1e9).expandDims(1))).matMul(values);
  };
  const helpers: Attend = ({ queries, keys, values, mask }) =>
    readValues(softAlignment(scaledDotScore(queries, keys), { mask }), values);

  accepts<Attend>(checkAttend, { 'three lines by hand': byHand, "the library's three steps": helpers });
  rejects<Attend>(checkAttend, {
    'the unmodified stub': [({ values }) => values, /should read the mean/],
    'a softmax over those who ask': [
      ({ queries, keys, values }) =>
        queries.matMul(keys, false, true).div(2).transpose([0, 2, 1]).softmax().transpose([0, 2, 1]).matMul(values),
      /should read the mean|a row of the scores/,
    ],
    'queries and keys swapped': [
      ({ queries, keys, ...rest }) => byHand({ queries: keys, keys: queries, ...rest }),
      /belongs to the word that asks/,
    ],
    'no scale': [
      ({ queries, ...rest }) => byHand({ queries: queries.mul(2) as tf.Tensor3D, ...rest }),
      /2 ln 3 at width 4/,
    ],
    'a division by the width': [
      ({ queries, ...rest }) => byHand({ queries: queries.div(2) as tf.Tensor3D, ...rest }),
      /2 ln 3 at width 4/,
    ],
    'a mask that is forgotten': [
      ({ mask, ...rest }) => byHand({ mask: tf.onesLike(mask), ...rest }),
      /Push padding down/,
    ],
    'a penalty that is too small': [
      ({ queries, keys, values, mask }) =>
        tf.softmax(queries.matMul(keys, false, true).div(2).add(mask.sub(1).mul(100).expandDims(1))).matMul(values),
      /further than any score can reach/,
    ],
    'a mask that fits one text alone': [
      ({ queries, keys, values, mask }) =>
        tf.softmax(queries.matMul(keys, false, true).div(2).add(mask.sub(1).mul(1e9))).matMul(values),
      /two texts with masks of their own: [^]*give the mask an axis in the middle/,
    ],
    "the first text's mask for all": [
      ({ mask, ...rest }) => byHand({ mask: mask.slice([0, 0], [1, 3]), ...rest }),
      /expected \[1\.5, 3\] and \[3, 3\]/,
    ],
    'a mask on the words that ask': [
      ({ mask, ...rest }) => byHand({ mask: tf.onesLike(mask), ...rest }).mul(mask.expandDims(2)),
      /Push padding down/,
    ],
  });
});

describe('exercise 10.2, heads that mix up the words', () => {
  const mistake: BrokenHeads = (x, heads) => x.reshape([x.shape[0], heads, x.shape[1], x.shape[2] / heads]);
  const split = (x: tf.Tensor3D, heads: number): tf.Tensor => x.reshape([x.shape[0], x.shape[1], heads, -1]);

  accepts<BrokenHeads>(checkBrokenHeads, { 'the mistake': mistake });
  rejects<BrokenHeads>(checkBrokenHeads, {
    'the unmodified stub': [(x) => x, /expected the shape \[1, 2, 4, 2\]/],
    'heads that are right': [(x, heads) => split(x, heads).transpose([0, 2, 1, 3]), /your heads are right/],
    'heads behind the words': [split, /expected the shape \[1, 2, 4, 2\], got \[1, 4, 2, 2\]/],
    'another shuffle': [(x, heads) => mistake(x.reverse(1), heads), /the numbers stay in their order/],
  });
});

describe('exercise 10.3, nobody looks ahead', () => {
  const past = (time: number): tf.Tensor => tf.linalg.bandPart(tf.ones([time, time]), -1, 0);
  const solution: CausalWeights = (scores) => tf.softmax(scores.add(past(scores.shape[1]).sub(1).mul(1e9)));

  accepts<CausalWeights>(checkCausalWeights, { 'the solution': solution });
  rejects<CausalWeights>(checkCausalWeights, {
    'the unmodified stub': [(scores) => tf.softmax(scores), /everything to the right of the diagonal/],
    'the past hidden instead of the future': [
      (scores) => tf.softmax(scores.add(past(3).transpose().sub(1).mul(1e9))),
      /allowed is s <= t/,
    ],
    'oneself hidden too': [
      (scores) => tf.softmax(scores.add(past(3).sub(tf.eye(3)).sub(1).mul(1e9))),
      /right of the diagonal|should give 1/,
    ],
    'a mask after the softmax': [(scores) => tf.softmax(scores).mul(past(3)), /before the softmax, not after/],
    'scores times the mask': [(scores) => tf.softmax(scores.mul(past(3))), /right of the diagonal/],
    'powers without the maximum': [
      (scores) => {
        const powers = tf.linalg.bandPart(scores.exp(), -1, 0);
        return powers.div(powers.sum(2, true));
      },
      /each row subtracts its own largest/,
    ],
    'one text only': [(scores) => solution(scores.slice([0, 0, 0], [1, -1, -1])), /\[batch, time, time\]/],
    'a penalty that is too small': [(scores) => tf.softmax(scores.add(past(3).sub(1).mul(200))), /score of 800/],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/10-self-attention.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
