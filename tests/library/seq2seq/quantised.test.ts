import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, mock, test } from 'node:test';
import {
  decodeTeacherForced,
  disposeSeq2Seq,
  encode,
  isQuantised,
  loadQuantised,
  saveQuantised,
} from '../../../src/seq2seq';
import { Vocabulary } from '../../../src/text';
import { tf } from '../../../src/tensorflow';
import { ALIGNMENTS as RECORDS } from '../../../src/attention/kinds';
import { ALIGNMENTS, difference, tinyBatch, tinyModel } from './models';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seq2seq-quantised-'));
after(() => fs.rmSync(folder, { recursive: true }));

function saved(name: string): string {
  const place = path.join(folder, name);
  saveQuantised(place, { model: tinyModel() });
  return place;
}

describe('a model with one byte a weight', () => {
  test('comes back within half a step of each column, biases exactly', () => {
    const model = tinyModel();
    const place = path.join(folder, 'round-trip');
    saveQuantised(place, { model });
    const before = tf.memory().numTensors;
    const { model: loaded, vocabularies } = loadQuantised(place);
    assert.equal(tf.memory().numTensors, before + Object.keys(model.weights).length, 'only the weights stay');
    assert.equal(vocabularies, undefined);
    assert.deepEqual(loaded.description, model.description);
    for (const [name, weight] of Object.entries(model.weights)) {
      if (weight.rank !== 2) {
        assert.equal(difference(weight, loaded.weights[name]), 0, name);
        continue;
      }
      tf.tidy(() => {
        const step = tf.max(tf.abs(weight), 0).div(127); // [columns]
        const error = tf.abs(weight.sub(loaded.weights[name])).sub(step.mul(0.501));
        assert.ok(error.max().dataSync()[0] <= 0, `${name} is further off than half a step of its column`);
      });
    }
    disposeSeq2Seq(loaded);
    assert.equal(tf.memory().numTensors, before);
  });

  test('saved again it is the same, byte by byte', () => {
    const [first, second] = ['first', 'second'].map((name) => path.join(folder, name));
    saveQuantised(first, { model: tinyModel() });
    saveQuantised(second, loadQuantised(first));
    for (const file of ['model.json', 'weights.bin', 'SHA256SUMS']) {
      assert.ok(fs.readFileSync(path.join(first, file)).equals(fs.readFileSync(path.join(second, file))), file);
    }
  });

  for (const alignment of ALIGNMENTS) {
    test(`computes nearly the same: ${JSON.stringify(alignment)}`, () => {
      const model = tinyModel({ attention: { score: 'general', units: 3, alignment } });
      const place = fs.mkdtempSync(path.join(folder, 'kind-'));
      saveQuantised(place, { model });
      const { source, mask, targets } = tinyBatch();
      const [plain, quantised] = [model, loadQuantised(place).model].map((each) =>
        decodeTeacherForced(each, encode(each, source, mask), targets, { seed: 1 }).logits.softmax(),
      );
      // A sampled or a hard choice may tip over; the probabilities of soft weights may not.
      const choosing = RECORDS[alignment.kind].decides;
      assert.ok(difference(plain, quantised) < (choosing ? 1 : 0.05), String(difference(plain, quantised)));
    });
  }

  test('a column of zeros and the vocabularies come back', () => {
    const model = tinyModel({ sourceVocabulary: 4, targetVocabulary: 6 });
    tf.tidy(() => model.weights['readout.kernel'].assign(tf.zerosLike(model.weights['readout.kernel'])));
    const vocabularies = {
      source: Vocabulary.build([['a', 'b']]),
      target: Vocabulary.build([['年', '月']], { startAndEnd: true }),
    };
    const place = path.join(folder, 'zeros');
    saveQuantised(place, { model, vocabularies });
    const loaded = loadQuantised(place);
    assert.equal(loaded.model.weights['readout.kernel'].abs().max().dataSync()[0], 0);
    assert.deepEqual(loaded.vocabularies!.target.toJSON(), vocabularies.target.toJSON());
  });
});

describe('what is not a whole model is refused by name', () => {
  const damages: [string, (place: string) => void, RegExp][] = [
    [
      'a flipped bit',
      (place) => flip(path.join(place, 'weights.bin')),
      /weights\.bin is damaged: SHA-256 \w+, expected \w+/,
    ],
    ['a cut file', (place) => fs.truncateSync(path.join(place, 'weights.bin'), 99), /weights\.bin is damaged/],
    ['another description', (place) => flip(path.join(place, 'model.json')), /model\.json is damaged/],
    ['a missing file', (place) => fs.rmSync(path.join(place, 'weights.bin')), /weights\.bin is missing/],
    ['no list of check sums', (place) => fs.rmSync(path.join(place, 'SHA256SUMS')), /there is no model in .*no-list/],
    [
      'an empty list',
      (place) => fs.truncateSync(path.join(place, 'SHA256SUMS')),
      /model\.json is damaged: .*SHA256SUMS/,
    ],
  ];
  for (const [what, damage, message] of damages) {
    test(what, () => {
      const place = saved(what.replaceAll(' ', '-').replace('-of-check-sums', ''));
      damage(place);
      const before = tf.memory().numTensors;
      assert.throws(() => loadQuantised(place), message);
      assert.equal(tf.memory().numTensors, before);
    });
  }

  test('a later format is no damage, an unknown alignment is named with the folder', () => {
    const change = (place: string, alter: (text: string) => string) => {
      const text = alter(fs.readFileSync(path.join(place, 'model.json'), 'utf8'));
      const sum = createHash('sha256').update(text).digest('hex');
      const sums = path.join(place, 'SHA256SUMS');
      fs.writeFileSync(path.join(place, 'model.json'), text);
      fs.writeFileSync(sums, fs.readFileSync(sums, 'utf8').replace(/^\w+( {2}model\.json)$/m, `${sum}$1`));
    };
    const cases: [string, (text: string) => string, RegExp][] = [
      [
        'later',
        (text) => text.replace('model 1', 'model 2'),
        /later.*model\.json was written by another version .* 2", /,
      ],
      [
        'other',
        (text) => text.replace('notebooks quantised', 'notes'),
        /other.*model\.json has the format "attention-notes model 1", expected/,
      ],
      [
        'sparse',
        (text) => text.replace('"soft"', '"sparse"'),
        /the model in .*sparse is none that this version .*sparse/,
      ],
      ['null', () => 'null', /null.*model\.json has the format "undefined"/],
      ['half', (text) => text.slice(0, 40), /the model in .*half is none that this version/],
    ];
    for (const [name, alter, message] of cases) {
      const place = saved(name);
      change(place, alter);
      const before = tf.memory().numTensors;
      assert.throws(() => loadQuantised(place), { name: 'CheckpointError', message });
      assert.equal(tf.memory().numTensors, before);
    }
  });

  test('a full disk leaves nothing half-written, and says so', () => {
    const place = path.join(folder, 'full');
    const full = mock.method(fs, 'renameSync', () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    try {
      assert.throws(() => saveQuantised(place, { model: tinyModel() }), {
        name: 'CheckpointError',
        message: /the model could not be written to .*full: ENOSPC/,
      });
    } finally {
      full.mock.restore();
    }
    assert.ok(!fs.existsSync(place));
  });

  test('a folder that holds a model is not written over', () => {
    const place = saved('twice');
    assert.ok(isQuantised(place));
    assert.throws(() => saveQuantised(place, { model: tinyModel() }), /twice already holds a model/);
  });
});

function flip(file: string): void {
  const bytes = fs.readFileSync(file);
  bytes[50] ^= 1;
  fs.writeFileSync(file, bytes);
}
