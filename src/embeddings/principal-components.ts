import { ShapeError } from '../shapes';
import { SeededRandom } from '../training/random';
import { dotProduct } from './word-vectors';
import { unitVector } from './neighbours';

/** What {@link principalComponents} finds. */
export interface PrincipalComponents {
  /** The mean of all points, `[dimensions]`. */
  mean: number[];
  /** Directions of length 1 at right angles to each other, the one with the largest spread first. */
  directions: number[][];
  /** The points in these directions, `[points, directions]`: what a map shows. */
  coordinates: number[][];
  /** The share of all variance that lies in each direction, 0 to 1. */
  explained: number[];
}

/** Steps of the power method; enough to tell two directions apart whose spreads differ by a few percent. */
const STEPS = 300;
/** The share of all variance below which there is only rounding. */
const NOTHING = 1e-13;

/**
 * Principal component analysis: the directions in which points are spread out most, and the points seen along them. A map
 * of two directions is the flat shadow that keeps most of the variance; distances in it are never too long, often too
 * short.
 *
 * The power method in plain code: a vector that is multiplied by the covariance again and again turns towards the
 * direction of the largest spread; for the next direction, what lies in the earlier ones is taken out. The sign of a
 * direction is free: the number of largest size is made positive.
 *
 * @param points `[points, dimensions]`, at least two.
 * @throws {ShapeError} when the points are fewer than two or not equally long.
 * @throws {RangeError} when `count` is not a whole number from 1 to the dimensions.
 * @see Pearson 1901, "On lines and planes of closest fit". Lesson 01, section 8.
 */
export function principalComponents(points: readonly (readonly number[])[], count = 2): PrincipalComponents {
  const size = points[0]?.length ?? 0;
  if (points.length < 2) throw new ShapeError(`points must hold at least 2 points, got ${points.length}`);
  const odd = points.findIndex((point) => point.length !== size);
  if (odd >= 0)
    throw new ShapeError(`points must be equally long: points[0] has ${size}, [${odd}] ${points[odd]!.length}`);
  if (!Number.isInteger(count) || count < 1 || count > size) {
    throw new RangeError(`count must be a whole number from 1 to ${size}, got ${count}`);
  }
  const mean = points[0]!.map((_, d) => points.reduce((sum, point) => sum + point[d]!, 0) / points.length);
  const centred = points.map((point) => point.map((value, d) => value - mean[d]!));
  const total = centred.reduce((sum, point) => sum + dotProduct(point, point), 0);
  const directions: number[][] = [];
  while (directions.length < count) directions.push(nextDirection(centred, directions, total));
  const coordinates = centred.map((point) => directions.map((direction) => dotProduct(point, direction)));
  const explained = directions.map((_, index) => {
    const spread = coordinates.reduce((sum, place) => sum + place[index]! ** 2, 0);
    return total > 0 ? spread / total : 0;
  });
  return { mean, directions, coordinates, explained };
}

function nextDirection(centred: readonly number[][], earlier: readonly number[][], total: number): number[] {
  const random = new SeededRandom(earlier.length);
  let direction = without(
    centred[0]!.map(() => random.normal()),
    earlier,
  );
  for (let step = 0; step < STEPS; step++) {
    const next = new Array<number>(direction.length).fill(0);
    for (const point of centred) {
      const along = dotProduct(point, direction);
      for (let d = 0; d < next.length; d++) next[d]! += along * point[d]!;
    }
    // No spread is left but the rounding of it: any direction will do, and this one stands at right angles.
    if (Math.sqrt(dotProduct(next, next)) <= NOTHING * total) break;
    direction = without(next, earlier);
  }
  const largest = direction.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? direction.map((value) => -value) : direction;
}

/** The vector without what lies in the given directions, brought to length 1. */
function without(vector: readonly number[], directions: readonly number[][]): number[] {
  const left = [...vector];
  for (const direction of directions) {
    const along = dotProduct(left, direction);
    for (let d = 0; d < left.length; d++) left[d]! -= along * direction[d]!;
  }
  return unitVector(left);
}
