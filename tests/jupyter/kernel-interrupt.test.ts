import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CellResult } from '../../jupyter/notebook/execute';
import { eventually } from './course';
import { start } from './kernels';

const printed = ({ outputs }: CellResult): string =>
  outputs.map((output) => (output.output_type === 'stream' ? output.text : '')).join('');

const SLEEP = 'const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));\n';
const GOES_ON = /An interrupt does not end what this cell has begun.*menu Kernel > Restart Kernel…/;

test(
  'a cell says when an interrupt does not end what it does, and a restart does',
  { skip: process.platform === 'win32' },
  async (t) => {
    const { kernel, run, seen } = await start(t);

    await t.test('a loop that waits between its steps', async () => {
      const begins = seen(/begins/);
      const cell = run(`${SLEEP}console.log('begins'); while (true) await sleep(20);`);
      await begins;
      const remark = seen(GOES_ON);
      kernel.interrupt();
      const result = await cell;
      assert.equal(result.status, 'error');
      await remark;
      assert.equal(printed(result).match(new RegExp(GOES_ON, 'g'))?.length, 1, 'below the cell, once');
      await kernel.restart();
    });

    await t.test('a loop that nobody awaits', async () => {
      const cell = await run(
        `${SLEEP}void (async () => { while (true) { await sleep(100); console.log('tick'); } })();`,
      );
      assert.equal(cell.status, 'ok');
      const remark = seen(GOES_ON);
      kernel.interrupt();
      await remark;
      assert.match(printed(cell), GOES_ON);
      await kernel.restart();
    });

    await t.test('a loop that nobody awaits, begun by a cell that is interrupted', async () => {
      const begins = seen(/begins/);
      const cell = run(
        `${SLEEP}void (async () => { while (true) { await sleep(100); console.log('tick'); } })(); console.log('begins'); while (true);`,
      );
      await begins;
      const remark = seen(GOES_ON);
      kernel.interrupt();
      assert.match(printed(await cell), /Script execution was interrupted/);
      await remark;
      await kernel.restart();
    });

    await t.test('a loop that lets nothing else run', async () => {
      const begins = seen(/begins/);
      const cell = assert.rejects(
        run("console.log('begins'); await null; while (true) await null;", 30),
        /timed out|the kernel ended/,
      );
      await begins;
      await sleep(200);
      const remark = seen(/The interrupt has not reached this cell: it never pauses .* menu Kernel > Restart Kernel…/s);
      kernel.interrupt();
      await remark;
      await kernel.shutdown();
      await cell;
    });
  },
);

test(
  'a cell that ends in good order after an interrupt says nothing',
  { skip: process.platform === 'win32' },
  async (t) => {
    const { kernel, run, seen } = await start(t);
    // As the library's training does.
    const begins = seen(/begins/);
    const cell = run(`${SLEEP}await sleep(0);
const others = process.listeners('SIGINT');
const asked = new Promise((done) => process.once('SIGINT', done));
for (const other of others) process.removeListener('SIGINT', other as () => void);
console.log('begins');
await asked;
for (const other of others) process.on('SIGINT', other);
await sleep(3000);
console.log('ends');`);
    await begins;
    kernel.interrupt();
    const result = await cell;
    assert.equal(result.status, 'ok');
    assert.equal(printed(result), 'begins\nends\n');

    // Nor does one that an interrupt ends, nor one after it.
    const loop = run("console.log('loops'); while (true);");
    await seen(/loops/);
    kernel.interrupt();
    const ended = await loop;
    await eventually('the kernel runs cells again', () => kernel.executionState === 'idle');
    assert.equal(printed(await run(`${SLEEP}await sleep(1500); console.log('later');`)), 'later\n');
    assert.doesNotMatch(printed(ended), /Restart/);
  },
);
