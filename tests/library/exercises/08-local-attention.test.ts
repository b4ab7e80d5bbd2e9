import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { localMonotonicAlignment } from '../../../src/attention';
import {
  checkBrokenBell,
  checkForwardPositions,
  checkLocalMonotonic,
  checkPositionBell,
  type ForwardPositions,
  type LocalMonotonic,
  type WithBell,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

/** Whether each source position is in the window of each step, `[queries, keys]`. */
function near(scores: tf.Tensor3D, radius: number): tf.Tensor {
  const step = tf.range(0, scores.shape[1]).expandDims(1);
  const source = tf.range(0, scores.shape[2]).expandDims(0);
  return source.sub(step).abs().lessEqual(radius).expandDims(0);
}

describe('exercise 8.1, local-m', () => {
  accepts<LocalMonotonic>(checkLocalMonotonic, {
    'the solution': (scores, radius) => {
      const window = near(scores, radius);
      return tf.softmax(tf.where(window, scores, -1e30)).mul(window.cast('float32'));
    },
    'the library': (scores, radius) => localMonotonicAlignment(scores, { radius }),
  });
  rejects<LocalMonotonic>(checkLocalMonotonic, {
    'the unmodified stub': [(scores) => scores, /expected \[\[\[0\.5, 0\.5, 0/],
    'a softmax without a window': [(scores) => tf.softmax(scores), /a condition on step and source position/],
    'a window after the softmax': [
      (scores, radius) => tf.softmax(scores).mul(near(scores, radius)),
      /a condition on step and source position/,
    ],
    'a window after the softmax of scores': [
      (scores, radius) => {
        const weights = tf.softmax(scores).mul(near(scores, radius));
        return weights.div(weights.sum(2, true).add(1e-9));
      },
      /a score of 5000/,
    ],
    'a penalty that is too small': [
      (scores, radius) => tf.softmax(scores.sub(near(scores, radius).logicalNot().cast('float32').mul(1000))),
      /a score of 5000/,
    ],
    'the first text only': [
      (scores, radius) => localMonotonicAlignment(scores.slice([0, 0, 0], [1, -1, -1]), { radius }),
      /a weight for each query and each key/,
    ],
    'powers without the maximum': [
      (scores, radius) => {
        const powers = tf.where(near(scores, radius), scores, -1e30).exp();
        return tf.divNoNan(powers, powers.sum(2, true));
      },
      /each row subtracts its own largest/,
    ],
    'minus infinity': [
      (scores, radius) => tf.softmax(tf.where(near(scores, radius), scores, -Infinity)).mul(near(scores, radius)),
      /NaN times 0 is NaN/,
    ],
    'a radius of its own': [
      (scores) => localMonotonicAlignment(scores, { radius: 1 }),
      /radius 2 should see three letters/,
    ],
    'even weights past the end': [
      (scores, radius) => tf.softmax(tf.where(near(scores, radius), scores, -1e30)),
      /look past the end/,
    ],
    'a window that stands still': [
      (scores, radius) => {
        const still = tf.range(0, scores.shape[2]).lessEqual(radius).reshape([1, 1, -1]);
        return tf.softmax(tf.where(still.tile([1, scores.shape[1], 1]), scores, -1e30));
      },
      /a condition on step and source position/,
    ],
  });
});

const bell = (distance: tf.Tensor, sigma: number): tf.Tensor => distance.div(sigma).square().mul(-0.5).exp();
const toSource = (weights: tf.Tensor3D, positions: tf.Tensor2D): tf.Tensor =>
  tf.range(0, weights.shape[2]).reshape([1, 1, -1]).sub(positions.expandDims(2));
const toStep = (weights: tf.Tensor3D, positions: tf.Tensor2D): tf.Tensor =>
  tf.range(0, weights.shape[1]).expandDims(0).sub(positions).expandDims(2);

describe('exercise 8.2, the bell of local-p', () => {
  const solution: WithBell = (weights, positions, radius) =>
    weights.mul(bell(toSource(weights, positions), radius / 2));
  accepts<WithBell>(checkPositionBell, { 'the solution': solution });
  rejects<WithBell>(checkPositionBell, {
    'the unmodified stub': [(weights) => weights, /expected \[\[\[0\.607, 1, 0\.607, 0\.135\]\]\], got \[\[\[1, 1/],
    'sigma equal to the radius': [
      (weights, positions, radius) => weights.mul(bell(toSource(weights, positions), radius)),
      /sigma is half the radius/,
    ],
    'a sigma that is fixed': [
      (weights, positions) => weights.mul(bell(toSource(weights, positions), 1)),
      /sigma = radius \/ 2/,
    ],
    'the bell without weights': [
      (weights, positions, radius) => bell(toSource(weights, positions), radius / 2),
      /expected \[\[\[0\.5, 0\.303, 0\]\]\]/,
    ],
    'the position of the first query for all': [
      (weights, positions, radius) =>
        solution(weights, tf.fill(positions.shape, positions.dataSync()[0]) as tf.Tensor2D, radius),
      /row t uses position t/,
    ],
    'positions of the only text': [
      (weights, positions, radius) =>
        weights.mul(bell(tf.range(0, weights.shape[2]).sub(positions.reshape([-1, 1])), radius / 2)),
      /need a third axis/,
    ],
    "the first text's positions": [
      (weights, positions, radius) => solution(weights, positions.slice([0, 0], [1, -1]), radius),
      /position t of its own text/,
    ],
    'weights that are normalised again': [
      (weights, positions, radius) => {
        const product = solution(weights, positions, radius);
        return product.div(product.sum(2, true));
      },
      /expected \[\[\[0\.607/,
    ],
    'a bell over the step': [
      (weights, positions, radius) => weights.mul(bell(toStep(weights, positions), radius / 2)),
      /with the source position s/,
    ],
  });
});

describe('exercise 8.3, a bell over the step', () => {
  accepts<WithBell>(checkBrokenBell, {
    'the mistake': (weights, positions, radius) => weights.mul(bell(toStep(weights, positions), radius / 2)),
  });
  rejects<WithBell>(checkBrokenBell, {
    'the unmodified stub': [(weights) => weights, /the rows should sum to 0\.135, 0\.607 and 1/],
    'the bell that is right': [
      (weights, positions, radius) => weights.mul(bell(toSource(weights, positions), radius / 2)),
      /tells source positions apart, which is right/,
    ],
    'another sigma': [
      (weights, positions, radius) => weights.mul(bell(toStep(weights, positions), radius)),
      /sigma half the radius/,
    ],
    'as many steps as source positions': [
      (weights, positions, radius) =>
        weights.mul(bell(tf.range(0, weights.shape[2]).expandDims(0).sub(positions).expandDims(2), radius / 2)),
      /there are weights\.shape\[1\] steps t/,
    ],
    'the position of the first query for all': [
      (weights, positions, radius) => weights.mul(bell(toStep(weights, positions.slice([0, 0], [-1, 1])), radius / 2)),
      /positions 0, 0\.5 and 3 in a second text/,
    ],
    'rows that are summed': [
      (weights, positions, radius) => weights.mul(bell(toStep(weights, positions), radius / 2)).sum(2),
      /expected the shape \[1, 3, 4\]/,
    ],
  });
});

describe('exercise 8.4, positions that only go forward', () => {
  const walk = (steps: tf.Tensor): tf.Tensor => tf.cumsum(tf.softplus(steps), 1);
  accepts<ForwardPositions>(checkForwardPositions, {
    'the solution': (steps, lengths) => tf.minimum(walk(steps), lengths.expandDims(1)),
  });
  rejects<ForwardPositions>(checkForwardPositions, {
    'the unmodified stub': [(steps) => steps, /expected \[\[0\.693, 1\.386, 2\.079\]\], got \[\[0, 0, 0\]\]/],
    'a sum before the softplus': [(steps) => tf.softplus(tf.cumsum(steps, 1)), /adds them up|softplus first/],
    'steps that are not summed': [(steps) => tf.softplus(steps), /tf\.cumsum adds them up/],
    'a walk that may go back': [(steps) => tf.cumsum(steps.add(Math.LN2), 1), /never goes back|softplus first/],
    'a sum over the batch': [(steps) => tf.cumsum(tf.softplus(steps), 0), /along the queries, axis 1/],
    'no end': [(steps) => walk(steps), /should stop at 3/],
    'the longest word for all': [(steps, lengths) => tf.minimum(walk(steps), lengths.max()), /should stop at 3/],
    'the shortest word for all': [(steps, lengths) => tf.minimum(walk(steps), lengths.min()), /should stop at 3/],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/08-local-attention.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /4 of 4 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
