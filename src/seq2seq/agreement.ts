/**
 * Models that write from the beginning and models that write from the end, together.
 *
 * Who writes symbol by symbol knows what was written so far and not what will come: a model that begins with the first
 * symbol is at its weakest near the end, one that begins with the last near the beginning. They do not share their
 * blind side, so what both hold likely is seldom wrong.
 */
import { padSequences } from '../text/padding';
import { tf } from '../tensorflow';
import { type BeamDecoded, beamSearch, type BeamSearchOptions, rankSequences, selectRows } from './beam-search';
import { specialIds } from './description';
import { sourceLengths } from './encoder';
import { encodeEach, followEach, requireSameVocabularies } from './ensemble';
import { type Decoded, inOrderOfText } from './greedy-search';
import { symbolLogProbabilities } from './loss';
import type { Seq2SeqModel } from './model';

/** A sequence that one direction or both have found, in the order of the text. */
interface Candidate {
  example: number;
  tokens: number[];
}

/** Whether the models write in both directions, so that {@link agreementSearch} is what brings them together. */
export function writeBothWays(models: readonly Seq2SeqModel[]): boolean {
  return new Set(models.map(directionOf)).size > 1;
}

/**
 * Beam search by the models of each direction, then one ranking: every sequence that either has finished is judged by
 * both, and the mean of the two log-probabilities decides. Several models of one direction search and judge together,
 * as in {@link beamSearch}.
 *
 * @param models of both directions: `description.backwards` tells them apart.
 * @param source `[batch, keys]` int32 ids.
 * @returns for each example its sequences, best first. `logProbability` is the mean of both directions', of the whole
 *   and symbol by symbol: a sequence's probability is the geometric mean, so those of all sequences sum to at most 1.
 *   `weights` and `positions` are the mean of both, where both have them. Where no sequence was finished, what the forward models have begun.
 * @throws {ShapeError} when `source` or `mask` has a wrong shape.
 * @throws {TypeError} when the ids are not int32.
 * @throws {RangeError} when an option has a wrong value, all models write in one direction, or they do not share their
 *   vocabularies.
 * @see Liu, Finch, Utiyama & Sumita 2016, "Agreement on Target-Bidirectional LSTMs for Sequence-to-Sequence Learning",
 *   https://doi.org/10.1609/aaai.v30i1.10327, there too for letters and phones. Lesson 11, section 9.
 */
export function agreementSearch(
  models: readonly Seq2SeqModel[],
  source: tf.Tensor2D,
  options: BeamSearchOptions,
): BeamDecoded[][] {
  requireSameVocabularies(models);
  if (!writeBothWays(models)) throw new RangeError('models must write in both directions, got those of one only');
  const forwards = models.filter((model) => !directionOf(model));
  const backwards = models.filter(directionOf);
  const found = beamSearch(forwards, source, options);
  const foundBackwards = beamSearch(backwards, source, options);
  const [batch] = source.shape;
  const candidates = Array.from({ length: batch }, (_, example) =>
    finishedOnce(example, [found, foundBackwards]),
  ).flat();
  if (candidates.length === 0) return found;
  const byBackwards = judge(backwards, source, options.mask, candidates);
  const judged = judge(forwards, source, options.mask, candidates).map((decoded, row) => ({
    example: candidates[row]!.example,
    decoded: meanOf(decoded, byBackwards[row]!),
  }));
  return rankSequences(judged, batch, options.lengthNormalisation).map((sequences, example) =>
    sequences.length > 0 ? sequences : found[example]!,
  );
}

function directionOf({ description: { backwards = false } }: Seq2SeqModel): boolean {
  return backwards;
}

/** The sequences of one example that either direction has finished, each once. */
function finishedOnce(example: number, found: readonly BeamDecoded[][][]): Candidate[] {
  const finished = found.flatMap((sequences) => sequences[example]!).filter((decoded) => decoded.finished);
  const byText = new Map(finished.map(({ tokens }) => [tokens.join(), tokens]));
  return [...byText.values()].map((tokens) => ({ example, tokens }));
}

/** Each candidate as the models of one direction would write it: how likely, symbol by symbol, and where they look. */
function judge(
  members: readonly Seq2SeqModel[],
  source: tf.Tensor2D,
  mask: tf.Tensor2D | undefined,
  candidates: readonly Candidate[],
): Decoded[] {
  const { description } = members[0]!;
  const { endId } = specialIds(description);
  const lengths = sourceLengths(source, mask);
  const written = candidates.map(({ tokens }) => [...(description.backwards ? [...tokens].reverse() : tokens), endId]);
  const { logProbabilities, weights, positions } = tf.tidy(() => {
    const encoded = selectRows(
      encodeEach(members, source, mask),
      candidates.map(({ example }) => example),
    );
    const targets = padSequences(written).tokens;
    const follow = followEach(members, encoded, targets);
    return {
      logProbabilities: symbolLogProbabilities(follow.logits, targets).arraySync(),
      weights: follow.weights?.arraySync(),
      positions: follow.positions?.arraySync(),
    };
  });
  return candidates.map(({ example, tokens }, row) => {
    const symbols = written[row]!;
    const ofSymbols = logProbabilities[row]!.slice(0, symbols.length);
    const decoded: Decoded = {
      tokens: symbols.slice(0, tokens.length),
      symbolLogProbabilities: ofSymbols,
      logProbability: ofSymbols.reduce((sum, each) => sum + each, 0),
      finished: true,
      weights: weights?.[row]!.slice(0, symbols.length).map((keys) => keys.slice(0, lengths[example])) ?? [],
      ...(positions && { positions: positions[row]!.slice(0, symbols.length) }),
    };
    return description.backwards ? inOrderOfText(decoded) : decoded;
  });
}

/** Two judgements of one sequence as one. */
function meanOf(one: Decoded, other: Decoded): Decoded {
  const mean = (a: number[], b: number[]) => a.map((value, index) => (value + b[index]!) / 2);
  const bothAttend = one.weights.length > 0 && other.weights.length > 0;
  const { positions, ...rest } = one;
  return {
    ...rest,
    symbolLogProbabilities: mean(one.symbolLogProbabilities, other.symbolLogProbabilities),
    logProbability: (one.logProbability + other.logProbability) / 2,
    weights: bothAttend ? one.weights.map((keys, step) => mean(keys, other.weights[step]!)) : [],
    ...(positions && other.positions && { positions: mean(positions, other.positions) }),
  };
}
