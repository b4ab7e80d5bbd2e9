/**
 * Dates as people write them, and the same dates as ISO 8601: a task small enough to learn in half a minute, in which
 * attention can be seen at work (the year may stand first or last, the month may be a number or a name).
 *
 * Nothing is downloaded: the examples are generated, and example `index` of a split and a seed is always the same.
 *
 * @see Lesson 05, "Soft attention", and datasets/dates/README.md (the data card).
 */
import { FIRST_DAY, LAST_DAY, MILLISECONDS_PER_DAY, readDay } from './calendar';
import { type DateLocale, writeLocalDate } from './date-patterns';
import { hashText, type Split, splitOf } from './split';

/** One date, written in some format, and what the model must answer. */
export interface DateExample {
  /** The date as somebody wrote it: `Tuesday, March 25, 2008`. */
  source: string;
  /** The same date as `yyyy-mm-dd`. */
  target: string;
  /** The name of the format, an entry of {@link dateFormats}; of a language its code and style: `de long`. */
  format: string;
  /** The language's code, where {@link DateExamplesOptions.locales} are given. */
  locale?: string | undefined;
}

/** Options of {@link dateExamples}. */
export interface DateExamplesOptions {
  /** Which dates: no date of one split occurs in another. */
  split: Split;
  /** How many examples. */
  count: number;
  /** Another seed, other examples. Default 0. */
  seed?: number | undefined;
  /** Languages to write in, each as often as the others, in place of the twenty formats: see `loadDateLocales`. */
  locales?: readonly DateLocale[] | undefined;
}

const SHARES = { test: 0.1, dev: 0.1 };

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

/** The parts of a date from which a format is put together. */
interface DateParts {
  year: string;
  shortYear: string;
  month: string;
  paddedMonth: string;
  monthName: string;
  shortMonthName: string;
  day: string;
  paddedDay: string;
  ordinalDay: string;
  weekday: string;
  shortWeekday: string;
}

/**
 * The twenty formats, named by how 25 March 2008 looks in them. No string can be read as two dates: slashes are always
 * month first, dots and dashes day first, and a short year below 50 is 20xx.
 */
const FORMATS: Record<string, (date: DateParts) => string> = {
  '2008-03-25': (date) => `${date.year}-${date.paddedMonth}-${date.paddedDay}`,
  '2008/3/25': (date) => `${date.year}/${date.month}/${date.day}`,
  '2008.03.25': (date) => `${date.year}.${date.paddedMonth}.${date.paddedDay}`,
  '20080325': (date) => `${date.year}${date.paddedMonth}${date.paddedDay}`,
  '2008年3月25日': (date) => `${date.year}年${date.month}月${date.day}日`,
  '25.3.2008': (date) => `${date.day}.${date.month}.${date.year}`,
  '25-03-2008': (date) => `${date.paddedDay}-${date.paddedMonth}-${date.year}`,
  '25.03.08': (date) => `${date.paddedDay}.${date.paddedMonth}.${date.shortYear}`,
  '3/25/2008': (date) => `${date.month}/${date.day}/${date.year}`,
  '03/25/08': (date) => `${date.paddedMonth}/${date.paddedDay}/${date.shortYear}`,
  'Mar 25, 2008': (date) => `${date.shortMonthName} ${date.day}, ${date.year}`,
  'March 25, 2008': (date) => `${date.monthName} ${date.day}, ${date.year}`,
  'MARCH 25 2008': (date) => `${date.monthName.toUpperCase()} ${date.day} ${date.year}`,
  'march 25th, 2008': (date) => `${date.monthName.toLowerCase()} ${date.ordinalDay}, ${date.year}`,
  '25-Mar-08': (date) => `${date.paddedDay}-${date.shortMonthName}-${date.shortYear}`,
  '25 Mar 2008': (date) => `${date.day} ${date.shortMonthName} ${date.year}`,
  '25 March 2008': (date) => `${date.day} ${date.monthName} ${date.year}`,
  '25th of March 2008': (date) => `${date.ordinalDay} of ${date.monthName} ${date.year}`,
  'Tue 25 Mar 2008': (date) => `${date.shortWeekday} ${date.day} ${date.shortMonthName} ${date.year}`,
  'Tuesday, March 25, 2008': (date) => `${date.weekday}, ${date.monthName} ${date.day}, ${date.year}`,
};

/** The names of the twenty formats: how 25 March 2008 looks in each. */
export const dateFormats: readonly string[] = Object.keys(FORMATS);

/**
 * Writes a date in one of the formats: `writeDate('2008-03-25', '25.3.2008')` gives `25.3.2008`.
 *
 * @param iso The date as `yyyy-mm-dd`, a day that exists from 1950-01-01 to 2049-12-31.
 * @param format An entry of {@link dateFormats}.
 * @throws {RangeError} when the date or the format is not one of these.
 */
export function writeDate(iso: string, format: string): string {
  const write = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (!write) throw new RangeError(`format must be one of ${dateFormats.join(' | ')}, got ${format}`);
  return write(partsOf(iso));
}

/**
 * The split of a date: by a hash of the date itself, so that all its spellings stay on one side. About 80 % of the
 * 36,525 dates are `train`, 10 % `dev`, 10 % `test`.
 *
 * @throws {RangeError} when `iso` is not a day from 1950-01-01 to 2049-12-31, as `yyyy-mm-dd`.
 */
export function dateSplit(iso: string): Split {
  readDay(iso);
  return splitOf(iso, SHARES);
}

/**
 * Examples of one split, each a random date in a random format, or in a random style of a random language: the same ones
 * for the same seed, on every machine.
 *
 * @throws {RangeError} when `count` is not a whole number >= 0, the split is unknown, or `locales` is empty.
 */
export function dateExamples({ split, count, seed = 0, locales }: DateExamplesOptions): DateExample[] {
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`count must be a whole number >= 0, got ${count}`);
  if (locales?.length === 0) throw new RangeError('locales must hold at least one language, got none');
  const dates = datesOfSplit(split);
  return Array.from({ length: count }, (_, index) => {
    function draw<Item>(what: string, items: readonly Item[]): Item {
      return items[hashText(`${what} ${seed} ${index}`) % items.length] as Item;
    }
    const target = draw('date', dates);
    if (!locales) {
      const format = draw('format', dateFormats);
      return { source: writeDate(target, format), target, format };
    }
    const language = draw('locale', locales);
    const style = draw('style', Object.keys(language.patterns));
    const source = writeLocalDate(target, language, style);
    return { source, target, format: `${language.locale} ${style}`, locale: language.locale };
  });
}

const datesBySplit = new Map<Split, string[]>();

/** All dates of a split in calendar order. */
function datesOfSplit(split: Split): string[] {
  if (datesBySplit.size === 0) {
    for (const name of ['train', 'dev', 'test'] as const) datesBySplit.set(name, []);
    for (let day = FIRST_DAY; day <= LAST_DAY; day += MILLISECONDS_PER_DAY) {
      const iso = new Date(day).toISOString().slice(0, 10);
      datesBySplit.get(splitOf(iso, SHARES))!.push(iso);
    }
  }
  const dates = datesBySplit.get(split);
  if (!dates) throw new RangeError(`split must be train, dev or test, got ${String(split)}`);
  return dates;
}

function partsOf(iso: string): DateParts {
  const { month, day, weekday } = readDay(iso);
  const [year, paddedMonth, paddedDay] = iso.split('-') as [string, string, string];
  const monthName = MONTHS[month - 1]!;
  return {
    year,
    shortYear: year.slice(2),
    month: String(month),
    paddedMonth,
    monthName,
    shortMonthName: monthName.slice(0, 3),
    day: String(day),
    paddedDay,
    ordinalDay: ordinal(day),
    weekday: WEEKDAYS[weekday]!,
    shortWeekday: WEEKDAYS[weekday]!.slice(0, 3),
  };
}

function ordinal(day: number): string {
  const teen = day >= 11 && day <= 13;
  const suffix = teen ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');
  return `${day}${suffix}`;
}
