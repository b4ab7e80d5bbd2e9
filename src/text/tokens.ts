const WORD = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{M}\p{N}]/gu;

/** Options of {@link wordTokens}. */
export interface WordTokenOptions {
  /** Fold capitals, so that "The" and "the" are one word. Default: true. */
  lowerCase?: boolean | undefined;
}

/**
 * Cuts a text into words, numbers and single punctuation marks; blanks separate and disappear.
 *
 * A word is a run of letters of any script, an inner apostrophe included (`don't` is one token); a number keeps its inner
 * points and commas (`1,950`). Scripts written without blanks come out as one long word: use {@link characterTokens}
 * for them.
 *
 * @returns the tokens in order; an empty array for an empty or blank text.
 * @see Lesson 01, "Embeddings".
 */
export function wordTokens(text: string, { lowerCase = true }: WordTokenOptions = {}): string[] {
  const normal = text.normalize('NFC');
  return (lowerCase ? normal.toLowerCase() : normal).match(WORD) ?? [];
}

/**
 * Cuts a text into its characters (Unicode code points, so an emoji or a rare Chinese character stays whole).
 *
 * @returns the characters in order, blanks included.
 * @see Lesson 05, where dates are read character by character.
 */
export function characterTokens(text: string): string[] {
  return Array.from(text.normalize('NFC'));
}
