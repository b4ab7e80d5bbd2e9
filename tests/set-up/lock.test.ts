import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { importSetUp } from './import-module';
import { workspace } from './project';

interface Options {
  signal: AbortSignal;
  onWait?: () => void;
  pause?: (milliseconds: number) => Promise<unknown>;
}
type WithLock = <Result>(file: string, options: Options, run: () => Promise<Result>) => Promise<Result>;

let count = 0;

/** Somebody else's lock, last touched ten minutes ago by the clock on the wall: the machine has slept since. */
function lockOf(text: string | { pid: number; host: string }): string {
  const folder = path.join(workspace, `lock-${++count}`);
  const file = path.join(folder, 'lock');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text));
  touch(file, Date.now() - 600_000);
  return file;
}

function touch(file: string, time: number): void {
  fs.utimesSync(file, new Date(time), new Date(time));
}

/** A number that no process has. */
const NOBODY = 2 ** 30;
const [here, elsewhere] = [os.hostname(), `not-${os.hostname()}`];

/**
 * How many milliseconds of its own pauses somebody waits for the lock, no real time passing; `null` when it still waits
 * after `limit` of them. `meanwhile` is what happens during each pause.
 */
async function waitFor(file: string, meanwhile: (waited: number) => void = () => {}, limit = 300_000) {
  const { withLock } = await importSetUp<{ withLock: WithLock }>('lock.mjs');
  let waited = 0;
  const pause = async (milliseconds: number): Promise<void> => {
    waited += milliseconds;
    if (waited > limit) throw new Error('waits still');
    meanwhile(waited);
  };
  try {
    await withLock(file, { signal: new AbortController().signal, pause }, async () => {
      assert.equal((JSON.parse(fs.readFileSync(file, 'utf8')) as { pid: number }).pid, process.pid);
    });
  } catch (error) {
    assert.equal((error as Error).message, 'waits still');
    return null;
  }
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [], 'nothing is left over');
  return waited;
}

const within = (waited: number | null, from: number, to: number): void =>
  assert.ok(waited !== null && waited >= from && waited <= to, `waited ${waited} ms`);

test('after a sleep of the machine the lock of a living holder stays its own, however old it looks', async () => {
  const file = lockOf({ pid: process.ppid, host: here });
  // It wakes up a little after the waiter.
  const beats = (waited: number): void => {
    if (waited > 2000 && waited % 1000 === 0) touch(file, Date.now() + waited);
  };
  assert.equal(await waitFor(file, beats), null);
});

test('a holder on another machine, whose clock may be wrong, keeps its lock while its heartbeat goes on', async () => {
  const file = lockOf({ pid: NOBODY, host: elsewhere });
  const beats = (waited: number): void => {
    if (waited % 50_000 === 0) touch(file, waited);
  };
  assert.equal(await waitFor(file, beats), null);
});

test('the lock of a dead holder is taken over after a few seconds without a heartbeat', async () => {
  within(await waitFor(lockOf({ pid: NOBODY, host: here })), 3000, 4000);
  within(await waitFor(lockOf('{"pid":')), 3000, 4000);
  within(await waitFor(lockOf('')), 3000, 4000);
});

test('a holder that cannot be looked up is given a minute', async () => {
  within(await waitFor(lockOf({ pid: NOBODY, host: elsewhere })), 60_000, 62_000);
});

test('a new lock in the place of an old one begins anew', async () => {
  const file = lockOf({ pid: NOBODY, host: here });
  const replaced = (waited: number): void => {
    if (waited !== 2000) return;
    fs.rmSync(file);
    fs.writeFileSync(file, JSON.stringify({ pid: NOBODY, host: here }));
  };
  within(await waitFor(file, replaced), 5000, 6000);
});

test('a take-over that was killed half-way delays the next one, no more', async () => {
  const file = lockOf({ pid: NOBODY, host: here });
  fs.writeFileSync(`${file}.removal`, '');
  touch(`${file}.removal`, Date.now() + 600_000);
  within(await waitFor(file), 3000, 7000);
});

test('two waiters do not run at once', async () => {
  const file = lockOf({ pid: NOBODY, host: here });
  const { withLock } = await importSetUp<{ withLock: WithLock }>('lock.mjs');
  let running = 0;
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
  const run = async (): Promise<void> => {
    assert.equal(++running, 1);
    await pause();
    running--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, { signal: new AbortController().signal, pause }, run)));
});

test('whoever waits can be stopped', async () => {
  const { withLock } = await importSetUp<{ withLock: WithLock }>('lock.mjs');
  const file = lockOf({ pid: process.ppid, host: here });
  const stop = new AbortController();
  const reason = new Error('stopped');
  const onWait = (): void => void setTimeout(() => stop.abort(reason), 20);
  await assert.rejects(
    withLock(file, { signal: stop.signal, onWait }, async () => {}),
    (error) => error === reason,
  );
  assert.ok(fs.existsSync(file));
});
