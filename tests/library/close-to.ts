import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { tf } from '../../src/tensorflow';
import { registerWasmBackend } from '../../src/wasm/start-wasm-backend';

type Numbers = tf.Tensor | number | Numbers[];

/** Fails unless all numbers are at most `tolerance` apart, absolutely or relative to the expected number. */
export function closeTo(actual: Numbers, expected: Numbers, tolerance: number, what = 'value'): void {
  const [a, b] = [flat(actual), flat(expected)];
  assert.equal(a.length, b.length, `${what}: number of elements`);
  for (let index = 0; index < a.length; index++) {
    const difference = Math.abs(a[index] - b[index]);
    assert.ok(
      difference <= tolerance * Math.max(1, Math.abs(b[index])),
      `${what}: element ${index} is ${a[index]}, expected ${b[index]} (difference ${difference})`,
    );
  }
}

function flat(numbers: Numbers): number[] {
  if (numbers instanceof tf.Tensor) return Array.from(numbers.dataSync());
  return Array.isArray(numbers) ? numbers.flatMap(flat) : [numbers];
}

/** Runs the tests of the surrounding `describe` on a backend, and those after it on the one before. */
export function onBackend(name: string): void {
  let previous: string;
  before(async () => {
    await tf.ready();
    if (name === 'wasm' && tf.findBackend('wasm') === null) registerWasmBackend();
    previous = tf.getBackend();
    assert.ok(await tf.setBackend(name), `no backend ${name}`);
  });
  after(async () => {
    await tf.setBackend(previous);
  });
}

/** The same normally distributed numbers for the same seed. */
export function random<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number, size = 1): tf.Tensor<R> {
  return tf.randomNormal<R>(shape, 0, size, 'float32', seed + 1);
}
