import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  checkBrokenDraws,
  checkMicroErrorRate,
  checkPairedInterval,
  type BrokenDraws,
  type MicroErrorRate,
  type PairedInterval,
} from '../../../src/exercises';
import { bootstrapInterval, editDistance, phoneErrorRate, type ConfidenceInterval } from '../../../src/metrics';
import { accepts, rejects } from './answers';

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

  accepts<MicroErrorRate>(checkMicroErrorRate, {
    'the solution': solution,
    'the helper': (predictions) => phoneErrorRate(predictions).micro,
  });
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
    'the fewest edits by the phones of the first reference': [
      (all) =>
        sum(all.map(({ hypothesis, references }) => nearest(hypothesis, references).edits)) /
        sum(all.map(({ references: [first] }) => first.length)),
      /nor by another reference's/,
    ],
    'the fewest edits by the phones of the shortest reference': [
      (all) =>
        sum(all.map(({ hypothesis, references }) => nearest(hypothesis, references).edits)) /
        sum(all.map(({ references }) => Math.min(...references.map(({ length }) => length)))),
      /nor by another reference's/,
    ],
    'the reference with the smallest rate': [
      (all) => {
        const counted = all.map(({ hypothesis, references }) => {
          const rates = references.map((reference) => editDistance(hypothesis, reference) / reference.length);
          const chosen = references[rates.indexOf(Math.min(...rates))];
          return { edits: editDistance(hypothesis, chosen), phones: chosen.length };
        });
        return sum(counted.map(({ edits }) => edits)) / sum(counted.map(({ phones }) => phones));
      },
      /not the one with the smallest rate/,
    ],
    'edits by the phones that were written': [
      (all) =>
        sum(all.map(({ hypothesis, references }) => nearest(hypothesis, references).edits)) /
        sum(all.map(({ hypothesis }) => hypothesis.length)),
      /not of what was written/,
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

  accepts<BrokenDraws>(checkBrokenDraws, { 'the mistake': solution });
  rejects<BrokenDraws>(checkBrokenDraws, {
    'the unmodified stub': [() => [], /expected 5 numbers, one for each draw, got 0/],
    'a single number': [(right) => mean(right) as unknown as number[], /got 0\.75/],
    'the mean without any draw': [(right, draws) => new Array<number>(draws).fill(mean(right)), /nothing was drawn/],
    'one draw for all': [
      (right, draws, random) => new Array<number>(draws).fill(mean(random.shuffle(right))),
      /draw anew for each share/,
    ],
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

  accepts<PairedInterval>(checkPairedInterval, {
    'the solution': solution,
    'shares in float32': (first, second) => {
      const pairs = first.map((right, word) => [right, second[word]]);
      const share = (sample: readonly number[][], model: number): number =>
        Math.fround(mean(sample.map((pair) => pair[model])));
      return bootstrapInterval(pairs, (sample) => share(sample, 1) - share(sample, 0), { seed: 1 });
    },
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
    'the ends of two intervals with the same draws': [
      (first, second) => {
        const [one, other] = [first, second].map((right) => bootstrapInterval(right, mean, { seed: 1 }));
        return {
          estimate: other.estimate - one.estimate,
          low: other.low - one.low,
          high: other.high - one.high,
        };
      },
      /the ends of two intervals, subtracted/,
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
