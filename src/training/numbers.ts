/**
 * Checks of the numbers that steer an optimizer, made where each of them comes in: one that is not finite, or that
 * float32 holds as 0 or as infinity, would reach every variable within a step.
 */

/** @throws {RangeError} when `rate`, a step size, is not a finite number >= 0. */
export function requireRate(argument: string, rate: number): void {
  requireNumber(argument, rate, '>= 0', rate >= 0 && Math.fround(rate) < Infinity);
}

/** @throws {RangeError} when `norm`, the longest that something may be, is not a number > 0. Infinity is no limit. */
export function requireNorm(argument: string, norm: number): void {
  requireNumber(argument, norm, '> 0', Math.fround(norm) > 0);
}

/** @throws {RangeError} when `decay` is not at least 0 and below 1. */
export function requireDecay(argument: string, decay: number): void {
  requireNumber(argument, decay, 'of at least 0 and below 1', decay >= 0 && Math.fround(decay) < 1);
}

/** @throws {RangeError} when `epsilon`, which is added to a divisor, is not finite, or too near to 0 for float32. */
export function requireEpsilon(argument: string, epsilon: number): void {
  requireNumber(argument, epsilon, 'of at least 1e-30', epsilon >= 1e-30 && Math.fround(epsilon) < Infinity);
}

function requireNumber(argument: string, value: number, expected: string, holds: boolean): void {
  if (holds) return;
  const held = Math.fround(value);
  const rounded = Number.isFinite(value) && [0, 1, Infinity].includes(held) && held !== value;
  throw new RangeError(
    `${argument} must be a number ${expected}, got ${value}${rounded ? `, which is ${held} in float32` : ''}`,
  );
}
