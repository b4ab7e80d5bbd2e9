import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { Project } from './project';

const isRoot = process.getuid?.() === 0;
const NOBODY = '65534';

/** Runs as a user without rights: root gives its own away, everybody else has none to give. */
const unprivileged = isRoot
  ? { program: ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', process.execPath] }
  : {};

function giveAway(...folders: string[]): void {
  if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, ...folders]);
}

function readOnly(...folders: string[]): () => void {
  execFileSync('chmod', ['-R', 'a-w', ...folders]);
  return () => execFileSync('chmod', ['-R', 'u+w', ...folders]);
}

describe('permissions', { concurrency: 2 }, () => {
  test('an unprivileged user sets up a clone of their own', async () => {
    const project = Project.fresh();
    fs.mkdirSync(project.cache);
    giveAway(project.root, project.home, project.cache);
    await project.assertSetsUp([], unprivileged);
  });

  test('node_modules that cannot be written: one message before the download, and fine where nothing is to do', async () => {
    const project = await Project.withPackages();
    fs.mkdirSync(project.cache);
    giveAway(project.root, project.home, project.cache);
    const restore = readOnly(project.path('node_modules'));
    await project.assertFails(/cannot write .*tfjs-node \(EACCES\)[^]*writable by you/, [], unprivileged);
    assert.deepEqual(fs.readdirSync(project.cache), []);
    restore();
    await project.assertSetsUp([], unprivileged);
    const restoreAgain = readOnly(project.root);
    const { stdout } = await project.run([], unprivileged);
    assert.equal(stdout, 'Nothing to do: everything is set up.\n');
    restoreAgain();
  });

  test('a cache that somebody else has filled serves those who may only read it', async () => {
    const project = await Project.withPackages();
    await project.assertSetsUp();
    const other = await Project.withPackages();
    other.env.TFJS_NATIVE_CACHE = project.cache;
    giveAway(other.root, other.home);
    const restore = readOnly(project.cache);
    await other.assertSetsUp([], unprivileged);
    restore();
  });

  test('an empty cache folder that cannot be written is named', async () => {
    const project = await Project.withPackages();
    fs.mkdirSync(project.cache);
    giveAway(project.root, project.home);
    const restore = readOnly(project.cache);
    await project.assertFails(
      /cannot write the cache folder .*cache[^]*Set TFJS_NATIVE_CACHE/,
      ['--source=npm'],
      unprivileged,
    );
    restore();
    giveAway(project.cache);
    await project.assertSetsUp([], unprivileged);
  });
});
