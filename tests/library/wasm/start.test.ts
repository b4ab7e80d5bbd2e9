import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { chooseLstm } from '../../../src/recurrent/choose-lstm';
import { portableLstm } from '../../../src/recurrent/lstm-portable';
import { tf } from '../../../src/tensorflow';
import { onBackend } from '../close-to';

const ROOT = path.resolve(__dirname, '../../..');
const START = `
  const { tf } = require('./src/tensorflow');
  require('./src/wasm/start-wasm-backend').registerWasmBackend();
`;

/** Runs a program in a process of its own, and returns what it prints as JSON. */
function run(program: string): unknown {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--require', 'ts-node/register/transpile-only', '-e', START + program],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, TFJS_NATIVE_SOURCE: 'none' } },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const COMPUTE = `
  const a = tf.tensor2d([[1, 2], [3, 4]]);
  const [gradient] = tf.grads((x) => tf.sum(tf.matMul(x, a, true, true)))([a]);
  const { chooseLstm } = require('./src/recurrent/choose-lstm');
  const { portableLstm } = require('./src/recurrent/lstm-portable');
  const own = chooseLstm() !== portableLstm;
  const result = [...tf.matMul(a, a, true, false).dataSync(), ...gradient.dataSync()];
`;
const COMPUTED = [10, 14, 14, 20, 7, 11, 9, 13];

test('the backend computes in the tick in which it is asked for', () => {
  assert.deepEqual(
    run(`void tf.setBackend('wasm'); ${COMPUTE} console.log(JSON.stringify([tf.getBackend(), own, result]));`),
    ['wasm', true, COMPUTED],
  );
});

test('its start code leaves no listener that would change how the program’s own errors end', () => {
  const program = `
    const count = () => ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
    process.on('uncaughtException', function own() {});
    const before = count();
    void tf.setBackend('wasm');
    console.log(JSON.stringify([before, count()]));`;
  const [before, after] = run(program) as number[][];
  assert.deepEqual(after, before);
});

test('without vectors of four numbers the plain binary computes the same', () => {
  const program = `
    WebAssembly.validate = () => false;
    void tf.setBackend('wasm');
    ${COMPUTE}
    console.log(JSON.stringify([own, result]));`;
  assert.deepEqual(run(program), [false, COMPUTED]);
});

describe('own operations on wasm', () => {
  onBackend('wasm');

  test('LSTMs are computed by them, not by plain operations', () => {
    assert.notEqual(chooseLstm(), portableLstm);
    assert.equal(tf.getBackend(), 'wasm');
  });
});
