import { requireRank } from '../shapes';
import { tf } from '../tensorflow';
import type { DecoderState } from './decoder';
import { specialIds } from './description';
import { type Encoded, sourceLengths } from './encoder';
import { encodeEach, firstStates, membersOf, type OneOrMoreModels, stepEach } from './ensemble';
import { checkMaximumSteps, type Decoded, emptyDecoded, inOrderOfText, requireLikely } from './greedy-search';
import type { Seq2SeqModel } from './model';

/** Options of {@link beamSearch}. */
export interface BeamSearchOptions {
  /** `[batch, keys]`, 1 = real, 0 = padding. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** How many symbols at most, the end symbol included. */
  maximumSteps: number;
  /** How many sequences are kept in view, >= 1. Beam 1 is greedy search. */
  beam: number;
  /**
   * Sequences are ranked by log-probability divided by (number of symbols)^lengthNormalisation. 0 ranks by probability,
   * which favours short sequences; 1, the default, by the mean log-probability of a symbol.
   */
  lengthNormalisation?: number | undefined;
}

/** One sequence that beam search found. */
export interface BeamDecoded extends Decoded {
  /** The log-probability after length normalisation, by which the results are ranked. */
  score: number;
}

const LENGTH_NORMALISATION = 1;

/** A sequence in the making: which example it belongs to, what it has so far. */
interface Hypothesis {
  example: number;
  decoded: Decoded;
}

/** One more symbol on one hypothesis. */
interface Extension {
  /** The hypothesis' row. */
  row: number;
  symbol: number;
  symbolLogProbability: number;
  logProbability: number;
}

/**
 * Keeps the `beam` likeliest beginnings of each example in view, so that a symbol that pays off later is not lost.
 *
 * The encoder runs once. At each step all open beginnings of all examples take one decoder step together; of their
 * extensions each example keeps the likeliest. A sequence that wrote the end symbol is done and its place in the beam
 * stays empty, so after at most `maximumSteps` steps all is over. Beginnings that are still open then come after the
 * finished ones.
 *
 * @param models one model, or several that write together: the mean of their log-probabilities decides.
 * @param source `[batch, keys]` int32 ids.
 * @returns for each example its sequences, best first: finished ones by score, then unfinished ones by score.
 * @throws {Error} when the models' logits are not finite.
 * @throws {ShapeError} when `source` or `mask` has a wrong shape.
 * @throws {TypeError} when the ids are not int32.
 * @throws {RangeError} when an option has a wrong value, or models do not share their vocabularies and their direction.
 * @see Lesson 06, "Global attention". Length normalisation: Wu et al. 2016, section 7, in its simplest form.
 */
export function beamSearch(
  models: OneOrMoreModels,
  source: tf.Tensor2D,
  { mask, maximumSteps, beam, lengthNormalisation = LENGTH_NORMALISATION }: BeamSearchOptions,
): BeamDecoded[][] {
  checkMaximumSteps(maximumSteps);
  if (!Number.isInteger(beam) || beam < 1)
    throw new RangeError(`beam must be a whole number >= 1, got ${String(beam)}`);
  if (!(lengthNormalisation >= 0)) {
    throw new RangeError(`lengthNormalisation must be a number >= 0, got ${String(lengthNormalisation)}`);
  }
  const members = membersOf(models);
  const { startId, endId } = specialIds(members[0]!.description);
  requireRank('source', source, 2);
  const batch = source.shape[0];
  if (batch === 0) return [];
  const done: Hypothesis[] = [];
  let open: Hypothesis[] = Array.from({ length: batch }, (_, example) => ({ example, decoded: emptyDecoded() }));
  tf.tidy(() => {
    const encoded = encodeEach(members, source, mask);
    const lengths = sourceLengths(source, mask);
    let states = firstStates(members, encoded);
    let previous = Array.from({ length: batch }, () => startId);
    for (let step = 0; step < maximumSteps && open.length > 0; step += 1) {
      const { logProbabilities, weights, positions, next } = stepAll(members, encoded, open, previous, states);
      logProbabilities.forEach((row) => requireLikely(Math.max(...row), step));
      const places = (example: number) => beam - done.filter((hypothesis) => hypothesis.example === example).length;
      const kept = bestExtensions(open, logProbabilities, places);
      const extended = kept.map((extension) => {
        const { example, decoded } = open[extension.row]!;
        const row = weights?.[extension.row]!.slice(0, lengths[example]);
        return { example, decoded: extendCopy(decoded, extension, row, positions?.[extension.row], endId) };
      });
      const stillOpen = extended.flatMap(({ decoded }, index) => (decoded.finished ? [] : [index]));
      done.push(...extended.filter(({ decoded }) => decoded.finished));
      tf.dispose(states);
      states = selectRows(
        next,
        stillOpen.map((index) => kept[index]!.row),
      );
      tf.dispose(next);
      open = stillOpen.map((index) => extended[index]!);
      previous = stillOpen.map((index) => kept[index]!.symbol);
    }
  });
  const ranked = rankSequences([...done, ...open], batch, lengthNormalisation);
  return members[0]!.description.backwards ? ranked.map((sequences) => sequences.map(inOrderOfText)) : ranked;
}

/** One decoder step for all open hypotheses; plain arrays, and the states after the step. */
function stepAll(
  members: readonly Seq2SeqModel[],
  encoded: readonly Encoded[],
  open: Hypothesis[],
  previous: number[],
  before: readonly DecoderState[],
): {
  logProbabilities: number[][];
  weights: number[][] | undefined;
  positions: number[] | undefined;
  next: DecoderState[];
} {
  const step = tf.tidy(() => {
    const examples = open.map(({ example }) => example);
    const memory = selectRows(encoded, examples);
    return stepEach(members, memory, tf.tensor1d(previous, 'int32'), before);
  });
  const logProbabilities = step.logProbabilities.arraySync();
  const weights = step.weights?.arraySync();
  const positions = step.positions?.arraySync();
  tf.dispose([step.logProbabilities, step.weights ?? [], step.positions ?? []]);
  return { logProbabilities, weights, positions, next: step.states };
}

/** For each example, its likeliest extensions, as many as it has places. Equal ones in order of row and symbol. */
function bestExtensions(
  open: Hypothesis[],
  logProbabilities: number[][],
  places: (example: number) => number,
): Extension[] {
  const byExample = new Map<number, Extension[]>();
  open.forEach(({ example, decoded }, row) => {
    const extensions = byExample.get(example) ?? [];
    byExample.set(example, extensions);
    logProbabilities[row]!.forEach((symbolLogProbability, symbol) => {
      const logProbability = decoded.logProbability + symbolLogProbability;
      extensions.push({ row, symbol, symbolLogProbability, logProbability });
    });
  });
  return [...byExample].flatMap(([example, extensions]) =>
    extensions.sort((a, b) => b.logProbability - a.logProbability).slice(0, places(example)),
  );
}

function extendCopy(
  { tokens, symbolLogProbabilities, weights, positions = [] }: Decoded,
  { symbol, symbolLogProbability, logProbability }: Extension,
  stepWeights: number[] | undefined,
  stepPosition: number | undefined,
  endId: number,
): Decoded {
  const finished = symbol === endId;
  return {
    tokens: finished ? tokens : [...tokens, symbol],
    symbolLogProbabilities: [...symbolLogProbabilities, symbolLogProbability],
    logProbability,
    finished,
    weights: stepWeights ? [...weights, stepWeights] : weights,
    ...(stepPosition !== undefined && { positions: [...positions, stepPosition] }),
  };
}

/** The sequences of each example: finished ones by score, then unfinished ones by score. */
export function rankSequences(
  hypotheses: readonly Hypothesis[],
  batch: number,
  lengthNormalisation = LENGTH_NORMALISATION,
): BeamDecoded[][] {
  const ranked: BeamDecoded[][] = Array.from({ length: batch }, () => []);
  for (const { example, decoded } of hypotheses) {
    const score = decoded.logProbability / decoded.symbolLogProbabilities.length ** lengthNormalisation;
    ranked[example]!.push({ ...decoded, score });
  }
  for (const sequences of ranked) {
    sequences.sort((a, b) => Number(b.finished) - Number(a.finished) || b.score - a.score);
  }
  return ranked;
}

/** The given rows of every tensor in a list or record, however deep: one hypothesis may continue in several ways or in none. */
export function selectRows<T>(container: T, rows: number[]): T {
  return tf.tidy(() => {
    const indices = tf.tensor1d(rows, 'int32');
    const select = (value: unknown): unknown => {
      if (value instanceof tf.Tensor) return tf.gather(value, indices);
      if (Array.isArray(value)) return value.map(select);
      if (value && typeof value === 'object') {
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, select(inner)]));
      }
      return value;
    };
    return select(container) as tf.TensorContainer;
  }) as T;
}
