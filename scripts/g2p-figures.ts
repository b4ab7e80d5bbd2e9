/** How well a model, or several together, pronounce words: the figures that `train` and `evaluate` print. */
import type { PronouncedWord } from '../src/datasets/cmudict';
import { phoneErrorRate, wordErrorRate } from '../src/metrics';
import { SavedSeq2Seq, translate } from '../src/seq2seq';
import { characterTokens } from '../src/text';

/** Steps beyond the longest pronunciation, for mistakes and the end symbol. */
const ROOM = 16;
/** As for CMUdict, whose longest pronunciation has 32 phones. */
const LEAST_STEPS = 48;

/** Shares of 1. */
export interface Figures {
  words: number;
  /** Share of words that come out as none of their pronunciations. */
  wer: number;
  /** Edits to the nearest pronunciations by their phones, over all words. */
  per: number;
  /** The mean of each word's own rate. */
  macroPer: number;
}

/** Pronounces the words and compares. The models share their vocabularies. */
export function measure(
  models: readonly SavedSeq2Seq[],
  words: readonly PronouncedWord[],
  { beam = 1 }: { beam?: number } = {},
): Figures {
  const sources = words.map(({ word }) => characterTokens(word));
  const members = models.map(({ model }) => model);
  const written = translate(members, models[0].vocabularies!, sources, { maximumSteps: maximumSteps(words), beam });
  const predictions = words.map(({ pronunciations: references }, index) => ({
    ...{ hypothesis: written[index].text, references },
  }));
  const { micro, macro } = phoneErrorRate(predictions);
  return { words: words.length, wer: wordErrorRate(predictions), per: micro, macroPer: macro };
}

/** How long an answer may become: a limit below the longest pronunciation would count right answers as wrong. */
export function maximumSteps(words: readonly PronouncedWord[]): number {
  const lengths = words.flatMap(({ pronunciations }) => pronunciations.map((phones) => phones.length));
  return lengths.reduce((steps, length) => Math.max(steps, length + ROOM), LEAST_STEPS);
}

/** One line: WER first. */
export function describeFigures({ words, wer, per, macroPer }: Figures): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return `WER ${percent(wer)}, PER ${percent(per)} (macro ${percent(macroPer)}), ${words} words`;
}
