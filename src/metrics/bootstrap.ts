import { SeededRandom } from '../training/random';

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /** Any integer. */
  seed: number;
  /** How many times the test set is drawn again. Default: 1000. */
  samples?: number | undefined;
  /** How sure the interval shall be, between 0 and 1. Default: 0.95. */
  confidence?: number | undefined;
}

/** A figure and the interval around it. */
export interface ConfidenceInterval {
  /** The figure on the test set as it is. */
  estimate: number;
  /** The interval's lower end. */
  low: number;
  /** The interval's upper end. */
  high: number;
}

/**
 * How far a figure would wander if the test set were another sample of the same size: the set is drawn again and again
 * from itself, with replacement, and the middle 95 % of the figures are the interval.
 *
 * It measures the luck of the test set only. The luck of a training's seed comes on top: train with several.
 *
 * @param items the test set: predictions, or each example's own score.
 * @param statistic the figure of a set of items, such as `(sample) => phoneErrorRate(sample).micro`.
 * @throws {RangeError} when there is no item, or an option is out of range.
 * @see Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13: the percentile interval.
 */
export function bootstrapInterval<Item>(
  items: readonly Item[],
  statistic: (sample: readonly Item[]) => number,
  { seed, samples = 1000, confidence = 0.95 }: BootstrapOptions,
): ConfidenceInterval {
  if (items.length === 0) throw new RangeError('items must hold at least one item, got none');
  if (!Number.isInteger(samples) || samples < 1) {
    throw new RangeError(`samples must be a positive integer, got ${samples}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence must be a number between 0 and 1, got ${confidence}`);
  }
  const random = new SeededRandom(seed);
  const figures = Array.from({ length: samples }, () =>
    statistic(Array.from(items, () => items[random.integer(items.length)] as Item)),
  ).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return { estimate: statistic(items), low: quantile(figures, tail), high: quantile(figures, 1 - tail) };
}

/** The quantile of sorted numbers, in a straight line between neighbours. */
function quantile(sorted: readonly number[], part: number): number {
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
