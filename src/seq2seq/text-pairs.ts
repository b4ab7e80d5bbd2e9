import { requireFittingVocabularies } from './fitting';
import { padSequences } from '../text/padding';
import { Vocabulary } from '../text/vocabulary';
import { tf } from '../tensorflow';
import { agreementSearch, writeBothWays } from './agreement';
import { beamSearch, type BeamSearchOptions } from './beam-search';
import type { OneOrMoreModels } from './ensemble';
import { type Decoded, greedySearch } from './greedy-search';

/** A source and what it should become, both as tokens: characters, phones, words. */
export interface TextPair {
  /** What is read. */
  source: readonly string[];
  /** What is to be written. */
  target: readonly string[];
}

/** The vocabularies of a model's two sides; the target's has a start and an end. */
export interface Seq2SeqVocabularies {
  /** Of what is read. */
  source: Vocabulary;
  /** Of what is written, with a start and an end. */
  target: Vocabulary;
}

/** A batch of pairs as the encoder and the decoder want it; the caller frees it. */
export type Seq2SeqBatch = {
  /** `[batch, keys]` int32. */
  source: tf.Tensor2D;
  /** `[batch, keys]`, 1 = real, 0 = padding. */
  mask: tf.Tensor2D;
  /** `[batch, time]` int32, ending with the end symbol and padded. */
  targets: tf.Tensor2D;
};

/** What {@link translate} gives for one source. */
export interface Translation extends Decoded {
  /** The tokens that the decoder wrote, without padding and start symbols, which a young model may write too. */
  text: string[];
}

/** Options of {@link translate}. */
export interface TranslateOptions {
  /** How many symbols at most, the end symbol included. */
  maximumSteps: number;
  /** How many sources at once. Default: 256. */
  batchSize?: number | undefined;
  /** {@link beamSearch} with so many sequences in view, of which the best is given. Default: 1, greedy search. */
  beam?: number | undefined;
}

/** Vocabularies of all tokens that occur in the pairs; to be made of training data only. */
export function buildVocabularies(pairs: readonly TextPair[]): Seq2SeqVocabularies {
  return {
    source: Vocabulary.build(pairs.map(({ source }) => source)),
    target: Vocabulary.build(
      pairs.map(({ target }) => target),
      { startAndEnd: true },
    ),
  };
}

/**
 * Pairs of tokens as one batch of ids, in the order of the text: a model that writes backwards wants its targets
 * reversed first, which {@link trainSeq2Seq} does by itself.
 *
 * @throws {RangeError} when there is no pair.
 * @throws {Error} when the target vocabulary has no end symbol.
 */
export function batchOfPairs(pairs: readonly TextPair[], vocabularies: Seq2SeqVocabularies): Seq2SeqBatch {
  if (pairs.length === 0) throw new RangeError('pairs must hold at least one pair, got none');
  const sourceIds = pairs.map((pair) => vocabularies.source.encode(pair.source));
  const targetIds = pairs.map((pair) => vocabularies.target.encode(pair.target, { end: true }));
  const [sources, targets] = [padSequences(sourceIds), padSequences(targetIds)];
  tf.dispose([sources.lengths, targets.lengths, targets.mask]);
  return { source: sources.tokens, mask: sources.mask, targets: targets.tokens };
}

/** The best sequence of each example, by the search that fits the models. */
function search(models: OneOrMoreModels, source: tf.Tensor2D, options: BeamSearchOptions): Decoded[] {
  const best = (sequences: Decoded[]) => sequences[0]!;
  if (!('weights' in models) && writeBothWays(models)) return agreementSearch(models, source, options).map(best);
  return options.beam === 1 ? greedySearch(models, source, options) : beamSearch(models, source, options).map(best);
}

/**
 * Greedy or beam search on tokens: sources of like length go through the model together, results come back in order.
 *
 * @param models one model, or several of the same vocabularies that write together: by {@link agreementSearch} where
 *   some begin with the first symbol and some with the last.
 * @returns for each source the tokens written, their log-probabilities and the weights that were used.
 * @throws {RangeError} when an option has a wrong value, or the vocabularies are of other sizes than the models'.
 * @see Lesson 05, "Soft attention".
 */
export function translate(
  models: OneOrMoreModels,
  vocabularies: Seq2SeqVocabularies,
  sources: readonly (readonly string[])[],
  { maximumSteps, batchSize = 256, beam = 1 }: TranslateOptions,
): Translation[] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be a whole number >= 1, got ${batchSize}`);
  }
  for (const { description } of 'weights' in models ? [models] : models)
    requireFittingVocabularies(description, vocabularies);
  const byLength = sources.map((_, index) => index).sort((a, b) => sources[a]!.length - sources[b]!.length);
  const results: Translation[] = new Array(sources.length);
  for (let start = 0; start < byLength.length; start += batchSize) {
    const indices = byLength.slice(start, start + batchSize);
    tf.tidy(() => {
      const { tokens, mask } = padSequences(indices.map((index) => vocabularies.source.encode(sources[index]!)));
      const decoded = search(models, tokens, { mask, maximumSteps, beam });
      indices.forEach((index, row) => {
        const written = decoded[row]!;
        results[index] = { ...written, text: vocabularies.target.decode(written.tokens) };
      });
    });
  }
  return results;
}
