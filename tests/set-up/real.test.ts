import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { workspace } from './project';

const repository = path.resolve(__dirname, '..', '..');

/** This repository's files and packages in another folder, without native TensorFlow. */
function copyWithoutNative(): string {
  const root = path.join(workspace, 'real');
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
  })
    .toString()
    .split('\0')
    .filter((name) => name && fs.existsSync(path.join(repository, name)));
  for (const name of files) fs.cpSync(path.join(repository, name), path.join(root, name));
  fs.cpSync(path.join(repository, 'build'), path.join(root, 'build'), { recursive: true });
  const link = (names: string[], folder: string): void => {
    fs.mkdirSync(path.join(root, folder), { recursive: true });
    for (const name of names) fs.symlinkSync(path.join(repository, folder, name), path.join(root, folder, name));
  };
  const inFolder = (folder: string, except: string): string[] =>
    fs.readdirSync(path.join(repository, folder)).filter((name) => name !== except && name !== 'attention-notebooks');
  link(inFolder('node_modules', '@tensorflow'), 'node_modules');
  link(inFolder('node_modules/@tensorflow', 'tfjs-node'), 'node_modules/@tensorflow');
  fs.cpSync(
    path.join(repository, 'node_modules/@tensorflow/tfjs-node'),
    path.join(root, 'node_modules/@tensorflow/tfjs-node'),
    { recursive: true, filter: (name) => !/tfjs-node[\\/](deps|lib)$/.test(name) },
  );
  return root;
}

test('the real native library is put in place, loads, computes, and is found by a lesson’s import', () => {
  const root = copyWithoutNative();
  const setUp = spawnSync(process.execPath, ['scripts/setup.mjs'], { cwd: root, encoding: 'utf8' });
  assert.equal(setUp.status, 0, setUp.stderr);
  assert.match(setUp.stderr, /native TensorFlow: libtensorflow [\d.]+ works/);
  const lesson = `
    const { tf } = require('attention-notebooks');
    const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]]));
    console.log(require.resolve('attention-notebooks'), tf.getBackend(), product.dataSync().join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', lesson], { cwd: root, encoding: 'utf8' });
  assert.equal(
    stdout.trim(),
    `${path.join(fs.realpathSync(root), 'build/src/index.js')} tensorflow 19,22,43,50`,
    stderr,
  );
});

test('another backend, once chosen at set-up, needs no variable in later shells', () => {
  const root = path.join(workspace, 'real');
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout + stderr;
  };
  const backend = "const { tf } = require('attention-notebooks'); tf.ready().then(() => console.log(tf.getBackend()))";
  for (const [source, name] of Object.entries({ none: 'cpu', wasm: 'wasm' })) {
    run('scripts/setup.mjs', `--source=${source}`);
    const told = run('-e', backend);
    assert.match(told, new RegExp(`^${name}$`, 'm'));
    assert.ok(told.includes(`declined (--source=${source})`), told);
  }
  run('scripts/setup.mjs', '--source=auto');
  assert.match(run('-e', backend), /^tensorflow$/m);
});
