import path from 'node:path';
import { CheckpointError, readCheckpoint, writeCheckpoint } from '../training/checkpoint';
import { tf } from '../tensorflow';
import { requireFittingWeights } from './fitting';
import { type Seq2SeqModel, weightShapes } from './model';
import { ofFolder, readState, type SavedState, savedState } from './saved-state';
import type { Seq2SeqVocabularies } from './text-pairs';

/** A model as it lies in a folder. */
export interface SavedSeq2Seq {
  /** The model with its weights, which are the caller's to dispose of. */
  model: Seq2SeqModel;
  /** The vocabularies that it was trained with, if they were saved. */
  vocabularies?: Seq2SeqVocabularies | undefined;
}

/**
 * Writes a model into a folder: its description and vocabularies as JSON, its weights as one file, with a manifest of
 * sizes and check sums. It is there whole or not at all.
 *
 * @param step how far it was trained: a folder keeps the models of its two highest steps, and the highest one is loaded.
 * @returns the model's own folder below `folder`.
 * @throws {Error} when it cannot be written, or the folder's newest model is of that very step.
 * @throws {RangeError} when the folder holds a model of a higher step, `step` is no whole number >= 0, or weights or
 *     vocabularies do not fit the model's description.
 */
export function saveSeq2Seq(folder: string, saved: SavedSeq2Seq, step: number): string {
  const state = savedState(saved);
  const newest = readCheckpoint(folder);
  tf.dispose(Object.values(newest?.tensors ?? {}).flatMap((group) => group.map(({ tensor }) => tensor)));
  if (newest?.step === step) {
    throw new Error(`${path.resolve(folder)} already holds a model of step ${step}: give another folder or step`);
  }
  const weights = Object.entries(saved.model.weights).map(([name, tensor]) => ({ name, tensor }));
  return writeCheckpoint(folder, { step, state, tensors: { weights } });
}

/**
 * Loads the newest model of a folder that {@link saveSeq2Seq} has written.
 *
 * @throws {CheckpointError} when the folder holds no model, a damaged one, or something else; the message names it.
 */
export function loadSeq2Seq(folder: string): SavedSeq2Seq {
  const checkpoint = readCheckpoint(folder);
  if (!checkpoint) throw new CheckpointError(`there is no model in ${path.resolve(folder)}`);
  const saved = new Map((checkpoint.tensors.weights ?? []).map(({ name, tensor }) => [name, tensor]));
  try {
    if (!(checkpoint.state as SavedState | null)?.description) {
      throw new CheckpointError(`${path.resolve(folder)} holds a checkpoint, but not of such a model`);
    }
    const { description, vocabularies } = readState(folder, checkpoint.state);
    return ofFolder(folder, () => {
      requireFittingWeights({ description, weights: Object.fromEntries(saved) });
      const names = Object.keys(weightShapes(description));
      const weights = Object.fromEntries(names.map((name) => [name, tf.variable(saved.get(name)!)]));
      return { model: { description, weights }, vocabularies };
    });
  } finally {
    for (const group of Object.values(checkpoint.tensors)) tf.dispose(group.map(({ tensor }) => tensor));
  }
}
