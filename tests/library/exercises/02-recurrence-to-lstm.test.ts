import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  checkClipGradients,
  checkGruStep,
  checkSquashedCell,
  type ClipGradients,
  type GruGate,
  type GruStep,
  type SquashedCell,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

describe('exercise 2.1, a GRU step', () => {
  const linear = (x: tf.Tensor, h: tf.Tensor, { W, U, b }: GruGate): tf.Tensor =>
    tf.matMul(x, W).add(tf.matMul(h, U)).add(b);
  const mix = (z: tf.Tensor, candidate: tf.Tensor, h: tf.Tensor): tf.Tensor =>
    z.mul(candidate).add(z.mul(-1).add(1).mul(h));
  const solution: GruStep = (x, h, { update, reset, candidate }) => {
    const z = linear(x, h, update).sigmoid();
    const r = linear(x, h, reset).sigmoid();
    return mix(z, linear(x, r.mul(h), candidate).tanh(), h);
  };

  accepts<GruStep>(checkGruStep, {
    'the solution': solution,
    'the difference form': (x, h, weights) => {
      const z = linear(x, h, weights.update).sigmoid();
      const r = linear(x, h, weights.reset).sigmoid();
      return h.add(z.mul(linear(x, r.mul(h), weights.candidate).tanh().sub(h)));
    },
  });

  rejects<GruStep>(checkGruStep, {
    'the unmodified stub': [(_, h) => h, /with the update gate at 1/],
    'keep and write swapped': [
      (x, h, weights) => {
        const z = linear(x, h, weights.update).sigmoid();
        const r = linear(x, h, weights.reset).sigmoid();
        return mix(z, h, linear(x, r.mul(h), weights.candidate).tanh());
      },
      /Are the two swapped/,
    ],
    'a candidate through sigmoid': [
      (x, h, { update, reset, candidate }) => {
        const r = linear(x, h, reset).sigmoid();
        return mix(linear(x, h, update).sigmoid(), linear(x, r.mul(h), candidate).sigmoid(), h);
      },
      /the candidate goes through tanh/,
    ],
    'old state and candidate added in full': [
      (x, h, { update, reset, candidate }) => {
        const r = linear(x, h, reset).sigmoid();
        const z = linear(x, h, update).sigmoid();
        return z.mul(linear(x, r.mul(h), candidate).tanh()).add(z.less(0.9).cast('float32').mul(h));
      },
      /sum to one/,
    ],
    'no input': [(x, h, weights) => solution(x.zerosLike(), h, weights), /x W \+ \(something\) U \+ b/],
    'no reset gate': [
      (x, h, { update, candidate }) => mix(linear(x, h, update).sigmoid(), linear(x, h, candidate).tanh(), h),
      /with the reset gate at 0/,
    ],
    'a reset after the product': [
      (x, h, { update, reset, candidate: { W, U, b } }) => {
        const r = linear(x, h, reset).sigmoid();
        const candidate = tf
          .matMul(x, W)
          .add(r.mul(tf.matMul(h, U)))
          .add(b)
          .tanh();
        return mix(linear(x, h, update).sigmoid(), candidate, h);
      },
      /first r times h, then the product/,
    ],
    'one gate for both': [
      (x, h, { update, reset, candidate }) =>
        solution(x, h, { update, reset: { ...reset, W: update.W.mul(0) }, candidate }),
      /each gate has its own/,
    ],
    "the update gate's W and U in the reset gate": [
      (x, h, { update, reset, candidate }) => solution(x, h, { update, reset: { ...update, b: reset.b }, candidate }),
      /each gate has its own/,
    ],
    "the reset gate's W in the update gate": [
      (x, h, { update, reset, candidate }) => solution(x, h, { update: { ...update, W: reset.W }, reset, candidate }),
      /each gate has its own/,
    ],
    "the candidate's U in the update gate": [
      (x, h, { update, reset, candidate }) =>
        solution(x, h, { update: { ...update, U: candidate.U }, reset, candidate }),
      /each gate has its own/,
    ],
  });
});

describe('exercise 2.2, a memory that leaks', () => {
  const right: SquashedCell = ({ c, forget, input, candidate }) => forget.mul(c).add(input.mul(candidate));

  accepts<SquashedCell>(checkSquashedCell, { 'the mistake': (inputs) => right(inputs).tanh() });

  rejects<SquashedCell>(checkSquashedCell, {
    'the unmodified stub': [({ c }) => c, /make 0\.03, got \[\[0\.02, 0\.02\]\]/],
    'the cell as it should be': [right, /this memory is as it should be/],
    'a tanh around the old cell alone': [
      ({ c, forget, input, candidate }) => forget.mul(c.tanh()).add(input.mul(candidate)),
      /around the sum, not around its parts/,
    ],
    'gates that are swapped': [
      ({ c, forget, input, candidate }) => input.mul(c).add(forget.mul(candidate)).tanh(),
      /forget times the old cell/,
    ],
    'sigmoid in place of tanh': [(inputs) => right(inputs).sigmoid(), /begin with the right cell/],
  });
});

describe('exercise 2.3, clip the gradients', () => {
  const norm = (gradients: tf.Tensor[]): tf.Tensor =>
    tf.addN(gradients.map((gradient) => gradient.square().sum())).sqrt();
  const scaled = (gradients: tf.Tensor[], factor: tf.Tensor): tf.Tensor[] =>
    gradients.map((gradient) => gradient.mul(factor));

  accepts<ClipGradients>(checkClipGradients, {
    'the solution': (gradients, largest) => scaled(gradients, tf.scalar(largest).div(norm(gradients).maximum(largest))),
    'with an if': (gradients, largest) => {
      const length = norm(gradients).dataSync()[0];
      return length > largest ? scaled(gradients, tf.scalar(largest / length)) : gradients;
    },
  });

  rejects<ClipGradients>(checkClipGradients, {
    'the unmodified stub': [(gradients) => gradients, /shortened to 1 they are 0\.6, 0, 0, 0\.8/],
    'nothing at all': [() => undefined as unknown as tf.Tensor[], /an array of 2 tensors, got undefined/],
    'each number cut for itself': [
      (gradients, largest) => gradients.map((gradient) => gradient.clipByValue(-largest, largest)),
      /one factor for all/,
    ],
    'each tensor shortened for itself': [
      (gradients, largest) => gradients.map((gradient) => gradient.mul(largest).div(norm([gradient]))),
      /one factor for all/,
    ],
    'short gradients made longer': [
      (gradients, largest) => scaled(gradients, tf.scalar(largest).div(norm(gradients))),
      /the factor is never above 1/,
    ],
    'a norm of 1 whatever the largest': [
      (gradients, largest) => {
        const length = norm(gradients).dataSync()[0];
        return length > largest ? scaled(gradients, tf.scalar(1 / length)) : gradients;
      },
      /shortened to 2\.5/,
    ],
    'the sum without squares': [
      (gradients, largest) => {
        const sum = tf.addN(gradients.map((gradient) => gradient.sum()));
        return scaled(gradients, tf.scalar(largest).div(sum.maximum(largest)));
      },
      /root of the sum of all squares/,
    ],
    'everything flattened': [
      (gradients, largest) => scaled(gradients, tf.scalar(largest / 5)).map((gradient) => gradient.flatten()),
      /keeps its shape/,
    ],
    'zero divided by zero': [
      (gradients, largest) =>
        scaled(
          gradients,
          tf
            .scalar(largest)
            .div(norm(gradients))
            .minimum(1)
            .mul(norm(gradients).div(norm(gradients))),
        ),
      /zeros should stay zeros/,
    ],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/02-recurrence-to-lstm.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
