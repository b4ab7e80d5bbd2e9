import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

const root = path.join(__dirname, '../../..');

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'light-help-'));
after(() => fs.rmSync(scratch, { recursive: true }));

/** Under it, TensorFlow cannot be loaded. */
const WITHOUT_TENSORFLOW = path.join(scratch, 'without-tensorflow.cjs');
fs.writeFileSync(
  WITHOUT_TENSORFLOW,
  `const Module = require('node:module');
   const load = Module._load;
   Module._load = (name, ...rest) => {
     if (String(name).startsWith('@tensorflow/')) throw new Error('TensorFlow is loaded');
     return load(name, ...rest);
   };`,
);

const commands: [script: string, ...args: string[]][] = [
  ...['dates', 'embeddings', 'g2p', 'glosses'].map((task): [string, string] => ['scripts/train.ts', task]),
  ...['embeddings', 'g2p'].map((task): [string, string] => ['scripts/evaluate.ts', task]),
  ...['dates', 'g2p'].map((task): [string, string] => ['scripts/study.ts', task]),
  ['scripts/pronounce.ts'],
  ['scripts/bench.ts'],
];

for (const [script, ...args] of commands) {
  test(`help and a mistyped option of ${[script, ...args].join(' ')} do not wait for TensorFlow`, () => {
    const run = (option: string) =>
      spawnSync(
        process.execPath,
        ['--require', WITHOUT_TENSORFLOW, '--require', 'ts-node/register/transpile-only', script, ...args, option],
        { cwd: root, encoding: 'utf8' },
      );
    const help = run('--help');
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, /^npm run [^]*--help/);
    const mistyped = run('--mistyped');
    assert.equal(mistyped.status, 2, mistyped.stderr);
    assert.match(mistyped.stderr, /^npm run \w+: Unknown option '--mistyped'; .*--help lists them\n$/);
  });
}
