// Writes datasets/date-locales/: how 25 languages write dates, a small extract of Unicode CLDR.
//
//   npm run datasets:locales
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProgress } from './set-up/progress.mjs';
import { contentOf, readPackage } from './set-up/registry-package.mjs';
import { report } from './set-up/set-up.mjs';

const HELP = `npm run datasets:locales

Downloads the package cldr-dates-full (6 MB), checks it, and writes what the dates task needs of
it to datasets/date-locales: patterns, names of months and weekdays, the licence. The result is
committed: only a change of the list of languages or of the version calls for this command.`;

// Not a dependency: unpacked it has 99 MB, of which 25 languages' dates are 40 kB.
const SOURCE = {
  package: 'cldr-dates-full@48.2.0',
  integrity: 'sha512-zMrKvjMO414HDftLr6vKH1fNQHakFNe+F1h4S0eg+zmL4WRi9pI41fxB3UrTJDY42MEM87jCuAw/qlqCgYKcAQ==',
  bytes: 5_708_206,
};

const LANGUAGES = {
  'ar-EG': 'Arabic (Egypt)',
  bn: 'Bengali',
  cs: 'Czech',
  de: 'German',
  el: 'Greek',
  en: 'English',
  es: 'Spanish',
  fi: 'Finnish',
  fr: 'French',
  he: 'Hebrew',
  hu: 'Hungarian',
  id: 'Indonesian',
  it: 'Italian',
  ja: 'Japanese',
  ko: 'Korean',
  mr: 'Marathi',
  nl: 'Dutch',
  pl: 'Polish',
  pt: 'Portuguese',
  ru: 'Russian',
  sv: 'Swedish',
  th: 'Thai',
  tr: 'Turkish',
  vi: 'Vietnamese',
  zh: 'Chinese',
};

// What the package leaves to others: digits (CLDR's default numbering system) and, for Thailand, the calendar.
const DIGITS = { 'ar-EG': '٠١٢٣٤٥٦٧٨٩', bn: '০১২৩৪৫৬৭৮৯', mr: '०१२३४५६७८९' };
const BUDDHIST = { th: { era: 'พ.ศ.', yearsBefore: 543 } };

// `3/4/08` is 4 March in English and 3 April in seven other languages: with it, one string would mean two dates.
const LEFT_OUT = ['en short'];

/** Where CLDR keeps the words of a field of a pattern. */
const WORDS = {
  MMMM: (calendar) => Object.values(calendar.months.format.wide),
  MMM: (calendar) => Object.values(calendar.months.format.abbreviated),
  EEEE: (calendar) => weekdays(calendar.days.format.wide),
  cccc: (calendar) => weekdays(calendar.days['stand-alone'].wide),
};
const weekdays = (names) => ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'].map((day) => names[day]);

function extract(locale, read) {
  const gregorian = read(locale, 'gregorian');
  const buddhist = BUDDHIST[locale];
  // A calendar without patterns of its own, such as the Buddhist one, is written in the generic ones.
  const { dateFormats } = buddhist ? read(locale, 'generic') : gregorian;
  const patterns = {};
  for (const [style, pattern] of Object.entries(dateFormats)) {
    const known = Object.values(patterns).includes(pattern);
    if (!known && !LEFT_OUT.includes(`${locale} ${style}`)) patterns[style] = pattern;
  }
  const fields = Object.keys(WORDS).filter((field) => Object.values(patterns).some((pattern) => has(pattern, field)));
  return {
    locale,
    language: LANGUAGES[locale],
    digits: DIGITS[locale] ?? '0123456789',
    ...(buddhist ?? { yearsBefore: 0 }),
    patterns,
    words: Object.fromEntries(fields.map((field) => [field, WORDS[field](gregorian)])),
  };
}

const has = (pattern, field) => new RegExp(`(?<!${field[0]})${field}(?!${field[0]})`).test(pattern);

async function main([argument]) {
  if (argument === '--help') return console.log(HELP);
  if (argument !== undefined) {
    console.error(`npm run datasets:locales: unknown option ${argument} (npm run datasets:locales -- --help)`);
    process.exitCode = 2;
    return;
  }
  const wanted = /^(LICENSE|main\/[\w-]+\/ca-(gregorian|generic)\.json)$/;
  try {
    const files = new Map();
    const collect = async (name, body) => {
      if (wanted.test(name)) files.set(name, await contentOf(body));
    };
    await readPackage(SOURCE, collect, { progress: createProgress() });
    const read = (locale, calendar) =>
      JSON.parse(files.get(`main/${locale}/ca-${calendar}.json`)).main[locale].dates.calendars[calendar];
    const locales = Object.keys(LANGUAGES).map((locale) => extract(locale, read));
    const folder = fileURLToPath(new URL('../datasets/date-locales/', import.meta.url));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'LICENSE'), files.get('LICENSE'));
    const content = { source: SOURCE.package, licence: 'Unicode-3.0, see LICENSE', locales };
    fs.writeFileSync(path.join(folder, 'locales.json'), `${JSON.stringify(content, null, 1)}\n`);
    const count = locales.reduce((sum, { patterns }) => sum + Object.keys(patterns).length, 0);
    console.log(`${locales.length} languages, ${count} patterns: ${path.relative(process.cwd(), folder)}`);
  } catch (error) {
    process.exitCode = report(error, 'npm run datasets:locales');
  }
}

await main(process.argv.slice(2));
