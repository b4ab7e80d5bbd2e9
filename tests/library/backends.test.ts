import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import ts from 'typescript';

const ROOT = path.resolve(__dirname, '../..');
const project = fs.mkdtempSync(path.join(os.tmpdir(), 'foreign-project-'));
after(() => fs.rmSync(project, { recursive: true }));

/** Compiles a folder of the library as it is now; `build` may be older. */
function compile(from: string, to: string): void {
  for (const name of fs.readdirSync(from, { recursive: true }) as string[]) {
    if (!name.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(fs.readFileSync(path.join(from, name), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    const file = path.join(to, name.replace(/\.ts$/, '.js'));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, outputText);
  }
}

const installed = (...names: string[]) => path.join(project, 'node_modules', ...names);
const ours = (...names: string[]) => path.join(ROOT, 'node_modules', ...names);

// A project of somebody else, installed without scripts: the package of native TensorFlow is there, its addon is not.
compile(path.join(ROOT, 'src'), installed('attention-notebooks', 'build', 'src'));
fs.copyFileSync(path.join(ROOT, 'package.json'), installed('attention-notebooks', 'package.json'));
for (const copy of ['first', 'second']) {
  fs.mkdirSync(path.join(project, copy));
  for (const name of ['tensorflow.js', 'node-compatibility.js', 'node-module.js']) {
    fs.copyFileSync(installed('attention-notebooks', 'build', 'src', name), path.join(project, copy, name));
  }
}
for (const name of fs.readdirSync(ours()).filter((each) => !['@tensorflow', 'attention-notebooks'].includes(each))) {
  fs.symlinkSync(ours(name), installed(name));
}
fs.mkdirSync(installed('@tensorflow', 'tfjs-node'), { recursive: true });
for (const name of fs.readdirSync(ours('@tensorflow')).filter((each) => each !== 'tfjs-node')) {
  fs.symlinkSync(ours('@tensorflow', name), installed('@tensorflow', name));
}
for (const name of ['package.json', 'dist']) {
  fs.cpSync(ours('@tensorflow', 'tfjs-node', name), installed('@tensorflow', 'tfjs-node', name), { recursive: true });
}

function run(code: string): { stdout: string; stderr: string; status: number | null } {
  const env = { ...process.env, TFJS_NATIVE_SOURCE: '' };
  return spawnSync(process.execPath, ['-e', code], { cwd: project, encoding: 'utf8', env });
}

const COMPUTES = "console.log(tf.getBackend(), tf.ones([2, 3]).sum().dataSync()[0], tf.matMul(tf.ones([1, 2]), tf.ones([2, 1])).dataSync()[0]);"; // prettier-ignore

describe('native TensorFlow was installed without its scripts', () => {
  test('the library goes on with another backend, and says so in one line that helps', () => {
    const { stdout, stderr, status } = run(`
      const { tf, softAlignment } = require('attention-notebooks');
      ${COMPUTES}
      console.log(Array.from(softAlignment(tf.zeros([1, 1, 2])).dataSync()).join());
    `);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'wasm 6 2\n0.5,0.5\n');
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.match(stderr, /^Native TensorFlow does not load \(.*tfjs_binding\.node.*\): running on WebAssembly\. /);
    assert.match(stderr, /in a project of your own, npm rebuild @tensorflow\/tfjs-node /);
  });

  test('several copies of a helper say it once', () => {
    const { stdout, stderr } = run(
      `const { tf } = require('./first/tensorflow'); require('./second/tensorflow'); ${COMPUTES}`,
    );
    assert.equal(stdout, 'cpu 6 2\n', stderr);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  });

  test('an addon that the system cannot load is named too', () => {
    const addon = installed('@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');
    fs.mkdirSync(path.dirname(addon), { recursive: true });
    fs.writeFileSync(addon, 'no library');
    const { stdout, stderr } = run(`const { tf } = require('attention-notebooks'); ${COMPUTES}`);
    fs.rmSync(addon);
    assert.equal(stdout, 'wasm 6 2\n', stderr);
    assert.match(stderr, /^Native TensorFlow does not load \(.*tfjs_binding\.node: .*\): running on/);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  });

  test('WebAssembly is asked for', () => {
    const { stdout, stderr } = run(
      `process.env.TFJS_NATIVE_SOURCE = 'wasm'; const { tf } = require('attention-notebooks'); ${COMPUTES}`,
    );
    assert.equal(stdout, 'wasm 6 2\n', stderr);
    assert.match(stderr, /^Native TensorFlow was declined \(--source=wasm\): running on WebAssembly\. .*\n$/);
  });

  test('declined: the other line', () => {
    const { stdout, stderr } = run(
      `process.env.TFJS_NATIVE_SOURCE = 'none'; const { tf } = require('attention-notebooks'); ${COMPUTES}`,
    );
    assert.equal(stdout, 'cpu 6 2\n', stderr);
    assert.match(stderr, /^Native TensorFlow was declined \(--source=none\): running on the pure-JavaScript .*\n$/);
  });
});
