/** The four words of the generator. */
type Words = Uint32Array & Record<0 | 1 | 2 | 3, number>;

/** The state of a {@link SeededRandom} as plain data, for JSON. */
export interface RandomState {
  /** Where the stream comes from: decides what {@link SeededRandom.fork} gives. 16 hexadecimal digits. */
  key: string;
  /** The generator's four words, each an integer from 0 to 2^32 - 1. */
  words: number[];
}

/**
 * Random numbers that repeat: the same seed gives the same numbers on every machine, 0 included.
 *
 * The generator is xoshiro128** 1.1 and its four words of state are filled by SplitMix64 from the seed, as its authors
 * advise. Both are public domain: David Blackman & Sebastiano Vigna, "Scrambled linear pseudorandom number generators",
 * ACM Transactions on Mathematical Software 47(4), 2021, and https://prng.di.unimi.it.
 *
 * @example
 * const random = new SeededRandom(0);
 * const order = random.fork('order').shuffle([1, 2, 3]);
 * @see Every lesson that trains.
 */
export class SeededRandom {
  private readonly key: bigint;
  private words: Words;

  /**
   * @param seed any integer, negative ones too; integers beyond 64 bits wrap around.
   * @throws {RangeError} when `seed` is not an integer.
   */
  constructor(seed: number | bigint) {
    if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) {
      throw new RangeError(`seed must be an integer, got ${String(seed)}`);
    }
    this.key = BigInt.asUintN(64, BigInt(seed));
    const first = splitMix64(this.key);
    const second = splitMix64(this.key + GOLDEN_GAMMA);
    this.words = Uint32Array.from([first, first >> 32n, second, second >> 32n], (bits) =>
      Number(BigInt.asUintN(32, bits)),
    ) as Words;
  }

  /** A number from 0 (included) to 1 (not included), with 53 random bits. */
  uniform(): number {
    const high = this.next() >>> 5;
    const low = this.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * An integer from 0 to `n` - 1, each equally likely.
   *
   * @throws {RangeError} when `n` is not an integer from 1 to 2^32.
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`n must be an integer from 1 to 2^32, got ${n}`);
    }
    // The last, incomplete run of n values would make the small ones more likely.
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = this.next();
    while (value >= limit) value = this.next();
    return value % n;
  }

  /** A number from the standard normal distribution (mean 0, variance 1), by the method of Box & Muller 1958. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A new array with the same elements in random order, by the method of Fisher & Yates. */
  shuffle<T>(array: ArrayLike<T>): T[] {
    const shuffled = Array.from(array);
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  }

  /**
   * A seed for one of TensorFlow's own generators (initialisers, dropout): an integer from 1 to 2^31 - 1. Never 0, since
   * TensorFlow.js takes seed 0 for "no seed".
   */
  tensorSeed(): number {
    return 1 + this.integer(2 ** 31 - 1);
  }

  /**
   * An independent stream of its own. It depends on this stream's seed and on the label, never on how many numbers have
   * been drawn: drawing one number more in one place changes nothing in another.
   */
  fork(label: string | number): SeededRandom {
    return new SeededRandom(splitMix64(this.key ^ splitMix64(hash64(String(label)))));
  }

  /** The present state as plain data; {@link SeededRandom.fromState} goes on from there. */
  getState(): RandomState {
    return { key: this.key.toString(16).padStart(16, '0'), words: Array.from(this.words) };
  }

  /**
   * A generator that goes on where `getState` was called.
   *
   * @throws {TypeError} when `state` is not what `getState` returns.
   */
  static fromState(state: RandomState): SeededRandom {
    const valid =
      /^[0-9a-f]{16}$/.test(state?.key) &&
      Array.isArray(state.words) &&
      state.words.length === 4 &&
      state.words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32);
    if (!valid) throw new TypeError(`not the state of a SeededRandom: ${JSON.stringify(state)}`);
    const random = new SeededRandom(BigInt(`0x${state.key}`));
    random.words = Uint32Array.from(state.words) as Words;
    return random;
  }

  /** The next 32 bits of xoshiro128**. */
  private next(): number {
    const s = this.words;
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }
}

/**
 * A seed for the dropout of one training step: the same for the same seed and step, and another for each step. (With one
 * fixed seed, TensorFlow.js drops the same units at every step.)
 *
 * @returns an integer from 1 to 2^31 - 1.
 */
export function stepSeed(seed: number, step: number): number {
  return new SeededRandom(seed).fork(step).tensorSeed();
}

/** The step of SplitMix64: 2^64 divided by the golden ratio, made odd. */
const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n;

/** The output of SplitMix64 in the given state. */
function splitMix64(state: bigint): bigint {
  let z = BigInt.asUintN(64, state + GOLDEN_GAMMA);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** FNV-1a, 64 bits, over the UTF-16 codes. */
function hash64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
