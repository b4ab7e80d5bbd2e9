// Loaded into the kernel's process before tslab.
/* eslint-disable @typescript-eslint/no-require-imports -- loaded by node --require, never compiled */
const { createRequire } = require('node:module');
const path = require('node:path');
const { Worker, isMainThread } = require('node:worker_threads');

// Ends the kernel when the server that started it is gone, kill -9 included, and removes the folder of its connection
// file. A worker thread watches, because a cell that never yields leaves the main thread no time to notice.
const watch = `
  const { rmSync } = require('node:fs');
  const { workerData } = require('node:worker_threads');
  // Not the parent of now: the server may be gone already.
  const server = Number(process.env.JPY_PARENT_PID);
  const gone = () => {
    if (process.ppid !== server) return true;
    try { process.kill(server, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
  };
  setInterval(() => {
    if (!gone()) return;
    try { rmSync(workerData, { recursive: true, force: true }); } finally { process.kill(process.pid, 'SIGKILL'); }
  }, 500);
`;

// tslab publishes what a cell prints without waiting. When a cell prints much in one go, the socket by default refuses
// ("busy") or, past a thousand waiting messages, throws away; the cell would lose lines and, with them, the message that
// it has ended. No limit and no waiting: every line goes out at once, in a long synchronous cell too.
function publishEverything() {
  const { Publisher, Socket } = createRequire(process.argv[1])('zeromq');
  // Defined, not assigned: the method that is inherited is read-only.
  Object.defineProperty(Publisher.prototype, 'bind', {
    value(address) {
      this.sendHighWaterMark = 0;
      this.sendTimeout = 0;
      return Socket.prototype.bind.call(this, address);
    },
  });
}

// Preloads run in every worker thread too.
if (isMainThread) {
  const connectionFile = process.argv.at(-1);
  new Worker(watch, { eval: true, workerData: path.dirname(connectionFile) }).unref();
  publishEverything();
}
