import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decoderStep,
  encode,
  exactMarginalLoss,
  firstDecoderState,
  Seq2SeqModel,
  seq2SeqVariables,
  softTargets,
  teacherForcingLoss,
} from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { ALIGNMENTS, assertClose, assertGradients, assertNoLeak, tinyBatch, tinyModel } from './models';

const START = 2;
const HARD = { score: 'general', alignment: { kind: 'hard', mode: 'argmax' } } as const;
const MONOTONIC = { score: 'general', alignment: { kind: 'monotonic' } } as const;

/** Each symbol's log-probability at each step, one decoder step after the other: `[batch, time, vocabulary]`. */
function logProbabilitiesByStep(model: Seq2SeqModel): tf.Tensor3D {
  const { source, mask, targets } = tinyBatch();
  const encoded = encode(model, source, mask);
  let state = firstDecoderState(model, encoded);
  let symbols = tf.fill([3], START, 'int32') as tf.Tensor1D;
  const steps = tf.unstack(targets, 1).map((next) => {
    const step = decoderStep(model, encoded, symbols, state, { decision: true });
    [state, symbols] = [step.state, next as tf.Tensor1D];
    return tf.logSoftmax(step.logits);
  });
  return tf.stack(steps, 1) as tf.Tensor3D;
}

test('one teacher: its probabilities at each step, decided as at test time, for every alignment', () => {
  for (const alignment of ALIGNMENTS) {
    const teacher = tinyModel({ attention: { score: 'general', alignment } });
    const expected = tf.exp(logProbabilitiesByStep(teacher)) as tf.Tensor3D;
    assertClose(softTargets(teacher, tinyBatch()), expected, 1e-5, alignment.kind);
  }
});

test('several teachers: the mean of their log-probabilities, made to sum to one again', () => {
  const teachers = [tinyModel(), tinyModel({ attention: HARD }, 2), tinyModel({ attention: MONOTONIC }, 3)];
  const product = tf.exp(tf.addN(teachers.map(logProbabilitiesByStep)).div(3)); // [batch, time, vocabulary]
  const expected = product.div(tf.sum(product, 2, true));
  const together = softTargets(teachers, tinyBatch());
  assertClose(together, expected, 1e-5, 'the geometric mean');
  assertClose(tf.sum(together, 2), tf.ones([3, 4]), 1e-5, 'the sum over symbols');
});

test('teachers of other vocabularies, or of both directions, are refused', () => {
  const [teacher, larger, turned] = [tinyModel(), tinyModel({ targetVocabulary: 8 }), tinyModel({ backwards: true })];
  assert.throws(() => softTargets([teacher, larger], tinyBatch()), /models must share their vocabularies/);
  assert.throws(() => softTargets([teacher, turned], tinyBatch()), /models must write in one direction/);
});

test('a student that is its teacher has nothing to learn; another one has', () => {
  const [teacher, other] = [tinyModel(), tinyModel({}, 2)];
  const steepest = (student: Seq2SeqModel) => {
    const loss = () =>
      teacherForcingLoss(student, tinyBatch(), { softTargets: softTargets(teacher, tinyBatch()), softShare: 1 });
    const { grads } = tf.variableGrads(loss, seq2SeqVariables(student));
    return Math.max(...Object.values(grads).map((gradient) => tf.max(tf.abs(gradient)).dataSync()[0]));
  };
  assert.ok(steepest(teacher) < 1e-5, `${steepest(teacher)}`);
  assert.ok(steepest(other) > 1e-2, `${steepest(other)}`);
});

for (const [name, attention, lossOf] of [
  ['likelihood', HARD, teacherForcingLoss],
  ['exact marginal', HARD, exactMarginalLoss],
] as const) {
  test(`the gradient with soft targets is that of finite differences (${name})`, () => {
    const [teacher, student] = [tinyModel({}, 2), tinyModel({ ...(name === 'exact marginal' && { attention }) })];
    assertGradients(student, () =>
      lossOf(student, tinyBatch(), { softTargets: softTargets(teacher, tinyBatch()), softShare: 0.75 }),
    );
  });
}

test('nothing of the teacher goes on the tape: there is no gradient for it, and nothing is left behind', () => {
  const [teacher, student, batch] = [tinyModel({}, 2), tinyModel(), tinyBatch()];
  const loss = () => teacherForcingLoss(student, batch, { softTargets: softTargets(teacher, batch) });
  assert.throws(
    () => tf.variableGrads(loss, seq2SeqVariables(teacher)),
    /Cannot find a connection between any variable/,
  );
  assertNoLeak('softTargets', () => softTargets([teacher, student], batch));
  assertNoLeak('softTargets in a loss', () => {
    const { value, grads } = tf.variableGrads(loss, seq2SeqVariables(student));
    return [value, ...Object.values(grads)];
  });
});
