import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeAtomically } from '../../jupyter/notebook/atomic-write';
import { renameFile } from '../../jupyter/notebook/rename';
import { ConfinedFolder } from '../../jupyter/server/confined-path';
import { Contents } from '../../jupyter/server/contents';
import { HttpError } from '../../jupyter/server/http-error';
import { makeCourse, makeFolder } from './course';

const refusal = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`${code}: a stand-in`), { code });

/** A rename that is refused `times` times with `code`, and what was asked of it and of the clock. */
function refused(code: string, times: number) {
  const errors: Error[] = [];
  const pauses: number[] = [];
  let renamed = 0;
  return {
    errors,
    pauses,
    renamed: () => renamed,
    rename: async (): Promise<void> => {
      if (errors.length < times) throw errors[errors.push(refusal(code)) - 1];
      renamed++;
    },
    pause: async (milliseconds: number): Promise<void> => void pauses.push(milliseconds),
  };
}

for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
  test(`on Windows a rename that is refused with ${code} for a moment is tried again`, async () => {
    const { renamed, pauses, ...system } = refused(code, 3);
    await renameFile('old', 'new', { platform: 'win32', ...system });
    assert.equal(renamed(), 1);
    assert.equal(pauses.length, 3);
  });
}

test('after about two seconds of growing pauses the last refusal is thrown as it is', async () => {
  const { errors, pauses, ...system } = refused('EBUSY', Infinity);
  await assert.rejects(renameFile('old', 'new', { platform: 'win32', ...system }), (error) => error === errors.at(-1));
  assert.equal(errors.length, pauses.length + 1);
  assert.ok(
    pauses.every((pause, index) => index === 0 || pause > pauses[index - 1]),
    pauses.join(),
  );
  const sum = pauses.reduce((total, pause) => total + pause, 0);
  assert.ok(sum >= 1500 && sum <= 2500, `${sum} ms`);
});

for (const [platform, code] of [
  ['linux', 'EPERM'],
  ['darwin', 'EACCES'],
  ['linux', 'EBUSY'],
  ['win32', 'ENOENT'],
  ['win32', 'ENOSPC'],
] as const) {
  test(`${code} on ${platform} is final`, async () => {
    const { errors, pauses, ...system } = refused(code, Infinity);
    await assert.rejects(renameFile('old', 'new', { platform, ...system }), (error) => error === errors[0]);
    assert.deepEqual([errors.length, pauses], [1, []]);
  });
}

/** This system as if it were Windows with a scanner that holds the target for the first two attempts. */
function withScanner(t: TestContext, meanwhile: () => void = () => {}): void {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
  t.after(() => Object.defineProperty(process, 'platform', platform));
  const { rename } = fs.promises;
  let attempts = 0;
  t.mock.method(fs.promises, 'rename', async (...args: Parameters<typeof rename>) => {
    if (++attempts > 2) return rename(...args);
    meanwhile();
    throw refusal('EPERM');
  });
}

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
