import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { NATIVE, Project } from './project';

test('the package for the registry holds the native files byte for byte, and installs on its platform alone', async () => {
  const project = Project.fresh();
  const { status, stdout, stderr } = await project.run([], { script: 'pack-native' });
  assert.equal(status, 0, stderr);
  const [file] = stdout.split('  ');
  assert.match(stdout, /^build\/native-package\/\S+\.tgz {2}\d+ MB {2}sha512-\S+\n$/);
  execFileSync('tar', ['-xzf', project.path(file), '-C', project.home]);
  for (const [name, bytes] of Object.entries(NATIVE.files)) {
    const packed = path.join(project.home, 'package', name.replace('lib/napi-v8', 'addon'));
    assert.ok(fs.readFileSync(packed).equals(bytes), `${name} differs`);
  }
  const manifest = JSON.parse(fs.readFileSync(path.join(project.home, 'package', 'package.json'), 'utf8')) as {
    [field: string]: unknown;
  };
  assert.deepEqual([manifest.os, manifest.cpu, manifest.libc], [['linux'], ['x64'], ['glibc']]);
  assert.equal(manifest.scripts, undefined);
});
