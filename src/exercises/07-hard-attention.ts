/** Checks of the exercises of lesson 07, "Hard attention". */
import { tf } from '../tensorflow';
import { checkExercise, requireClose, requireTensor } from './exercise';

const EXERCISES = 4;

/** Exercise 7.1: `logPolicy` and `logLikelihood`, both `[batch, keys]`, to the log of the marginal `[batch]`. */
export type LogMarginal = (logPolicy: tf.Tensor2D, logLikelihood: tf.Tensor2D) => tf.Tensor;

/** Checks exercise 7.1: the log-probability of a symbol, summed over all positions that could have been read. */
export function checkLogMarginal(answer: LogMarginal): void {
  const marginal = (policy: number[][], logLikelihood: number[][]): tf.Tensor =>
    requireTensor(
      answer(tf.tensor2d(policy).log(), tf.tensor2d(logLikelihood)),
      [policy.length],
      'one number for each example: the positions are summed over.',
    );
  const logs = (rows: number[][]): number[][] => rows.map((row) => row.map(Math.log));
  checkExercise({
    name: '7.1 the exact marginal',
    of: EXERCISES,
    requirements: [
      {
        says: 'a policy that is sure of one position gives the log-likelihood of that position',
        holds: () => {
          const got = marginal(
            [
              [1, 0, 0],
              [0, 0, 1],
            ],
            [
              [-0.5, -2, -3],
              [-0.5, -2, -3],
            ],
          );
          requireClose(
            got,
            tf.tensor1d([-0.5, -3]),
            (values) => `sure of position 0 and of position 2, expected -0.5 and -3, got ${values}.`,
            'log p(read s) + log p(symbol | read s) is the log of both happening. Then sum over s.',
          );
        },
      },
      {
        says: 'probabilities are summed, not their logarithms',
        holds: () => {
          const got = marginal([[0.5, 0.25, 0.25]], logs([[0.2, 0.6, 1]]));
          requireClose(
            got,
            tf.tensor1d([Math.log(0.5)]),
            (values) =>
              `0.5 * 0.2 + 0.25 * 0.6 + 0.25 * 1 = 0.5, whose logarithm is -0.693; got ${values}. ` +
              '(-0.932 is the mean of the log-probabilities: what REINFORCE climbs.)',
            'back to probabilities with exp, sum over positions, and the logarithm last.',
          );
        },
      },
      {
        says: 'tiny probabilities do no harm',
        holds: () => {
          const got = marginal(
            [
              [0.5, 0.5],
              [0.5, 0.5],
            ],
            [
              [-1000, -1000],
              [-1, -1],
            ],
          );
          requireClose(
            got,
            tf.tensor1d([-1000, -1]),
            (values) =>
              `two positions with log-likelihood -1000 should give -1000, and -1 in a second example -1; got ${values}.`,
            'e to the power -1000 is 0 for a float32, and log 0 is minus infinity. There is one operation for log-sum-exp; by hand, each example subtracts its own largest.',
          );
        },
      },
    ],
  });
}

/** What exercises 7.2 and 7.3 are given: some draws for one query. */
export interface ReinforceInputs {
  /** Probability of each position, the same row for each draw, `[draws, keys]`. */
  policy: tf.Tensor2D;
  /** The position that was drawn, one-hot, `[draws, keys]`. */
  choice: tf.Tensor2D;
  /** What each draw earned, `[draws, 1]`. */
  reward: tf.Tensor2D;
  /** What was expected, `[1, 1]`. */
  baseline: tf.Tensor2D;
}

/** Exercise 7.2: the gradient estimate of each draw with respect to the scores, `[draws, keys]`. */
export type ReinforceGradient = (inputs: ReinforceInputs) => tf.Tensor;

function reinforceInputs(policy: number[], chosen: number[], reward: number[], baseline: number): ReinforceInputs {
  return {
    policy: tf.tensor2d(chosen.map(() => policy)),
    choice: tf.tensor2d(chosen.map((position) => policy.map((_, key) => Number(key === position)))),
    reward: tf.tensor2d(reward, [reward.length, 1]),
    baseline: tf.tensor2d([[baseline]]),
  };
}

/** Checks exercise 7.2: REINFORCE with a baseline. */
export function checkReinforceGradient(answer: ReinforceGradient): void {
  const estimate = (policy: number[], chosen: number[], reward: number[], baseline: number): tf.Tensor =>
    requireTensor(
      answer(reinforceInputs(policy, chosen, reward, baseline)),
      [chosen.length, policy.length],
      'one row for each draw, one number for each score: [draws, keys].',
    );
  checkExercise({
    name: '7.2 the REINFORCE estimate',
    of: EXERCISES,
    requirements: [
      {
        says: 'the result has the shape [draws, keys]',
        holds: () => void estimate([0.5, 0.25, 0.25], [0, 2], [1, 1], 0),
      },
      {
        says: 'a rewarded choice becomes likelier, all others less likely',
        holds: () => {
          const got = estimate([0.5, 0.25, 0.25], [1], [2], 0);
          requireClose(
            got,
            tf.tensor2d([[-1, 1.5, -0.5]]),
            (values) =>
              `policy 0.5, 0.25, 0.25, position 1 drawn, reward 2: expected [[-1, 1.5, -0.5]], got ${values}.`,
            'the slope of log softmax at the chosen position is: 1 at the choice, minus the policy everywhere. Times the reward.',
          );
        },
      },
      {
        says: 'each draw counts with its own reward',
        holds: () => {
          const got = estimate([0.5, 0.5], [0, 1], [1, -3], 0);
          requireClose(
            got,
            tf.tensor2d([
              [0.5, -0.5],
              [1.5, -1.5],
            ]),
            (values) => `rewards 1 and -3 for two draws: expected [[0.5, -0.5], [1.5, -1.5]], got ${values}.`,
            'the rewards are a column [draws, 1]: multiplied with [draws, keys], each row gets its own. Do not sum or average them.',
          );
        },
      },
      {
        says: 'the baseline is taken off the reward',
        holds: () => {
          const got = estimate([0.5, 0.5], [0, 1], [-3, -1], -2);
          requireClose(
            got,
            tf.tensor2d([
              [-0.5, 0.5],
              [-0.5, 0.5],
            ]),
            (values) =>
              `rewards -3 and -1, expected -2: the first did worse by 1, the second better by 1. Expected ` +
              `[[-0.5, 0.5], [-0.5, 0.5]], got ${values}.`,
            'advantage = reward - baseline; it takes the place of the reward.',
          );
        },
      },
      {
        says: 'on average it is the true gradient, whatever the baseline',
        holds: () => {
          const policy = [0.5, 0.3, 0.2];
          const rewards = [-1, -4, 0];
          const all = estimate(policy, [0, 1, 2], rewards, 7);
          const average = all.mul(tf.tensor2d(policy, [3, 1])).sum(0); // each draw as often as it is drawn
          requireClose(
            average,
            tf.tensor1d([0.35, -0.69, 0.34]),
            (values) => `the average over all draws should be policy * (reward - mean reward), got ${values}.`,
            'the estimate of a draw is not to be divided by its probability: rare draws are rare already.',
          );
        },
      },
    ],
  });
}

/** What exercise 7.3 is given. */
export interface SeeingBaselineInputs extends ReinforceInputs {
  /** What each position has earned so far, on average, `[keys, 1]`. */
  earned: tf.Tensor2D;
}

/** Exercise 7.3: REINFORCE with a baseline that has seen the choice, `[draws, keys]`. */
export type SeeingBaseline = (inputs: SeeingBaselineInputs) => tf.Tensor;

/** Checks exercise 7.3: the baseline that knows which position was drawn, and so explains all rewards away. */
export function checkSeeingBaseline(answer: SeeingBaseline): void {
  const policy = [0.5, 0.3, 0.2];
  const earned = [-1, -4, 0];
  const estimate = (chosen: number[], reward: number[]): tf.Tensor =>
    requireTensor(
      answer({ ...reinforceInputs(policy, chosen, reward, -1.7), earned: tf.tensor2d(earned, [3, 1]) }),
      [chosen.length, 3],
      'one row for each draw: [draws, keys].',
    );
  checkExercise({
    name: '7.3 a baseline that has seen the choice',
    of: EXERCISES,
    requirements: [
      { says: 'the result has the shape [draws, keys]', holds: () => void estimate([0, 1], [-1, -4]) },
      {
        says: 'nothing is left to learn from: every estimate is zero',
        holds: () => {
          const got = estimate([0, 1, 2], earned);
          requireClose(
            got,
            tf.zeros([3, 3]),
            (values) => `each draw earned just what its position always earns, so all should be 0; got ${values}.`,
            'the baseline of a draw is the entry of `earned` at its own position, and a row of `choice` has its 1 just there. ' +
              'If yours is the same for all draws, it has not seen the choice, which is right and not broken.',
          );
        },
      },
      {
        says: 'a surprise still counts',
        holds: () => {
          const got = estimate([1], [-2]);
          requireClose(
            got,
            tf.tensor2d([[-1, 1.4, -0.4]]),
            (values) => `position 1 earned -2 instead of its usual -4: expected [[-1, 1.4, -0.4]], got ${values}.`,
            'the rest is REINFORCE as in 7.2: (choice - policy) times (reward - baseline).',
          );
        },
      },
    ],
  });
}

/** Exercise 7.4: `rewards [batch, draws]` of several draws for each example to advantages `[batch, draws]`. */
export type LeaveOneOut = (rewards: tf.Tensor2D) => tf.Tensor;

/** Checks exercise 7.4: the baseline of a draw is the mean reward of the other draws. */
export function checkLeaveOneOut(answer: LeaveOneOut): void {
  const advantages = (rewards: number[][]): tf.Tensor =>
    requireTensor(
      answer(tf.tensor2d(rewards)),
      [rewards.length, rewards[0]?.length ?? 0],
      'one advantage for each draw: [batch, draws].',
    );
  checkExercise({
    name: '7.4 the other draws as baseline',
    of: EXERCISES,
    requirements: [
      {
        says: 'draws that earned the same have no advantage',
        holds: () => {
          const got = advantages([
            [-3, -3, -3],
            [5, 5, 5],
          ]);
          requireClose(
            got,
            tf.zeros([2, 3]),
            (values) => `three equal rewards in each example: all advantages are 0, got ${values}.`,
            'compare a draw with the others of its own example, axis 1, not with the other examples.',
          );
        },
      },
      {
        says: 'the baseline is the mean of the others',
        holds: () => {
          const got = advantages([[1, 2, 6]]);
          requireClose(
            got,
            tf.tensor2d([[-3, -1.5, 4.5]]),
            (values) => `rewards 1, 2, 6 have the baselines 4, 3.5 and 1.5: expected [[-3, -1.5, 4.5]], got ${values}.`,
            'the sum of all minus the own reward is the sum of the others. How many others are there?',
          );
        },
      },
      {
        says: 'a reward is not in its own baseline',
        holds: () => {
          const change = advantages([[11, 2, 6, 3]]).sub(advantages([[1, 2, 6, 3]]));
          requireClose(
            change,
            tf.tensor2d([[10, -10 / 3, -10 / 3, -10 / 3]]),
            (values) =>
              `10 more for the first of four draws should raise its advantage by 10 and lower the others by 3.333, got ${values}.`,
            'a baseline that contains the own reward pulls every estimate towards zero. How many others are there now?',
          );
        },
      },
    ],
  });
}
