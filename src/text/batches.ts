import type { SeededRandom } from '../training/random';

/** Options of {@link bucketBatches}. */
export interface BucketOptions {
  /** How many examples a batch has; the last one may have fewer. */
  batchSize: number;
  /** Shuffles examples of like length among each other, and then the batches. Without it: in order of length. */
  random?: SeededRandom | undefined;
  /**
   * Lengths that are the same, rounded up to multiples of this, count as alike: wider buckets mix examples better and
   * cost more padding. Default: 1, only equal lengths are alike.
   */
  bucketWidth?: number | undefined;
}

/**
 * Sorts examples into batches of like length, so that hardly any time is spent on padding.
 *
 * With `random` the batches differ from epoch to epoch, yet repeat for the same seed: examples are shuffled, put in order
 * of length (alike ones stay shuffled), cut into batches, and the batches shuffled.
 *
 * @param lengths the length of each example.
 * @returns the indices of the examples of each batch; every example occurs exactly once.
 * @throws {RangeError} when `batchSize` or `bucketWidth` is not a positive integer, or a length is not a number >= 0.
 * @see Lesson 03, "BiLSTM".
 */
export function bucketBatches(
  lengths: ArrayLike<number>,
  { batchSize, random, bucketWidth = 1 }: BucketOptions,
): number[][] {
  requirePositive('batchSize', batchSize);
  requirePositive('bucketWidth', bucketWidth);
  const indices = Array.from(lengths, (length, index) => {
    if (!(length >= 0)) throw new RangeError(`lengths[${index}] must be a number >= 0, got ${length}`);
    return index;
  });
  const bucket = (index: number) => Math.ceil(lengths[index]! / bucketWidth);
  const ordered = (random ? random.shuffle(indices) : indices).sort((a, b) => bucket(a) - bucket(b));
  const batches: number[][] = [];
  for (let start = 0; start < ordered.length; start += batchSize) batches.push(ordered.slice(start, start + batchSize));
  return random ? random.shuffle(batches) : batches;
}

function requirePositive(argument: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${argument} must be a positive integer, got ${value}`);
  }
}
