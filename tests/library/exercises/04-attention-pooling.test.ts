import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { readValues, softAlignment } from '../../../src/attention';
import {
  checkBrokenPooling,
  checkHopPooling,
  checkMaskedWeights,
  type BrokenPooling,
  type HopInputs,
  type HopPooling,
  type MaskedWeights,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { rejects, verdict } from './answers';

const penalty = (mask: tf.Tensor2D, size: number): tf.Tensor => mask.sub(1).mul(size);

describe('exercise 4.1, weights with a mask', () => {
  const solution: MaskedWeights = (scores, mask) => tf.softmax(scores.add(penalty(mask, 1e9))).mul(mask);
  const byHand: MaskedWeights = (scores, mask) => {
    const masked = scores.mul(mask).add(penalty(mask, 1e9));
    const powers = masked.sub(masked.max(1, true)).exp().mul(mask);
    return powers.div(powers.sum(1, true).maximum(1e-30));
  };

  for (const [name, answer] of Object.entries({ solution, byHand })) {
    test(`accepts a right answer (${name})`, (context) => {
      const { right, printed } = verdict(context, () => checkMaskedWeights(answer));
      assert.ok(right, printed);
      assert.match(printed, /1 of 3 done/);
    });
  }

  rejects<MaskedWeights>(checkMaskedWeights, {
    'the unmodified stub': [(scores) => scores, /four equal scores should give 0\.25 each, got \[\[2, 2, 2, 2\]/],
    'nothing at all': [() => undefined as unknown as tf.Tensor, /got nothing/],
    'a softmax over the batch': [(scores) => scores.transpose().softmax().transpose(), /Over which axis/],
    'shares of the scores without exponentials': [
      (scores) => scores.add(1e-9).div(scores.add(1e-9).sum(1, true)),
      /exponentials first/,
    ],
    'a mask that is ignored': [(scores) => tf.softmax(scores), /padded words should weigh exactly 0/],
    'scores that are multiplied by the mask': [(scores, mask) => tf.softmax(scores.mul(mask)), /a score of 0 is not/],
    'a mask after the division': [(scores, mask) => tf.softmax(scores).mul(mask), /before you divide/],
    'exponentials without the maximum': [
      (scores, mask) => scores.exp().mul(mask).div(scores.exp().mul(mask).sum(1, true)),
      /1000, 1000, 0, 0 should give/,
    ],
    "the first text's mask for all": [
      (scores, mask) => solution(scores, mask.slice([0, 0], [1, -1])),
      /a row of the mask of its own/,
    ],
    'the maximum of the batch': [
      (scores, mask) => {
        const masked = scores.mul(mask).add(penalty(mask, 1e9));
        const powers = masked.sub(masked.max()).exp().mul(mask);
        return powers.div(powers.sum(1, true).maximum(1e-30));
      },
      /its own largest/,
    ],
    'large scores cut off': [
      (scores, mask) => {
        const powers = scores.clipByValue(-80, 80).exp().mul(mask);
        return powers.div(powers.sum(1, true).maximum(1e-30));
      },
      /200, 199, 0, 0 should give/,
    ],
    'minus infinity': [
      (scores, mask) => tf.softmax(tf.where(mask.cast('bool'), scores, -Infinity)).mul(mask),
      /NaN times 0 is NaN/,
    ],
    'a penalty that is too small': [
      (scores, mask) => tf.softmax(scores.add(penalty(mask, 30))).mul(mask),
      /padded score of 500|0\.5 each/,
    ],
    'even weights on a row of padding': [
      (scores, mask) => tf.softmax(scores.add(penalty(mask, 1e9))),
      /row of padding/,
    ],
    'one number for each text': [(scores) => scores.mean(1), /expected the shape \[2, 4\]/],
  });
});

describe('exercise 4.2, softmax over the wrong axis', () => {
  const solution: BrokenPooling = (scores, values) => tf.softmax(scores).mul(values).sum(1);

  test('accepts the mistake', (context) => {
    const { right, printed } = verdict(context, () => checkBrokenPooling(solution));
    assert.ok(right, printed);
  });

  rejects<BrokenPooling>(checkBrokenPooling, {
    'the unmodified stub': [(_, values) => values, /expected the shape \[1, 2\]/],
    'pooling that is right': [
      (scores, values) =>
        tf
          .softmax(scores.squeeze([2]))
          .expandDims(2)
          .mul(values)
          .sum(1),
      /seems to go over time, which is right/,
    ],
    'the mean': [(_, values) => values.mean(1), /do not divide/],
    'a sum over the features': [(scores, values) => tf.softmax(scores).mul(values).sum(2), /\[1, 2\], got \[1, 3\]/],
  });
});

describe('exercise 4.3, several questions', () => {
  const scoresOf = ({ hidden, questions }: HopInputs): tf.Tensor3D => {
    const [batch, time, units] = hidden.shape;
    return hidden
      .reshape([batch * time, units])
      .matMul(questions)
      .reshape([batch, time, questions.shape[1]]);
  };
  const solution: HopPooling = (inputs) => {
    const scores = scoresOf(inputs).transpose([0, 2, 1]) as tf.Tensor3D;
    return readValues(softAlignment(scores, { mask: inputs.mask }), inputs.values);
  };

  test('accepts the solution', (context) => {
    const { right, printed } = verdict(context, () => checkHopPooling(solution));
    assert.ok(right, printed);
    assert.match(printed, /3 of 3 done/);
  });

  rejects<HopPooling>(checkHopPooling, {
    'the unmodified stub': [({ values }) => values, /expected the shape \[2, 4, 2\], got \[2, 3, 2\]/],
    'a mask that is forgotten': [
      (inputs) => readValues(softAlignment(scoresOf(inputs).transpose([0, 2, 1]) as tf.Tensor3D), inputs.values),
      /pass the mask on/,
    ],
    'reshape instead of transpose': [
      (inputs) => {
        const [batch, time, hops] = scoresOf(inputs).shape;
        const scores = scoresOf(inputs).reshape([batch, hops, time]) as tf.Tensor3D;
        return readValues(softAlignment(scores, { mask: inputs.mask }), inputs.values);
      },
      /swap axes with transpose/,
    ],
    'a softmax over the questions': [
      (inputs) => {
        const weights = tf.softmax(scoresOf(inputs)).transpose([0, 2, 1]) as tf.Tensor3D;
        return readValues(weights.mul(inputs.mask.expandDims(1)), inputs.values);
      },
      /not yet {2}padding is not read|of its own/,
    ],
    'scores from the values': [(inputs) => solution({ ...inputs, hidden: inputs.values }), /question 1 looks for/],
    'a second tanh': [
      (inputs) => solution({ ...inputs, hidden: inputs.hidden.tanh() }),
      /hidden has been through tanh already/,
    ],
    'the word that fits best alone': [
      (inputs) => solution({ ...inputs, questions: inputs.questions.mul(1000) }),
      /with ln 3 in place of 50/,
    ],
    'the mean over the questions': [(inputs) => solution(inputs).mean(1), /one vector for each text and each question/],
  });
});
test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/04-attention-pooling.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
