import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { loadCmudict } from '../../../src/datasets';
import { wordErrorRate } from '../../../src/metrics';
import { disposeSeq2Seq, loadPublishedModel, pronounce, publishedModels, translate } from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { characterTokens } from '../../../src/text';

const root = path.join(__dirname, '../../..');
/** Words that were not learnt from. */
const heldOut = loadCmudict().test;

/** The word error rate on the test words that the model's card gives, as a share of 1. */
function cardFigure(name: string): number {
  const card = fs.readFileSync(path.join(root, 'models', name, 'README.md'), 'utf8');
  const found = /\| test, greedy \| ([\d.]+) %/.exec(card);
  assert.ok(found, `the card of ${name} gives the word error rate on the test words`);
  return Number(found[1]) / 100;
}

for (const name of publishedModels()) {
  describe(name, () => {
    test('says unseen words about as well as its card claims', () => {
      const published = loadPublishedModel(name);
      const words = heldOut.slice(0, 1000);
      const written = translate(
        published.model,
        published.vocabularies,
        words.map(({ word }) => characterTokens(word)),
        { maximumSteps: 48 },
      );
      const wer = wordErrorRate(
        words.map(({ pronunciations }, index) => ({ hypothesis: written[index].text, references: pronunciations })),
      );
      // Four standard errors of 1,000 words.
      assert.ok(Math.abs(wer - cardFigure(name)) < 0.065, `${wer}, the card says ${cardFigure(name)}`);
      disposeSeq2Seq(published.model);
    });

    test('gives phones, their probability and the weights of each', () => {
      const published = loadPublishedModel(name);
      const before = tf.memory().numTensors;
      const { letters, phones, probability, weights } = pronounce('Cat', published);
      assert.equal(tf.memory().numTensors, before);
      assert.deepEqual(letters, ['c', 'a', 't']);
      assert.deepEqual(phones, ['K', 'AE', 'T']);
      assert.ok(probability > 0.3 && probability <= 1, String(probability));
      assert.deepEqual(
        weights.map(({ length }) => length),
        [3, 3, 3],
      );
      checkWeights(published.model.description.attention, pronounce('understanding', published).weights);
      disposeSeq2Seq(published.model);
    });
  });
}

test('a long word may have as many phones as it needs', () => {
  const published = loadPublishedModel('g2p-global');
  // A model that never thinks of an end shows where the limit is.
  const { endId = 3 } = published.model.description;
  const bias = published.model.weights['readout.bias'];
  bias.assign(tf.tensor1d(Array.from(bias.dataSync(), (value, id) => (id === endId ? -1e9 : value))));
  assert.equal(pronounce('cat', published).phones.length, 48);
  assert.equal(pronounce('ba'.repeat(30), published).phones.length, 120);
  disposeSeq2Seq(published.model);
});

test('padding that a model writes is no phone, and its weights are none of a phone', () => {
  const published = loadPublishedModel('g2p-global');
  const bias = published.model.weights['readout.bias'];
  bias.assign(tf.tensor1d(Array.from(bias.dataSync(), (value, id) => (id === 0 ? value + 14 : value))));
  for (const word of ['attention', 'psychology', 'a']) {
    const [{ tokens, weights: all }] = translate(published.model, published.vocabularies, [[...word]], {
      maximumSteps: 48,
    });
    const { phones, weights } = pronounce(word, published);
    assert.ok(tokens.includes(0), 'it does write padding');
    assert.equal(phones.length, tokens.filter((id) => id !== 0).length);
    assert.equal(weights.length, phones.length);
    const last = tokens.map((id) => id !== 0).lastIndexOf(true);
    assert.deepEqual(weights.at(-1), all[last]);
  }
  disposeSeq2Seq(published.model);
});

/** What the alignment promises of its weights. */
function checkWeights(
  attention: ReturnType<typeof loadPublishedModel>['model']['description']['attention'],
  weights: number[][],
): void {
  assert.ok(attention !== 'none');
  const { alignment } = attention;
  for (const [step, row] of weights.entries()) {
    const sum = row.reduce((total, weight) => total + weight, 0);
    if (alignment.kind !== 'localPredictive') assert.ok(Math.abs(sum - 1) < 1e-4 || sum === 0, `row ${step}: ${sum}`);
    if (alignment.kind === 'localMonotonic') {
      const far = row.filter((_, position) => Math.abs(position - step) > alignment.radius);
      assert.ok(
        far.every((weight) => weight === 0),
        `row ${step} looks beyond its window`,
      );
    }
    if (['hard', 'gumbel', 'monotonic'].includes(alignment.kind)) {
      assert.ok(
        row.every((weight) => weight === 0 || weight === 1),
        `row ${step} is no choice`,
      );
    }
  }
}

test('an unknown model is refused, and the known ones are listed', () => {
  assert.throws(
    () => loadPublishedModel('g2p-globule'),
    /name must be a model in models\/ \(.*g2p-global.*\), got g2p-globule/,
  );
});

test('words that a model cannot read are refused', () => {
  const published = loadPublishedModel('g2p-global');
  assert.throws(() => pronounce('', published), /word must have at least one letter/);
  assert.throws(() => pronounce('café', published), /got "é" in "café"/);
  disposeSeq2Seq(published.model);
});
