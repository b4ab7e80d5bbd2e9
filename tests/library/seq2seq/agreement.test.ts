import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agreementSearch,
  BeamDecoded,
  beamSearch,
  buildVocabularies,
  greedySearch,
  Seq2SeqModel,
  translate,
} from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { ADDITIVE, assertNoLeak, GENERAL, SIZES, tinyBatch, tinyModel } from './models';

/** Wide enough to hold every sequence of up to three symbols of the seven and the end. */
const ALL = { maximumSteps: 3, beam: 400 };
const HARD = { score: 'general', alignment: { kind: 'hard', mode: 'argmax' } } as const;

/** Two that begin with the first symbol and one that begins with the last, of three kinds. */
function models(): Seq2SeqModel[] {
  return [
    tinyModel({ attention: GENERAL }, 3),
    tinyModel({ attention: HARD, backwards: true }, 6),
    tinyModel({ order: 'bahdanau', attention: ADDITIVE }, 4),
  ];
}

/** Finished sequences by their text. */
function byText(sequences: readonly BeamDecoded[]): Map<string, BeamDecoded> {
  return new Map(sequences.filter(({ finished }) => finished).map((decoded) => [decoded.tokens.join(), decoded]));
}

function assertMean(found: number[], one: number[], other: number[]): void {
  assert.equal(found.length, one.length);
  found.forEach((value, index) => assert.ok(Math.abs(value - (one[index] + other[index]) / 2) < 1e-5));
}

test('every sequence is judged by the mean of both directions, symbol by symbol, and the best mean comes first', () => {
  const [first, backwards, second] = models();
  const { source, mask } = tinyBatch();
  const options = { ...ALL, mask };
  const forwardsAlone = beamSearch([first, second], source, options).map(byText);
  const backwardsAlone = beamSearch(backwards, source, options).map(byText);
  const together = agreementSearch([first, backwards, second], source, options);
  let changed = 0;
  together.forEach((sequences, example) => {
    const [forwards, back] = [forwardsAlone[example], backwardsAlone[example]];
    assert.equal(sequences.length, 1 + 6 + 36);
    assert.deepEqual(new Set(sequences.map(({ tokens }) => tokens.join())), new Set(forwards.keys()));
    for (const { tokens, logProbability, symbolLogProbabilities, weights, finished } of sequences) {
      const [one, other] = [forwards.get(tokens.join())!, back.get(tokens.join())!];
      assert.ok(finished);
      assertMean([logProbability], [one.logProbability], [other.logProbability]);
      assertMean(symbolLogProbabilities, one.symbolLogProbabilities, other.symbolLogProbabilities);
      assert.equal(weights.length, tokens.length + 1);
      weights.forEach((keys, step) => assertMean(keys, one.weights[step], other.weights[step]));
    }
    const scores = sequences.map(({ tokens, logProbability }) => logProbability / (tokens.length + 1));
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
    const favourites = [forwards, back].map((alone) => [...alone.keys()][0]);
    changed +=
      Number(sequences[0].tokens.join() !== favourites[0]) + Number(sequences[0].tokens.join() !== favourites[1]);
  });
  assert.ok(changed >= 2, 'together they choose what one alone would not');
});

test('a narrow beam proposes a few sequences of each direction, and judges just these, as it would all', () => {
  const { source, mask } = tinyBatch();
  const [first, backwards] = models();
  const all = agreementSearch([first, backwards], source, { ...ALL, mask }).map(byText);
  const few = agreementSearch([first, backwards], source, { ...ALL, beam: 2, mask });
  const proposed = [first, backwards].map((model) => beamSearch(model, source, { ...ALL, beam: 2, mask }).map(byText));
  few.forEach((sequences, example) => {
    const texts = new Set(proposed.flatMap((found) => [...found[example].keys()]));
    assert.deepEqual(new Set(byText(sequences).keys()), texts);
    for (const { tokens, logProbability } of byText(sequences).values()) {
      assertMean([logProbability], [all[example].get(tokens.join())!.logProbability], [logProbability]);
    }
  });
  assert.ok(few.some((sequences) => byText(sequences).size > 2));
});

test('two local-p models agree on where they looked, too', () => {
  const { source, mask } = tinyBatch();
  const attention = { score: 'general', alignment: { kind: 'localPredictive', radius: 2 } } as const;
  const [first, backwards] = [tinyModel({ attention }, 2), tinyModel({ attention, backwards: true }, 5)];
  const options = { ...ALL, mask };
  const [one, other] = [first, backwards].map((model) => beamSearch(model, source, options).map(byText));
  agreementSearch([first, backwards], source, options).forEach((sequences, example) => {
    for (const [text, { positions }] of byText(sequences)) {
      assertMean(positions!, one[example].get(text)!.positions!, other[example].get(text)!.positions!);
    }
  });
  const [[soft]] = agreementSearch([first, tinyModel({ backwards: true })], source, options);
  assert.equal(soft.positions, undefined);
});

test('neither padding nor the other examples change what both directions agree on', () => {
  const { source, mask } = tinyBatch();
  const [first, backwards] = models();
  const options = { ...ALL, beam: 3 };
  const batched = agreementSearch([first, backwards], source, { ...options, mask });
  [5, 3, 2].forEach((length, example) => {
    const alone = agreementSearch([first, backwards], source.slice([example, 0], [1, length]) as tf.Tensor2D, options);
    alone[0].forEach(({ tokens, logProbability, weights }, rank) => {
      const other = batched[example][rank];
      assert.deepEqual(other.tokens, tokens);
      assert.ok(Math.abs(other.logProbability - logProbability) < 1e-5);
      assert.deepEqual(
        other.weights.map((keys) => keys.length),
        weights.map((keys) => keys.length),
      );
    });
  });
});

test('where nobody comes to an end, what the forward models have begun is given', () => {
  const { source, mask } = tinyBatch();
  const endless = [false, true].map((backwards) => {
    const model = tinyModel({ attention: GENERAL, backwards }, 3);
    const bias = model.weights['readout.bias'];
    bias.assign(tf.tensor1d(Array.from({ length: SIZES.targetVocabulary }, (_, id) => (id === 3 ? -100 : 0))));
    return model;
  });
  const options = { mask, maximumSteps: 2, beam: 2 };
  assert.deepEqual(agreementSearch(endless, source, options), beamSearch(endless[0], source, options));
});

test('models that cannot judge each other are refused, and no tensor is left behind', () => {
  const { source, mask } = tinyBatch();
  const [first, backwards] = models();
  const options = { mask, maximumSteps: 3, beam: 2 };
  assert.throws(() => agreementSearch([first, first], source, options), /must write in both directions/);
  const stranger = tinyModel({ targetVocabulary: SIZES.targetVocabulary + 1 });
  assert.throws(() => agreementSearch([backwards, stranger], source, options), /must share their vocabularies/);
  assertNoLeak('agreementSearch', () => void agreementSearch([first, backwards], source, options));
});

test('translate lets models of both directions agree, greedy too', () => {
  const letters = [...'abcde'];
  const pairs = [{ source: letters, target: letters.slice(0, 3) }];
  const vocabularies = buildVocabularies(pairs); // 5 letters and 2 special ids; 3 letters and 4
  const sizes = { sourceVocabulary: vocabularies.source.size, targetVocabulary: vocabularies.target.size };
  const [forwards, backwards] = [false, true].map((each) => tinyModel({ ...sizes, backwards: each }, each ? 8 : 2));
  const words = [['a', 'b'], letters];
  for (const beam of [1, 3]) {
    const translations = translate([forwards, backwards], vocabularies, words, { maximumSteps: 4, beam });
    words.forEach((word, index) => {
      const source = tf.tensor2d([vocabularies.source.encode(word)], [1, word.length], 'int32');
      const [[best]] = agreementSearch([forwards, backwards], source, { maximumSteps: 4, beam });
      assert.deepEqual(translations[index].tokens, best.tokens);
      assert.deepEqual(translations[index].text, vocabularies.target.decode(best.tokens));
    });
  }
  const alone = translate(backwards, vocabularies, words, { maximumSteps: 4 });
  const source = tf.tensor2d([vocabularies.source.encode(letters)], [1, 5], 'int32');
  assert.deepEqual(alone[1].tokens, greedySearch(backwards, source, { maximumSteps: 4 })[0].tokens);
});
