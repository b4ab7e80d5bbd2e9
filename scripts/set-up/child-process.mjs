// Runs a Node script as a child that never outlives set-up.
import { spawn } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

const WATCH_PARENT = fileURLToPath(new URL('watch-parent.cjs', import.meta.url));
const PATIENCE = 1000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs `node ...args` and resolves with { status, killedBy, stdout, stderr } whatever its exit status is.
 * Rejects with the signal's reason when `signal` aborts, after the child and everything it started have ended.
 */
export function runNode(args, { cwd, env = process.env, signal, timeout } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const child = spawn(process.execPath, ['--require', WATCH_PARENT, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // A process group of its own, so that its children can be ended with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text) => (output[name] += text));
    }
    const end = (how) => {
      try {
        if (process.platform === 'win32') child.kill(how);
        else process.kill(-child.pid, how);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    };
    const timers = [];
    const stop = () => {
      end('SIGTERM');
      timers.push(setTimeout(end, PATIENCE, 'SIGKILL'));
    };
    signal?.addEventListener('abort', stop, { once: true });
    if (timeout) timers.push(setTimeout(stop, timeout));
    const finish = (settle) => {
      timers.forEach(clearTimeout);
      signal?.removeEventListener('abort', stop);
      settle();
    };
    child.on('error', (error) => finish(() => reject(error)));
    child.on('close', (status, killedBy) =>
      finish(() => (signal?.aborted ? reject(signal.reason) : resolve({ status, killedBy, ...output }))),
    );
  });
}

/**
 * Runs `node ...args` in the foreground, with this terminal, until it ends; resolves with its exit status, which is
 * 128 and the signal's number when a signal ended it. Signals to this process are left to the child.
 */
export function runNodeInForeground(args, { cwd, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--require', WATCH_PARENT, ...args], {
      ...{ cwd, env },
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    });
    const forward = (signal) => {
      // A terminal sends Ctrl-C to both, and for a training the second one means more than the first.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      for (const each of SIGNALS) process.off(each, forward);
      resolve(status ?? 128 + os.constants.signals[signal]);
    });
  });
}
