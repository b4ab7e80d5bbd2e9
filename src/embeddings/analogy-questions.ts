import { analogy } from './neighbours';
import type { WordVectors } from './word-vectors';

/** Pairs that stand in one relation; every two of them make a question. */
export const ANALOGY_PAIRS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'man : woman': pairs(
    'man woman, he she, his her, father mother, son daughter, brother sister, husband wife, boy girl',
  ),
  'country : people': pairs(
    'france french, germany german, england english, spain spanish, russia russian, italy italian',
  ),
  'country : capital': pairs('france paris, england london, germany berlin, italy rome, russia moscow, japan tokyo'),
  'one : several': pairs(
    'year years, city cities, house houses, word words, friend friends, hand hands, country countries',
  ),
  'more than': pairs('large larger, small smaller, high higher, great greater, strong stronger, old older, low lower'),
  'now : then': pairs('go went, come came, take took, give gave, know knew, see saw, say said, make made'),
  'not so': pairs('possible impossible, known unknown, certain uncertain, able unable, likely unlikely, happy unhappy'),
};

/** An analogy question with its answer: `a` is to `b` as `c` is to `d`. */
export interface AnalogyQuestion {
  /** The relation, a key of {@link ANALOGY_PAIRS}. */
  relation: string;
  /** The three given words. */
  given: readonly [string, string, string];
  /** The word that is looked for. */
  answer: string;
}

/** All questions that two different pairs of one relation make. */
export function analogyQuestions(): AnalogyQuestion[] {
  return Object.entries(ANALOGY_PAIRS).flatMap(([relation, list]) =>
    list.flatMap(([a, b]) =>
      list.filter(([c]) => c !== a).map(([c, d]): AnalogyQuestion => ({ relation, given: [a, b, c], answer: d })),
    ),
  );
}

/** How well vectors answer. */
export interface AnalogyScores {
  /** How many questions have a vector for each of their words. */
  asked: number;
  /** The share of these whose answer comes first; NaN when none was asked. */
  first: number;
  /** The share whose answer is among the first ten; NaN when none was asked. */
  firstTen: number;
}

/** Puts the questions; those with a word that has no vector are not asked. @see Lesson 01, section 7. */
export function analogyScores(vectors: WordVectors, questions: readonly AnalogyQuestion[]): AnalogyScores {
  const asked = questions.filter(({ given, answer }) => [...given, answer].every((word) => vectors.has(word)));
  const places = asked.map(({ given, answer }) =>
    analogy(vectors, given, { count: 10 }).findIndex(({ word }) => word === answer),
  );
  const share = (limit: number): number => places.filter((place) => place >= 0 && place < limit).length / asked.length;
  return { asked: asked.length, first: share(1), firstTen: share(10) };
}

function pairs(text: string): [string, string][] {
  return text.split(', ').map((pair) => pair.split(' ') as [string, string]);
}
