import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  batchOfPairs,
  beamSearch,
  Decoded,
  decodeTeacherForced,
  encode,
  greedySearch,
  Seq2SeqModel,
  symbolLogProbabilities,
  translate,
} from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { Vocabulary } from '../../../src/text';
import { ADDITIVE, assertNoLeak, GENERAL, tinyBatch, tinyModel } from './models';

const MODELS = {
  'Luong, general': () => tinyModel({ attention: GENERAL }, 3),
  'Luong with input feeding': () => tinyModel({ inputFeeding: true, attention: GENERAL }, 3),
  'Bahdanau, additive': () => tinyModel({ order: 'bahdanau', attention: ADDITIVE }, 4),
  'Bahdanau, monotonic': () =>
    tinyModel({ order: 'bahdanau', attention: { score: 'general', alignment: { kind: 'monotonic' } } }, 4),
  'Luong, coverage': () => tinyModel({ attention: { score: 'general', alignment: { kind: 'coverage' } } }, 4),
  'Luong, forward': () => tinyModel({ attention: { score: 'general', alignment: { kind: 'forward' } } }, 4),
  'Luong, local-p': () =>
    tinyModel({ attention: { score: 'general', alignment: { kind: 'localPredictive', radius: 1 } } }, 4),
  'Luong, Gumbel': () =>
    tinyModel({ attention: { score: 'general', alignment: { kind: 'gumbel', temperature: 1 } } }, 4),
  'no attention': () => tinyModel({ attention: 'none' }, 3),
};
const END = 3;
const STEPS = 6;

function assertSame(a: Decoded, b: Decoded, what: string): void {
  assert.deepEqual(a.tokens, b.tokens, `${what}: tokens`);
  assert.equal(a.finished, b.finished, `${what}: finished`);
  a.symbolLogProbabilities.forEach((value, step) => {
    assert.ok(Math.abs(value - b.symbolLogProbabilities[step]) < 1e-5, `${what}: log-probability of step ${step}`);
  });
  assert.equal(a.positions?.length, b.positions?.length, `${what}: positions`);
  a.positions?.forEach((value, step) => {
    assert.ok(Math.abs(value - b.positions![step]) < 1e-4, `${what}: position of step ${step}`);
  });
  a.weights.forEach((row, step) => {
    assert.equal(row.length, b.weights[step].length, `${what}: width of the weights`);
    row.forEach((weight, key) => assert.ok(Math.abs(weight - b.weights[step][key]) < 1e-5, `${what}: weights`));
  });
}

/** What teacher forcing says about the symbols that a search wrote for one example. */
function forced(
  model: Seq2SeqModel,
  source: number[],
  decoded: Decoded,
): { logs: number[]; best: number[]; weights?: number[][]; positions?: number[] } {
  const symbols = decoded.finished ? [...decoded.tokens, END] : decoded.tokens;
  return tf.tidy(() => {
    const targets = tf.tensor2d([symbols], [1, symbols.length], 'int32');
    const encoded = encode(model, tf.tensor2d([source], [1, source.length], 'int32'));
    const { logits, weights, positions } = decodeTeacherForced(model, encoded, targets, { decision: true });
    const logs = symbolLogProbabilities(logits, targets).arraySync()[0];
    const best = logits.argMax(2).arraySync() as number[][];
    return { logs, best: best[0], weights: weights?.arraySync()[0], positions: positions?.arraySync()[0] };
  });
}

for (const [name, make] of Object.entries(MODELS)) {
  test(`${name}: greedy search writes the likeliest symbol at each step, with the weights that it used`, () => {
    const model = make();
    const { source, mask } = tinyBatch();
    const results = greedySearch(model, source, { mask, maximumSteps: STEPS });
    const lengths = [5, 3, 2];
    results.forEach((decoded, example) => {
      const ids = (source.arraySync() as number[][])[example].slice(0, lengths[example]);
      const { logs, best, weights, positions } = forced(model, ids, decoded);
      assert.deepEqual(decoded.finished ? [...decoded.tokens, END] : decoded.tokens, best);
      assert.ok(decoded.symbolLogProbabilities.length > 0);
      assert.equal(decoded.tokens.length + Number(decoded.finished), decoded.symbolLogProbabilities.length);
      logs.forEach((log, step) => {
        assert.ok(Math.abs(log - decoded.symbolLogProbabilities[step]) < 1e-5, `log-probability of step ${step}`);
      });
      const sum = logs.reduce((total, log) => total + log, 0);
      assert.ok(Math.abs(sum - decoded.logProbability) < 1e-4);
      if (!weights) assert.deepEqual(decoded.weights, []);
      weights?.forEach((row, step) =>
        row.forEach((weight, key) => assert.ok(Math.abs(weight - decoded.weights[step][key]) < 1e-5)),
      );
      assert.equal(decoded.positions?.length, positions?.length);
      positions?.forEach((position, step) => assert.ok(Math.abs(position - decoded.positions![step]) < 1e-4));
    });
  });

  test(`${name}: an example's result does not depend on the batch`, () => {
    const model = make();
    const { source, mask } = tinyBatch();
    const rows = source.arraySync() as number[][];
    const together = greedySearch(model, source, { mask, maximumSteps: STEPS });
    const beams = beamSearch(model, source, { mask, maximumSteps: STEPS, beam: 3 });
    [5, 3, 2].forEach((length, example) => {
      const alone = tf.tensor2d([rows[example].slice(0, length)], [1, length], 'int32');
      assertSame(greedySearch(model, alone, { maximumSteps: STEPS })[0], together[example], `example ${example}`);
      const beamAlone = beamSearch(model, alone, { maximumSteps: STEPS, beam: 3 })[0];
      beamAlone.forEach((decoded, place) => assertSame(decoded, beams[example][place], `example ${example}`));
    });
  });

  test(`${name}: a beam of 1 is greedy search`, () => {
    const model = make();
    const { source, mask } = tinyBatch();
    const greedy = greedySearch(model, source, { mask, maximumSteps: STEPS });
    const beam = beamSearch(model, source, { mask, maximumSteps: STEPS, beam: 1 });
    greedy.forEach((decoded, example) => {
      assert.equal(beam[example].length, 1);
      assertSame(beam[example][0], decoded, `example ${example}`);
    });
  });

  test(`${name}: nothing leaks`, () => {
    const model = make();
    const { source, mask } = tinyBatch();
    assertNoLeak('greedySearch', () => void greedySearch(model, source, { mask, maximumSteps: STEPS }));
    assertNoLeak('beamSearch', () => void beamSearch(model, source, { mask, maximumSteps: STEPS, beam: 3 }));
  });
}

/** All sequences of at most `steps` symbols that end with the end symbol, with teacher forcing's log-probabilities. */
function enumerate(model: Seq2SeqModel, source: number[], steps: number): { tokens: number[]; log: number }[] {
  const symbols = [0, 1, 2, 4];
  let open: number[][] = [[]];
  const all: { tokens: number[]; log: number }[] = [];
  for (let length = 1; length <= steps; length += 1) {
    for (const tokens of open) {
      const { logs } = forced(model, source, {
        ...{ tokens, finished: true, symbolLogProbabilities: [], logProbability: 0, weights: [] },
      });
      all.push({ tokens, log: logs.reduce((total, log) => total + log, 0) });
    }
    open = open.flatMap((tokens) => symbols.map((symbol) => [...tokens, symbol]));
  }
  return all;
}

for (const lengthNormalisation of [0, 1]) {
  test(`a beam as wide as the space finds what enumeration finds (normalisation ${lengthNormalisation})`, () => {
    const steps = 4;
    const model = tinyModel({ targetVocabulary: 5, order: 'bahdanau', attention: ADDITIVE }, 11);
    const source = [4, 8, 6];
    const all = enumerate(model, source, steps)
      .map(({ tokens, log }) => ({ tokens, log, score: log / (tokens.length + 1) ** lengthNormalisation }))
      .sort((a, b) => b.score - a.score);
    assert.equal(all.length, 1 + 4 + 16 + 64);
    const found = beamSearch(model, tf.tensor2d([source], [1, 3], 'int32'), {
      maximumSteps: steps,
      beam: 500,
      lengthNormalisation,
    })[0].filter(({ finished }) => finished);
    assert.equal(found.length, all.length);
    found.slice(0, 20).forEach((decoded, place) => {
      assert.ok(Math.abs(decoded.score - all[place].score) < 1e-5, `place ${place}`);
    });
    assert.deepEqual(found[0].tokens, all[0].tokens);
  });
}

test('a wider beam never finds a less likely best sequence than greedy search here, and ranks by score', () => {
  const model = tinyModel({ attention: GENERAL }, 3);
  const { source, mask } = tinyBatch();
  const results = beamSearch(model, source, { mask, maximumSteps: STEPS, beam: 4 });
  for (const sequences of results) {
    assert.ok(sequences.length <= 4 && sequences.length > 0);
    sequences.slice(1).forEach((decoded, index) => {
      const better = sequences[index];
      assert.ok(Number(better.finished) > Number(decoded.finished) || better.score >= decoded.score);
    });
    const unique = new Set(sequences.map(({ tokens, finished }) => `${tokens.join(' ')} ${finished}`));
    assert.equal(unique.size, sequences.length, 'no sequence occurs twice');
  }
});

test('a search that fails leaves nothing behind', () => {
  const attention = { score: 'location', maximumKeys: 3, alignment: { kind: 'soft' } } as const;
  const model = tinyModel({ attention });
  const { source, mask } = tinyBatch(); // of five places
  const vocabulary = (tokens: string[], startAndEnd = false) => new Vocabulary(tokens, { startAndEnd });
  const vocabularies = { source: vocabulary([...'abcdefg']), target: vocabulary([...'xyz'], true) };
  const searches = [
    () => greedySearch(model, source, { mask, maximumSteps: 3 }),
    () => beamSearch(model, source, { mask, maximumSteps: 3, beam: 2 }),
    () => translate(model, vocabularies, [[...'abcde']], { maximumSteps: 3 }),
    () => batchOfPairs([{ source: ['a'], target: ['x'] }], { ...vocabularies, target: vocabulary(['x']) }),
  ];
  for (const search of searches) {
    const before = tf.memory().numTensors;
    assert.throws(search);
    assert.equal(tf.memory().numTensors, before, String(search));
  }
});

test('arguments that do not fit are refused by name', () => {
  const model = tinyModel();
  const { source, mask } = tinyBatch();
  assert.throws(() => greedySearch(model, source, { mask, maximumSteps: 0 }), /maximumSteps must be .* got 0/);
  const beam = (options: object) => () => beamSearch(model, source, { mask, maximumSteps: 3, beam: 2, ...options });
  assert.throws(beam({ beam: 1.5 }), /beam must be a whole number >= 1, got 1.5/);
  assert.throws(beam({ lengthNormalisation: -1 }), /lengthNormalisation must be a number >= 0, got -1/);
  assert.throws(beam({ mask: tf.ones([3, 4]) }), /mask must have shape \[3, 5\], got \[3, 4\]/);
});
