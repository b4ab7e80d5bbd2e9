import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { importSetUp } from './import-module';
import { Project } from './project';

interface System {
  platform: NodeJS.Platform;
  rename: (from: string, to: string) => Promise<void>;
  pause: (milliseconds: number) => Promise<void>;
}
type RenameFile = (from: string, to: string, system?: System) => Promise<void>;

const refusal = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`${code}: a stand-in`), { code });

/** Renames where the system refuses `times` times with `code`: the refusals, the pauses, and what it ended with. */
async function attempt(platform: NodeJS.Platform, code: string, times: number) {
  const { renameFile } = await importSetUp<{ renameFile: RenameFile }>('rename.mjs');
  const refusals: Error[] = [];
  const pauses: number[] = [];
  const rename = async (): Promise<void> => {
    if (refusals.length < times) throw refusals[refusals.push(refusal(code)) - 1];
  };
  const pause = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
  const end = await renameFile('old', 'new', { platform, rename, pause }).catch((error: unknown) => error);
  return { refusals, pauses, end };
}

for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
  test(`on Windows a rename that is refused with ${code} is tried again, for about two seconds`, async () => {
    const { pauses, end } = await attempt('win32', code, 3);
    assert.deepEqual([pauses.length, end], [3, undefined]);
    const inVain = await attempt('win32', code, Infinity);
    assert.equal(inVain.end, inVain.refusals.at(-1));
    assert.ok(inVain.pauses.every((pause, index, all) => index === 0 || pause > all[index - 1]));
    const sum = inVain.pauses.reduce((total, pause) => total + pause, 0);
    assert.ok(sum >= 1500 && sum <= 2500, `${sum} ms`);
  });

  test(`${code} on other systems is final`, async () => {
    for (const platform of ['linux', 'darwin'] as const) {
      const { refusals, pauses, end } = await attempt(platform, code, Infinity);
      assert.deepEqual([refusals.length, pauses, end], [1, [], refusals[0]]);
    }
  });
}

test('other refusals on Windows are final', async () => {
  for (const code of ['ENOENT', 'ENOSPC']) {
    const { refusals, pauses, end } = await attempt('win32', code, Infinity);
    assert.deepEqual([refusals.length, pauses, end], [1, [], refusals[0]]);
  }
});

test('on Windows the front end is put in place as soon as a scanner lets go of it', async (t) => {
  const { root } = Project.fresh();
  const front = await importSetUp<{ unpackFrontEnd: (root: string, context: object) => Promise<void> }>(
    'front-end.mjs',
  );
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
  t.after(() => Object.defineProperty(process, 'platform', platform));
  const { rename } = fs.promises;
  let attempts = 0;
  t.mock.method(fs.promises, 'rename', async (...args: Parameters<typeof rename>) => {
    if (++attempts < 3) throw refusal('EPERM');
    return rename(...args);
  });
  const step = { done: () => {}, stop: () => {} };
  await front.unpackFrontEnd(root, { progress: { step: () => step }, signal: new AbortController().signal });
  assert.equal(attempts, 3);
  assert.equal(fs.readFileSync(path.join(root, 'build', 'front-end', 'app.js'), 'utf8'), 'front end');
});
