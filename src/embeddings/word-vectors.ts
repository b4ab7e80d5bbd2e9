import { ShapeError } from '../shapes';

/**
 * Words and their vectors: one row a word, most frequent words first.
 *
 * Plain numbers, no tensors: nothing to dispose, and ten thousand cosines take milliseconds. For a model take
 * `tf.tensor2d(vectors.values, [vectors.size, vectors.dimensions])`.
 *
 * @see Lesson 01, "Embeddings".
 */
export class WordVectors {
  /** The words in the order of their rows. */
  readonly words: readonly string[];
  /** How many numbers a word has. */
  readonly dimensions: number;
  /** All rows one behind the other, `[words, dimensions]`. */
  readonly values: Float32Array;
  private readonly rows: ReadonlyMap<string, number>;
  private readonly lengths: Float32Array;

  /**
   * @param words in the order of their rows, each once.
   * @param values all rows one behind the other.
   * @throws {ShapeError} when `values` does not divide into one row for each word.
   * @throws {Error} when a word occurs twice.
   */
  constructor(words: readonly string[], values: Float32Array) {
    this.words = words;
    this.dimensions = values.length / words.length;
    this.values = values;
    if (words.length === 0 || !Number.isInteger(this.dimensions) || this.dimensions < 1) {
      throw new ShapeError(`values must hold a row for each of ${words.length} words, got ${values.length} numbers`);
    }
    this.rows = new Map(words.map((word, row) => [word, row]));
    if (this.rows.size !== words.length) throw new Error('each word must occur once in words');
    this.lengths = Float32Array.from(words, (_, row) => length(this.row(row)));
  }

  /** How many words there are. */
  get size(): number {
    return this.words.length;
  }

  /** Whether the word has a vector. */
  has(word: string): boolean {
    return this.rows.has(word);
  }

  /** The word's place by frequency, 0 the most frequent. @throws {RangeError} when the word has no vector. */
  rank(word: string): number {
    const row = this.rows.get(word);
    if (row === undefined) {
      throw new RangeError(`there is no vector for "${word}": words are in lower case, and rare ones are left out`);
    }
    return row;
  }

  /** A copy of the word's vector. @throws {RangeError} when the word has no vector. */
  vector(word: string): number[] {
    return Array.from(this.row(this.rank(word)));
  }

  /**
   * The cosine of `query` with every word, in the order of rows; 0 where a vector has the length 0.
   *
   * @throws {ShapeError} when `query` has another length than the vectors.
   */
  cosines(query: ArrayLike<number>): Float32Array {
    if (query.length !== this.dimensions) {
      throw new ShapeError(`query must have ${this.dimensions} numbers, got ${query.length}`);
    }
    const target = Float64Array.from(query);
    const size = length(target);
    const cosines = new Float32Array(this.size);
    for (let row = 0, at = 0; row < cosines.length; row++) {
      let dot = 0; // the same sum as dotProduct, but without a view of each row: several times faster
      for (let d = 0; d < target.length; d++, at++) dot += this.values[at]! * target[d]!;
      const scale = size * this.lengths[row]!;
      cosines[row] = scale > 0 ? dot / scale : 0;
    }
    return cosines;
  }

  private row(row: number): Float32Array {
    return this.values.subarray(row * this.dimensions, (row + 1) * this.dimensions);
  }
}

/** The sum of the products, number by number. */
export function dotProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/** The length of an arrow: the root of the sum of squares. */
function length(vector: ArrayLike<number>): number {
  return Math.sqrt(dotProduct(vector, vector));
}

/**
 * The cosine of the angle between two vectors: 1 the same direction, 0 a right angle, -1 opposite directions. A vector of
 * length 0 has no direction; its cosine with anything is given as 0.
 *
 * @throws {ShapeError} when the vectors have different lengths.
 * @see Lesson 01, section 3.
 */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new ShapeError(`a and b must be equally long, got ${a.length} and ${b.length}`);
  const scale = length(a) * length(b);
  return scale > 0 ? dotProduct(a, b) / scale : 0;
}
