/**
 * `npm run test:load`: 200 times, a notebook is opened in a kernel of its own, run and closed; cells write without end.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import {
  type KernelMessage,
  newMessage,
  packMessage,
  unpackMessage,
  WEBSOCKET_PROTOCOL,
} from '../../jupyter/kernel/messages';
import type { RunningServer } from '../../jupyter/server/server';
import { api, makeCourse, runs, serve, useOwnTemporaryFolder } from './course';
import { measure, openRunClose } from './cycles';

const CYCLES = 200;
/** So long a cell writes before it is interrupted. */
const ENDLESS_SECONDS = 10;

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

/** A page that keeps nothing of what it is sent. */
interface Page {
  start(code: string): void;
  /** Settles when the cell that was started last has ended. */
  ended(): Promise<void>;
  read(reading: boolean): void;
  /** What arrived for the cell that was started last, in bytes. */
  received(): number;
  close(): void;
}

async function openPage(server: RunningServer, kernel: string): Promise<Page> {
  const address = `ws://127.0.0.1:${server.port}/api/kernels/${kernel}/channels?token=${server.token}`;
  const socket = new WebSocket(address, WEBSOCKET_PROTOCOL);
  await once(socket, 'open');
  let id = '';
  let bytes = 0;
  let end: () => void = () => {};
  let ended = Promise.resolve();
  socket.on('message', (data: Buffer) => {
    const { header, parent_header, content } = unpackMessage(data);
    if (parent_header.msg_id !== id) return;
    bytes += data.length;
    if (header.msg_type === 'status' && content.execution_state === 'idle') end();
  });
  return {
    start(code) {
      const request = newMessage('shell', 'execute_request', 'load', { code, silent: false, store_history: true });
      [id, bytes] = [request.header.msg_id, 0];
      ended = new Promise((resolve) => (end = resolve));
      socket.send(packMessage(request));
    },
    ended: () => ended,
    read: (reading) => (reading ? socket.resume() : socket.pause()),
    received: () => bytes,
    close: () => socket.terminate(),
  };
}

function residentMegabytesOf(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  return Number(/VmRSS:\s*(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

const megabytes = (value: number | null): string => (value === null ? '-' : `${value.toFixed(0)} MB`);

const ENDLESS: [what: string, code: string, reading: boolean][] = [
  ['text', "while (true) console.log('line');", true],
  ['text, and a page that does not read', "while (true) console.log('line');", false],
  ['text of both streams', "while (true) { console.log('line'); console.error('line'); }", true],
  [
    'displays, and a page that does not read',
    "import * as tslab from 'tslab';\nwhile (true) tslab.display.html('z'.repeat(100000));",
    false,
  ],
  [
    'updates of a display',
    "import * as tslab from 'tslab';\nconst one = tslab.newDisplay();\nwhile (true) one.html('z'.repeat(100000));",
    true,
  ],
  [
    'text that waits between lines',
    "while (true) { console.log('line'); await new Promise((done) => setImmediate(done)); }",
    true,
  ],
  ['text, a million lines', "for (let line = 0; line < 1_000_000; line++) console.log('line', line);", true],
];

for (const [what, code, reading] of ENDLESS) {
  test(`endless output: ${what}`, { skip: process.platform === 'win32' }, async (t) => {
    useOwnTemporaryFolder(t);
    const server = await serve(t, makeCourse(t));
    const { id } = (await api(server, 'POST', '/api/kernels', {})).json() as { id: string };
    const kernel = server.sessions.kernel(id);
    await kernel.started;
    const page = await openPage(server, id);
    t.after(() => page.close());
    page.start('1');
    await page.ended();
    global.gc?.();
    const [serverBefore, kernelBefore] = [residentMegabytes(), residentMegabytesOf(kernel.pid!)];
    let serverPeak = serverBefore;
    const sampling = setInterval(() => (serverPeak = Math.max(serverPeak, residentMegabytes())), 20);
    page.read(reading);
    page.start(code);
    const ended = page.ended();
    let interrupted: number | null = null;
    if (code.includes('while (true)')) {
      await sleep(1000 * ENDLESS_SECONDS);
      const start = performance.now();
      const stopped = new Promise<void>((resolve) => {
        const listener = ({ header, content }: KernelMessage): void => {
          if (header.msg_type !== 'status' || content.execution_state !== 'idle') return;
          kernel.off('message', listener);
          resolve();
        };
        kernel.on('message', listener);
      });
      await api(server, 'POST', `/api/kernels/${id}/interrupt`);
      await stopped;
      interrupted = (performance.now() - start) / 1000;
      page.read(true);
    }
    await ended;
    const received = page.received();
    await sleep(2000);
    clearInterval(sampling);
    global.gc?.();
    const [serverAfter, kernelAfter] = [residentMegabytes(), residentMegabytesOf(kernel.pid!)];
    console.log(
      `${what}: ${interrupted === null ? '' : `interrupted within ${interrupted.toFixed(2)} s; `}` +
        `the page received ${megabytes(received / 2 ** 20)}; ` +
        `server ${megabytes(serverBefore)}, at most ${megabytes(serverPeak)}, then ${megabytes(serverAfter)}; ` +
        `idle kernel ${megabytes(kernelBefore)}, then ${megabytes(kernelAfter)}`,
    );
    assert.ok(serverPeak < serverBefore + 300, "the server's memory grew");
    assert.ok((kernelAfter ?? 0) < (kernelBefore ?? 0) + 100, "the kernel's memory stays");
  });
}
