/** `npm run test:load`: 200 times, a notebook is opened in a kernel of its own, run and closed. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { makeCourse, runs, serve, useOwnTemporaryFolder } from './course';
import { measure, openRunClose } from './cycles';

const CYCLES = 200;

/** Memory of this process, the server included. */
function residentMegabytes(): number {
  return process.memoryUsage().rss / 2 ** 20;
}

function children(): string[] {
  if (process.platform !== 'linux') return [];
  return fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
}

test(`${CYCLES} notebooks opened, run and closed`, async (t) => {
  useOwnTemporaryFolder(t);
  const server = await serve(t, makeCourse(t));
  for (let cycle = 0; cycle < 5; cycle++) await openRunClose(server);
  const [before, residentBefore] = [measure(), residentMegabytes()];
  const pids: number[] = [];
  const start = performance.now();
  for (let cycle = 0; cycle < CYCLES; cycle++) pids.push(await openRunClose(server));
  const seconds = (performance.now() - start) / 1000;
  const [after, residentAfter] = [measure(), residentMegabytes()];
  console.log(`${CYCLES} cycles in ${seconds.toFixed(0)} s`);
  console.log(`before: ${JSON.stringify(before)}, resident ${residentBefore.toFixed(0)} MB`);
  console.log(
    `after:  ${JSON.stringify(after)}, resident ${residentAfter.toFixed(0)} MB, children: ${children().length}`,
  );
  assert.deepEqual(pids.filter(runs), []);
  assert.deepEqual(children(), []);
  assert.ok((after.files ?? 0) <= (before.files ?? 0) + 2, 'open files grew');
  assert.ok(after.sockets <= before.sockets + 2, 'sockets grew');
  assert.ok(after.kernelFolders <= before.kernelFolders, 'connection files are left');
  assert.ok(after.heapMegabytes < before.heapMegabytes + 30, 'memory grew');
});
