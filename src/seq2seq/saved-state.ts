/** The part of a saved model that is JSON: the same in a checkpoint and beside quantised weights. */
import path from 'node:path';
import { SCORE_KINDS } from '../attention/kinds';
import { Vocabulary, type VocabularyJSON } from '../text/vocabulary';
import { CheckpointError } from '../training/checkpoint';
import { checkDescription, type Seq2SeqDescription } from './description';
import { requireFittingVocabularies, requireFittingWeights } from './fitting';
import type { SavedSeq2Seq } from './save';
import type { Seq2SeqVocabularies } from './text-pairs';

/** As JSON has it. */
export interface SavedState {
  description: Seq2SeqDescription;
  vocabularies?: { source: VocabularyJSON; target: VocabularyJSON } | undefined;
}

/** What a state stands for. */
interface ReadState {
  description: Seq2SeqDescription;
  vocabularies: Seq2SeqVocabularies | undefined;
}

/**
 * A model's description and vocabularies, to be written beside its weights.
 *
 * @throws {RangeError} when the model is not one that could be read again: weights or vocabularies that do not fit its
 *     description.
 */
export function savedState({ model, vocabularies }: SavedSeq2Seq): SavedState {
  const { description } = model;
  checkDescription(description);
  requireFittingWeights(model);
  if (!vocabularies) return { description };
  requireFittingVocabularies(description, vocabularies);
  return {
    description,
    vocabularies: { source: vocabularies.source.toJSON(), target: vocabularies.target.toJSON() },
  };
}

/** @throws {CheckpointError} when it is none that this version of the library knows; the message names the folder. */
export function readState(folder: string, state: unknown): ReadState {
  return ofFolder(folder, () => {
    const { description, vocabularies: json } = state as SavedState;
    requireKnown(description);
    checkDescription(description);
    const vocabularies = json && { source: Vocabulary.fromJSON(json.source), target: Vocabulary.fromJSON(json.target) };
    if (vocabularies) requireFittingVocabularies(description, vocabularies);
    return { description, vocabularies };
  });
}

/** @throws {CheckpointError} in place of what `read` throws: that alone would not tell which folder is meant. */
export function ofFolder<Result>(folder: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw new CheckpointError(
      `the model in ${path.resolve(folder)} is none that this version of attention-notebooks can use: ` +
        (cause as Error).message,
      { cause },
    );
  }
}

const FIELDS: Readonly<Record<keyof Seq2SeqDescription, true>> = {
  ...{ sourceVocabulary: true, targetVocabulary: true, embeddingUnits: true, encoderUnits: true, encoderLayers: true },
  ...{ decoderUnits: true, order: true, inputFeeding: true, backwards: true, attention: true },
  ...{ paddingId: true, startId: true, endId: true },
};

/** A field or a score of a later version, left out in silence, would make it another model. */
function requireKnown(description: Seq2SeqDescription): void {
  const unknown = Object.keys(description).find((field) => !(field in FIELDS));
  if (unknown !== undefined) throw new RangeError(`its description has the unknown field ${unknown}`);
  const { attention } = description;
  if (attention === 'none' || SCORE_KINDS.includes(attention?.score)) return;
  throw new RangeError(`score must be one of ${SCORE_KINDS.join(', ')}, got ${String(attention?.score)}`);
}
