import { requireRate } from './numbers';

/** A learning rate for each step: a function from the step (0 is the first) to the rate. */
export type LearningRateSchedule = (step: number) => number;

/** Options of {@link linearDecay} and {@link cosineDecay}. */
export interface DecayOptions {
  /** The highest rate, reached after the warm-up. */
  peak: number;
  /** How many steps the training has in all; the rate stays at `final` after them. */
  steps: number;
  /** Over how many steps the rate rises from near 0 to `peak`. Default: 0. */
  warmUpSteps?: number | undefined;
  /** The rate at the end. Default: 0. */
  final?: number | undefined;
}

/**
 * The same learning rate at every step.
 *
 * @throws {RangeError} when `rate` is not a number >= 0.
 */
export function constantRate(rate: number): LearningRateSchedule {
  requireRate('rate', rate);
  return () => rate;
}

/**
 * Warm-up, then a straight line down from `peak` to `final`.
 *
 * @throws {RangeError} when a rate is negative, or `warmUpSteps` is not below `steps`.
 */
export function linearDecay(options: DecayOptions): LearningRateSchedule {
  return warmUpThen(options, (part) => 1 - part);
}

/**
 * Warm-up, then half a cosine down from `peak` to `final`: slow at both ends, fast in the middle.
 *
 * @throws {RangeError} when a rate is negative, or `warmUpSteps` is not below `steps`.
 * @see Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts.
 */
export function cosineDecay(options: DecayOptions): LearningRateSchedule {
  return warmUpThen(options, (part) => (1 + Math.cos(Math.PI * part)) / 2);
}

/** `shape` falls from 1 to 0 while its argument, the part of the decay that is done, rises from 0 to 1. */
function warmUpThen(
  { peak, steps, warmUpSteps = 0, final = 0 }: DecayOptions,
  shape: (part: number) => number,
): LearningRateSchedule {
  requireRate('peak', peak);
  requireRate('final', final);
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`steps must be a positive integer, got ${steps}`);
  if (!Number.isInteger(warmUpSteps) || warmUpSteps < 0 || warmUpSteps >= steps) {
    throw new RangeError(`warmUpSteps must be an integer from 0 to steps - 1 = ${steps - 1}, got ${warmUpSteps}`);
  }
  return (step) => {
    if (step < warmUpSteps) return (peak * (step + 1)) / (warmUpSteps + 1);
    const part = Math.min(1, (step - warmUpSteps) / (steps - warmUpSteps));
    return final + (peak - final) * shape(part);
  };
}
