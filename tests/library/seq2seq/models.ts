/** Tiny models and batches that the tests of this folder share. */
import assert from 'node:assert/strict';
import type { Alignment } from '../../../src/attention';
import { ALIGNMENT_VARIANTS } from '../../../src/attention/kinds';
import { createSeq2Seq, Seq2SeqDescription, Seq2SeqModel, seq2SeqVariables } from '../../../src/seq2seq';
import { SeededRandom } from '../../../src/training';
import { tf } from '../../../src/tensorflow';

export const SIZES = {
  sourceVocabulary: 9,
  targetVocabulary: 7,
  embeddingUnits: 3,
  encoderUnits: 2,
  decoderUnits: 4,
};

export type Attention = Seq2SeqDescription['attention'];

/** Every alignment, with windows so wide that nothing lies at an edge. */
export const ALIGNMENTS: Alignment[] = ALIGNMENT_VARIANTS.map((variant) =>
  variant.kind === 'localPredictive' ? { ...variant, radius: 10 } : variant,
);

export const ADDITIVE: Attention = { score: 'additive', units: 3, alignment: { kind: 'soft' } };
export const GENERAL: Attention = { score: 'general', alignment: { kind: 'soft' } };

/** A model whose weights are large enough that symbols differ in probability. */
export function tinyModel(description: Partial<Seq2SeqDescription> = {}, seed = 1): Seq2SeqModel {
  const model = createSeq2Seq({ ...SIZES, order: 'luong', attention: GENERAL, ...description }, { seed });
  tf.tidy(() => {
    for (const variable of seq2SeqVariables(model)) variable.assign(variable.mul(2.5));
  });
  return model;
}

/** Three sources, the second and third padded, and their targets, which end in 3 and are padded with 0. */
export function tinyBatch(): { source: tf.Tensor2D; mask: tf.Tensor2D; targets: tf.Tensor2D } {
  return {
    source: tf.tensor2d(
      [
        [4, 5, 6, 7, 8],
        [8, 4, 5, 0, 0],
        [6, 6, 0, 0, 0],
      ],
      [3, 5],
      'int32',
    ),
    mask: tf.tensor2d([
      [1, 1, 1, 1, 1],
      [1, 1, 1, 0, 0],
      [1, 1, 0, 0, 0],
    ]),
    targets: tf.tensor2d(
      [
        [4, 5, 6, 3],
        [6, 4, 3, 0],
        [5, 3, 0, 0],
      ],
      [3, 4],
      'int32',
    ),
  };
}

/** The largest difference of two tensors, element by element. */
export function difference(a: tf.Tensor, b: tf.Tensor): number {
  assert.deepEqual(a.shape, b.shape);
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}

export function assertClose(a: tf.Tensor, b: tf.Tensor, tolerance: number, what: string): void {
  const distance = difference(a, b);
  assert.ok(distance <= tolerance, `${what}: differs by ${distance}`);
}

/** Fails when `run` leaves tensors behind; what it returns is freed first. */
export function assertNoLeak(what: string, run: () => tf.TensorContainer | void): void {
  tf.dispose(run() ?? []); // the first call may make what is kept for ever
  const before = tf.memory().numTensors;
  for (let call = 0; call < 2; call += 1) tf.dispose(run() ?? []);
  assert.equal(tf.memory().numTensors, before, `${what} leaks tensors`);
}

/**
 * Compares the gradient of every weight with finite differences along random directions: the loss moves by
 * `gradient . direction` for each small step.
 */
export function assertGradients(model: Seq2SeqModel, loss: () => tf.Scalar, tolerance = 2e-2): void {
  const { value, grads } = tf.variableGrads(loss, seq2SeqVariables(model));
  const random = new SeededRandom(5);
  for (const [name, variable] of Object.entries(model.weights)) {
    const gradient = grads[variable.name];
    assert.ok(gradient, `${name} has no gradient`);
    const direction = tf.tensor(
      Array.from({ length: variable.size }, () => random.normal()),
      variable.shape,
    );
    const predicted = tf.tidy(() => tf.sum(gradient.mul(direction)).dataSync()[0]);
    const measured = slope(variable, direction, loss);
    const scale = Math.max(1e-2, Math.abs(predicted), Math.abs(measured));
    const error = Math.abs(predicted - measured) / scale;
    assert.ok(error < tolerance, `gradient of ${name}: ${predicted} by the tape, ${measured} by differences`);
    direction.dispose();
  }
  tf.dispose([value, grads]);
}

function slope(variable: tf.Variable, direction: tf.Tensor, loss: () => tf.Scalar): number {
  const step = 3e-3;
  const original = variable.clone();
  const at = (distance: number) =>
    tf.tidy(() => {
      variable.assign(original.add(direction.mul(distance)));
      return loss().dataSync()[0];
    });
  const result = (at(step) - at(-step)) / (2 * step);
  variable.assign(original);
  original.dispose();
  return result;
}
