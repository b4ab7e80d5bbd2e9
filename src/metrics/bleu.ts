const LONGEST_NGRAM = 4;

/** The result of {@link bleu}, and what it is made of. */
export interface BleuScore {
  /** From 0 to 100. */
  score: number;
  /** The share of n-grams, n from 1 to 4, that a reference confirms, in per cent; smoothed where none is. */
  precisions: number[];
  /** 1, or less when the hypotheses together are shorter than the references. */
  brevityPenalty: number;
  /** Tokens of all hypotheses. */
  hypothesisLength: number;
  /** Tokens of each hypothesis' reference of the closest length. */
  referenceLength: number;
}

/**
 * Corpus BLEU on tokens, equal to sacrebleu's with `tokenize='none'` and its other defaults: n-grams up to 4 with equal
 * weights, counts clipped by the reference that has most of them, closest reference length (of two equally close ones the
 * shorter), exponential smoothing of orders without a match.
 *
 * Hypotheses of fewer than four tokens hold no n-gram of the fourth order, so a test set of nothing else scores 0, as in
 * sacrebleu, even where all of it is right: for words of that length take the error rates.
 *
 * BLEU is a figure of a whole test set: do not average it over sentences, and compare only figures of the same
 * tokenisation.
 *
 * @param hypotheses the tokens of each sentence that the model wrote.
 * @param references for each hypothesis, the tokens of one or more translations.
 * @throws {RangeError} when there is no sentence, the counts differ, or a sentence has no reference.
 * @see Papineni et al. 2002, "BLEU"; Post 2018, "A call for clarity in reporting BLEU scores"; smoothing: Chen & Cherry
 *     2014, method 3.
 */
export function bleu(
  hypotheses: ReadonlyArray<readonly string[]>,
  references: ReadonlyArray<ReadonlyArray<readonly string[]>>,
): BleuScore {
  requireSentences(hypotheses, references);
  const matches = new Array<number>(LONGEST_NGRAM).fill(0);
  const totals = new Array<number>(LONGEST_NGRAM).fill(0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  for (const [index, hypothesis] of hypotheses.entries()) {
    hypothesisLength += hypothesis.length;
    referenceLength += closestLength(hypothesis.length, references[index]!);
    for (let n = 1; n <= LONGEST_NGRAM; n++) {
      const limits = references[index]!.map((reference) => countNgrams(reference, n));
      for (const [ngram, count] of countNgrams(hypothesis, n)) {
        const limit = Math.max(...limits.map((counts) => counts.get(ngram) ?? 0));
        matches[n - 1]! += Math.min(count, limit);
        totals[n - 1]! += count;
      }
    }
  }

  const precisions = smoothedPrecisions(matches, totals);
  const brevityPenalty = brevity(hypothesisLength, referenceLength);
  const meanLog = precisions.reduce((sum, precision) => sum + Math.log(precision), 0) / LONGEST_NGRAM;
  return { score: brevityPenalty * Math.exp(meanLog), precisions, brevityPenalty, hypothesisLength, referenceLength };
}

/** Each further order without a match counts half as much as the one before: 1/2, 1/4, ... of one n-gram. */
function smoothedPrecisions(matches: readonly number[], totals: readonly number[]): number[] {
  const nothingFits = matches.every((count) => count === 0);
  let part = 1;
  return matches.map((count, order) => {
    if (nothingFits || totals[order] === 0) return 0;
    if (count > 0) return (100 * count) / totals[order]!;
    part /= 2;
    return (100 * part) / totals[order]!;
  });
}

function brevity(hypothesisLength: number, referenceLength: number): number {
  if (hypothesisLength >= referenceLength) return 1;
  return hypothesisLength === 0 ? 0 : Math.exp(1 - referenceLength / hypothesisLength);
}

function closestLength(length: number, references: ReadonlyArray<readonly string[]>): number {
  const lengths = references.map((reference) => reference.length);
  return lengths.sort((a, b) => Math.abs(a - length) - Math.abs(b - length) || a - b)[0]!;
}

function countNgrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= tokens.length; start++) {
    const ngram = JSON.stringify(tokens.slice(start, start + n));
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

function requireSentences(
  hypotheses: ReadonlyArray<readonly string[]>,
  references: ReadonlyArray<ReadonlyArray<readonly string[]>>,
): void {
  if (hypotheses.length === 0) throw new RangeError('hypotheses must hold at least one sentence, got none');
  if (hypotheses.length !== references.length) {
    throw new RangeError(
      `references must have one entry for each of the ${hypotheses.length} hypotheses, got ${references.length}`,
    );
  }
  for (const [index, hypothesis] of hypotheses.entries()) {
    if (!Array.isArray(hypothesis)) throw new TypeError(`hypotheses[${index}] must be an array of tokens`);
    if (references[index]!.length === 0) throw new RangeError(`references[${index}] holds no reference`);
    for (const [other, reference] of references[index]!.entries()) {
      if (Array.isArray(reference)) continue;
      throw new TypeError(
        `references[${index}][${other}] must be an array of tokens, got ${JSON.stringify(reference)}: ` +
          'references are a list of translations for each sentence',
      );
    }
  }
}
