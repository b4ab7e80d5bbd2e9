import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateExamples } from '../../../src/datasets';
import { exactMatch } from '../../../src/metrics';
import { buildVocabularies, createSeq2Seq, Seq2SeqDescription, trainSeq2Seq, translate } from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { characterTokens } from '../../../src/text';

const pairs = (split: 'train' | 'test', count: number) =>
  dateExamples({ split, count }).map(({ source, target }) => ({
    source: characterTokens(source),
    target: characterTokens(target),
  }));

/** Trains a little and returns the share of held-out dates that come out right, letter by letter. */
async function trainBriefly(attention: Seq2SeqDescription['attention'], steps: number): Promise<number> {
  const training = pairs('train', 5000);
  const vocabularies = buildVocabularies(training);
  const sizes = {
    sourceVocabulary: vocabularies.source.size,
    targetVocabulary: vocabularies.target.size,
    ...{ embeddingUnits: 16, encoderUnits: 32, decoderUnits: 64 },
  };
  const model = createSeq2Seq({ ...sizes, order: 'luong', attention }, { seed: 1 });
  const before = tf.memory().numTensors;
  const { losses } = await trainSeq2Seq(model, {
    ...{ pairs: training, vocabularies, steps, seed: 1 },
    ...{ learningRate: 0.02, clipNorm: 1, progress: false },
  });
  assert.ok(Math.abs(losses[0] - Math.log(vocabularies.target.size)) < 0.2, `first loss ${losses[0]}`);
  const heldOut = pairs('test', 300);
  const translations = translate(
    model,
    vocabularies,
    heldOut.map(({ source }) => source),
    { maximumSteps: 12 },
  );
  assert.equal(tf.memory().numTensors, before, 'training and searching leave no tensors behind');
  return exactMatch(
    translations.map(({ text }, index) => ({ hypothesis: text, references: [[...heldOut[index].target]] })),
  );
}

test('with attention, a short training writes most dates that it has never seen; without, hardly any', async () => {
  const attention = await trainBriefly({ score: 'general', alignment: { kind: 'soft' } }, 180);
  assert.ok(attention > 0.5, `general score: ${attention} exact`);
  const none = await trainBriefly('none', 100);
  assert.ok(none < 0.2, `no attention: ${none} exact`);
});
