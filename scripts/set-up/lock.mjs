// One set-up at a time: a lock file that names its holder. A lock whose holder died is taken over.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT = 1000;
/** The holder's process is gone and it has missed a few heartbeats (process numbers alone mislead between containers). */
const DEAD_AFTER = 3000;
/** No sign of life from a holder that cannot be looked up, on another machine with the same cache folder. */
const LOST_AFTER = 60000;

export async function withLock(file, { signal, onWait }, run) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const holder = JSON.stringify({ pid: process.pid, host: os.hostname(), taken: Date.now() });
  let waited = false;
  while (!take(file, holder)) {
    if (!waited) onWait?.();
    waited = true;
    takeOverIfStale(file);
    await sleep(200, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
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

function age(file) {
  return Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

function isStale(file) {
  const silence = age(file);
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
function takeOverIfStale(file) {
  if (!isStale(file)) return;
  const removal = `${file}.removal`;
  if (age(removal) > DEAD_AFTER) fs.rmSync(removal, { force: true });
  if (!take(removal, '')) return;
  try {
    if (isStale(file)) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(removal, { force: true });
  }
}
