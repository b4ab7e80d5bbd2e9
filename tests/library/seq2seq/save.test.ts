import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { decodeTeacherForced, disposeSeq2Seq, encode, loadSeq2Seq, saveSeq2Seq } from '../../../src/seq2seq';
import { Vocabulary } from '../../../src/text';
import { writeCheckpoint } from '../../../src/training';
import { tf } from '../../../src/tensorflow';
import { ADDITIVE, ALIGNMENTS, assertClose, tinyBatch, tinyModel } from './models';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seq2seq-save-'));
after(() => fs.rmSync(folder, { recursive: true }));

const MODELS = [
  { order: 'bahdanau', attention: ADDITIVE },
  { order: 'luong', inputFeeding: true, attention: ADDITIVE },
  { order: 'luong', attention: 'none' },
  ...ALIGNMENTS.map((alignment) => ({ order: 'luong', attention: { score: 'general', units: 3, alignment } }) as const),
] as const;

for (const [index, description] of MODELS.entries()) {
  test(`a model comes back as it was: ${JSON.stringify(description)}`, () => {
    const model = tinyModel(description);
    const place = path.join(folder, String(index));
    saveSeq2Seq(place, { model }, 10);
    const before = tf.memory().numTensors;
    const { model: loaded, vocabularies } = loadSeq2Seq(place);
    assert.equal(tf.memory().numTensors, before + Object.keys(model.weights).length, 'only the weights stay');
    assert.equal(vocabularies, undefined);
    assert.deepEqual(loaded.description, model.description);
    const { source, mask, targets } = tinyBatch();
    tf.tidy(() => {
      const logits = [model, loaded].map(
        (each) => decodeTeacherForced(each, encode(each, source, mask), targets, { seed: 1 }).logits,
      );
      assertClose(logits[0], logits[1], 0, 'logits');
    });
    disposeSeq2Seq(loaded);
    assert.equal(tf.memory().numTensors, before + 3, 'the batch is all that is left');
    tf.dispose([source, mask, targets]);
  });
}

test('the vocabularies come back, and the newest model is loaded', () => {
  const place = path.join(folder, 'vocabularies');
  const vocabularies = {
    source: Vocabulary.build([['a', 'b']]),
    target: Vocabulary.build([['年', '月']], { startAndEnd: true }),
  };
  saveSeq2Seq(place, { model: tinyModel({}, 1), vocabularies }, 1);
  const newer = tinyModel({}, 2);
  saveSeq2Seq(place, { model: newer, vocabularies }, 2);
  const loaded = loadSeq2Seq(place);
  assert.deepEqual(loaded.vocabularies!.target.encode(['月', '年'], { end: true }), [5, 4, 3]);
  assertClose(loaded.model.weights['readout.kernel'], newer.weights['readout.kernel'], 0, 'weights');
});

test('a model of the same step is not replaced without a word', () => {
  const place = path.join(folder, 'twice');
  saveSeq2Seq(place, { model: tinyModel({}, 1) }, 5);
  assert.throws(() => saveSeq2Seq(place, { model: tinyModel({}, 2) }, 5), /twice already holds a model of step 5/);
});

test('what is not a whole model is refused, naming the place', () => {
  assert.throws(() => loadSeq2Seq(path.join(folder, 'nothing')), /there is no model in .*nothing/);
  const other = path.join(folder, 'other');
  writeCheckpoint(other, { step: 1, state: {}, tensors: {} });
  assert.throws(() => loadSeq2Seq(other), /other holds a checkpoint, but not of such a model/);
  const model = tinyModel();
  const unfit = path.join(folder, 'unfit');
  const description = { ...model.description, decoderUnits: 5 };
  saveSeq2Seq(unfit, { model: { ...model, description } }, 1);
  assert.throws(() => loadSeq2Seq(unfit), /weight bridge.h.kernel should have shape \[4, 5\], got \[4, 4\]/);
  const damaged = path.join(folder, 'damaged');
  const place = saveSeq2Seq(damaged, { model }, 1);
  fs.truncateSync(path.join(place, 'weights.bin'), 100);
  assert.throws(() => loadSeq2Seq(damaged), /weights.bin has 100 bytes/);
});
