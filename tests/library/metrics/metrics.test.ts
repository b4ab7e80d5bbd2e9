import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { softAlignment } from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import {
  accuracy,
  alignmentSharpness,
  bleu,
  bootstrapInterval,
  confusionMatrix,
  editDistance,
  exactMatch,
  macroF1,
  phoneErrorRate,
  wordErrorRate,
  type Prediction,
} from '../../../src/metrics';
import { SeededRandom } from '../../../src/training/random';
import bleuReference from './bleu-reference.json';

const close = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

/** The definition itself: try all three edits at the front. Exponential, so for short sequences only. */
function slowDistance(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  if (a[0] === b[0]) return slowDistance(a.slice(1), b.slice(1));
  const [restOfA, restOfB] = [a.slice(1), b.slice(1)];
  return 1 + Math.min(slowDistance(restOfA, b), slowDistance(a, restOfB), slowDistance(restOfA, restOfB));
}

test('edit distance is the least number of edits', () => {
  assert.equal(editDistance([...'kitten'], [...'sitting']), 3);
  assert.equal(editDistance(['K', 'AE', 'T'], []), 3);
  assert.equal(editDistance(['AE'], ['A', 'E']), 2);
  const tokens = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });
  fc.assert(
    fc.property(tokens, tokens, (a, b) => assert.equal(editDistance(a, b), slowDistance(a, b))),
    { numRuns: 200 },
  );
  assert.throws(() => editDistance('abc' as unknown as string[], []), /a must be an array of tokens, got "abc"/);
});

const words = (text: string) => text.split(' ').filter((token) => token !== '');
const prediction = (hypothesis: string, ...references: string[]): Prediction => ({
  hypothesis: words(hypothesis),
  references: references.map(words),
});

test('the phone error rate takes the nearest reference and weighs tokens, its macro form examples', () => {
  const rate = phoneErrorRate([
    prediction('T AH M EY T OW', 'T AH M AA T OW', 'T AH M EY T OW'), // 0 of 6
    prediction('K AE', 'K AE T', 'D AO G Z'), // 1 of 3
    prediction('AH', 'EY'), // 1 of 1
  ]);
  assert.deepEqual([rate.edits, rate.tokens], [2, 10]);
  close(rate.micro, 0.2);
  close(rate.macro, (0 + 1 / 3 + 1) / 3);
});

test('of equally near references the longest counts, whatever their order', () => {
  const one = phoneErrorRate([prediction('A B', 'A', 'A B C')]);
  const other = phoneErrorRate([prediction('A B', 'A B C', 'A')]);
  assert.deepEqual(one, other);
  close(one.micro, 1 / 3);
});

test('an empty hypothesis costs all tokens, and too long ones more than all', () => {
  close(phoneErrorRate([prediction('', 'A B')]).micro, 1);
  close(phoneErrorRate([prediction('A B C D E', 'X')]).micro, 5);
});

test('one empty reference does not end a corpus: its insertions are edits, and it has no rate of its own', () => {
  const rate = phoneErrorRate([prediction('A B', ''), prediction('A', 'A B', ''), prediction('', '')]);
  assert.deepEqual([rate.edits, rate.tokens], [3, 2]);
  close(rate.micro, 1.5);
  close(rate.macro, 0.5);
});

test('the word error rate is the share of words that fit no reference', () => {
  const predictions = [
    prediction('A B', 'A C', 'A B'),
    prediction('A', 'A B'),
    prediction('A B C', 'A B'),
    prediction('', 'A'),
  ];
  close(wordErrorRate(predictions), 0.75);
  close(exactMatch(predictions), 0.25);
});

test('predictions without reference are named', () => {
  assert.throws(() => phoneErrorRate([]), /predictions must hold at least one/);
  assert.throws(() => exactMatch([prediction('A', 'A'), prediction('A')]), /predictions\[1\] has no reference/);
  assert.throws(() => phoneErrorRate([prediction('A', '')]), /predictions must have a reference that is not empty/);
});

// Three classes, worked by hand: class 0 has precision 2/3 and recall 2/4, class 1 1/2 and 1/1, class 2 1/2 and 1/2.
const ACTUAL = [0, 0, 0, 0, 1, 2, 2];
const PREDICTED = [0, 0, 1, 2, 1, 2, 0];

test('accuracy, confusion matrix and macro F1', () => {
  close(accuracy(PREDICTED, ACTUAL), 4 / 7);
  assert.deepEqual(confusionMatrix(PREDICTED, ACTUAL, 3), [
    [2, 1, 1],
    [0, 1, 0],
    [1, 0, 1],
  ]);
  close(macroF1(PREDICTED, ACTUAL, 3), (4 / 7 + 2 / 3 + 1 / 2) / 3);
});

test('macro F1 leaves out classes that never occur and counts 0 for those never found', () => {
  close(macroF1([0, 0], [0, 1], 9), (2 / 3 + 0) / 2);
});

test('bad labels are named', () => {
  assert.throws(() => accuracy([1], [1, 2]), /predicted must be as long as actual, got 1 and 2/);
  assert.throws(() => accuracy([], []), /actual must hold at least one/);
  assert.throws(() => confusionMatrix([3], [0], 3), /predicted\[0\] must be an integer from 0 to 2, got 3/);
});

// bleu-reference.py beside this file made the corpora and asked sacrebleu for its figures.
for (const { name, hypotheses, references, expected } of bleuReference.cases) {
  test(`BLEU equals sacrebleu ${bleuReference.sacrebleu}: ${name}`, () => {
    const result = bleu(hypotheses, references);
    close(result.score, expected.score);
    close(result.brevityPenalty, expected.brevityPenalty);
    result.precisions.forEach((precision, order) => close(precision, expected.precisions[order]));
    assert.deepEqual(
      [result.hypothesisLength, result.referenceLength],
      [expected.hypothesisLength, expected.referenceLength],
    );
  });
}

test('BLEU does not mix up tokens that look alike when joined', () => {
  const { precisions } = bleu([['a b', 'c']], [[['a', 'b c']]]);
  assert.deepEqual(precisions, [0, 0, 0, 0]);
});

test('BLEU names what is missing', () => {
  assert.throws(() => bleu([], []), /hypotheses must hold at least one sentence/);
  assert.throws(() => bleu([['a']], []), /references must have one entry for each of the 1 hypotheses, got 0/);
  assert.throws(() => bleu([['a']], [[]]), /references\[0\] holds no reference/);
  assert.throws(() => bleu([['a']], [['a']] as never), /references\[0\]\[0\] must be an array of tokens, got "a"/);
});

test('sharpness: one position has 0 bits, n equal ones log2(n), no weight gives zeros', async () => {
  const weights = tf.tensor3d([
    [
      [0, 0, 1, 0],
      [0.25, 0.25, 0.25, 0.25],
      [0, 0, 0, 0],
      [0, 0.1, 0.3, 0], // does not sum to 1: taken as 1/4 and 3/4
    ],
  ]);
  const before = tf.memory().numTensors;
  const sharpness = alignmentSharpness(weights);
  assert.equal(tf.memory().numTensors, before + 3);
  const expected = {
    entropy: [0, 2, 0, -(0.25 * Math.log2(0.25) + 0.75 * Math.log2(0.75))],
    largest: [1, 0.25, 0, 0.75],
    position: [2, 1.5, 0, 1.75],
  };
  for (const name of ['entropy', 'largest', 'position'] as const) {
    assert.deepEqual(sharpness[name].shape, [1, 4]);
    const values = await sharpness[name].data();
    expected[name].forEach((value, query) => close(values[query], value, 1e-6));
  }
  assert.throws(() => alignmentSharpness(tf.zeros([2, 3]) as never), /weights must have rank 3/);
});

test('an alignment can be taught to be sharp: entropy, largest share and position have gradients, 0 and 1 included', () => {
  const weights = tf.tensor3d([[[0.2, 0.3, 0.4], [0, 0.5, 0.25], [0, 1, 0], [0, 0, 0]]]); // prettier-ignore
  const slopes = (name: 'entropy' | 'largest' | 'position', query: number) =>
    (
      tf
        .grad((w) => alignmentSharpness(w as tf.Tensor3D)[name].sum())(weights)
        .arraySync() as number[][][]
    )[0][query];
  const shares = [2 / 9, 3 / 9, 4 / 9];
  const bits = shares.map((share) => -Math.log2(share));
  const entropy = shares.reduce((sum, share, s) => sum + share * bits[s], 0);
  slopes('entropy', 0).forEach((slope, s) => close(slope, (bits[s] - entropy) / 0.9, 1e-4));
  slopes('position', 0).forEach((slope, s) => close(slope, (s - 11 / 9) / 0.9, 1e-5));
  slopes('largest', 0).forEach((slope, s) => close(slope, (Number(s === 2) - 4 / 9) / 0.9, 1e-5));
  // Where a weight is 0 the entropy rises without bound; a finite, large slope stands for that.
  for (const query of [1, 2])
    assert.ok(slopes('entropy', query)[0] > 100 && Number.isFinite(slopes('entropy', query)[0]));
  close(slopes('entropy', 2)[1], 0, 1e-5);
  for (const name of ['entropy', 'largest', 'position'] as const) assert.deepEqual(slopes(name, 3), [0, 0, 0]);

  // As a penalty on scores, behind a mask: the model learns to look at one position, and nothing becomes NaN.
  const mask = tf.tensor2d([[1, 1, 1, 0]]);
  let scores = tf.tensor3d([[[0.1, 0.3, 0.2, 9], [30, 0, -30, 0]]]); // prettier-ignore
  const penalty = (x: tf.Tensor) => alignmentSharpness(softAlignment(x as tf.Tensor3D, { mask })).entropy.sum();
  const before = penalty(scores).dataSync()[0];
  for (let step = 0; step < 20; step++) scores = scores.sub(tf.grad(penalty)(scores));
  const after = penalty(scores).dataSync()[0];
  assert.ok(before > 1.5 && after < 0.1, `${before} to ${after}`);
});

test('the bootstrap interval of a mean is as wide as theory says, and repeats for a seed', () => {
  const random = new SeededRandom(0);
  const items = Array.from({ length: 400 }, () => (random.uniform() < 0.3 ? 1 : 0));
  const mean = (sample: readonly number[]) => sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const interval = bootstrapInterval(items, mean, { seed: 0 });
  const estimate = mean(items);
  const halfWidth = 1.96 * Math.sqrt((estimate * (1 - estimate)) / 400);
  close(interval.estimate, estimate);
  close(interval.low, estimate - halfWidth, 0.01);
  close(interval.high, estimate + halfWidth, 0.01);
  assert.deepEqual(bootstrapInterval(items, mean, { seed: 0 }), interval);
  assert.notDeepEqual(bootstrapInterval(items, mean, { seed: 1 }), interval);
  const narrow = bootstrapInterval(items, mean, { seed: 0, confidence: 0.5 });
  assert.ok(narrow.low > interval.low && narrow.high < interval.high);
});

test('the bootstrap takes whole examples, so corpus figures can be resampled', () => {
  const predictions = [prediction('A', 'A'), prediction('A B C', 'X Y Z')];
  const { estimate, low, high } = bootstrapInterval(predictions, (sample) => phoneErrorRate(sample).micro, { seed: 0 });
  assert.deepEqual([estimate, low, high], [0.75, 0, 1]);
  assert.throws(() => bootstrapInterval([], () => 0, { seed: 0 }), /items must hold at least one/);
  assert.throws(() => bootstrapInterval([1], () => 0, { seed: 0, confidence: 1 }), /confidence must be .* got 1/);
  assert.throws(() => bootstrapInterval([1], () => 0, { seed: 0, samples: 0 }), /samples must be .* got 0/);
});

test('one reference given in place of a list of references is named, not counted as wrong', () => {
  const flat = [{ hypothesis: ['K', 'AE', 'T'], references: ['K', 'AE', 'T'] }] as unknown as Prediction[];
  const whole = [{ hypothesis: 'K AE T', references: [['K', 'AE', 'T']] }] as unknown as Prediction[];
  for (const rate of [exactMatch, wordErrorRate, phoneErrorRate]) {
    assert.throws(() => rate(flat), /predictions\[0\]\.references\[0\] must be an array of tokens, got "K"/);
    assert.throws(() => rate(whole), /predictions\[0\]\.hypothesis must be an array of tokens, got "K AE T"/);
  }
});
