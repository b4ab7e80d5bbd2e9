import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  checkLeaveOneOut,
  checkLogMarginal,
  checkReinforceGradient,
  checkSeeingBaseline,
  type LeaveOneOut,
  type LogMarginal,
  type ReinforceGradient,
  type SeeingBaseline,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

describe('exercise 7.1, the exact marginal', () => {
  accepts<LogMarginal>(checkLogMarginal, {
    'the solution': (policy, likelihood) => tf.logSumExp(policy.add(likelihood), 1),
    'the maximum subtracted by hand': (policy, likelihood) => {
      const joint = policy.add(likelihood);
      const top = joint.max(1, true);
      return joint
        .sub(top)
        .exp()
        .sum(1)
        .log()
        .add(top.squeeze([1]));
    },
  });
  rejects<LogMarginal>(checkLogMarginal, {
    'the unmodified stub': [(policy) => policy, /expected the shape \[2\], got \[2, 3\]/],
    'the expected log-likelihood': [
      (policy, likelihood) => policy.exp().mul(likelihood).sum(1),
      /what REINFORCE climbs/,
    ],
    'exp, sum, log without the maximum': [
      (policy, likelihood) => policy.add(likelihood).exp().sum(1).log(),
      /should give -1000/,
    ],
    'the maximum of the batch': [
      (policy, likelihood) => {
        const joint = policy.add(likelihood);
        return joint.sub(joint.max()).exp().sum(1).log().add(joint.max());
      },
      /its own largest/,
    ],
    'the best position only': [(policy, likelihood) => policy.add(likelihood).max(1), /whose logarithm is -0\.693/],
    'a policy that is forgotten': [(_, likelihood) => tf.logSumExp(likelihood, 1), /sure of position 0/],
    'one number for the batch': [
      (policy, likelihood) => tf.logSumExp(policy.add(likelihood)),
      /expected the shape \[2\]/,
    ],
  });
});

describe('exercise 7.2, the REINFORCE estimate', () => {
  accepts<ReinforceGradient>(checkReinforceGradient, {
    'the solution': ({ policy, choice, reward, baseline }) => choice.sub(policy).mul(reward.sub(baseline)),
  });
  rejects<ReinforceGradient>(checkReinforceGradient, {
    'the unmodified stub': [({ policy }) => policy, /expected \[\[-1, 1\.5, -0\.5\]\], got \[\[0\.5, 0\.25, 0\.25\]\]/],
    'a choice without the policy': [
      ({ choice, reward, baseline }) => choice.mul(reward.sub(baseline)),
      /minus the policy everywhere/,
    ],
    'descent instead of ascent': [
      ({ policy, choice, reward, baseline }) => policy.sub(choice).mul(reward.sub(baseline)),
      /becomes likelier/,
    ],
    'a mean reward': [
      ({ policy, choice, reward, baseline }) => choice.sub(policy).mul(reward.mean().sub(baseline)),
      /Do not sum or average/,
    ],
    'a baseline that is forgotten': [({ policy, choice, reward }) => choice.sub(policy).mul(reward), /advantage = /],
    'a baseline that is added': [
      ({ policy, choice, reward, baseline }) => choice.sub(policy).mul(reward.add(baseline)),
      /advantage = /,
    ],
    'the mean over the draws': [
      ({ policy, choice, reward }) => choice.sub(policy).mul(reward).mean(0),
      /one row for each draw/,
    ],
  });
});

describe('exercise 7.3, a baseline that has seen the choice', () => {
  accepts<SeeingBaseline>(checkSeeingBaseline, {
    'the mistake': ({ policy, choice, reward, earned }) => choice.sub(policy).mul(reward.sub(choice.matMul(earned))),
  });
  rejects<SeeingBaseline>(checkSeeingBaseline, {
    'the unmodified stub': [({ choice }) => choice, /all should be 0/],
    'a baseline that is right': [
      ({ policy, choice, reward, baseline }) => choice.sub(policy).mul(reward.sub(baseline)),
      /which is right and not broken/,
    ],
    'the expected reward of the policy': [
      ({ policy, choice, reward, earned }) => choice.sub(policy).mul(reward.sub(policy.matMul(earned))),
      /which is right and not broken/,
    ],
    zeros: [({ policy }) => tf.zerosLike(policy), /a surprise|position 1 earned -2/],
    'a reward less itself': [
      ({ policy, choice, reward }) => choice.sub(policy).mul(reward.sub(reward)),
      /position 1 earned -2/,
    ],
  });
});

describe('exercise 7.4, the other draws as baseline', () => {
  accepts<LeaveOneOut>(checkLeaveOneOut, {
    'the solution': (rewards) => {
      const others = rewards
        .sum(1, true)
        .sub(rewards)
        .div(rewards.shape[1] - 1);
      return rewards.sub(others);
    },
    'the mean, scaled': (rewards) => {
      const draws = rewards.shape[1];
      return rewards.sub(rewards.mean(1, true)).mul(draws / (draws - 1));
    },
  });
  rejects<LeaveOneOut>(checkLeaveOneOut, {
    'the unmodified stub': [(rewards) => rewards, /all advantages are 0, got \[\[-3, -3, -3\]/],
    'the mean of all, the own reward included': [
      (rewards) => rewards.sub(rewards.mean(1, true)),
      /How many others are there/,
    ],
    'always two others': [(rewards) => rewards.sub(rewards.sum(1, true).sub(rewards).div(2)), /How many others/],
    'the mean over the batch': [(rewards) => rewards.sub(rewards.mean(0, true)), /own example, axis 1/],
    'the sum of the others': [(rewards) => rewards.sub(rewards.sum(1, true).sub(rewards)), /all advantages are 0/],
    'the sum over all draws': [(rewards) => rewards.sum(1), /one advantage for each draw/],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/07-hard-attention.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /4 of 4 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
