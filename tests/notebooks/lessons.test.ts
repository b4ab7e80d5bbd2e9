import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { checkNotebook } from '../../jupyter/notebook/check';
import { courseNotebooks } from '../../jupyter/notebook/select';
import { repositoryRoot } from '../../jupyter/repository';
import { testNotebooks } from './notebook-tests';

const { lessons, solutions } = courseNotebooks(repositoryRoot);

test('every lesson has a solution notebook, and every solution its lesson', () => {
  const names = (files: string[]): string[] => files.map((file) => path.basename(file));
  assert.deepEqual(names(solutions), names(lessons));
});

for (const [kind, files] of [
  ['lesson', lessons],
  ['solution', solutions],
] as const) {
  for (const file of files) {
    const name = path.relative(repositoryRoot, file);
    test(`${name} is well formed`, () => assert.deepEqual(checkNotebook(file, { root: repositoryRoot, kind }), []));
  }
}

testNotebooks([...lessons, ...solutions]);
