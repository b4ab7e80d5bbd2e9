/** Writes dates as a language does, by the patterns of Unicode CLDR: `EEEE, d. MMMM y` is `Dienstag, 25. März 2008`. */
import { type Day, readDay } from './calendar';

/** How one language writes dates. */
export interface DateLocale {
  /** Its code: `de`. */
  locale: string;
  /** Its English name: `German`. */
  language: string;
  /** Its digits 0 to 9, in one string. */
  digits: string;
  /** What its calendar adds to the year: 543 in Thailand, where 2008 is 2551; else 0. */
  yearsBefore: number;
  /** The name of that calendar's era, where patterns have one. */
  era?: string | undefined;
  /** Its patterns by style: `full`, `long`, `medium`, `short`, those that it has. */
  patterns: Readonly<Record<string, string>>;
  /** The words of a field: 12 for `MMMM` and `MMM`, 7 from Sunday on for `EEEE` and `cccc`. */
  words: Readonly<Record<string, readonly string[]>>;
}

/**
 * Writes a date in a language: `writeLocalDate('2008-03-25', german, 'long')` gives `25. März 2008`.
 *
 * @param iso The date as `yyyy-mm-dd`, a day that exists from 1950-01-01 to 2049-12-31.
 * @param style One of the styles in `locale.patterns`.
 * @throws {RangeError} when the date is not one of these, or the language has no such style.
 * @throws {Error} when the pattern has a field that is not known here.
 * @see https://unicode.org/reports/tr35/tr35-dates.html#Date_Format_Patterns
 */
export function writeLocalDate(iso: string, locale: DateLocale, style: string): string {
  const day = readDay(iso);
  if (!Object.hasOwn(locale.patterns, style)) {
    throw new RangeError(
      `style of ${locale.locale} must be one of ${Object.keys(locale.patterns).join(' | ')}, got ${style}`,
    );
  }
  // A quoted text, a run of one letter, or anything else, which stands for itself.
  return locale.patterns[style]!.replace(/'([^']*)'|([a-zA-Z])\2*/g, (field, quoted?: string) =>
    quoted === undefined ? writeField(field, day, locale) : quoted || "'",
  );
}

function writeField(field: string, { year, month, day, weekday }: Day, locale: DateLocale): string {
  const localYear = year + locale.yearsBefore;
  switch (field) {
    case 'y':
      return digits(localYear, 1, locale);
    case 'yy':
      return digits(localYear % 100, 2, locale);
    case 'M':
    case 'MM':
      return digits(month, field.length, locale);
    case 'd':
    case 'dd':
      return digits(day, field.length, locale);
    case 'MMM':
    case 'MMMM':
      return wordOf(field, month - 1, locale);
    case 'EEEE':
    case 'cccc':
      return wordOf(field, weekday, locale);
    case 'G':
      return wordOf(field, 0, { ...locale, words: { G: locale.era === undefined ? [] : [locale.era] } });
    default:
      throw new Error(`${locale.locale}: the field ${field} is not known`);
  }
}

function digits(value: number, places: number, locale: DateLocale): string {
  return String(value)
    .padStart(places, '0')
    .replace(/\d/g, (digit) => locale.digits[Number(digit)]!);
}

function wordOf(field: string, index: number, { locale, words }: DateLocale): string {
  const word = words[field]?.[index];
  if (word === undefined) throw new Error(`${locale}: there is no word ${index} for the field ${field}`);
  return word;
}
