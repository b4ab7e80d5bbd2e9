import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
  decodeTeacherForced,
  disposeSeq2Seq,
  encode,
  loadSeq2Seq,
  saveQuantised,
  saveSeq2Seq,
  type Seq2SeqModel,
  trainSeq2Seq,
  translate,
} from '../../../src/seq2seq';
import { Vocabulary } from '../../../src/text';
import { writeCheckpoint } from '../../../src/training';
import { tf } from '../../../src/tensorflow';
import { ADDITIVE, ALIGNMENTS, assertClose, GENERAL, tinyBatch, tinyModel } from './models';

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
  const sizes = { sourceVocabulary: 4, targetVocabulary: 6 };
  saveSeq2Seq(place, { model: tinyModel(sizes, 1), vocabularies }, 1);
  const newer = tinyModel(sizes, 2);
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

/** A folder as another version, or a faulty program, may write it. */
function writeSaved(place: string, state: unknown, { weights }: Seq2SeqModel): void {
  const tensors = Object.entries(weights).map(([name, tensor]) => ({ name, tensor }));
  writeCheckpoint(place, { step: 1, state, tensors: { weights: tensors } });
}

test('nothing is written that could not be loaded', () => {
  const place = path.join(folder, 'never');
  const model = tinyModel();
  for (const step of [-1, 1.5, NaN, Infinity, 2 ** 60]) {
    assert.throws(() => saveSeq2Seq(place, { model }, step), /step must be a whole number >= 0, got /, String(step));
  }
  const description = { ...model.description, decoderUnits: 5 };
  assert.throws(() => saveSeq2Seq(place, { model: { ...model, description } }, 1), {
    name: 'RangeError',
    message: 'weight bridge.h.kernel should have shape [4, 5], got [4, 4]',
  });
  const source = Vocabulary.build([[...'abcdefg']]); // 9 ids, as the model has
  const target = Vocabulary.build([['x', 'y']], { startAndEnd: true }); // 6 of 7
  const small = /vocabularies\.target must have the 7 ids of the model's targetVocabulary, got 6/;
  assert.throws(() => saveSeq2Seq(place, { model, vocabularies: { source, target } }, 1), small);
  assert.throws(() => saveQuantised(place, { model, vocabularies: { source, target } }), small);
  assert.throws(() => translate(model, { source, target }, [['a']], { maximumSteps: 3 }), small);
  assert.ok(!fs.existsSync(place));
});

test('training asks for vocabularies of the sizes of the model', async () => {
  const vocabularies = {
    source: Vocabulary.build([['a']]),
    target: Vocabulary.build([['x', 'y', 'z']], { startAndEnd: true }),
  };
  const options = { pairs: [{ source: ['a'], target: ['x'] }], vocabularies, steps: 1, seed: 0, progress: false };
  await assert.rejects(trainSeq2Seq(tinyModel(), options), /vocabularies\.source must have the 9 ids .*, got 3/);
});

test('a model of a later version is refused with the name of its folder, and nobody is told to delete it', () => {
  const model = tinyModel();
  const { description } = model;
  const attention = (changes: object) => ({ ...description, attention: { ...(GENERAL as object), ...changes } });
  const json = (tokens: string[]) => ({ startAndEnd: true, tokens });
  const states: [string, unknown, RegExp][] = [
    ['alignment', { description: attention({ alignment: { kind: 'sparse' } }) }, /alignment must be .*sparse/],
    ['score', { description: attention({ score: 'cosine' }) }, /score must be one of dot, .*, got cosine/],
    ['field', { description: { ...description, copying: true } }, /unknown field copying/],
    [
      'vocabulary',
      { description, vocabularies: { source: json(['a']), target: json(['b']) } },
      /source must have the 9/,
    ],
    ['no-vocabulary', { description, vocabularies: { source: 5 } }, /a vocabulary in JSON must look like/],
  ];
  for (const [name, state, message] of states) {
    const place = path.join(folder, `later-${name}`);
    writeSaved(place, state, model);
    const before = tf.memory().numTensors;
    assert.throws(
      () => loadSeq2Seq(place),
      (error: Error) => {
        assert.equal(error.name, 'CheckpointError', error.stack);
        assert.ok(error.message.startsWith(`the model in ${place} is none that this version of attention-notebooks`));
        assert.match(error.message, message);
        return true;
      },
    );
    assert.equal(tf.memory().numTensors, before, 'nothing leaks');
  }
});

test('what is not a whole model is refused, naming the place', () => {
  assert.throws(() => loadSeq2Seq(path.join(folder, 'nothing')), /there is no model in .*nothing/);
  const other = path.join(folder, 'other');
  writeCheckpoint(other, { step: 1, state: {}, tensors: {} });
  assert.throws(() => loadSeq2Seq(other), /other holds a checkpoint, but not of such a model/);
  const model = tinyModel();
  const unfit = path.join(folder, 'unfit');
  const description = { ...model.description, decoderUnits: 5 };
  writeSaved(unfit, { description }, model);
  assert.throws(() => loadSeq2Seq(unfit), /unfit .*weight bridge.h.kernel should have shape \[4, 5\], got \[4, 4\]/);
  const damaged = path.join(folder, 'damaged');
  const place = saveSeq2Seq(damaged, { model }, 1);
  fs.truncateSync(path.join(place, 'weights.bin'), 100);
  assert.throws(() => loadSeq2Seq(damaged), /weights.bin has 100 bytes/);
});
