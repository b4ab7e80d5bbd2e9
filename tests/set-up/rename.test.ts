import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RenameFile, testRenaming, withScanner } from '../renaming';
import { importSetUp } from './import-module';
import { Project } from './project';

testRenaming(async () => (await importSetUp<{ renameFile: RenameFile }>('rename.mjs')).renameFile);

test('on Windows the front end is put in place as soon as a scanner lets go of it', async (t) => {
  const { root } = Project.fresh();
  const front = await importSetUp<{ unpackFrontEnd: (root: string, context: object) => Promise<void> }>(
    'front-end.mjs',
  );
  const attempts = withScanner(t);
  const step = { done: () => {}, stop: () => {} };
  await front.unpackFrontEnd(root, { progress: { step: () => step }, signal: new AbortController().signal });
  assert.equal(attempts(), 3);
  assert.equal(fs.readFileSync(path.join(root, 'build', 'front-end', 'app.js'), 'utf8'), 'front end');
});
