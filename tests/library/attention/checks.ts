/** Checks that the attention tests share: closeness, numeric gradients, leaks, backends, saving. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe } from 'node:test';
import { tf } from '../../../src/tensorflow';
import { onBackend } from '../close-to';

type Nested = number | Nested[];

/** All backends of the library in Node. */
export const ALL_BACKENDS = ['tensorflow', 'cpu', 'wasm'] as const;

/** Runs the same tests on several backends: unless said otherwise, native and in plain JavaScript. */
export function onBackends(
  tests: (backend: string) => void,
  backends: readonly string[] = ['tensorflow', 'cpu'],
): void {
  for (const backend of backends) {
    describe(backend, () => {
      onBackend(backend);
      tests(backend);
    });
  }
}

/** Standard normal values from a seed, 0 included. */
export function randomTensor(shape: number[], seed: number, scale = 1): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const uniform = uniformNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return tf.tensor(
    Array.from({ length: size }, () => scale * normal()),
    shape,
  );
}

/** Uniform values between 0 and 1 from a seed (mulberry32). */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Equal to within `tolerance`, relative for numbers above 1; names the first place that is not. */
export function assertClose(
  actual: tf.Tensor | Nested,
  expected: tf.Tensor | Nested,
  tolerance = 1e-5,
  what = '',
): void {
  const a = tf.tidy(() => tf.tensor(valuesOf(actual)));
  const e = tf.tidy(() => tf.tensor(valuesOf(expected)));
  assert.deepEqual(a.shape, e.shape, `${what} shape`);
  const [got, wanted] = [a.dataSync(), e.dataSync()];
  tf.dispose([a, e]);
  wanted.forEach((value, i) => {
    const close = Math.abs(got[i] - value) <= tolerance * Math.max(1, Math.abs(value));
    assert.ok(close, `${what} element ${i}: got ${got[i]}, expected ${value}`);
  });
}

function valuesOf(values: tf.Tensor | Nested): Nested {
  return values instanceof tf.Tensor ? (values.arraySync() as Nested) : values;
}

/**
 * The gradients of a function equal central differences, for a random weighting of its outputs. Inputs of float32
 * allow about three digits, so the step is large and the tolerance wide; the reference values are held much closer.
 */
export function assertGradients(
  run: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  { step = 1e-2, tolerance = 5e-3 } = {},
): void {
  const probe = randomTensor(
    tf.tidy(() => run(...inputs).shape),
    99,
  );
  const loss = (...all: tf.Tensor[]) =>
    tf.tidy(
      () =>
        run(...all)
          .mul(probe)
          .sum() as tf.Scalar,
    );
  const gradients = tf.grads(loss)(inputs);
  inputs.forEach((input, which) => {
    const values = Array.from(input.dataSync());
    const expected = values.map((_, i) => {
      const at = (offset: number) =>
        tf.tidy(() => {
          const moved = values.map((value, j) => (j === i ? value + offset : value));
          return loss(...inputs.map((other, k) => (k === which ? tf.tensor(moved, input.shape) : other))).arraySync();
        });
      return (at(step) - at(-step)) / (2 * step);
    });
    assertClose(Array.from(gradients[which].dataSync()), expected, tolerance, `gradient of input ${which},`);
  });
  tf.dispose([probe, ...gradients]);
}

/** Running it and disposing of what it returns leaves as many tensors as before. */
export function assertNoLeak(run: () => tf.TensorContainer): void {
  tf.dispose(run());
  const before = tf.memory().numTensors;
  tf.dispose(run());
  assert.equal(tf.memory().numTensors - before, 0, 'tensors left behind');
}

/** A model saved to memory and to files and loaded again predicts the same numbers. */
export async function roundTrip(model: tf.LayersModel, input: tf.Tensor | tf.Tensor[]): Promise<void> {
  const predict = (any: tf.LayersModel) => [any.predict(input)].flat().map((output) => output.arraySync() as Nested);
  const expected = predict(model);
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const fromMemory = await tf.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
  predict(fromMemory).forEach((output, i) => assertClose(output, expected[i], 1e-6, 'from memory'));

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-model-'));
  try {
    await model.save(`file://${folder}`);
    const fromFiles = await tf.loadLayersModel(`file://${folder}/model.json`);
    predict(fromFiles).forEach((output, i) => assertClose(output, expected[i], 1e-6, 'from files'));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
