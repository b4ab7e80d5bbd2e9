import assert from 'node:assert/strict';
import childProcess, { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Kernel } from '../../jupyter/kernel/kernel';
import { type KernelMessage, newMessage } from '../../jupyter/kernel/messages';
import { type CellResult, CellRunner, failureIn } from '../../jupyter/notebook/execute';
import { repositoryRoot } from '../../jupyter/repository';
import { refusal } from '../renaming';
import { eventually, kernelFolders, makeFolder, runs, useOwnTemporaryFolder } from './course';
import { start } from './kernels';

const printed = ({ outputs }: CellResult): string =>
  outputs.map((output) => (output.output_type === 'stream' ? output.text : '')).join('');

test('ending a kernel that is still starting is no failure', async (t) => {
  const lines: string[] = [];
  const kernel = new Kernel({ cwd: makeFolder(t), log: (line) => void lines.push(line) });
  const starting = kernel.start();
  await eventually('the process runs', () => kernel.pid !== undefined);
  await kernel.shutdown();
  await assert.rejects(starting, /was ended while it started/);
  assert.deepEqual(lines, []);
  await assert.rejects(kernel.start(), /was shut down/);
});

test('restarts while a kernel starts, and two at once, leave one process that answers', async (t) => {
  const lines: string[] = [];
  const kernel = new Kernel({ cwd: makeFolder(t), log: (line) => void lines.push(line) });
  t.after(() => kernel.shutdown());
  const states: string[] = [];
  kernel.on('message', ({ header, content }) => {
    if (header.msg_type === 'status' && header.session === 'server') states.push(String(content.execution_state));
  });
  const starting = assert.rejects(kernel.start(), /was ended while it started/);
  await eventually('the process runs', () => kernel.pid !== undefined);
  const first = kernel.pid;
  await Promise.all([starting, kernel.restart(), kernel.restart()]);
  assert.notEqual(kernel.pid, first);
  assert.ok(!runs(first!));
  assert.equal(printed(await new CellRunner(kernel).run('process.pid', 60)).trim(), String(kernel.pid));
  assert.deepEqual([states, lines], [['idle'], []]);
});

test('a kernel runs cells in its folder, can be interrupted, restarted and ended', async (t) => {
  const temporary = useOwnTemporaryFolder(t);
  const { kernel, run } = await start(t);
  const [folder, ...others] = kernelFolders(temporary);
  assert.deepEqual(others, []);
  if (process.platform !== 'win32') {
    assert.equal(fs.statSync(path.join(temporary, folder)).mode & 0o777, 0o700);
    assert.equal(fs.statSync(path.join(temporary, folder, 'connection.json')).mode & 0o777, 0o600);
  }
  assert.equal(printed(await run('const kept = 1; process.cwd()')).trim(), kernel.cwd);

  await t.test('prints every line of a long output, and then that it has ended', async () => {
    const { outputs, status } = await run('for (let line = 0; line < 20000; line++) console.log(line);');
    assert.equal(status, 'ok');
    assert.equal(outputs.length, 1);
    assert.equal(printed({ outputs } as CellResult), Array.from({ length: 20000 }, (_, line) => `${line}\n`).join(''));
  });

  await t.test(
    'an endless loop is interrupted; what was defined before is kept',
    { skip: process.platform === 'win32' },
    async () => {
      const loop = run("console.log('begins'); while (true);");
      await once(kernel, 'message', { signal: AbortSignal.timeout(20_000) });
      await eventually('the loop runs', () => kernel.executionState === 'busy');
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.ok(kernel.interrupt());
      assert.equal((await loop).status, 'error');
      assert.equal(printed(await run('kept')).trim(), '1');
    },
  );

  await t.test('what went wrong in a cell is found, whatever tslab answers', async () => {
    const failures: [code: string, failure: RegExp | null][] = [
      ['1 + 1', null],
      ["console.error('only a warning: 3 of 4')", null],
      ["throw new Error('broken')", /Error: broken/],
      ["const wrong: number = 'text';", /1:7 - Type 'string' is not assignable to type 'number'/],
      ["/** @module one */\nexport const wrong: number = 'text';", /2:14 - Type 'string' is not assignable/],
      [
        "Promise.reject(new Error('nobody listens')); await new Promise((done) => setTimeout(done, 50));",
        /UnhandledPromiseRejection: Error: nobody listens/,
      ],
      [
        "setTimeout(() => { throw new Error('late'); }, 1); await new Promise((done) => setTimeout(done, 100));",
        /UncaughtException: Error: late/,
      ],
      ["import { none } from 'no-such-package';\nnone", /Cannot find module 'no-such-package'/],
    ];
    for (const [code, failure] of failures) {
      const result = await run(code);
      if (failure === null) assert.equal(failureIn(result), null, code);
      else assert.match(failureIn(result) ?? `${code}: nothing found in ${JSON.stringify(result)}`, failure);
    }
  });

  await t.test('displays are kept with their types and can be updated', async () => {
    const { outputs } = await run(`import * as tslab from 'tslab';
const display = tslab.newDisplay();
display.html('<b>old</b>');
display.html('<b>new</b>');
tslab.display.text('text');`);
    assert.deepEqual(
      outputs.map((output) => ('data' in output ? output.data : output)),
      [{ 'text/html': '<b>new</b>' }, { 'text/plain': 'text' }],
    );
  });

  await t.test('messages sent during a restart reach the new process', async () => {
    const old = kernel.pid ?? 0;
    const restarted = kernel.restart();
    const result = run('typeof kept');
    await restarted;
    assert.match(failureIn(await result) ?? printed(await result), /Cannot find name 'kept'|undefined/);
    assert.notEqual(kernel.pid, old);
    await eventually('the old process is gone', () => !runs(old));
  });

  const pid = kernel.pid ?? 0;
  await kernel.shutdown();
  assert.ok(!runs(pid));
  assert.deepEqual(kernelFolders(temporary), []);
  await assert.rejects(kernel.start(), /was shut down/);
});

test('a process that ends by itself is replaced, but not for ever, and the page is told', async (t) => {
  const { kernel, run, states } = await start(t, { revive: true, transport: 'tcp' });
  states.length = 0;
  for (const expected of ['restarting', 'restarting', 'restarting']) {
    states.length = 0;
    void run('process.exit(3)', 5).catch(() => {});
    await eventually('a new process runs', () => states.includes('idle'), 60);
    assert.equal(states[0], expected);
  }
  assert.equal(printed(await run('1 + 1')).trim(), '2');
  void run('process.exit(3)', 5).catch(() => {});
  await eventually('the kernel stays dead', () => kernel.executionState === 'dead');
  assert.equal(kernel.pid, undefined);
  // The learner's own restart begins anew.
  await kernel.restart();
  assert.equal(printed(await run('1 + 1')).trim(), '2');
});

test('a cell fails when its kernel ends, and when it takes too long', async (t) => {
  const { run } = await start(t);
  await assert.rejects(run('while (true);', 1), /timed out after 1 s/);
  const { run: other } = await start(t);
  await assert.rejects(other('process.exit(0)'), /the kernel ended/);
});

test('a kernel that cannot start says why and leaves nothing behind', async (t) => {
  const temporary = useOwnTemporaryFolder(t);
  const kernel = new Kernel({ cwd: path.join(makeFolder(t), 'none') });
  const messages: KernelMessage[] = [];
  kernel.on('message', (message) => messages.push(message));
  await assert.rejects(kernel.start(), /the kernel did not start: .*ENOENT/);
  assert.equal(kernel.executionState, 'dead');
  assert.deepEqual(
    messages.map(({ content }) => content.execution_state),
    ['dead'],
  );
  assert.deepEqual(kernelFolders(temporary), []);
});

/** Each step of a start before the process can answer, made to fail. */
const failures: [what: string, fail: (t: TestContext, temporary: string) => void, reason: RegExp][] = [
  [
    'its temporary folder cannot be made',
    (_, temporary) => fs.rmSync(temporary, { recursive: true }),
    /ENOENT.* needs room .* TMPDIR/,
  ],
  [
    'its connection file cannot be written',
    (t) => {
      const { writeFileSync } = fs;
      t.mock.method(fs, 'writeFileSync', (...args: Parameters<typeof writeFileSync>) => {
        if (!String(args[0]).endsWith('connection.json')) return writeFileSync(...args);
        // As a disk that is full: the file is there, but not its content.
        writeFileSync(args[0], '');
        throw refusal('ENOSPC');
      });
    },
    /ENOSPC.* needs room .* TMPDIR/,
  ],
  [
    'its process cannot be made',
    (t) => {
      t.mock.method(childProcess, 'spawn', () => {
        throw refusal('ENOMEM');
      });
    },
    /ENOMEM/,
  ],
  [
    'no file may be opened any more',
    (t) => {
      // As Node does it: a process without streams, which fails a little later.
      t.mock.method(childProcess, 'spawn', () => {
        const child = new EventEmitter();
        process.nextTick(() => child.emit('error', refusal('EMFILE')));
        return child;
      });
    },
    /EMFILE/,
  ],
  [
    'no port is free',
    (t) => {
      const { createServer } = net;
      let servers = 0;
      t.mock.method(net, 'createServer', () => {
        const server = createServer();
        if (++servers === 3)
          server.listen = () => (setImmediate(() => server.emit('error', refusal('EMFILE'))), server);
        return server;
      });
    },
    /EMFILE/,
  ],
];

const listening = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

for (const [what, fail, reason] of failures) {
  test(`a kernel is dead, says why on one line and leaves nothing behind when ${what}`, async (t) => {
    const temporary = useOwnTemporaryFolder(t);
    const lines: string[] = [];
    const kernel = new Kernel({ cwd: makeFolder(t), log: (line) => void lines.push(line), transport: 'tcp' });
    t.after(() => kernel.shutdown());
    const states: unknown[] = [];
    kernel.on('message', ({ header, content }) => {
      if (header.session === 'server') states.push(content.execution_state);
    });
    const before = listening();
    fail(t, temporary);
    await assert.rejects(kernel.start(), reason);
    assert.equal(kernel.executionState, 'dead');
    assert.deepEqual(states, ['dead']);
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0], /^the kernel did not start: [^\n]*$/);
    assert.match(lines[0], reason);
    await assert.rejects(kernel.send(newMessage('shell', 'kernel_info_request', 'test')), reason);
    if (fs.existsSync(temporary)) assert.deepEqual(kernelFolders(temporary), []);
    await eventually('its ports are free', () => listening() <= before, 10);
    // Once the cause is gone, so is the fault.
    t.mock.restoreAll();
    fs.mkdirSync(temporary, { recursive: true });
    await kernel.restart();
    assert.deepEqual(states, ['dead', 'idle']);
  });
}

test('a start that fails after its kernel was ended, or was begun anew, tells nobody', async (t) => {
  const start = () => {
    const lines: string[] = [];
    const kernel = new Kernel({ cwd: makeFolder(t), log: (line) => void lines.push(line), transport: 'tcp' });
    const states: unknown[] = [];
    kernel.on('message', ({ header, content }) => {
      if (header.session === 'server') states.push(content.execution_state);
    });
    const { createServer } = net;
    // The first start is the one that fails.
    t.mock.method(net, 'createServer', () => {
      const server = createServer();
      server.listen = () => (setImmediate(() => server.emit('error', refusal('EMFILE'))), server);
      return server;
    });
    const failing = assert.rejects(kernel.start(), /was ended while it started/);
    t.mock.restoreAll();
    return { kernel, lines, states, failing };
  };
  const ended = start();
  await Promise.all([ended.failing, ended.kernel.shutdown()]);
  assert.deepEqual([ended.states, ended.lines, ended.kernel.executionState], [['dead'], [], 'dead']);
  const anew = start();
  t.after(() => anew.kernel.shutdown());
  await Promise.all([anew.failing, anew.kernel.restart()]);
  assert.deepEqual([anew.states, anew.lines], [['idle'], []]);
});

test('a kernel that is restarted while it looks for ports has one process', async (t) => {
  const temporary = useOwnTemporaryFolder(t);
  const kernel = new Kernel({ cwd: makeFolder(t), transport: 'tcp' });
  const spawned = t.mock.method(childProcess, 'spawn').mock;
  const starting = assert.rejects(kernel.start(), /was ended while it started/);
  await Promise.all([starting, kernel.restart()]);
  assert.equal(spawned.callCount(), 1);
  await kernel.shutdown();
  assert.deepEqual(kernelFolders(temporary), []);
  await assert.rejects(kernel.start(), /was shut down/);
  assert.equal(kernel.executionState, 'dead');
});

test(
  'a kernel that is still starting ends when its server is killed',
  { skip: process.platform === 'win32' },
  async (t) => {
    const temporary = useOwnTemporaryFolder(t);
    const program = `
    const { Kernel } = require('./jupyter/kernel/kernel');
    const kernel = new Kernel({ cwd: ${JSON.stringify(makeFolder(t))} });
    kernel.start().catch(() => {});
    require('fs').writeSync(1, String(kernel.pid));
    process.kill(process.pid, 'SIGKILL');
  `;
    const server = spawn(process.execPath, ['--require', 'ts-node/register/transpile-only', '-e', program], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    t.after(() => runs(pid) && process.kill(pid, 'SIGKILL'));
    await eventually('the kernel has ended', () => !runs(pid), 10);
    await eventually('its folder is removed', () => kernelFolders(temporary).length === 0, 10);
  },
);

test(
  'a kernel in an endless loop ends when its server is killed',
  { skip: process.platform === 'win32' },
  async (t) => {
    const temporary = useOwnTemporaryFolder(t);
    const program = `
    const { Kernel } = require('./jupyter/kernel/kernel');
    const { newMessage } = require('./jupyter/kernel/messages');
    const kernel = new Kernel({ cwd: ${JSON.stringify(makeFolder(t))} });
    kernel.on('message', ({ header }) => header.msg_type === 'stream' && console.log(kernel.pid));
    const code = "console.log('looping'); while (true);";
    kernel.start().then(() => kernel.send(newMessage('shell', 'execute_request', 's', { code, silent: false })));
  `;
    const server = spawn(process.execPath, ['--require', 'ts-node/register/transpile-only', '-e', program], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    assert.ok(runs(pid));
    server.kill('SIGKILL');
    await eventually('the kernel has ended', () => !runs(pid), 10);
    await eventually('its folder is removed', () => kernelFolders(temporary).length === 0);
  },
);
