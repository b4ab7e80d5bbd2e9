/** What set-up and the course's server share in their tests: a system that refuses, and the rename that waits for it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test, type TestContext } from 'node:test';

interface System {
  platform: NodeJS.Platform;
  rename: (from: string, to: string) => Promise<void>;
  pause: (milliseconds: number) => Promise<void>;
}
/** Renames a file in the given system, or in this one. */
export type RenameFile = (from: string, to: string, system?: System) => Promise<void>;

/** An error as the system gives it. */
export const refusal = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: a stand-in`), { code });

/**
 * This system as if it were Windows with a scanner that holds the file for the first two attempts.
 *
 * @param meanwhile happens at each of them.
 * @returns how many attempts there have been.
 */
export function withScanner(t: TestContext, meanwhile: () => void = () => {}): () => number {
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
  return () => attempts;
}

/** The tests that hold for every `renameFile`. */
export function testRenaming(load: () => Promise<RenameFile>): void {
  /** Renames where the system refuses `times` times with `code`. */
  async function attempt(platform: NodeJS.Platform, code: string, times: number) {
    const renameFile = await load();
    const refusals: Error[] = [];
    const pauses: number[] = [];
    let renamed = 0;
    const rename = async (): Promise<void> => {
      if (refusals.length < times) throw refusals[refusals.push(refusal(code)) - 1];
      renamed++;
    };
    const pause = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
    const end = await renameFile('old', 'new', { platform, rename, pause }).catch((error: unknown) => error);
    return { refusals, pauses, renamed, end };
  }

  for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
    test(`on Windows a rename that is refused with ${code} for a moment is tried again`, async () => {
      const { pauses, renamed, end } = await attempt('win32', code, 3);
      assert.deepEqual([pauses.length, renamed, end], [3, 1, undefined]);
    });

    test(`after about two seconds of growing pauses the last ${code} is thrown as it is`, async () => {
      const { refusals, pauses, end } = await attempt('win32', code, Infinity);
      assert.equal(end, refusals.at(-1));
      assert.equal(refusals.length, pauses.length + 1);
      assert.ok(
        pauses.every((pause, index) => index === 0 || pause > pauses[index - 1]),
        pauses.join(),
      );
      const sum = pauses.reduce((total, pause) => total + pause, 0);
      assert.ok(sum >= 1500 && sum <= 2500, `${sum} ms`);
    });
  }

  for (const [platform, codes] of [
    ['linux', ['EPERM', 'EACCES', 'EBUSY']],
    ['darwin', ['EPERM', 'EACCES', 'EBUSY']],
    ['win32', ['ENOENT', 'ENOSPC']],
  ] as const) {
    for (const code of codes) {
      test(`${code} on ${platform} is final`, async () => {
        const { refusals, pauses, end } = await attempt(platform, code, Infinity);
        assert.deepEqual([refusals.length, pauses, end], [1, [], refusals[0]]);
      });
    }
  }
}
