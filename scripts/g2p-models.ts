/** Models of letters and phones from the folders that the command line names. */
import { isQuantised, loadQuantised, loadSeq2Seq, SavedSeq2Seq } from '../src/seq2seq';
import { UsageError } from './command-line/usage-error';

/** A model with the letters and phones that its ids mean. */
export type G2pModel = Required<SavedSeq2Seq>;

/**
 * The models of the folders, in order.
 *
 * @param option that named them, for messages.
 * @throws {UsageError} when a folder holds no such model, or two of them know other letters or phones.
 */
export function loadG2pModels(folders: readonly string[], option = 'model'): G2pModel[] {
  const models = folders.map((folder) => load(folder, option));
  requireSameVocabularies(folders, models, option);
  return models;
}

function load(folder: string, option: string): G2pModel {
  const { model, vocabularies } = isQuantised(folder) ? loadQuantised(folder) : loadSeq2Seq(folder);
  if (vocabularies) return { model, vocabularies };
  throw new UsageError(`--${option} ${folder} was saved without its vocabularies`);
}

/** The longest word that a model reads: the location score has only so many places. */
export function mostLetters({ model }: G2pModel): number {
  const { attention } = model.description;
  return (attention !== 'none' && attention.maximumKeys) || Infinity;
}

function requireSameVocabularies(folders: readonly string[], models: readonly G2pModel[], option: string): void {
  const [first, ...others] = models.map(({ vocabularies }) => JSON.stringify(vocabularies));
  const stranger = others.findIndex((other) => other !== first);
  if (stranger >= 0) {
    throw new UsageError(
      `--${option} ${folders[stranger + 1]} knows other letters or phones than ${folders[0]}: they cannot write together`,
    );
  }
}
