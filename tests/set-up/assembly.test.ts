import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(__dirname, '..', '..');

test('the committed WebAssembly is what its sources give, byte for byte', () => {
  const { status, stderr } = spawnSync(process.execPath, ['src/wasm/assembly/build.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});
