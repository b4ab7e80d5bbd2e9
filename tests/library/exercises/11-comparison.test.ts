import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  checkBrokenDraws,
  checkMicroErrorRate,
  checkPairedInterval,
  type BrokenDraws,
  type MicroErrorRate,
  type PairedInterval,
} from '../../../src/exercises';
import { bootstrapInterval, editDistance, phoneErrorRate, type ConfidenceInterval } from '../../../src/metrics';

/** Runs a check, and gives its verdict and what it printed. */
function verdict(context: TestContext, check: () => void): { right: boolean; printed: string } {
  const log = context.mock.method(console, 'log', () => undefined);
  check();
  log.mock.restore();
  const printed = log.mock.calls.map(({ arguments: [line] }) => line as string).join('\n');
  return { right: !printed.includes('not yet'), printed };
}

/** One test for each wrong answer: it is rejected, and the hint fits the mistake. */
function rejects<Answer>(check: (answer: Answer) => void, answers: Record<string, [Answer, RegExp]>): void {
  for (const [name, [answer, message]] of Object.entries(answers)) {
    test(`rejects ${name}`, (context) => {
      const { right, printed } = verdict(context, () => check(answer));
      assert.equal(right, false);
      assert.match(printed, message);
      assert.match(printed, /hint/);
    });
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

describe('exercise 11.1, phone error rate', () => {
  const nearest = (hypothesis: readonly string[], references: readonly (readonly string[])[]) =>
    references
      .map((reference) => ({ edits: editDistance(hypothesis, reference), phones: reference.length }))
      .reduce((best, other) => (other.edits < best.edits ? other : best));
  const solution: MicroErrorRate = (predictions) => {
    const counted = predictions.map(({ hypothesis, references }) => nearest(hypothesis, references));
    return sum(counted.map(({ edits }) => edits)) / sum(counted.map(({ phones }) => phones));
  };

  for (const [name, answer] of Object.entries({ solution, helper: (all) => phoneErrorRate(all).micro } as Record<
    string,
    MicroErrorRate
  >)) {
    test(`accepts a right answer (${name})`, (context) => {
      const { right, printed } = verdict(context, () => checkMicroErrorRate(answer));
      assert.ok(right, printed);
      assert.match(printed, /1 of 3 done/);
    });
  }

  rejects<MicroErrorRate>(checkMicroErrorRate, {
    'the unmodified stub': [() => 0, /should give 0\.25, got 0/],
    'nothing at all': [() => undefined as unknown as number, /expected a number, got undefined/],
    'a rate in percent': [(all) => 100 * solution(all), /should give 0\.25, got 25/],
    'substitutions only': [
      (all) =>
        sum(
          all.map(({ hypothesis, references: [first] }) =>
            sum(first.map((phone, at) => Number(at < hypothesis.length && hypothesis[at] !== phone))),
          ),
        ) / sum(all.map(({ references: [first] }) => first.length)),
      /counts all three kinds/,
    ],
    'the first reference': [
      (all) =>
        sum(all.map(({ hypothesis, references: [first] }) => editDistance(hypothesis, first))) /
        sum(all.map(({ references: [first] }) => first.length)),
      /the smallest distance/,
    ],
    'the length of another reference': [
      (all) =>
        sum(all.map(({ hypothesis, references }) => nearest(hypothesis, references).edits)) /
        sum(all.map(({ references }) => references[references.length - 1].length)),
      /nor by another reference's/,
    ],
    'the mean of the rates of the words': [
      (all) =>
        mean(
          all.map(({ hypothesis, references }) => {
            const { edits, phones } = nearest(hypothesis, references);
            return edits / phones;
          }),
        ),
      /divide once at the end/,
    ],
  });
});

describe('exercise 11.2, draws without replacement', () => {
  const solution: BrokenDraws = (right, draws, random) =>
    Array.from({ length: draws }, () => mean(random.shuffle(right)));

  test('accepts the mistake', (context) => {
    const { right, printed } = verdict(context, () => checkBrokenDraws(solution));
    assert.ok(right, printed);
  });

  rejects<BrokenDraws>(checkBrokenDraws, {
    'the unmodified stub': [() => [], /expected 5 numbers, one for each draw, got 0/],
    'a single number': [(right) => mean(right) as unknown as number[], /got 0\.75/],
    'the mean without any draw': [(right, draws) => new Array<number>(draws).fill(mean(right)), /nothing was drawn/],
    'the right bootstrap': [
      (right, draws, random) =>
        Array.from({ length: draws }, () => mean(right.map(() => right[random.integer(right.length)]))),
      /That is the right bootstrap/,
    ],
    'half of the words': [
      (right, draws, random) => Array.from({ length: draws }, () => mean(random.shuffle(right).slice(0, 20))),
      /one draw gave/,
    ],
  });
});

describe('exercise 11.3, a difference and its interval', () => {
  const paired =
    (difference: (pair: number[]) => number, change = (interval: ConfidenceInterval) => interval): PairedInterval =>
    (first, second) => {
      const pairs = first.map((right, word) => [right, second[word]]);
      return change(bootstrapInterval(pairs, (sample) => mean(sample.map(difference)), { seed: 1 }));
    };
  const solution = paired(([one, other]) => other - one);

  test('accepts the solution', (context) => {
    const { right, printed } = verdict(context, () => checkPairedInterval(solution));
    assert.ok(right, printed);
    assert.match(printed, /3 of 3 done/);
  });

  rejects<PairedInterval>(checkPairedInterval, {
    'the unmodified stub': [() => ({ estimate: 0, low: 0, high: 0 }), /0\.725 minus 0\.700/],
    'nothing at all': [() => undefined as unknown as ConfidenceInterval, /got undefined/],
    'the difference the wrong way round': [paired(([one, other]) => one - other), /should be 0\.025, got -0\.025/],
    'two independent bootstraps': [
      (first, second) => {
        const [one, other] = [first, second].map((right, seed) => bootstrapInterval(right, mean, { seed }));
        return {
          estimate: other.estimate - one.estimate,
          low: other.low - one.high,
          high: other.high - one.low,
        };
      },
      /on the same drawn words/,
    ],
    'an interval without width': [
      paired(
        ([one, other]) => other - one,
        ({ estimate }) => ({ estimate, low: estimate, high: estimate }),
      ),
      /an interval around 0/,
    ],
    'distances instead of differences': [paired(([one, other]) => Math.abs(other - one)), /keep the sign/],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/11-comparison.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
