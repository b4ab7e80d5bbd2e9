import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeAtomically } from '../../jupyter/notebook/atomic-write';
import { renameFile } from '../../jupyter/notebook/rename';
import { ConfinedFolder } from '../../jupyter/server/confined-path';
import { Contents } from '../../jupyter/server/contents';
import { HttpError } from '../../jupyter/server/http-error';
import { testRenaming, withScanner } from '../renaming';
import { makeCourse, makeFolder } from './course';

testRenaming(async () => renameFile);

test('a save on Windows waits for a scanner that holds the file', async (t) => {
  const file = path.join(makeFolder(t), 'notes.txt');
  fs.writeFileSync(file, 'old');
  withScanner(t);
  await writeAtomically(file, 'new');
  assert.equal(fs.readFileSync(file, 'utf8'), 'new');
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['notes.txt']);
});

test('a rename in the page waits for the scanner, too, but never goes over a file that came meanwhile', async (t) => {
  const root = makeCourse(t);
  const notebooks = path.join(root, 'notebooks');
  const contents = new Contents(new ConfinedFolder(root, 'notebooks'));
  await t.test('waits', async (t) => {
    withScanner(t);
    await contents.rename('notebooks/notes.txt', 'notebooks/mine.txt');
    assert.equal(fs.readFileSync(path.join(notebooks, 'mine.txt'), 'utf8'), 'notes');
  });
  await t.test('goes over nothing', async (t) => {
    withScanner(t, () => fs.writeFileSync(path.join(notebooks, 'taken.txt'), 'of another program'));
    await assert.rejects(
      contents.rename('notebooks/mine.txt', 'notebooks/taken.txt'),
      (error) => error instanceof HttpError && error.status === 409,
    );
    assert.equal(fs.readFileSync(path.join(notebooks, 'taken.txt'), 'utf8'), 'of another program');
  });
});
