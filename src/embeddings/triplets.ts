import { hashText } from '../datasets/split';
import { orderByHash } from '../datasets/order-by-hash';
import type { NounSense } from '../datasets/wordnet-nouns';
import { countWords } from './skip-gram';
import { wordSimilarity } from './neighbours';
import type { WordVectors } from './word-vectors';

/** Two nouns that are the same kind of thing, and a third that is not. */
export interface Triplet {
  /** The noun asked about: `truck`. */
  word: string;
  /** A noun with the same direct hypernym: `car`. */
  related: string;
  /** A noun that is about as frequent and has another hypernym: `judge`. */
  other: string;
}

/** A noun must occur this often in the Brown corpus to be asked about, and have at least three letters. */
const FREQUENT = 20;

/** The words of a text that are frequent enough to be asked about, most frequent first. */
export function frequentNouns(sentences: readonly (readonly string[])[]): string[] {
  return countWords(sentences, FREQUENT).words.filter((word) => word.length >= 3);
}

/**
 * Questions for word vectors that nobody wrote by hand: is `word` nearer to a noun of the same hypernym than to another
 * noun that is about as frequent? Guessing is right in one of two cases.
 *
 * @param words nouns to ask about, most frequent first; those without a known sense are passed over.
 * @param senses the most common sense of each noun.
 * @returns at most two triplets for each word, the same ones on each machine; none where all nouns of like frequency are
 *     of the word's kind.
 * @see Lesson 01, section 6.
 */
export function hypernymTriplets(words: readonly string[], senses: ReadonlyMap<string, NounSense>): Triplet[] {
  const nouns = words.filter((word) => senses.has(word));
  const sense = (word: string): NounSense => senses.get(word) as NounSense;
  const groups = new Map<string, string[]>();
  for (const word of nouns) groups.set(sense(word).hypernym, [...(groups.get(sense(word).hypernym) ?? []), word]);
  return nouns.flatMap((word, rank) => {
    const kin = (groups.get(sense(word).hypernym) ?? []).filter(
      (other) => other !== word && sense(other).synset !== sense(word).synset && !sharesStem(word, other),
    );
    return orderByHash(kin, (other) => `${word} ${other}`)
      .slice(0, 2)
      .map((related) => ({ word, related, other: similarRank(word, related, nouns, rank, sense) }))
      .filter((triplet): triplet is Triplet => triplet.other !== undefined);
  });
}

/** `worker` and `works` are alike for another reason than their meaning. */
function sharesStem(a: string, b: string): boolean {
  return a.slice(0, 4) === b.slice(0, 4);
}

/** How many ranks the third noun may be more or less frequent. */
const REACH = 20;

/** A noun near `related` in the list of frequencies, of another kind, if there is one. */
function similarRank(
  word: string,
  related: string,
  nouns: readonly string[],
  rank: number,
  sense: (word: string) => NounSense,
): string | undefined {
  const first = nouns.indexOf(related) + 1 - REACH;
  const places = Array.from({ length: 2 * REACH + 1 }, (_, step) => {
    return (((first + step) % nouns.length) + nouns.length) % nouns.length; // the list is a ring
  });
  const fits = (place: number): boolean =>
    place !== rank && sense(nouns[place]!).hypernym !== sense(word).hypernym && !sharesStem(word, nouns[place]!);
  if (!places.some(fits)) return undefined;
  for (let step = 0; ; step++) {
    const place = places[hashText(`${word} ${related} ${step}`) % places.length]!;
    if (fits(place)) return nouns[place];
  }
}

/** The share of triplets in which the related word is nearer than the other one; NaN when there is no triplet. */
export function tripletAccuracy(vectors: WordVectors, triplets: readonly Triplet[]): number {
  const right = triplets.filter(
    ({ word, related, other }) => wordSimilarity(vectors, word, related) > wordSimilarity(vectors, word, other),
  );
  return right.length / triplets.length;
}
