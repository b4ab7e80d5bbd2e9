/** The days of the dates task: 1950-01-01 to 2049-12-31. */

/** The first day, as milliseconds since 1970. */
export const FIRST_DAY = Date.UTC(1950, 0, 1);
/** The last day, as milliseconds since 1970. */
export const LAST_DAY = Date.UTC(2049, 11, 31);
/** From one day to the next. */
export const MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000;

/** A day in numbers. */
export interface Day {
  /** 1950 to 2049. */
  year: number;
  /** 1 to 12. */
  month: number;
  /** 1 to 31. */
  day: number;
  /** 0 is Sunday. */
  weekday: number;
}

/**
 * The parts of a date.
 *
 * @throws {RangeError} when `iso` is not a day from 1950-01-01 to 2049-12-31, as `yyyy-mm-dd`.
 */
export function readDay(iso: string): Day {
  const time = Date.parse(`${iso}T00:00:00Z`);
  if (!(time >= FIRST_DAY && time <= LAST_DAY) || new Date(time).toISOString().slice(0, 10) !== iso) {
    throw new RangeError(`date must be a day from 1950-01-01 to 2049-12-31 as yyyy-mm-dd, got ${iso}`);
  }
  const [year, month, day] = iso.split('-').map(Number) as [number, number, number];
  return { year, month, day, weekday: new Date(time).getUTCDay() };
}
