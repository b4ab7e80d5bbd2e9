/** Opens, runs and closes a notebook many times, and measures what is left behind. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import type { RunningServer } from '../../jupyter/server/server';
import { api, Client, eventually, kernelFolders, runs } from './course';

const NOTEBOOK = { path: 'notebooks/04-looking-twice.ipynb', name: '', type: 'notebook', kernel: { name: 'tslab' } };

interface Remains {
  files: number | null;
  sockets: number;
  kernelFolders: number;
  heapMegabytes: number;
}

export function measure(): Remains {
  global.gc?.();
  return {
    files: process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : null,
    sockets: process.getActiveResourcesInfo().filter((name) => /Socket|TCP|Pipe/.test(name)).length,
    kernelFolders: kernelFolders(os.tmpdir()).length,
    heapMegabytes: process.memoryUsage().heapUsed / 2 ** 20,
  };
}

/** Opens the notebook in a kernel of its own, runs a cell, closes it; gives the process's number. */
export async function openRunClose(server: RunningServer): Promise<number> {
  const session = (await api(server, 'POST', '/api/sessions', NOTEBOOK)).json() as {
    id: string;
    kernel: { id: string };
  };
  const client = await Client.connect(server, session.kernel.id);
  const pid = Number((await client.run('process.pid')).text);
  assert.ok(runs(pid));
  await client.close();
  assert.equal((await api(server, 'DELETE', `/api/sessions/${session.id}`)).status, 204);
  assert.ok(!runs(pid), 'the kernel has ended when its session is closed');
  return pid;
}

/** Opens a page on a running session, asks its kernel something, closes the page. */
export async function joinLeave(server: RunningServer): Promise<void> {
  const session = (await api(server, 'POST', '/api/sessions', NOTEBOOK)).json() as { kernel: { id: string } };
  const client = await Client.connect(server, session.kernel.id);
  assert.equal((await client.ask('kernel_info_request')).implementation, 'tslab');
  await client.close();
  const { kernel } = (await api(server, 'GET', '/api/sessions')).json()[0 as never] as {
    kernel: { connections: number };
  };
  // The server hears of the end of a connection a moment later.
  if (kernel.connections > 1)
    await eventually('the page is forgotten', () =>
      server.sessions.runningKernels.every(({ model }) => model.connections <= 1),
    );
}
