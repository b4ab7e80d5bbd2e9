import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seq2SeqVariables, teacherForcingLoss } from '../../../src/seq2seq';
import { dropOut } from '../../../src/seq2seq/dropout';
import { tf } from '../../../src/tensorflow';
import { ADDITIVE, assertGradients, assertNoLeak, GENERAL, tinyBatch, tinyModel } from './models';

const values = (x: tf.Tensor): number[] => Array.from(x.dataSync());

test('a share of the numbers becomes zero, the others make good for it', () => {
  const x = tf.ones([200, 100]);
  for (const dropout of [0.1, 0.5]) {
    const dropped = values(dropOut(x, { dropout, seed: 7 }, 'source'));
    const zeros = dropped.filter((value) => value === 0).length / dropped.length;
    assert.ok(Math.abs(zeros - dropout) < 0.015, `${zeros} of ${dropout}`);
    const others = dropped.filter((value) => value !== 0);
    assert.ok(others.every((value) => Math.abs(value - 1 / (1 - dropout)) < 1e-5));
  }
});

test('the same seed drops the same, 0 included; another seed, step or place drops others', () => {
  const x = tf.ones([10, 10]);
  const draw = (seed: number, place: 'source' | 'target' | 'readout' | number) =>
    values(dropOut(x, { dropout: 0.5, seed }, place)).join();
  for (const seed of [0, 1, -5, 2 ** 31]) assert.equal(draw(seed, 'source'), draw(seed, 'source'), `seed ${seed}`);
  const draws = [0, 1, 2].flatMap((seed) =>
    (['source', 'target', 'readout', 0, 1, 2] as const).map((place) => draw(seed, place)),
  );
  assert.equal(new Set(draws).size, draws.length);
});

test('no dropout gives the tensor itself, and a wrong rate is refused', () => {
  const x = tf.ones([2]);
  assert.equal(dropOut(x, {}, 'source'), x);
  assert.throws(() => dropOut(x, { dropout: 1 }, 'source'), /dropout must be at least 0 and below 1, got 1/);
});

for (const [name, make] of Object.entries({
  'Luong, all steps at once': () => tinyModel({ attention: GENERAL }, 3),
  'Luong, three encoder layers': () => tinyModel({ encoderLayers: 3, attention: GENERAL }, 3),
  'Luong, no attention': () => tinyModel({ attention: 'none' }, 3),
  'Luong, input feeding': () => tinyModel({ inputFeeding: true, attention: GENERAL }, 3),
  'Bahdanau, fused': () => tinyModel({ order: 'bahdanau', attention: ADDITIVE }, 4),
})) {
  test(`${name}: dropout changes the loss, repeats, has right gradients and leaks nothing`, () => {
    const model = make();
    const batch = tinyBatch();
    const loss = (seed: number, dropout: number) => teacherForcingLoss(model, batch, { seed, dropout });
    const [plain, one, again, two] = [loss(1, 0), loss(1, 0.4), loss(1, 0.4), loss(2, 0.4)].map((x) => values(x)[0]);
    assert.equal(one, again);
    assert.ok(new Set([plain, one, two]).size === 3, `${plain}, ${one}, ${two}`);
    assertGradients(model, () => loss(6, 0.4)); // a draw whose loss bends little within the finite differences' step
    assertNoLeak('teacherForcingLoss', () => loss(3, 0.4));
    assert.ok(seq2SeqVariables(model).every((variable) => !variable.isDisposed));
  });
}
