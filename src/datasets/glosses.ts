import { type LabelledText, type LabelledTexts, requireSizes, glossWords } from './labelled-text';
import { orderByHash } from './order-by-hash';
import { readSynsets, type Synset } from './wordnet';

/** The 26 noun classes, in the order of WordNet's lexicographer files 3 (`noun.Tops`) to 28 (`noun.time`). */
export const GLOSS_CLASSES: readonly string[] = [
  ...['top concept', 'act', 'animal', 'artifact', 'attribute', 'body', 'cognition', 'communication', 'event'],
  ...['feeling', 'food', 'group', 'location', 'motive', 'object', 'person', 'phenomenon', 'plant', 'possession'],
  ...['process', 'quantity', 'relation', 'shape', 'state', 'substance', 'time'],
];
const FIRST_NOUN_FILE = 3;

/** How many examples {@link loadGlosses} puts into each part. */
export interface GlossSizes {
  /** Default 30,000; at most what dev and test leave. */
  train?: number | undefined;
  /** Default 2,000. */
  dev?: number | undefined;
  /** Default 4,000. */
  test?: number | undefined;
}

/**
 * WordNet's noun glosses, each with the class of its synset: "a flat-bottomed boat used for fishing" is an *artifact*.
 *
 * Usage examples are dropped, and of glosses that read alike only the first stays: nothing in the test part was seen in
 * training. Examples are ordered by the hash of their synset's offset; test takes the first, then dev, then train. So a
 * smaller training part is the beginning of a larger one, and test never moves.
 *
 * @throws {RangeError} when a size is negative, no whole number, or more than there is.
 * @see datasets/glosses/README.md for counts, licence and limits. Used by lessons 03 and 10.
 */
export function loadGlosses({ train = 30_000, dev = 2_000, test = 4_000 }: GlossSizes = {}): LabelledTexts {
  requireSizes({ train, dev, test });
  const all = orderByHash(distinctGlosses(), ({ id }) => id);
  if (train + dev + test > all.length) {
    throw new RangeError(`train + dev + test must be at most ${all.length}, got ${train + dev + test}`);
  }
  return {
    classes: [...GLOSS_CLASSES],
    test: all.slice(0, test),
    dev: all.slice(test, test + dev),
    train: all.slice(test + dev, test + dev + train),
  };
}

/** Every noun gloss once, in WordNet's order. */
export function distinctGlosses(): LabelledText[] {
  const byText = new Map<string, LabelledText>();
  for (const synset of readSynsets('noun')) {
    const gloss = toGloss(synset);
    const text = gloss.tokens.join(' ');
    if (text !== '' && !byText.has(text)) byText.set(text, gloss);
  }
  return [...byText.values()];
}

function toGloss({ offset, lexicographerFile, definition }: Synset): LabelledText {
  return { id: offset, tokens: glossWords(definition), label: lexicographerFile - FIRST_NOUN_FILE };
}
