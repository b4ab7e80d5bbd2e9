/**
 * Splits that never change: an item belongs to train, dev or test because of what it is, not because of where it stood
 * in a file or in which order somebody shuffled it.
 */

/** The three parts of a data set: learn on `train`, choose settings on `dev`, report `test`. */
export type Split = 'train' | 'dev' | 'test';

/** The shares of the held-out parts, as fractions of 1; the rest is `train`. */
export interface SplitShares {
  /** Share of `test`, 0 to 1. */
  test: number;
  /** Share of `dev`, 0 to 1. */
  dev: number;
}

/**
 * A 32-bit hash of a text: FNV-1a over its UTF-16 code units, then the finaliser of MurmurHash3, so that texts that
 * differ in one character land far apart.
 *
 * @returns a whole number, 0 to 2^32 - 1, the same on every machine.
 * @see http://www.isthe.com/chongo/tech/comp/fnv/ and https://github.com/aappleby/smhasher (fmix32).
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The part that an item belongs to. Split by the thing that must be new at test time (a word, a date), never by the
 * pair: one date written in two ways must not stand on both sides.
 *
 * @throws {RangeError} when the shares are not fractions that leave something for `train`.
 */
export function splitOf(key: string, { test, dev }: SplitShares): Split {
  if (!(test >= 0 && dev >= 0 && test + dev < 1)) {
    throw new RangeError(`shares must be >= 0 with test + dev below 1, got test ${test} and dev ${dev}`);
  }
  const place = hashText(key) / 2 ** 32;
  if (place < test) return 'test';
  return place < test + dev ? 'dev' : 'train';
}
