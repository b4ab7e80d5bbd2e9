import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { readNounSenses } from '../../../src/datasets/wordnet-nouns';
import {
  alongAxis,
  analogy,
  analogyQuestions,
  analogyScores,
  cosineSimilarity,
  frequentNouns,
  hypernymTriplets,
  loadWordVectors,
  nearestWords,
  principalComponents,
  removeDirection,
  saveWordVectors,
  skipGramPairs,
  trainSkipGram,
  tripletAccuracy,
  wordAxis,
  WordVectors,
  WordVectorsError,
} from '../../../src/embeddings';
import { SeededRandom } from '../../../src/training/random';

const close = (actual: number, expected: number, tolerance = 1e-6): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `expected ${expected}, got ${actual}`);

const vectorsOf = (rows: Record<string, number[]>): WordVectors =>
  new WordVectors(Object.keys(rows), Float32Array.from(Object.values(rows).flat()));

describe('word vectors', () => {
  const vectors = vectorsOf({ he: [1, 0, 1], she: [0, 1, 1], king: [2, 0, -2], queen: [0, 3, -3], far: [-9, -9, 0] });

  test('rows are looked up by word, and cosines are those of the definition', () => {
    assert.deepEqual(vectors.vector('king'), [2, 0, -2]);
    assert.equal(vectors.rank('queen'), 3);
    const cosines = vectors.cosines([1, 0, 1]);
    [1, 0.5, 0, -0.5, -1 / Math.SQRT2 / Math.SQRT2].forEach((expected, row) => close(cosines[row], expected));
    close(cosineSimilarity([3, 4], [4, 3]), 0.96);
    assert.equal(cosineSimilarity([0, 0], [1, 0]), 0);
  });

  test('what does not fit is named', () => {
    assert.throws(() => vectors.vector('King'), /no vector for "King": words are in lower case/);
    assert.throws(() => vectors.cosines([1]), /query must have 3 numbers, got 1/);
    assert.throws(() => cosineSimilarity([1], [1, 2]), /equally long, got 1 and 2/);
    assert.throws(() => new WordVectors(['a', 'b'], new Float32Array(3)), /a row for each of 2 words, got 3/);
    assert.throws(() => new WordVectors(['a', 'a'], new Float32Array(4)), /each word must occur once/);
    assert.throws(() => nearestWords(vectors, 'he', { count: 0 }), /count must be a whole number >= 1, got 0/);
  });

  test('neighbours come nearest first, without the word itself unless it is asked for', () => {
    const words = nearestWords(vectors, 'he', { count: 2 }).map(({ word }) => word);
    assert.deepEqual(words, ['she', 'king']);
    assert.equal(nearestWords(vectors, 'he', { exclude: [] })[0]?.word, 'he');
    assert.equal(nearestWords(vectors, [0, 1, -1])[0]?.word, 'queen');
  });

  test('an analogy leaves the words of its question out, and lengths do not matter', () => {
    const [best] = analogy(vectors, ['he', 'she', 'king']);
    assert.equal(best?.word, 'queen');
    close(best?.similarity ?? 0, 1);
    const words = analogy(vectors, ['he', 'she', 'king'], { count: 9 }).map(({ word }) => word);
    assert.deepEqual(words.sort(), ['far', 'queen']);
  });
});

describe('bias', () => {
  test('an axis leads from the first words to the second ones; a removed direction leaves a right angle', () => {
    const vectors = vectorsOf({ he: [5, 0, 0], she: [0, 2, 0], nurse: [-1, 1, 3] });
    const axis = wordAxis(vectors, [['he', 'she']]);
    close(axis[0], -Math.SQRT1_2);
    close(axis[1], Math.SQRT1_2);
    close(alongAxis(vectors, 'nurse', axis), Math.SQRT2 / Math.sqrt(11));
    const left = removeDirection([-1, 1, 3], [-10, 10, 0]);
    left.forEach((value, d) => close(value, [0, 0, 3][d]));
    assert.deepEqual(removeDirection([1, 2], [0, 0]), [1, 2]);
    assert.throws(() => removeDirection([1], [1, 2]), /equally long, got 1 and 2/);
    assert.throws(() => wordAxis(vectors, []), /at least one pair/);
  });
});

describe('principal components', () => {
  test('are those of a covariance that is known: eigenvalues 9 and 1 at 30 degrees', () => {
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const corners = [[3, 1], [3, -1], [-3, 1], [-3, -1]]; // prettier-ignore
    const points = corners.map(([x, y]) => [7 + cos * x - sin * y, -2 + sin * x + cos * y]);
    const { mean, directions, coordinates, explained } = principalComponents(points);
    [7, -2].forEach((value, d) => close(mean[d], value));
    [cos, sin].forEach((value, d) => close(directions[0][d], value));
    [0.9, 0.1].forEach((value, index) => close(explained[index], value));
    close(Math.abs(coordinates[0][0]), 3);
    close(Math.abs(coordinates[0][1]), 1);
  });

  test('directions have length 1 and stand at right angles, in many dimensions', () => {
    const random = new SeededRandom(0);
    const points = Array.from({ length: 40 }, () => Array.from({ length: 8 }, (_, d) => random.normal() * (8 - d)));
    const { directions, explained, coordinates } = principalComponents(points, 8);
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, d) => sum + value * b[d], 0);
    directions.forEach((a, i) => directions.forEach((b, j) => close(dot(a, b), i === j ? 1 : 0, 1e-9)));
    close(
      explained.reduce((sum, share) => sum + share),
      1,
      1e-9,
    );
    explained.forEach((share, index) => assert.ok(index === 0 || share <= explained[index - 1] + 1e-3));
    // Across all directions nothing is lost: distances stay.
    close(Math.hypot(...coordinates[0].map((x, d) => x - coordinates[1][d])), Math.hypot(...points[0].map((x, d) => x - points[1][d])), 1e-9); // prettier-ignore
  });

  test('points on one line have one direction of spread; a second one stands at a right angle and explains nothing', () => {
    for (const line of [
      [1, 2],
      [1, 2, 3.3, 7],
    ]) {
      const points = line.map((at) => [at * 0.1 + 5, at * 0.7, -at * 0.3]);
      const { directions, explained } = principalComponents(points, 2);
      const [a, b] = directions;
      close(a[0] * b[0] + a[1] * b[1] + a[2] * b[2], 0, 1e-9);
      close(Math.hypot(...b), 1, 1e-9);
      close(explained[0], 1, 1e-9);
      close(explained[1], 0, 1e-9);
    }
  });

  test('what does not fit is named', () => {
    assert.throws(() => principalComponents([[1, 2]]), /at least 2 points, got 1/);
    assert.throws(() => principalComponents([[1, 2], [1]]), /equally long/);
    assert.throws(() => principalComponents([[1], [2]], 2), /count must be a whole number from 1 to 1, got 2/);
  });
});

describe('skip-gram', () => {
  test('pairs reach as far as the window, in both directions', () => {
    assert.deepEqual(skipGramPairs(['a', 'b', 'c'], 1), [['a', 'b'], ['b', 'a'], ['b', 'c'], ['c', 'b']]); // prettier-ignore
    assert.equal(skipGramPairs(['a', 'b', 'c'], 2).length, 6);
  });

  /** Two worlds of words that never meet. */
  const worlds = [['sun', 'sea', 'sand', 'swim'], ['ice', 'ski', 'fur', 'fire']]; // prettier-ignore
  const random = new SeededRandom(1);
  const sentences = Array.from({ length: 600 }, (_, index) => random.shuffle(worlds[index % 2]));
  const options = { seed: 3, dimensions: 10, epochs: 20, subsample: 1, progress: false };

  test('words that keep the same company come out near each other, others do not', async () => {
    const vectors = await trainSkipGram(sentences, options);
    for (const world of worlds) {
      for (const word of world) {
        const near = nearestWords(vectors, word, { count: 3 }).map((neighbour) => neighbour.word);
        assert.deepEqual([...near, word].sort(), [...world].sort());
      }
    }
  });

  test('the same seed gives the same numbers, another seed others', async () => {
    const short = { ...options, epochs: 1 };
    const first = await trainSkipGram(sentences, short);
    assert.deepEqual((await trainSkipGram(sentences, short)).values, first.values);
    const undefinedWindow = { window: undefined, ...short }; // as an option that a caller passes on
    assert.deepEqual(
      (await trainSkipGram(sentences, { ...undefinedWindow, window: undefined })).values.length,
      first.values.length,
    );
    assert.notDeepEqual((await trainSkipGram(sentences, { ...short, seed: 0 })).values, first.values);
  });

  test('rare words are left out, frequent words come first', async () => {
    const text = [...Array.from({ length: 6 }, () => ['b', 'a', 'a']), ['c', 'a']];
    const vectors = await trainSkipGram(text, options);
    assert.deepEqual(vectors.words, ['a', 'b']);
  });

  test('steps are bounded: settings that overshoot give finite vectors', async () => {
    for (const wild of [{ learningRate: 5 }, { window: 10, negatives: 400 }, { learningRate: 1e6, negatives: 50 }]) {
      const { values } = await trainSkipGram(sentences, { ...options, ...wild });
      assert.ok(values.every(Number.isFinite), JSON.stringify(wild));
    }
  });

  test('what is no longer finite is an error that names the step, and is never finished', async () => {
    const told: string[] = [];
    const progress = { update: () => {}, finish: (_state: unknown, sentence: string) => void told.push(sentence) };
    await assert.rejects(trainSkipGram(sentences, { ...options, learningRate: 1e308, negatives: 1000, progress }), {
      name: 'LossError',
      message: /at step \d+ \(epoch 0\): training cannot go on, and there are no vectors\. Try a smaller learningRate/,
    });
    assert.deepEqual(told, []);
  });

  test('a drawn word may be the true context: two words that always meet settle where the equation says', async () => {
    // The other word is half of the draws: sigmoid(u . v) = 1 / (1 + 5 / 2), and the draws of the word itself cost 0.
    const belief = 1 / 3.5;
    const expected = (-Math.log(belief) - 2.5 * Math.log(1 - belief)) / 6;
    const pairs = Array.from({ length: 4000 }, () => ['a', 'b']);
    const losses: number[] = [];
    const progress = { update: () => {}, finish: ({ loss }: { loss: number }) => void losses.push(loss) };
    await trainSkipGram(pairs, { ...options, epochs: 30, progress });
    close(losses[0] ?? NaN, expected, 0.05);
  });

  test('wrong options are named', async () => {
    await assert.rejects(trainSkipGram(sentences, { seed: 0, window: 0 }), /window must be a whole number >= 1, got 0/);
    await assert.rejects(
      trainSkipGram(sentences, { seed: 0, learningRate: -1 }),
      /learningRate must be a number above 0/,
    );
    await assert.rejects(trainSkipGram([['once']], { seed: 0 }), /fewer than 2 words occur 5 times/);
  });
});

describe('questions for word vectors', () => {
  test('triplets: the related noun has the hypernym, the other one has not', () => {
    const senses = new Map(
      Object.entries({ truck: 'vehicle', tram: 'vehicle', oak: 'tree', elm: 'tree', judge: 'person' }).map(
        ([word, hypernym]) => [word, { synset: word, hypernym }],
      ),
    );
    const triplets = hypernymTriplets([...senses.keys(), 'unknown'], senses);
    assert.equal(triplets.length, 4); // nobody is of the judge's kind
    for (const { word, related, other } of triplets) {
      assert.equal(senses.get(word)?.hypernym, senses.get(related)?.hypernym);
      assert.notEqual(senses.get(word)?.hypernym, senses.get(other)?.hypernym);
      assert.notEqual(word, related);
    }
    const right = vectorsOf({
      truck: [1, 0, 0],
      tram: [1, 0.1, 0],
      oak: [0, 1, 0],
      elm: [0, 1, 0.1],
      judge: [0, 0, 1],
    });
    assert.equal(tripletAccuracy(right, triplets), 1);
  });

  test('few nouns, or nouns of one kind only, give what triplets there are', () => {
    const senses = new Map(
      Object.entries({ truck: 'vehicle', tram: 'vehicle', judge: 'person' }).map(([word, hypernym]) => [
        word,
        { synset: word, hypernym },
      ]),
    );
    assert.deepEqual(hypernymTriplets(['truck', 'tram', 'judge'], senses), [
      { word: 'truck', related: 'tram', other: 'judge' },
      { word: 'tram', related: 'truck', other: 'judge' },
    ]);
    assert.deepEqual(hypernymTriplets(['truck', 'tram'], senses), []);
  });

  test("WordNet's nouns have a sense and something above it", () => {
    const senses = readNounSenses();
    assert.equal(senses.get('truck')?.hypernym, senses.get('car')?.hypernym); // motor vehicle
    assert.notEqual(senses.get('truck')?.synset, senses.get('car')?.synset);
    assert.equal(senses.get('entity'), undefined);
  });

  test('frequent nouns occur twenty times', () => {
    const text = Array.from({ length: 20 }, (_, index) => ['house', 'go', ...(index > 0 ? ['boat'] : [])]);
    assert.deepEqual(frequentNouns(text), ['house']);
  });

  test('analogies: every two pairs make a question, and those without vectors are not asked', () => {
    const questions = analogyQuestions().filter(({ relation }) => relation === 'country : capital');
    assert.equal(questions.length, 30);
    const vectors = vectorsOf({
      france: [1, 0, 0],
      paris: [1, 0, 1],
      italy: [0, 1, 0],
      rome: [0, 1, 1],
      x: [-1, -1, 0],
    });
    assert.deepEqual(analogyScores(vectors, questions), { asked: 2, first: 1, firstTen: 1 });
  });
});

describe('saved vectors', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'word-vectors-'));
  after(() => fs.rmSync(folder, { recursive: true }));
  const random = new SeededRandom(5);
  const words = Array.from({ length: 30 }, (_, index) => `word${index}`);
  const vectors = new WordVectors(
    words,
    Float32Array.from({ length: 30 * 12 }, () => random.normal()),
  );

  test('come back as they were, within half a step of a byte', () => {
    saveWordVectors(folder, vectors, 20);
    const back = loadWordVectors(folder);
    assert.deepEqual(back.words, words.slice(0, 20));
    for (const word of back.words) {
      const original = vectors.vector(word);
      const step = Math.max(...original.map(Math.abs)) / 127;
      back.vector(word).forEach((value, d) => close(value, original[d], 0.51 * step));
      assert.ok(cosineSimilarity(back.vector(word), original) > 0.999);
    }
  });

  const damages: [string, (file: (name: string) => string) => void, RegExp][] = [
    ['a flipped bit', (file) => flip(file('vectors.bin')), /vectors\.bin is damaged: its SHA-256 .* git checkout/],
    ['a cut list of words', (file) => fs.truncateSync(file('words.txt'), 20), /words\.txt is damaged/],
    ['other sizes', (file) => flip(file('manifest.json')), /manifest\.json is damaged/],
    ['a missing file', (file) => fs.rmSync(file('vectors.bin')), /cannot read .*vectors\.bin/],
    ['no list of check sums', (file) => fs.rmSync(file('SHA256SUMS')), /cannot read .*SHA256SUMS/],
    ['an empty list', (file) => fs.truncateSync(file('SHA256SUMS')), /manifest\.json is damaged/],
    ['another format', (file) => replace(file('manifest.json'), '{}'), /manifest\.json is no manifest of word vectors/],
    [
      'sizes of other vectors',
      (file) => replace(file('manifest.json'), '{"format":"word-vectors int8","words":20,"dimensions":13}'),
      /manifest\.json does not fit its files/,
    ],
  ];
  for (const [what, damage, message] of damages) {
    test(`damage is noticed and the file is named: ${what}`, () => {
      const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'word-vectors-'));
      saveWordVectors(copy, vectors, 20);
      damage((name) => path.join(copy, name));
      assert.throws(() => loadWordVectors(copy), (error: Error) => {
        assert.ok(error instanceof WordVectorsError);
        assert.match(error.message, message);
        return true;
      }); // prettier-ignore
      fs.rmSync(copy, { recursive: true });
    });
  }

  test('a count beyond the words is refused', () => {
    assert.throws(() => saveWordVectors(folder, vectors, 31), /count must be a whole number from 1 to 30, got 31/);
  });
});

/** Changes one bit. */
function flip(file: string): void {
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  fs.writeFileSync(file, bytes);
}

/** Writes another file, with its own check sum in the list. */
function replace(file: string, content: string): void {
  const sums = path.join(path.dirname(file), 'SHA256SUMS');
  const sum = createHash('sha256').update(content).digest('hex');
  fs.writeFileSync(file, content);
  const lines = fs.readFileSync(sums, 'utf8').split('\n');
  const name = path.basename(file);
  fs.writeFileSync(sums, lines.map((line) => (line.endsWith(`  ${name}`) ? `${sum}  ${name}` : line)).join('\n'));
}
