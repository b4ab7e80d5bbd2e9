import { distinctGlosses, GLOSS_CLASSES } from './glosses';
import { type LabelledText, type LabelledTexts, requireSizes, glossWords } from './labelled-text';
import { orderByHash } from './order-by-hash';
import { hashText } from './split';
import { readSynsets } from './wordnet';

/** The eight classes of the needle task: the largest ones that lie well apart. */
export const NEEDLE_CLASSES: readonly string[] = [
  ...['act', 'animal', 'artifact', 'communication', 'location', 'person', 'plant', 'substance'],
];
/** How many words of the gloss are hidden. */
export const NEEDLE_LENGTH = 10;
/** How many words the whole text has. */
export const HAYSTACK_LENGTH = 40;

/** A gloss hidden in other text. */
export interface Needle extends LabelledText {
  /** Where the gloss begins in `tokens`: to look at afterwards, never an input of a model. */
  start: number;
}

/** How many examples {@link loadNeedles} puts into each part: multiples of 8, for each class gets the same number. */
export interface NeedleSizes {
  /** Default 12,000. */
  train?: number | undefined;
  /** Default 1,000. */
  dev?: number | undefined;
  /** Default 2,000. */
  test?: number | undefined;
}

/**
 * A needle in a haystack: the first ten words of a gloss at a random place among thirty words of unrelated sentences.
 * The class is that of the gloss; where it stands, nobody tells.
 *
 * The sentences are WordNet's usage examples of verbs, adjectives and adverbs. Those around test and dev needles never
 * occur around training needles, and every part holds each class equally often. Nothing is drawn at random: place and
 * sentences follow from the hash of the synset's offset.
 *
 * @throws {RangeError} when a size is negative, no multiple of 8, or more than there is.
 * @see datasets/glosses/README.md. Used by lesson 04.
 */
export function loadNeedles({ train = 12_000, dev = 1_000, test = 2_000 }: NeedleSizes = {}): LabelledTexts<Needle> {
  const sizes = { train, dev, test };
  requireSizes(sizes);
  for (const [name, size] of Object.entries(sizes)) {
    if (size % NEEDLE_CLASSES.length !== 0) throw new RangeError(`${name} must be a multiple of 8, got ${size}`);
  }
  const byClass = needleGlosses();
  const smallest = Math.min(...byClass.map((glosses) => glosses.length)) * NEEDLE_CLASSES.length;
  if (train + dev + test > smallest) {
    throw new RangeError(`train + dev + test must be at most ${smallest}, got ${train + dev + test}`);
  }
  const sentences = backgroundWords();
  const part = (from: number, size: number, background: string[]): Needle[] => {
    const [first, last] = [from / NEEDLE_CLASSES.length, (from + size) / NEEDLE_CLASSES.length];
    const chosen = byClass.flatMap((glosses) => glosses.slice(first, last));
    return orderByHash(chosen, ({ id }) => `${id} order`).map((gloss) => hide(gloss, background));
  };
  return {
    classes: [...NEEDLE_CLASSES],
    test: part(0, test, sentences.heldOut),
    dev: part(test, dev, sentences.heldOut),
    train: part(test + dev, train, sentences.train),
  };
}

/** Glosses of at least ten words, one list a class, each ordered by hash. */
function needleGlosses(): LabelledText[][] {
  const long = distinctGlosses().filter(({ tokens }) => tokens.length >= NEEDLE_LENGTH);
  return NEEDLE_CLASSES.map((name, label) => {
    const original = GLOSS_CLASSES.indexOf(name);
    const own = long.filter((gloss) => gloss.label === original);
    return orderByHash(own, ({ id }) => id).map((gloss) => ({ ...gloss, label }));
  });
}

/** Usage examples of everything but nouns, one after the other, as words: a tenth of the synsets is held out. */
function backgroundWords(): { train: string[]; heldOut: string[] } {
  const synsets = (['verb', 'adj', 'adv'] as const).flatMap((partOfSpeech) =>
    readSynsets(partOfSpeech).map(({ offset, examples }) => ({ id: `${partOfSpeech} ${offset}`, examples })),
  );
  const ordered = orderByHash(synsets, ({ id }) => id);
  const words = (part: typeof ordered): string[] => part.flatMap(({ examples }) => examples.flatMap(glossWords));
  const heldOut = Math.floor(ordered.length / 10);
  return { heldOut: words(ordered.slice(0, heldOut)), train: words(ordered.slice(heldOut)) };
}

function hide(gloss: LabelledText, background: string[]): Needle {
  const around = HAYSTACK_LENGTH - NEEDLE_LENGTH;
  const from = hashText(`${gloss.id} background`) % (background.length - around);
  const start = hashText(`${gloss.id} place`) % (around + 1);
  const words = background.slice(from, from + around);
  const needle = gloss.tokens.slice(0, NEEDLE_LENGTH);
  return { ...gloss, tokens: [...words.slice(0, start), ...needle, ...words.slice(start)], start };
}
