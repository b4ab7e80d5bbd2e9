import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { NATIVE, platformFile, Project, workspace } from './project';

const isRoot = process.getuid?.() === 0;

/** A file system of its own. */
function mount(name: string, size: string): string {
  const folder = path.join(workspace, name);
  fs.mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  mounted.push(folder);
  return folder;
}
const mounted: string[] = [];

/** A module for `node --require` that lets writing fail below a folder as a full disk does. */
function fullDiskBelow(folder: string): string {
  const file = path.join(workspace, 'full-disk.cjs');
  fs.writeFileSync(
    file,
    `const { WriteStream } = require('fs');
     const write = WriteStream.prototype._write;
     WriteStream.prototype._write = function (data, encoding, done) {
       if (!String(this.path).startsWith(${JSON.stringify(folder)})) return write.call(this, data, encoding, done);
       done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC', path: this.path }));
     };
     WriteStream.prototype._writev = null;`,
  );
  return file;
}

describe('disks', { concurrency: 2 }, () => {
  // Here, not for the whole file: before the workspace that they are in is removed.
  after(() => mounted.forEach((folder) => execFileSync('umount', [folder])));

  test('a disk that fills up while unpacking ends in one message and is left clean', async () => {
    const project = await Project.withPackages();
    const { cache } = project;
    let program = [process.execPath];
    if (isRoot) project.env.TFJS_NATIVE_CACHE = mount('small', '1m');
    else program = [process.execPath, '--require', fullDiskBelow(cache)];
    await project.assertFails(/the disk filled up while writing[^]*TFJS_NATIVE_CACHE/, ['--source=npm'], { program });
    assert.deepEqual(fs.readdirSync(project.env.TFJS_NATIVE_CACHE ?? cache), []);
    project.env.TFJS_NATIVE_CACHE = cache;
    await project.assertSetsUp();
  });

  test('too little space is said before anything is downloaded', async () => {
    const project = await Project.withPackages();
    const right = project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM;
    const space = { packages: 0, download: 1e18, official: 0, margin: 0 };
    project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = platformFile(NATIVE, { space });
    await project.assertFails(/not enough disk space for native TensorFlow: .* has .* free, .* are needed/, [
      '--source=npm',
    ]);
    project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = platformFile(NATIVE, { space: { ...space, packages: 1e18 } });
    const fresh = Project.fresh();
    fresh.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM;
    await fresh.assertFails(/not enough disk space for the packages/);
    project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = right;
    await project.assertSetsUp();
  });

  test('a cache on another file system: the files are copied instead of linked', async () => {
    const project = await Project.withPackages();
    const other = isRoot ? mount('other', '50m') : fs.mkdtempSync('/dev/shm/attention-notebooks-test-');
    project.env.TFJS_NATIVE_CACHE = path.join(other, 'cache');
    await project.assertSetsUp();
    const device = (file: string): number => fs.statSync(file).dev;
    assert.notEqual(device(other), device(project.root));
    assert.equal(fs.statSync(project.native('deps', 'lib', 'libtensorflow.so.1')).nlink, 1);
    if (!isRoot) fs.rmSync(other, { recursive: true });
  });

  test('on the same file system the files are linked, and cost no space a second time', async () => {
    const project = await Project.withPackages();
    await project.assertSetsUp();
    assert.equal(fs.statSync(project.native('deps', 'lib', 'libtensorflow.so.1')).nlink, 2);
  });
});
