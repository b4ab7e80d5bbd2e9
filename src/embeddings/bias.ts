import { ShapeError } from '../shapes';
import { unitVector } from './neighbours';
import { cosineSimilarity, dotProduct, type WordVectors } from './word-vectors';

/**
 * The direction that leads from the first to the second word of each pair, averaged: `[['he', 'she']]` gives an axis on
 * which *he* lies on the negative side and *she* on the positive one.
 *
 * @param pairs one or more; several make the axis less dependent on what else two words have in common.
 * @returns the axis, with length 1.
 * @throws {RangeError} when there is no pair or a word has no vector.
 * @see Bolukbasi et al. 2016, "Man is to Computer Programmer as Woman is to Homemaker?" (who take the first principal
 *     component of the differences instead of their mean). Lesson 01, section 9.
 */
export function wordAxis(vectors: WordVectors, pairs: readonly (readonly [string, string])[]): number[] {
  if (pairs.length === 0) throw new RangeError('pairs must hold at least one pair of words, got none');
  const sum = new Array<number>(vectors.dimensions).fill(0);
  for (const [from, to] of pairs) {
    const [start, end] = [unitVector(vectors.vector(from)), unitVector(vectors.vector(to))];
    for (let d = 0; d < sum.length; d++) sum[d]! += end[d]! - start[d]!;
  }
  return unitVector(sum);
}

/** The cosine of the word with an axis: where it lies between its two ends. @throws {RangeError} for unknown words. */
export function alongAxis(vectors: WordVectors, word: string, axis: readonly number[]): number {
  return cosineSimilarity(vectors.vector(word), axis);
}

/**
 * The vector without its part along the axis: v - (v . a / a . a) a, at a right angle to the axis. An axis of length 0
 * takes nothing away.
 *
 * @throws {ShapeError} when vector and axis have different lengths.
 * @see Bolukbasi et al. 2016, "neutralize". Lesson 01, section 9 and exercise 1.4: it hides the bias more than it
 *     removes it (Gonen & Goldberg 2019).
 */
export function removeDirection(vector: ArrayLike<number>, axis: ArrayLike<number>): number[] {
  if (vector.length !== axis.length) {
    throw new ShapeError(`vector and axis must be equally long, got ${vector.length} and ${axis.length}`);
  }
  const size = dotProduct(axis, axis);
  const share = size > 0 ? dotProduct(vector, axis) / size : 0;
  return Array.from(vector, (value, d) => value - share * axis[d]!);
}
