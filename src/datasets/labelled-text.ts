/** A text with its class: what lessons 03, 04 and 10 classify. */
export interface LabelledText {
  /** Name of the example within its data set. */
  id: string;
  /** The text as lower-case words. */
  tokens: string[];
  /** Index into the data set's `classes`. */
  label: number;
}

/** A data set of labelled texts, split once and for all. */
export interface LabelledTexts<Example extends LabelledText = LabelledText> {
  /** Readable names of the classes; an example's `label` is an index into this list. */
  classes: string[];
  /** To learn from. */
  train: Example[];
  /** To choose settings by: look at it as often as you like. */
  dev: Example[];
  /** To report: look at it once. */
  test: Example[];
}

/**
 * Lower-case words and numbers; punctuation is dropped, hyphens separate, and each digit becomes 0, so that 1809 and 1865
 * are one word ("a year"). An apostrophe inside a word stays: `don't`, `o'clock`.
 *
 * @see Used by lessons 03, 04 and 10, whose data cards state it.
 */
export function glossWords(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z]+(?:'[a-z]+)*|\d+/g) ?? [];
  return words.map((word) => word.replace(/\d/g, '0'));
}

/** @throws {RangeError} when a size is not a whole number >= 0. */
export function requireSizes(sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 0) throw new RangeError(`${name} must be a whole number >= 0, got ${size}`);
  }
}
