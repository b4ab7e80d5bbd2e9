import { cosineSimilarity, type WordVectors } from './word-vectors';

/** A word and how near it is. */
export interface Neighbour {
  /** The word. */
  word: string;
  /** Its cosine with what was asked for. */
  similarity: number;
}

/** Options of {@link nearestWords} and {@link analogy}. */
export interface NeighbourOptions {
  /** How many to give. Default 8. */
  count?: number | undefined;
  /** Words that may not be among them. Default: the words of the question, which are nearly always nearest themselves. */
  exclude?: readonly string[] | undefined;
}

/**
 * The words whose vectors point most nearly in the same direction, nearest first.
 *
 * @param query a word, which is then left out itself, or a vector.
 * @throws {RangeError} when a word has no vector, or `count` is not a whole number of at least 1.
 * @see Lesson 01, section 4.
 */
export function nearestWords(
  vectors: WordVectors,
  query: string | ArrayLike<number>,
  { count = 8, exclude = typeof query === 'string' ? [query] : [] }: NeighbourOptions = {},
): Neighbour[] {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`count must be a whole number >= 1, got ${count}`);
  const cosines = vectors.cosines(typeof query === 'string' ? vectors.vector(query) : query);
  const left = new Set(exclude);
  const best: Neighbour[] = []; // nearest first, at most `count`: cheaper than sorting all words
  vectors.words.forEach((word, row) => {
    const similarity = cosines[row]!;
    if (best.length === count && similarity <= best[count - 1]!.similarity) return;
    if (left.has(word)) return;
    const place = best.findIndex((other) => similarity > other.similarity);
    best.splice(place < 0 ? best.length : place, 0, { word, similarity });
    best.length = Math.min(best.length, count);
  });
  return best;
}

/**
 * "`a` is to `b` as `c` is to ...?": the words nearest to b - a + c, each vector brought to length 1 first. The three
 * words of the question are left out unless `exclude` says otherwise.
 *
 * @throws {RangeError} when a word has no vector.
 * @see Mikolov, Yih & Zweig 2013, "Linguistic Regularities in Continuous Space Word Representations". Lesson 01, section 7.
 */
export function analogy(
  vectors: WordVectors,
  [a, b, c]: readonly [string, string, string],
  { count = 8, exclude = [a, b, c] }: NeighbourOptions = {},
): Neighbour[] {
  const unit = (word: string) => unitVector(vectors.vector(word));
  const [from, to, other] = [unit(a), unit(b), unit(c)];
  const target = to.map((value, index) => value - from[index]! + other[index]!);
  return nearestWords(vectors, target, { count, exclude });
}

/** The vector with its length brought to 1; a vector of length 0 stays as it is. */
export function unitVector(vector: ArrayLike<number>): number[] {
  const size = Math.hypot(...Array.from(vector));
  return Array.from(vector, (value) => (size > 0 ? value / size : 0));
}

/** The cosine of two words. @throws {RangeError} when a word has no vector. @see Lesson 01, section 4. */
export function wordSimilarity(vectors: WordVectors, a: string, b: string): number {
  return cosineSimilarity(vectors.vector(a), vectors.vector(b));
}
