/**
 * The least number of insertions, deletions and substitutions of tokens that turn one sequence into another.
 *
 * @param a tokens: phones, words, characters.
 * @param b tokens of the same kind.
 * @throws {TypeError} when an argument is a string: cut it into tokens first, so that it is clear what one edit is.
 * @see Levenshtein 1966; computed by the dynamic programme of Wagner & Fischer 1974, one row at a time.
 */
export function editDistance<Token>(a: readonly Token[], b: readonly Token[]): number {
  requireTokens('a', a);
  requireTokens('b', b);
  // row[j]: the distance between the first i tokens of a and the first j tokens of b.
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** @throws {TypeError} when `tokens` is no array. */
export function requireTokens(argument: string, tokens: unknown): void {
  if (!Array.isArray(tokens)) {
    throw new TypeError(`${argument} must be an array of tokens, got ${JSON.stringify(tokens)}: split it first`);
  }
}
