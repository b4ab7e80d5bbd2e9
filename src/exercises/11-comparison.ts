/** Checks of the exercises of lesson 11, "The comparison". */
import type { ConfidenceInterval } from '../metrics/bootstrap';
import type { Prediction } from '../metrics/error-rates';
import { SeededRandom } from '../training/random';
import { checkExercise, NotYet } from './exercise';

const EXERCISES = 3;

/** Exercise 11.1: what a model wrote and what it may have written, to the phone error rate of all words together. */
export type MicroErrorRate = (predictions: Prediction[]) => number;

/** Checks exercise 11.1: edits to the nearest pronunciations by their phones, over all words. */
export function checkMicroErrorRate(answer: MicroErrorRate): void {
  /** `K AE T = K AE T | K AA T`: what was written, and what is right. */
  const read = (line: string): Prediction => {
    const [hypothesis = '', references = ''] = line.split('=').map((side) => side.trim());
    const phones = (text: string) => text.split(/\s+/).filter(Boolean);
    return { hypothesis: phones(hypothesis), references: references.split('|').map(phones) };
  };
  const requireRate = (lines: string[], expected: number, hint: string): void => {
    const got: unknown = answer(lines.map(read));
    if (typeof got !== 'number') throw new NotYet(`expected a number, got ${String(got)}.`, 'return the rate itself.');
    if (!(Math.abs(got - expected) < 1e-6)) {
      throw new NotYet(`"${lines.join('", "')}" should give ${expected}, got ${Number(got.toFixed(4))}.`, hint);
    }
  };
  checkExercise({
    name: '11.1 phone error rate',
    of: EXERCISES,
    requirements: [
      {
        says: 'one wrong phone of four is a rate of 0.25',
        holds: () => requireRate(['S P IY D = S P EH D'], 0.25, 'edits divided by the phones of the right answer.'),
      },
      {
        says: 'missing and additional phones count',
        holds: () =>
          requireRate(
            ['K AE = K AE T S', 'T AH M = AH M'],
            0.5,
            'editDistance counts all three kinds; the phones are those of the right answer, not of what was written.',
          ),
      },
      {
        says: 'the nearest pronunciation counts, wherever it stands',
        holds: () => {
          const hint = 'of several references take the one with the smallest distance.';
          requireRate(['R IY D = R EH D | R IY D'], 0, hint);
          requireRate(['R IY D = R IY D | R EH D'], 0, hint);
        },
      },
      {
        says: 'one divides by the phones of the nearest reference',
        holds: () => {
          const hint = "neither by the length of what was written, nor by another reference's.";
          requireRate(['AH B AW T = B AW | S P IY D IH NG'], 1, hint);
          requireRate(['B AW T = D | B AW T S'], 0.25, hint);
          requireRate(
            ['AH B AW T = B AW | AH B AW T IH NG Z'],
            1,
            'the nearest reference is the one with the fewest edits, not the one with the smallest rate.',
          );
        },
      },
      {
        says: 'each phone weighs the same, not each word',
        holds: () =>
          requireRate(
            ['AY = OW', 'M IH S IH S IH P IY V = M IH S IH S IH P IY V'],
            0.1,
            'sum up all edits and all phones first, and divide once at the end.',
          ),
      },
    ],
  });
}

/**
 * Exercise 11.2: for each word 1 (right) or 0 (wrong), to the shares of right words in `draws` new test sets, drawn in
 * the wrong way: without putting a word back.
 */
export type BrokenDraws = (right: number[], draws: number, random: SeededRandom) => number[];

/** Checks exercise 11.2: a bootstrap without replacement, which is sure of everything. */
export function checkBrokenDraws(answer: BrokenDraws): void {
  const right = Array.from({ length: 40 }, (_, word) => Number(word % 4 !== 0)); // 30 of 40
  const drawn = (draws: number, random = new SeededRandom(11)): number[] => {
    const got: unknown = answer([...right], draws, random);
    if (!Array.isArray(got) || got.length !== draws || !got.every((share) => typeof share === 'number')) {
      const shown = Array.isArray(got) ? `${got.length} of them` : String(got);
      throw new NotYet(
        `expected ${draws} numbers, one for each draw, got ${shown}.`,
        'one share of right words a draw.',
      );
    }
    return got as number[];
  };
  checkExercise({
    name: '11.2 draws without replacement',
    of: EXERCISES,
    requirements: [
      { says: 'there is one share for each draw', holds: () => void drawn(5) },
      {
        says: 'the words come in another order each time',
        holds: () => {
          const random = new SeededRandom(11);
          drawn(5, random);
          if (random.uniform() === new SeededRandom(11).uniform()) {
            throw new NotYet(
              'nothing was drawn: random was not asked.',
              'random.shuffle gives the words in a new order.',
            );
          }
          const [once, often] = [new SeededRandom(11), new SeededRandom(11)];
          drawn(1, once);
          drawn(5, often);
          if (once.uniform() === often.uniform()) {
            throw new NotYet(
              'five draws asked random no more often than one draw.',
              'draw anew for each share: Array.from({ length: draws }, () => ...) calls its function each time, fill does not.',
            );
          }
        },
      },
      {
        says: 'every new test set holds all 40 words once',
        holds: () => {
          const wrong = drawn(50).find((share) => Math.abs(share - 0.75) > 1e-9);
          if (wrong !== undefined) {
            throw new NotYet(
              `30 of 40 words are right, yet one draw gave ${Number(wrong.toFixed(4))}.`,
              'yours seems to draw some words twice and others never. That is the right bootstrap; here we want the wrong one.',
            );
          }
        },
      },
    ],
  });
}

/** Exercise 11.3: two models on the same words, 1 for right and 0 for wrong, to the interval of their difference. */
export type PairedInterval = (first: number[], second: number[]) => ConfidenceInterval;

/** Checks exercise 11.3: a bootstrap of the difference, in which both models are tried on the same drawn words. */
export function checkPairedInterval(answer: PairedInterval): void {
  const words = 400;
  // The first model is right on 70 % of the words, the second on the same ones and on a few more.
  const first = Array.from({ length: words }, (_, word) => Number(word % 10 < 7));
  const second = first.map((right, word) => (word % 40 === 9 ? 1 : right)); // 10 words more: 2.5 points
  const interval = (one: number[], other: number[]): ConfidenceInterval => {
    const got = answer([...one], [...other]) as Partial<ConfidenceInterval> | undefined;
    const ends = [got?.low, got?.estimate, got?.high];
    if (!ends.every((end): end is number => typeof end === 'number' && Number.isFinite(end))) {
      throw new NotYet(
        `expected { estimate, low, high } with a number each, got ${JSON.stringify(got)}.`,
        'bootstrapInterval returns just that.',
      );
    }
    return got as ConfidenceInterval;
  };
  const shown = ({ estimate, low, high }: ConfidenceInterval): string =>
    `${estimate.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
  checkExercise({
    name: '11.3 a difference and its interval',
    of: EXERCISES,
    requirements: [
      {
        says: 'the estimate is the second share minus the first',
        holds: () => {
          const got = interval(first, second);
          if (!(Math.abs(got.estimate - 0.025) <= 1e-6)) {
            throw new NotYet(
              `0.725 minus 0.700 should be 0.025, got ${Number(got.estimate.toFixed(4))}.`,
              'the statistic of a sample: the mean of the second model minus the mean of the first.',
            );
          }
        },
      },
      {
        says: 'a model differs from itself by exactly 0',
        holds: () => {
          const got = interval(first, first);
          if (!(Math.abs(got.low) <= 1e-6 && Math.abs(got.high) <= 1e-6)) {
            throw new NotYet(
              `the same model twice should give 0 to 0, got ${shown(got)}.`,
              'both models must be tried on the same drawn words: draw the places of the words, or pairs, not twice.',
            );
          }
        },
      },
      {
        says: 'ten more words, and none lost: the difference is real',
        holds: () => {
          const got = interval(first, second);
          if (!(got.low > 0 && got.high < 0.05)) {
            throw new NotYet(
              `the interval should lie between 0 and 0.05, got ${shown(got)}.`,
              'draw as many pairs as there are words, 1,000 times, and keep the middle 95 %.',
            );
          }
        },
      },
      {
        says: 'as many lost as won: nothing can be said',
        holds: () => {
          const other = first.map((right, word) => (word % 20 === 9 ? 1 : word % 20 === 3 ? 0 : right));
          const got = interval(first, other);
          if (!(got.low < -0.01 && got.high > 0.01)) {
            throw new NotYet(
              `20 words won and 20 lost should give an interval around 0, got ${shown(got)}.`,
              'keep the sign of the difference, and take the difference anew in each draw: the ends of two intervals, subtracted, are not the ends of the interval of the difference.',
            );
          }
        },
      },
    ],
  });
}
