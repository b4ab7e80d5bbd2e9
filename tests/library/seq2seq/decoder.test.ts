import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decoderStep,
  decodeTeacherForced,
  disposeSeq2Seq,
  encode,
  firstDecoderState,
  Seq2SeqDescription,
  sequenceLoss,
  seq2SeqVariables,
} from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { SCORE_KINDS } from '../../../src/attention';
import {
  ADDITIVE,
  ALIGNMENTS,
  assertClose,
  assertGradients,
  assertNoLeak,
  GENERAL,
  tinyBatch,
  tinyModel,
} from './models';

const MODELS: Record<string, Partial<Seq2SeqDescription>> = {
  'Luong, general': { order: 'luong', attention: GENERAL },
  'Luong, additive': { order: 'luong', attention: ADDITIVE },
  'Luong with input feeding': { order: 'luong', inputFeeding: true, attention: GENERAL },
  'Luong without attention': { order: 'luong', attention: 'none' },
  'Luong, three encoder layers': { order: 'luong', encoderLayers: 3, attention: GENERAL },
  'Bahdanau, additive': { order: 'bahdanau', attention: ADDITIVE },
  'Bahdanau, general': { order: 'bahdanau', attention: GENERAL },
  'Bahdanau without attention': { order: 'bahdanau', attention: 'none' },
  ...Object.fromEntries(
    SCORE_KINDS.map((score) => [
      `Luong, ${score} score`,
      { order: 'luong', attention: { score, maximumKeys: 8, units: 3, alignment: { kind: 'soft' } } },
    ]),
  ),
  ...Object.fromEntries(
    ALIGNMENTS.flatMap((alignment) =>
      (['luong', 'bahdanau'] as const).map((order) => [
        `${order}, ${JSON.stringify(alignment)}`,
        { order, attention: { score: 'general', units: 3, alignment } },
      ]),
    ),
  ),
};

/** Alignments whose gradient is not the slope of their values: 0 for a choice, borrowed for straight-through. */
function hasTrueGradient({ attention }: Partial<Seq2SeqDescription>): boolean {
  if (attention === undefined || attention === 'none') return true;
  const { alignment } = attention;
  return alignment.kind !== 'hard' && !(alignment.kind === 'gumbel' && alignment.straightThrough);
}

for (const name of ['Luong with input feeding', 'Bahdanau, general', 'Bahdanau without attention']) {
  test(`${name}: targets of one step can be trained`, () => {
    const model = tinyModel(MODELS[name]);
    const { source, mask } = tinyBatch();
    const targets = tf.tensor2d([[3], [3], [3]], [3, 1], 'int32');
    assertGradients(
      model,
      () =>
        tf.tidy(() => sequenceLoss(decodeTeacherForced(model, encode(model, source, mask), targets).logits, targets)),
      3e-2,
    );
  });
}

for (const [name, description] of Object.entries(MODELS)) {
  test(`${name}: the fast form equals the stepwise one, in values and gradients`, () => {
    const model = tinyModel(description);
    const { source, mask, targets } = tinyBatch();
    const run = (form: 'fast' | 'stepwise') =>
      tf.tidy(() => decodeTeacherForced(model, encode(model, source, mask), targets, { form }));
    const [fast, stepwise] = [run('fast'), run('stepwise')];
    assertClose(fast.logits, stepwise.logits, 1e-5, 'logits');
    if (description.attention === 'none') assert.equal(fast.weights, undefined);
    else assertClose(fast.weights!, stepwise.weights!, 1e-5, 'weights');
    assert.equal(fast.positions !== undefined, name.includes('localPredictive'));
    if (fast.positions) assertClose(fast.positions, stepwise.positions!, 1e-5, 'positions');
    const gradients = (form: 'fast' | 'stepwise') =>
      tf.variableGrads(() => {
        const { logits, weights } = decodeTeacherForced(model, encode(model, source, mask), targets, { form });
        const loss = sequenceLoss(logits, targets);
        // Something that depends on the weights themselves, so that their own gradient is compared too
        return weights ? (loss.add(weights.square().sum()) as tf.Scalar) : loss;
      }, seq2SeqVariables(model)).grads;
    const [fastGradients, stepwiseGradients] = [gradients('fast'), gradients('stepwise')];
    for (const [weight, variable] of Object.entries(model.weights)) {
      assertClose(fastGradients[variable.name], stepwiseGradients[variable.name], 1e-5, `gradient of ${weight}`);
    }
  });

  test(`${name}: the gradient equals finite differences`, () => {
    if (!hasTrueGradient(description)) return;
    const model = tinyModel(description);
    const { source, mask, targets } = tinyBatch();
    assertGradients(model, () =>
      sequenceLoss(decodeTeacherForced(model, encode(model, source, mask), targets).logits, targets),
    );
  });

  test(`${name}: one step after the other gives what teacher forcing gives`, () => {
    const model = tinyModel(description);
    const { source, mask, targets } = tinyBatch();
    tf.tidy(() => {
      const encoded = encode(model, source, mask);
      const forced = decodeTeacherForced(model, encoded, targets);
      const columns = tf.unstack(forced.logits, 1);
      const inputs = [tf.fill([3], 2, 'int32'), ...tf.unstack(targets, 1)] as tf.Tensor1D[];
      let state = firstDecoderState(model, encoded);
      columns.forEach((expected, time) => {
        const step = decoderStep(model, encoded, inputs[time], state);
        assertClose(step.logits, expected, 1e-5, `logits of step ${time}`);
        if (step.weights) {
          const row = forced.weights!.slice([0, time, 0], [3, 1, 5]).reshape([3, 5]);
          assertClose(step.weights, row, 1e-5, `weights of step ${time}`);
        }
        if (step.positions) {
          const column = forced.positions!.slice([0, time], [3, 1]).reshape([3]);
          assertClose(step.positions, column, 1e-5, `positions of step ${time}`);
        }
        state = step.state;
      });
    });
  });

  test(`${name}: an example does not depend on its neighbours, nor on longer padding with anything in it`, () => {
    const model = tinyModel(description);
    const { source, mask, targets } = tinyBatch();
    tf.tidy(() => {
      // Deciding, not drawing: noise belongs to a place in the batch.
      const options = { decision: true };
      const together = decodeTeacherForced(model, encode(model, source, mask), targets, options).logits;
      const padded = tf.tensor2d([[8, 4, 5, 1, 7, 7, 2]], [1, 7], 'int32');
      const encoded = encode(model, padded, tf.tensor2d([[1, 1, 1, 0, 0, 0, 0]]));
      const alone = decodeTeacherForced(model, encoded, targets.slice([1, 0], [1, 3]), options).logits;
      assertClose(alone, together.slice([1, 0, 0], [1, 3, -1]), 1e-5, 'logits');
    });
  });

  test(`${name}: nothing leaks`, () => {
    const model = tinyModel(description);
    const { source, mask, targets } = tinyBatch();
    assertNoLeak('encode', () => encode(model, source, mask));
    const encoded = encode(model, source, mask);
    assertNoLeak('firstDecoderState', () => firstDecoderState(model, encoded));
    assertNoLeak('decodeTeacherForced', () => decodeTeacherForced(model, encoded, targets));
    assertNoLeak('a gradient', () => {
      const { value, grads } = tf.variableGrads(
        () => sequenceLoss(decodeTeacherForced(model, encode(model, source, mask), targets).logits, targets),
        seq2SeqVariables(model),
      );
      return [value, grads];
    });
    const before = tf.memory().numTensors;
    disposeSeq2Seq(model);
    assert.equal(tf.memory().numTensors, before - Object.keys(model.weights).length);
  });
}

test('without a mask, all positions are real', () => {
  const model = tinyModel({ order: 'bahdanau', attention: ADDITIVE });
  const { source, targets } = tinyBatch();
  tf.tidy(() => {
    const unmasked = decodeTeacherForced(model, encode(model, source), targets);
    const masked = decodeTeacherForced(model, encode(model, source, tf.ones([3, 5])), targets);
    assertClose(unmasked.logits, masked.logits, 1e-6, 'logits');
  });
});

test('a fresh model knows nothing: its loss is ln(vocabulary)', () => {
  const model = tinyModel({ targetVocabulary: 40, decoderUnits: 32 });
  for (const variable of seq2SeqVariables(model)) variable.assign(variable.div(2.5));
  const { source, mask, targets } = tinyBatch();
  const loss = tf.tidy(
    () => sequenceLoss(decodeTeacherForced(model, encode(model, source, mask), targets).logits, targets).dataSync()[0],
  );
  assert.ok(Math.abs(loss - Math.log(40)) < 0.15, `${loss} instead of ${Math.log(40)}`);
});

test('arguments that do not fit are refused by name', () => {
  const model = tinyModel();
  const { source, mask, targets } = tinyBatch();
  assert.throws(() => encode(model, source.reshape([15]) as unknown as tf.Tensor2D), /source must have rank 2/);
  assert.throws(() => encode(model, source, mask.slice([0, 0], [3, 4])), /mask must have shape \[3, 5\], got \[3, 4\]/);
  const encoded = encode(model, source, mask);
  assert.throws(
    () => decodeTeacherForced(model, encoded, targets.slice([0, 0], [2, 4])),
    /targets must have shape \[3/,
  );
  const state = firstDecoderState(model, encoded);
  assert.throws(
    () => decoderStep(model, encoded, tf.tensor1d([2, 2], 'int32'), state),
    /symbols must have shape \[3\]/,
  );
});

test('ids that no vocabulary has are refused by name', () => {
  const model = tinyModel();
  const { source, targets } = tinyBatch();
  assert.throws(() => encode(model, tf.tensor2d([[4, 9]], [1, 2], 'int32')), /source must hold ids .* 0 to 8, got 9/);
  assert.throws(() => encode(model, tf.tensor2d([[4, 5]])), /source must be int32, got float32/);
  const encoded = encode(model, source);
  const wrong = tf.tensor2d(
    [
      [4, 7, 3],
      [4, 3, 0],
      [4, 3, 0],
    ],
    [3, 3],
    'int32',
  );
  assert.throws(() => decodeTeacherForced(model, encoded, wrong), /targets must hold ids .* 0 to 6, got 7/);
  const symbols = tf.tensor1d([2, -1, 2], 'int32');
  assert.throws(() => decoderStep(model, encoded, symbols, firstDecoderState(model, encoded)), /symbols must .*got -1/);
  targets.dispose();
});

for (const [field, value, message] of [
  ['decoderUnits', 0, /decoderUnits must be a whole number >= 1, got 0/],
  ['order', 'other', /order must be luong or bahdanau, got other/],
  ['attention', undefined, /attention must be none or have a score and an alignment/],
  ['endId', 7, /endId must be an id of the target vocabulary \(0 to 6\), got 7/],
  ['endId', 2, /endId and startId must differ|startId and endId must differ/],
] as const) {
  test(`a description with ${field} ${String(value)} is refused`, () => {
    assert.throws(() => tinyModel({ [field]: value }), message);
  });
}

test('input feeding in Bahdanau order is refused', () => {
  assert.throws(() => tinyModel({ order: 'bahdanau', inputFeeding: true }), /inputFeeding belongs to Luong's order/);
});

test('the same seed gives the same weights, 0 included, another seed others', () => {
  const [a, b, c] = [tinyModel({}, 0), tinyModel({}, 0), tinyModel({}, 7)];
  for (const name of Object.keys(a.weights)) assertClose(a.weights[name], b.weights[name], 0, name);
  const name = 'readout.kernel';
  assert.notDeepEqual(a.weights[name].arraySync(), c.weights[name].arraySync());
});

for (const [name, description] of Object.entries({
  'Luong, general': { order: 'luong', attention: GENERAL },
  'Bahdanau, additive': { order: 'bahdanau', attention: ADDITIVE },
} as const)) {
  test(`${name}: a source without a real position is read as nothing, never as NaN`, () => {
    const model = tinyModel(description);
    const { source, targets } = tinyBatch();
    const mask = tf.tensor2d([
      [1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0],
      [1, 1, 0, 0, 0],
    ]);
    tf.tidy(() => {
      const { logits, weights } = decodeTeacherForced(model, encode(model, source, mask), targets);
      assert.ok(logits.dataSync().every(Number.isFinite));
      assertClose(weights!.slice([1, 0, 0], [1, 4, 5]), tf.zeros([1, 4, 5]), 0, 'weights of the empty source');
    });
    const { grads } = tf.variableGrads(
      () => sequenceLoss(decodeTeacherForced(model, encode(model, source, mask), targets).logits, targets),
      seq2SeqVariables(model),
    );
    for (const gradient of Object.values(grads)) assert.ok(gradient.dataSync().every(Number.isFinite));
  });

  test(`${name}: the same numbers on the cpu backend`, async () => {
    const model = tinyModel(description);
    const { source, mask, targets } = tinyBatch();
    const run = () =>
      tf.tidy(() => decodeTeacherForced(model, encode(model, source, mask), targets).logits.arraySync());
    const native = run();
    const backend = tf.getBackend();
    await tf.setBackend('cpu');
    try {
      assertClose(tf.tensor(run()), tf.tensor(native), 1e-5, 'logits');
    } finally {
      await tf.setBackend(backend);
    }
  });
}
