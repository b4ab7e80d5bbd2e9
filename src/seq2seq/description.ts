import { requireAlignment } from '../attention/alignments/align';
import { type Alignment, ALIGNMENTS, type ScoreKind } from '../attention/kinds';

/**
 * How the decoder attends: one score (how well does a query match a key) and one alignment (how scores become
 * weights). Any score goes with any alignment.
 */
export interface AttentionDescription {
  /** The score's name: `general`, `additive`, ... */
  score: ScoreKind;
  /** The alignment with its parameters: `{ kind: 'soft' }`, `{ kind: 'localMonotonic', radius: 2 }`, ... */
  alignment: Alignment;
  /** Width of the hidden layer of the `additive` and `concat` scores and of predicted positions. Default: the memory's. */
  units?: number | undefined;
  /** Length of the longest source: needed by the `location` score. */
  maximumKeys?: number | undefined;
}

/**
 * An encoder-decoder as plain data: what is needed to build it again, so it can be written into a JSON file beside the
 * weights.
 */
export interface Seq2SeqDescription {
  /** How many ids the source vocabulary has, special ones included. */
  sourceVocabulary: number;
  /** How many ids the target vocabulary has, special ones included. */
  targetVocabulary: number;
  /** Width of the source's and of the target's embeddings. */
  embeddingUnits: number;
  /** Units of the encoder's LSTM in each direction; the memory is twice as wide. */
  encoderUnits: number;
  /** How many BiLSTMs the encoder has, each reading the outputs of the one before. Default: 1. */
  encoderLayers?: number | undefined;
  /** Units of the decoder's LSTM. */
  decoderUnits: number;
  /**
   * When the decoder looks at the source. `luong`: after the LSTM's step, with its new state as query; then all steps
   * can be computed at once under teacher forcing. `bahdanau`: before it, with the state of the step before as query;
   * what was read enters the LSTM.
   */
  order: 'luong' | 'bahdanau';
  /** Luong's order only: the attentional vector of a step enters the LSTM of the next one. Default: false. */
  inputFeeding?: boolean | undefined;
  /**
   * The decoder writes the last symbol of the text first. Training on text and the searches turn the order by
   * themselves; to compute with tensors of your own, give the targets in the order of writing. Not with an alignment
   * that walks from the beginning of the source to its end. Default: false.
   */
  backwards?: boolean | undefined;
  /** How the decoder attends; `none` for the baseline that has only the encoder's last state to go by. */
  attention: AttentionDescription | 'none';
  /** Id of padding in the target. Default: 0. */
  paddingId?: number | undefined;
  /** Id that the decoder reads first. Default: 2. */
  startId?: number | undefined;
  /** Id that the decoder writes last. Default: 3. */
  endId?: number | undefined;
}

/** How wide the memory is that the decoder reads: both directions of the encoder side by side. */
export function memoryUnits({ encoderUnits }: Seq2SeqDescription): number {
  return 2 * encoderUnits;
}

/** The names of the encoder's BiLSTMs, the lowest first, as the weights have them. */
export function encoderLayerNames({ encoderLayers = 1 }: Seq2SeqDescription): [string, ...string[]] {
  return ['encoder', ...Array.from({ length: encoderLayers - 1 }, (_, layer) => `encoder.${layer + 2}`)];
}

/** The special ids of the target vocabulary. */
export function specialIds({ paddingId = 0, startId = 2, endId = 3 }: Seq2SeqDescription): {
  paddingId: number;
  startId: number;
  endId: number;
} {
  return { paddingId, startId, endId };
}

/** @throws {RangeError} when a field of the description has a wrong value; the message names it. */
export function checkDescription(description: Seq2SeqDescription): void {
  for (const field of SIZES) {
    const size = description[field];
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`${field} must be a whole number >= 1, got ${String(size)}`);
    }
  }
  const { order, inputFeeding, attention, targetVocabulary, encoderLayers = 1 } = description;
  if (!Number.isInteger(encoderLayers) || encoderLayers < 1) {
    throw new RangeError(`encoderLayers must be a whole number >= 1, got ${String(encoderLayers)}`);
  }
  if (order !== 'luong' && order !== 'bahdanau') {
    throw new RangeError(`order must be luong or bahdanau, got ${String(order)}`);
  }
  if (inputFeeding && order !== 'luong') {
    throw new RangeError("inputFeeding belongs to Luong's order: in Bahdanau's, the context enters the LSTM anyway");
  }
  if (attention !== 'none') {
    if (!(attention?.score && attention.alignment)) {
      throw new RangeError(`attention must be none or have a score and an alignment, got ${JSON.stringify(attention)}`);
    }
    requireAlignment(attention.alignment);
    if (description.backwards && ALIGNMENTS[attention.alignment.kind].walksOn) {
      throw new RangeError(
        `backwards must be left out with the alignment ${attention.alignment.kind}: it reads from the beginning to the end`,
      );
    }
  }
  const ids = Object.entries(specialIds(description));
  for (const [name, id] of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= targetVocabulary) {
      throw new RangeError(`${name} must be an id of the target vocabulary (0 to ${targetVocabulary - 1}), got ${id}`);
    }
    const twin = ids.find(([otherName, otherId]) => otherName !== name && otherId === id);
    if (twin) throw new RangeError(`${name} and ${twin[0]} must differ, both are ${id}`);
  }
}

const SIZES = ['sourceVocabulary', 'targetVocabulary', 'embeddingUnits', 'encoderUnits', 'decoderUnits'] as const;
