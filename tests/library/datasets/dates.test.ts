import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateExamples, dateFormats, dateSplit, writeDate } from '../../../src/datasets/dates';
import { hashText, splitOf } from '../../../src/datasets/split';

/** Every day of the task, counted by hand rather than with the generator's own arithmetic. */
function* allDays(): Generator<string> {
  for (let year = 1950; year <= 2049; year += 1) {
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (let month = 1; month <= 12; month += 1) {
      for (let day = 1; day <= lengths[month - 1]; day += 1) {
        yield `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
      }
    }
  }
}

test('the hash equals published values of FNV-1a, finished by fmix32', () => {
  // FNV-1a of '' is 0x811c9dc5, of 'a' 0xe40c292c; fmix32 computed with an independent implementation (Python).
  assert.equal(hashText(''), 0xab3e7c0b);
  assert.equal(hashText('a'), 0x1a80b1b3);
});

test('there are twenty formats, each named by how 25 March 2008 looks in it', () => {
  assert.equal(dateFormats.length, 20);
  assert.ok(dateFormats.includes('2008年3月25日'));
  for (const format of dateFormats) assert.equal(writeDate('2008-03-25', format), format);
});

test('single digits, ordinals and weekdays are written as people write them', () => {
  assert.equal(writeDate('2024-02-01', 'march 25th, 2008'), 'february 1st, 2024');
  assert.equal(writeDate('2024-02-02', '25th of March 2008'), '2nd of February 2024');
  assert.equal(writeDate('2024-02-11', '25th of March 2008'), '11th of February 2024');
  assert.equal(writeDate('2024-02-23', '25th of March 2008'), '23rd of February 2024');
  assert.equal(writeDate('2024-02-29', 'Tuesday, March 25, 2008'), 'Thursday, February 29, 2024');
  assert.equal(writeDate('2049-12-05', '2008年3月25日'), '2049年12月5日');
  assert.equal(writeDate('1950-01-09', '03/25/08'), '01/09/50');
});

test('no string can be read as two dates', () => {
  const readings = new Map<string, string>();
  for (const iso of allDays()) {
    for (const format of dateFormats) {
      const source = writeDate(iso, format);
      assert.equal(readings.get(source) ?? iso, iso, `${source} means two dates`);
      readings.set(source, iso);
    }
  }
});

test('every date is in one split, about 80, 10 and 10 per cent', () => {
  const counts = { train: 0, dev: 0, test: 0 };
  for (const iso of allDays()) counts[dateSplit(iso)] += 1;
  const total = counts.train + counts.dev + counts.test;
  assert.equal(total, 36525);
  assert.ok(Math.abs(counts.test / total - 0.1) < 0.01, `test ${counts.test}`);
  assert.ok(Math.abs(counts.dev / total - 0.1) < 0.01, `dev ${counts.dev}`);
});

test('examples stay in their split, use all formats, and answer with their own date', () => {
  for (const split of ['train', 'dev', 'test'] as const) {
    const examples = dateExamples({ split, count: 2000, seed: 1 });
    assert.equal(examples.length, 2000);
    for (const { source, target, format } of examples) {
      assert.equal(dateSplit(target), split);
      assert.equal(writeDate(target, format), source);
    }
    assert.equal(new Set(examples.map(({ format }) => format)).size, 20);
  }
});

test('the same seed gives the same examples, 0 included, another seed others', () => {
  const draw = (seed: number, count = 50): unknown => dateExamples({ split: 'train', count, seed });
  assert.deepEqual(draw(0), draw(0));
  assert.notDeepEqual(draw(0), draw(1));
  assert.deepEqual((draw(3, 100) as unknown[]).slice(0, 50), draw(3), 'more examples begin with the same ones');
});

test('bad input is refused by name', () => {
  assert.throws(() => writeDate('2023-02-29', dateFormats[0]), /date must be a day.*2023-02-29/);
  assert.throws(() => writeDate('1949-12-31', dateFormats[0]), /1950-01-01 to 2049-12-31.*1949-12-31/);
  assert.throws(() => writeDate('2023-02-28', 'toString'), /format must be one of/);
  assert.throws(() => dateExamples({ split: 'train', count: 1.5 }), /count must be a whole number/);
  assert.throws(() => dateExamples({ split: 'holdout' as 'test', count: 1 }), /split must be train, dev or test/);
  assert.throws(() => splitOf('x', { test: 0.5, dev: 0.5 }), /test \+ dev below 1/);
});
