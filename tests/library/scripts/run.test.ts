import assert from 'node:assert/strict';
import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

const root = path.join(__dirname, '..', '..', '..');
const RUN = path.join(root, 'scripts', 'run.mjs');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-run-'));
after(() => fs.rmSync(folder, { recursive: true }));

function program(name: string, source: string): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, source);
  return file;
}

const echo = program(
  'echo.ts',
  `const tunables: string | undefined = process.env.GLIBC_TUNABLES;
   console.log(JSON.stringify([tunables, process.argv.slice(2)]));
   process.exitCode = 3;`,
);
/** Ends by itself on the signal that it gets, and says so; never otherwise. */
const waiting = program(
  'waiting.ts',
  `for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { console.log(signal); process.exit(0); });
   setInterval(() => {}, 1000);
   console.log(process.pid);`,
);

function run(environment: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, GLIBC_TUNABLES: undefined, ...environment };
  const { status, stdout } = spawnSync(process.execPath, [RUN, echo, '--some', 'two words'], {
    ...{ cwd: root, env, encoding: 'utf8' },
  });
  return [status, ...(JSON.parse(stdout) as unknown[])];
}

test('a program gets its arguments and the tunables of the memory, and its exit status is passed on', () => {
  const [status, tunables, args] = run();
  assert.equal(status, 3);
  assert.deepEqual(args, ['--some', 'two words']);
  assert.match(String(tunables), /^glibc\.malloc\.mmap_threshold=33554432:/);
});

test('the tunables of the user win', () => {
  assert.equal(run({ GLIBC_TUNABLES: 'glibc.malloc.check=1' })[1], 'glibc.malloc.check=1');
});

async function start(): Promise<{ parent: ChildProcess; pid: number; said: () => string }> {
  const parent = spawn(process.execPath, [RUN, waiting], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  parent.stdout!.on('data', (data: Buffer) => (said += data.toString()));
  await once(parent.stdout!, 'data');
  return { parent, pid: Number(said), said: () => said };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} reaches the program, which ends in good order`, async () => {
    const { parent, said } = await start();
    parent.kill(signal);
    assert.deepEqual(await once(parent, 'close'), [0, null]);
    assert.match(said(), new RegExp(`${signal}\n$`));
  });
}

test('a program that a signal has ended gives the exit status of a shell', async () => {
  const { parent, pid } = await start();
  process.kill(pid, 'SIGKILL');
  assert.deepEqual(await once(parent, 'close'), [137, null]);
});

test('the program does not outlive a killed parent', async () => {
  const { parent } = await start();
  parent.kill('SIGKILL');
  // Closed only when the program, which writes into the same pipe, has ended too.
  assert.deepEqual(await once(parent, 'close'), [null, 'SIGKILL']);
});
