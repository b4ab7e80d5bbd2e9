import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beamSearch, decodeTeacherForced, encode, greedySearch, Seq2SeqModel } from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { assertNoLeak, GENERAL, tinyBatch, tinyModel } from './models';

const END = 3;
const STEPS = 6;
const FORWARD = { score: 'general', alignment: { kind: 'forward' } } as const;

function members(): Seq2SeqModel[] {
  return [
    tinyModel({ attention: GENERAL }, 3),
    tinyModel({ order: 'bahdanau', attention: GENERAL }, 4),
    tinyModel({ attention: FORWARD }, 5),
  ];
}

/** The members' mean log-probabilities after the symbols, normalised, as plain arithmetic: `[steps][vocabulary]`. */
function meanLogs(models: Seq2SeqModel[], source: number[], symbols: number[]): number[][] {
  const each = models.map((model) =>
    tf.tidy(() => {
      const targets = tf.tensor2d([symbols], [1, symbols.length], 'int32');
      const encoded = encode(model, tf.tensor2d([source], [1, source.length], 'int32'));
      const { logits } = decodeTeacherForced(model, encoded, targets, { decision: true });
      return (tf.softmax(logits).arraySync() as number[][][])[0];
    }),
  );
  return symbols.map((_, step) => {
    const products = each[0][step].map((_, id) => each.reduce((product, rows) => product * rows[step][id], 1));
    const roots = products.map((product) => product ** (1 / models.length));
    const sum = roots.reduce((total, root) => total + root, 0);
    return roots.map((root) => Math.log(root / sum));
  });
}

test('several models write what is likeliest to their geometric mean', () => {
  const models = members();
  const { source, mask } = tinyBatch();
  const rows = source.arraySync() as number[][];
  const together = greedySearch(models, source, { mask, maximumSteps: STEPS });
  [5, 3, 2].forEach((length, example) => {
    const { tokens, finished, symbolLogProbabilities } = together[example];
    const symbols = finished ? [...tokens, END] : tokens;
    const logs = meanLogs(models, rows[example].slice(0, length), symbols);
    symbols.forEach((symbol, step) => {
      assert.equal(symbol, logs[step].indexOf(Math.max(...logs[step])));
      assert.ok(Math.abs(logs[step][symbol] - symbolLogProbabilities[step]) < 1e-4);
    });
  });
  const alone = models.map((model) => greedySearch(model, source, { mask, maximumSteps: STEPS }));
  assert.ok(
    alone.every((results) => results.some(({ tokens }, example) => tokens.join() !== together[example].tokens.join())),
    'the ensemble is none of its members',
  );
});

test('a model beside itself is that model, weights included', () => {
  const model = tinyModel({ attention: GENERAL }, 3);
  const { source, mask } = tinyBatch();
  const [one, two] = [model, [model, model]].map((each) => greedySearch(each, source, { mask, maximumSteps: STEPS }));
  two.forEach((decoded, example) => {
    assert.deepEqual(decoded.tokens, one[example].tokens);
    decoded.weights.forEach((row, step) =>
      row.forEach((weight, key) => assert.ok(Math.abs(weight - one[example].weights[step][key]) < 1e-5)),
    );
  });
});

test('with several models too, a beam of 1 is greedy search, and a wider one finds nothing worse', () => {
  const models = members();
  const { source, mask } = tinyBatch();
  const options = { mask, maximumSteps: STEPS, lengthNormalisation: 0 };
  const greedy = greedySearch(models, source, options);
  const [narrow, wide] = [1, 40].map((beam) => beamSearch(models, source, { ...options, beam }));
  greedy.forEach(({ tokens, logProbability, finished }, example) => {
    assert.deepEqual(narrow[example][0].tokens, tokens);
    if (finished) assert.ok(wide[example][0].logProbability > logProbability - 1e-5);
  });
});

test('nothing leaks', () => {
  const models = members();
  const { source, mask } = tinyBatch();
  assertNoLeak('greedySearch', () => void greedySearch(models, source, { mask, maximumSteps: STEPS }));
  assertNoLeak('beamSearch', () => void beamSearch(models, source, { mask, maximumSteps: STEPS, beam: 3 }));
});

test('models that do not fit together are refused', () => {
  const { source, mask } = tinyBatch();
  const options = { mask, maximumSteps: STEPS };
  assert.throws(() => greedySearch([], source, options), /models must hold at least one model/);
  const models = [tinyModel(), tinyModel({ targetVocabulary: 8 })];
  assert.throws(() => greedySearch(models, source, options), /models must share their vocabularies: models\[1\] has/);
  assert.throws(() => beamSearch(models, source, { ...options, beam: 2 }), /models must share their vocabularies/);
});
