import assert from 'node:assert/strict';
import childProcess, { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { endWithDescendants } from '../../jupyter/kernel/process-group';
import { failureIn } from '../../jupyter/notebook/execute';
import { repositoryRoot } from '../../jupyter/repository';
import { eventually, makeFolder, runs } from './course';
import { start } from './kernels';

const onlyPosix = { skip: process.platform === 'win32' };

/** Starts a program that starts a program; prints both numbers. */
const START_PROGRAMS = `
const program = require('node:child_process').spawn('sh', ['-c', 'sleep 987 & echo $!; wait']);
await new Promise((done) => program.stdout.once('data', (line) => done(console.log(program.pid, Number(line)))));`;

function numbersIn(text: string): number[] {
  const numbers = text.trim().split(' ').map(Number);
  assert.equal(numbers.length, 2, text);
  assert.ok(numbers.every((number) => number > 1 && runs(number)));
  return numbers;
}

function bystander(t: TestContext): number {
  const program = spawn('sleep', ['987'], { stdio: 'ignore' });
  t.after(() => program.kill('SIGKILL'));
  return program.pid!;
}

test(
  'programs that cells have started end with their kernel, however that ends, and no others',
  onlyPosix,
  async (t) => {
    const other = bystander(t);
    const { kernel, run } = await start(t, { revive: true });
    const startPrograms = async (): Promise<number[]> => {
      const result = await run(START_PROGRAMS);
      assert.equal(failureIn(result), null);
      const [output] = result.outputs;
      return numbersIn(output.output_type === 'stream' ? output.text : '');
    };
    const gone = (what: string, pids: number[]): Promise<void> =>
      eventually(`the programs are gone after ${what}`, () => !pids.some(runs), 10);

    const first = await startPrograms();
    await kernel.restart();
    await gone('a restart', first);

    const second = await startPrograms();
    await run('process.exit(0)', 5).catch(() => {});
    await gone("the kernel's own end", second);
    await eventually('a new process runs', () => kernel.executionState === 'idle');

    const third = await startPrograms();
    await kernel.shutdown();
    await gone('the shutdown', third);
    assert.ok(runs(other));
  },
);

test('programs that cells have started end when the server is killed', onlyPosix, async (t) => {
  const other = bystander(t);
  const program = `
    const { Kernel } = require('./jupyter/kernel/kernel');
    const { newMessage } = require('./jupyter/kernel/messages');
    const kernel = new Kernel({ cwd: ${JSON.stringify(makeFolder(t))} });
    kernel.on('message', ({ header, content }) => header.msg_type === 'stream' && console.log(content.text.trim()));
    const code = ${JSON.stringify(START_PROGRAMS)};
    kernel.start().then(() => kernel.send(newMessage('shell', 'execute_request', 's', { code, silent: false })));
  `;
  const server = spawn(process.execPath, ['--require', 'ts-node/register/transpile-only', '-e', program], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const pids = numbersIn(line.toString());
  server.kill('SIGKILL');
  await eventually('the programs are gone', () => !pids.some(runs), 10);
  assert.ok(runs(other));
});

test('a Node program that a cell starts is no kernel: it runs, and its folder stays', async (t) => {
  const { kernel, run } = await start(t);
  const folder = path.join(kernel.cwd, 'programs');
  fs.mkdirSync(folder);
  // Longer than a kernel whose server is gone would live.
  fs.writeFileSync(path.join(folder, 'program.js'), "setTimeout(() => process.send('done'), 1500);");
  const result = await run(`
const program = require('node:child_process').fork('programs/program.js');
console.log(await new Promise((done) => program.once('message', done).once('exit', (_, signal) => done(signal))));`);
  const [output] = result.outputs;
  assert.equal(output.output_type === 'stream' && output.text, 'done\n');
  assert.ok(fs.existsSync(path.join(folder, 'program.js')));
});

test('a process that never started, and one that is gone, take nothing with them', async (t) => {
  const unknown = spawn('no-such-program', []);
  await once(unknown, 'error');
  assert.equal(unknown.pid, undefined);
  const kill = t.mock.method(process, 'kill').mock;
  endWithDescendants(unknown);
  assert.equal(kill.callCount(), 0);
  const ended = spawn(process.execPath, ['-e', ''], { detached: process.platform !== 'win32' });
  await once(ended, 'exit');
  endWithDescendants(ended);
  assert.ok(kill.calls.every(({ arguments: [pid] }) => pid === -ended.pid!));
});

test('on Windows a process is ended with all that it has started', async (t) => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
  const program = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  t.after(() => program.kill('SIGKILL'));
  const ended = once(program, 'exit');
  const called = t.mock.method(childProcess, 'spawnSync', () => ({})).mock;
  Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
  t.after(() => Object.defineProperty(process, 'platform', platform));
  endWithDescendants(program);
  assert.deepEqual(
    called.calls.map(({ arguments: [command, args] }) => [command, args]),
    [['taskkill', ['/T', '/F', '/PID', String(program.pid)]]],
  );
  await ended;
  endWithDescendants(program);
  assert.equal(called.callCount(), 1, 'its number may be another process by now');
});
