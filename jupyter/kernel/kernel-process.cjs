// Loaded into the kernel's process before tslab.
/* eslint-disable @typescript-eslint/no-require-imports -- loaded by node --require, never compiled */
const { createRequire } = require('node:module');
const path = require('node:path');
const timers = require('node:timers');
const vm = require('node:vm');
const { Worker, isMainThread } = require('node:worker_threads');
const { CellOutput } = require('./cell-output.cjs');

// Ends the kernel when the server that started it is gone, kill -9 included, and with it whatever cells have started;
// removes the folder of its connection file. A worker thread watches, because a cell that never yields leaves the main
// thread no time to notice.
const watch = `
  const { rmSync } = require('node:fs');
  const path = require('node:path');
  const { workerData } = require('node:worker_threads');
  // Not the parent of now: the server may be gone already.
  const server = Number(process.env.JPY_PARENT_PID);
  const gone = () => {
    if (process.ppid !== server) return true;
    try { process.kill(server, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
  };
  // A group has this process's number only if this process leads it; where there is none, nothing is hit.
  const endGroup = () => {
    try { process.kill(-process.pid, 'SIGKILL'); } catch {}
  };
  setInterval(() => {
    if (!gone()) return;
    try {
      if (path.basename(workerData).startsWith('attention-kernel-')) rmSync(workerData, { recursive: true, force: true });
    } finally {
      if (process.platform !== 'win32') endGroup();
      process.kill(process.pid, 'SIGKILL');
    }
  }, 500);
`;

// tslab publishes what a cell prints without waiting. When a cell shows much in one go, the socket by default refuses
// ("busy") or, past a thousand waiting messages, throws away; the cell would lose output and, with it, the message that
// it has ended. No limit and no waiting here: the limit is the cell's.
function publishEverything(requireOfTslab) {
  const { Publisher, Socket } = requireOfTslab('zeromq');
  // Defined, not assigned: the method that is inherited is read-only.
  Object.defineProperty(Publisher.prototype, 'bind', {
    value(address) {
      this.sendHighWaterMark = 0;
      this.sendTimeout = 0;
      return Socket.prototype.bind.call(this, address);
    },
  });
}

/** A cell that was sent. */
class Cell {
  /** What the cell awaits. */
  promise = undefined;
  /** Whether it was interrupted, so that nothing more should come. */
  shouldBeSilent = false;
  told = false;

  constructor(publish) {
    this.output = new CellOutput(publish);
  }

  write(stream, text) {
    this.output.write(stream, text);
    if (this.shouldBeSilent) this.tell();
  }

  display(content, update) {
    this.output.display(content, update);
    if (this.shouldBeSilent) this.tell();
  }

  // tslab's interrupt ends a cell, but not the loops that it has begun: they go on beside all later cells.
  interrupted() {
    let pending = this.promise !== undefined;
    const ended = () => (pending = false);
    this.promise?.then(ended, ended);
    timers.setTimeout(() => {
      this.shouldBeSilent = true;
      if (pending) this.tell();
    }, PATIENCE);
  }

  tell() {
    if (this.told) return;
    this.told = true;
    this.output.say(
      'An interrupt does not end what this cell has begun: what it awaits, or a loop of its own, goes on and may print ' +
        'below later cells. Only a restart ends it: menu Kernel > Restart Kernel… The variables are then lost; ' +
        'the notebook is not.',
    );
  }
}

/** So long after an interrupt, in milliseconds, a cell may still work. */
const PATIENCE = 1000;
/** The cells that have not ended, in their order; the first one runs. */
const cells = [];
/** The cell that ran last: what is printed between two cells appears below it. */
let last;

// As tslab runs cells, but what they show goes through their `CellOutput`.
function gatherOutput(requireOfTslab) {
  const { ZmqServer } = requireOfTslab('./dist/jupyter');
  ZmqServer.prototype.handleExecute = async function (socket, request) {
    const { key } = this.connInfo;
    const answer = (type, content) => {
      const message = request.createReply();
      message.header.msg_type = type;
      message.content = content;
      return message;
    };
    const cell = new Cell((type, content) => answer(type, content).signAndSend(key, this.iopub));
    cells.push(cell);
    const reply = await this.handler.handleExecute(
      request.content,
      (stream, text) => cell.write(stream, text),
      (content, update) => cell.display(content, update),
    );
    cells.splice(cells.indexOf(cell), 1);
    // A cell that was sent behind one that failed did not run.
    if (reply.status !== 'abort') last = cell;
    cell.output.end();
    answer('execute_reply', reply).signAndSend(key, socket);
  };
  // What a cell has printed before it ends the process.
  process.on('exit', () => cells[0]?.output.end());
}

function watchInterrupts() {
  const { runInThisContext } = vm;
  vm.runInThisContext = (code, options) => {
    // So tslab runs cells.
    const cell = options?.breakOnSigint ? cells[0] : undefined;
    try {
      const result = runInThisContext(code, options);
      if (cell && typeof result?.then === 'function') cell.promise = result;
      return result;
    } catch (error) {
      if (error?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') cell?.interrupted();
      throw error;
    }
  };
  process.on('SIGINT', () => (cells[0] ?? last)?.interrupted());
}

// Preloads run in every worker thread too.
if (isMainThread) {
  // Node programs that cells start (`fork`) are no kernels.
  const preload = process.execArgv.findIndex((argument) => path.basename(argument) === path.basename(__filename));
  if (preload > 0) process.execArgv.splice(preload - 1, 2);
  const connectionFile = process.argv.at(-1);
  const folder = path.dirname(connectionFile);
  // On Windows, other Jupyter programs tell a handle there, not a process's number.
  const hasNumber = process.platform !== 'win32' || path.basename(folder).startsWith('attention-kernel-');
  if (process.env.JPY_PARENT_PID && hasNumber) new Worker(watch, { eval: true, workerData: folder }).unref();
  const requireOfTslab = createRequire(path.join(path.dirname(process.argv[1]), '..', 'package.json'));
  publishEverything(requireOfTslab);
  gatherOutput(requireOfTslab);
  watchInterrupts();
}
