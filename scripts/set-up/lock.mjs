// One set-up at a time: a lock file that names its holder. A lock whose holder died is taken over.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT = 1000;
const POLL = 200;
/** The holder's process is gone and it has missed a few heartbeats (process numbers alone mislead between containers). */
const DEAD_AFTER = 3000;
/** No sign of life from a holder that cannot be looked up, on another machine with the same cache folder. */
const LOST_AFTER = 60000;

/** Runs `run` alone; `pause` lets the tests wait without time passing. */
export async function withLock(file, { signal, onWait, pause = pauseUntil(signal) }, run) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const holder = JSON.stringify({ pid: process.pid, host: os.hostname(), taken: Date.now() });
  let waited = false;
  const lock = new Watch(file);
  const removal = new Watch(`${file}.removal`);
  while (!take(file, holder)) {
    if (!waited) onWait?.();
    waited = true;
    lock.look();
    removal.look();
    takeOverIfStale(lock, removal);
    await pause(POLL);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    fs.utimes(file, now, now, () => {});
  }, HEARTBEAT);
  heartbeat.unref();
  try {
    return await run(waited);
  } finally {
    clearInterval(heartbeat);
    if (read(file) === holder) fs.rmSync(file, { force: true });
  }
}

function pauseUntil(signal) {
  return (milliseconds) =>
    sleep(milliseconds, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
}

/**
 * How long a file has not been touched while this process looked, in milliseconds of its own pauses. The file's age
 * would count the time that this machine slept, in which no holder's heart beats; and clocks of two machines differ.
 */
class Watch {
  silence = 0;
  #seen;

  constructor(file) {
    this.file = file;
  }

  /** To be called once after each pause. */
  look() {
    const time = timeOf(this.file);
    const silent = time !== undefined && time === this.#seen;
    this.silence = silent ? this.silence + POLL : 0;
    this.#seen = time;
  }

  hasChanged() {
    return timeOf(this.file) !== this.#seen;
  }
}

function timeOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function take(file, holder) {
  try {
    fs.writeFileSync(file, holder, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isStale({ file, silence }) {
  if (silence > LOST_AFTER) return true;
  if (silence < DEAD_AFTER) return false;
  const text = read(file);
  // Empty or cut short: its writer was killed, or the disk was full.
  if (text !== undefined && !text.endsWith('}')) return true;
  const { pid, host } = JSON.parse(text ?? '{}');
  return host === os.hostname() && !isAlive(pid);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** Removes a dead holder's lock. A second lock file makes sure that two waiters do not remove each other's new lock. */
function takeOverIfStale(lock, removal) {
  if (!isStale(lock)) return;
  if (removal.silence > DEAD_AFTER) fs.rmSync(removal.file, { force: true });
  if (!take(removal.file, '')) return;
  try {
    if (!lock.hasChanged()) fs.rmSync(lock.file, { force: true });
  } finally {
    fs.rmSync(removal.file, { force: true });
  }
}
