import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { cosineSimilarity, dotProduct, unitVector } from '../../../src/embeddings';
import {
  checkAnalogyRow,
  checkBrokenNearest,
  checkCosines,
  checkNeutralise,
  type AnalogyRow,
  type BrokenNearest,
  type Cosines,
  type Neutralise,
  type VectorTable,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { rejects, verdict } from './answers';

function accepts<Answer>(check: (answer: Answer) => void, answer: Answer): void {
  test('accepts the solution', (context) => {
    const { right, printed } = verdict(context, () => check(answer));
    assert.ok(right, printed);
    assert.match(printed, /\d of 4 done/);
  });
}

const largest = (values: number[]): number => values.indexOf(Math.max(...values));

describe('exercise 1.1, cosines with a table', () => {
  const lengths = (table: tf.Tensor2D): tf.Tensor => table.norm('euclidean', 1);
  accepts<Cosines>(checkCosines, (table, query) =>
    table.mul(query).sum(1).div(lengths(table).mul(query.norm()).maximum(1e-12)),
  );
  rejects<Cosines>(checkCosines, {
    'the unmodified stub': [(_, query) => query, /expected the shape \[4\], got \[3\].*\n.*which axis/],
    'a sum over the words': [(table, query) => table.mul(query).sum(0), /which axis do you sum over/],
    'the dot product': [(table, query) => table.mul(query).sum(1), /the length of its own row/],
    'a query that is not normalised': [
      (table, query) => table.mul(query).sum(1).div(lengths(table).maximum(1e-12)),
      /divide by the length of the query too/,
    ],
    'the largest number of the query for its length': [
      (table, query) => table.mul(query).sum(1).div(lengths(table).mul(query.max()).maximum(1e-12)),
      /divide by the length of the query too/,
    ],
    'squares without a root': [
      (table, query) => table.mul(query).sum(1).div(table.square().sum(1).mul(query.square().sum())),
      /root of the sum of squares/,
    ],
    'zero divided by zero': [
      (table, query) => table.mul(query).sum(1).div(lengths(table).mul(query.norm())),
      /\[0,1\], got \[NaN, 1\].*\n.*maximum/,
    ],
  });
});

describe('exercise 1.2, nearest by the dot product', () => {
  accepts<BrokenNearest>(checkBrokenNearest, (table, word) =>
    largest(table.map((row) => dotProduct(row, table[word]))),
  );
  rejects<BrokenNearest>(checkBrokenNearest, {
    'the unmodified stub': [() => -1, /expected the index of a row, 0 to 2, got -1\.\n.*rows are counted from 0/],
    'a row instead of its index': [(table) => table[0] as unknown as number, /return a number, not a row/],
    'the word left out, which is right': [
      (table, word) => largest(table.map((row, index) => (index === word ? -Infinity : dotProduct(row, table[word])))),
      /do not leave the word itself out/,
    ],
    'the cosine, which is right': [
      (table, word) => largest(table.map((row) => cosineSimilarity(row, table[word]))),
      /the plain dot product, not divided/,
    ],
    'always the word itself': [(_, word) => word, /row 2 should win, you return row 0/],
    'always the last row but the first time': [(table, word) => (word === 1 ? 1 : table.length - 1), /row 3 is/],
  });
});

describe('exercise 1.3, an analogy', () => {
  const answer =
    ({ unit = unitVector, sign = 1, exclude = 'abc', score = cosineSimilarity } = {}): AnalogyRow =>
    (table: VectorTable, a, b, c) => {
      const left = { a, b, c };
      const [from, to, other] = [a, b, c].map((row) => unit(table[row]));
      const target = other.map((value, d) => value + sign * (to[d] - from[d]));
      return largest(
        table.map((row, index) =>
          [...exclude].some((name) => left[name as 'a'] === index) ? -Infinity : score(row, target),
        ),
      );
    };
  accepts(checkAnalogyRow, answer());
  rejects<AnalogyRow>(checkAnalogyRow, {
    'the unmodified stub': [(_table, _a, _b, c) => c, /expected row 3, got row 2.*\n.*the way that leads from a to b/],
    'the wrong way': [answer({ sign: -1 }), /the way that leads from a to b/],
    'words of the question': [answer({ exclude: '' }), /Pass over a, b and c/],
    'a as the answer': [answer({ exclude: 'bc' }), /a itself lies nearest.*\n.*Pass over a, b and c/],
    'b as the answer': [answer({ exclude: 'ac' }), /Pass over a, b and c/],
    'c as the answer': [answer({ exclude: 'ab' }), /Pass over a, b and c/],
    'the dot product': [answer({ score: dotProduct }), /compare by the cosine/],
    'lengths that count': [answer({ unit: (row) => Array.from(row) }), /bring a, b and c to length 1/],
    'the smallest distance': [
      answer({ score: (row, target) => -Math.hypot(...Array.from(row, (value, d) => value - target[d])) }),
      /points the right way as before/,
    ],
    'a search that begins at 0': [
      (table, a, b, c) => {
        const [from, to, other] = [a, b, c].map((row) => unitVector(table[row]));
        const target = other.map((value, d) => value + to[d] - from[d]);
        let [best, nearest] = [0, 0];
        table.forEach((row, index) => {
          const cosine = cosineSimilarity(row, target);
          if (![a, b, c].includes(index) && cosine > best) [best, nearest] = [cosine, index];
        });
        return nearest;
      },
      /begin below all of them/,
    ],
    'nothing at all': [() => undefined as unknown as number, /got undefined/],
  });
});

describe('exercise 1.4, neutralise by projection', () => {
  const share = (table: tf.Tensor2D, axis: tf.Tensor1D): tf.Tensor => table.mul(axis).sum(1, true);
  accepts<Neutralise>(checkNeutralise, (table, axis) =>
    table.sub(share(table, axis).div(axis.square().sum()).mul(axis)),
  );
  rejects<Neutralise>(checkNeutralise, {
    'the unmodified stub': [(table) => table, /expected \[\[0, 1, 2\], \[0, 5, 0\]\], got \[\[3, 1, 2\]/],
    'an axis that must have length 1': [
      (table, axis) => table.sub(share(table, axis).mul(axis)),
      /\(axis \. axis\), or bring the axis to length 1/,
    ],
    'the projection itself': [(table, axis) => share(table, axis).div(axis.square().sum()).mul(axis), /each row minus/],
    'a column set to 0': [(table, axis) => table.mul(axis.equal(0).toFloat()), /right angle|became/],
    'rows of length 1': [
      (table, axis) => {
        const left = table.sub(share(table, axis).div(axis.square().sum()).mul(axis));
        return left.div(left.norm('euclidean', 1, true));
      },
      /expected \[\[0, 1, 2\]/,
    ],
    'one row': [(table) => table.mean(0), /as many rows and columns/],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/01-embeddings.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /4 of 4 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
