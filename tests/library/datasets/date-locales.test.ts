import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadDateLocales } from '../../../src/datasets/date-locales';
import { DateLocale, writeLocalDate } from '../../../src/datasets/date-patterns';
import { dateExamples, dateSplit } from '../../../src/datasets/dates';

const locales = loadDateLocales();
const locale = (code: string): DateLocale => locales.find((each) => each.locale === code)!;
const styles = locales.flatMap((each) => Object.keys(each.patterns).map((style) => ({ locale: each, style })));

test('there are 25 languages with 96 patterns, and the licence lies beside them', () => {
  assert.equal(locales.length, 25);
  assert.equal(styles.length, 96);
  assert.equal(new Set(locales.map((each) => each.locale)).size, 25);
  const licence = fs.readFileSync(path.join('datasets', 'date-locales', 'LICENSE'), 'utf8');
  assert.match(licence, /UNICODE LICENSE V3[^]*Copyright © [-\d]+ Unicode, Inc\./);
  assert.match(licence, /SPDX-License-Identifier: Unicode-3\.0/);
});

// What Intl.DateTimeFormat of Node 20 (ICU, an implementation of its own) writes for these days.
const KNOWN: [code: string, iso: string, ...written: string[]][] = [
  ['de', '2008-03-25', 'Dienstag, 25. März 2008', '25. März 2008'],
  ['de', '1987-01-04', 'Sonntag, 4. Januar 1987', '4. Januar 1987'],
  ['zh', '2008-03-25', '2008年3月25日星期二', '2008年3月25日'],
  ['hu', '2008-03-25', '2008. március 25., kedd', '2008. március 25.', '2008. márc. 25.', '2008. 03. 25.'],
  ['fi', '2008-03-25', 'tiistai 25. maaliskuuta 2008', '25. maaliskuuta 2008', '25.3.2008'],
  ['he', '2008-03-25', 'יום שלישי, 25 במרץ 2008', '25 במרץ 2008', '25 במרץ 2008', '25.3.2008'],
  ['bn', '2008-03-25', 'মঙ্গলবার, ২৫ মার্চ, ২০০৮', '২৫ মার্চ, ২০০৮', '২৫ মার্চ, ২০০৮', '২৫/৩/০৮'],
  ['mr', '2008-03-25', 'मंगळवार, २५ मार्च, २००८', '२५ मार्च, २००८', '२५ मार्च, २००८', '२५/३/०८'],
  ['ar-EG', '2008-03-25', 'الثلاثاء، ٢٥ مارس ٢٠٠٨', '٢٥ مارس ٢٠٠٨', '٢٥\u200f/٠٣\u200f/٢٠٠٨', '٢٥\u200f/٣\u200f/٢٠٠٨'],
  ['th', '2008-03-25', 'วันอังคารที่ 25 มีนาคม พ.ศ. 2551'],
];

test('known dates are written as Intl writes them, in their own digits and calendar', () => {
  for (const [code, iso, ...written] of KNOWN) {
    const names = Object.keys(locale(code).patterns);
    written.forEach((text, at) => assert.equal(writeLocalDate(iso, locale(code), names[at]), text));
  }
});

test('long dates of all months agree with this Node’s own Intl in every language', () => {
  const differing = locales.flatMap((each) => {
    // Thailand: CLDR names the era in the long form of generic calendars, ICU does not.
    if (each.locale === 'th') return [];
    const format = new Intl.DateTimeFormat(each.locale, { dateStyle: 'long', timeZone: 'UTC' });
    const days = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(1961 + 7 * month, month, 3 + 2 * month)));
    const plain = (text: string): string => text.replace(/[\s\u200f]+/g, ' ');
    return days
      .map((day) => [format.format(day), writeLocalDate(day.toISOString().slice(0, 10), each, 'long')].map(plain))
      .filter(([theirs, ours]) => theirs !== ours);
  });
  assert.deepEqual(differing, []);
});

test('Thai years are of the Buddhist calendar, and say so', () => {
  const thai = locale('th');
  const calendar = new Intl.DateTimeFormat('th-TH').resolvedOptions().calendar;
  assert.equal(calendar, 'buddhist', 'as Intl has it too');
  for (const style of Object.keys(thai.patterns)) {
    for (const iso of ['1950-01-01', '2008-03-25', '2049-12-31']) {
      const year = String(Number(iso.slice(0, 4)) + 543);
      const written = writeLocalDate(iso, thai, style);
      assert.ok(written.includes(year), `${written} must hold ${year}`);
      assert.ok(!written.includes(iso.slice(0, 4)), `${written} must not hold ${iso.slice(0, 4)}`);
      assert.ok(written.includes('พ.ศ.'), `${written} must name its era`);
    }
  }
});

test('no string can be read as two dates, whatever the language', () => {
  const readings = new Map<string, string>();
  // Where the last two digits of the year can be a day or a month, and the two ends.
  for (const year of [1950, ...Array.from({ length: 12 }, (_, after) => 2001 + after), 2049]) {
    for (let time = Date.UTC(year, 0, 1); time < Date.UTC(year + 1, 0, 1); time += 24 * 60 * 60 * 1000) {
      const iso = new Date(time).toISOString().slice(0, 10);
      for (const { locale: each, style } of styles) {
        const source = writeLocalDate(iso, each, style);
        const other = readings.get(source);
        if (other !== undefined && other !== iso) assert.fail(`${source} means ${iso} and ${other}`);
        readings.set(source, iso);
      }
    }
  }
});

test('quoted text and doubled quotes of a pattern are taken literally, unknown fields are refused', () => {
  const made: DateLocale = { ...locale('en'), patterns: { x: "d 'de' MMMM ''yy", era: 'd G y', week: 'w y' } };
  assert.equal(writeLocalDate('2008-03-25', made, 'x'), "25 de March '08");
  assert.throws(() => writeLocalDate('2008-03-25', made, 'era'), /en: there is no word 0 for the field G/);
  assert.throws(() => writeLocalDate('2008-03-25', made, 'week'), /en: the field w is not known/);
  assert.throws(() => writeLocalDate('2008-03-25', locale('en'), 'short'), /style of en must be one of full \| long/);
  assert.throws(() => writeLocalDate('2008-02-30', locale('en'), 'long'), /date must be a day/);
});

test('examples stay in their split, use every language about as often, and answer with their own date', () => {
  for (const split of ['train', 'dev', 'test'] as const) {
    const examples = dateExamples({ split, count: 5000, locales });
    for (const { source, target, format, locale: code } of examples) {
      assert.equal(dateSplit(target), split);
      assert.equal(writeLocalDate(target, locale(code!), format.split(' ')[1]), source);
    }
    for (const each of locales) {
      const count = examples.filter((example) => example.locale === each.locale).length;
      assert.ok(count > 140 && count < 260, `${each.locale}: ${count} of 5000`);
    }
    assert.equal(new Set(examples.map(({ format }) => format)).size, 96);
  }
  assert.deepEqual(
    dateExamples({ split: 'test', count: 3, locales }),
    dateExamples({ split: 'test', count: 50, locales }).slice(0, 3),
  );
  assert.throws(() => dateExamples({ split: 'test', count: 1, locales: [] }), /locales must hold at least one/);
});

test('examples of the twenty formats are what they were before there were languages', () => {
  assert.deepEqual(dateExamples({ split: 'test', count: 2 }), [
    { source: 'february 19th, 1966', target: '1966-02-19', format: 'march 25th, 2008' },
    { source: '2024年1月9日', target: '2024-01-09', format: '2008年3月25日' },
  ]);
  assert.ok(dateExamples({ split: 'train', count: 100 }).every((example) => !('locale' in example)));
});
