import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import WebSocket from 'ws';
import type { Kernel } from '../../jupyter/kernel/kernel';
import { type KernelMessage, newMessage, unpackMessage, WEBSOCKET_PROTOCOL } from '../../jupyter/kernel/messages';
import { kernelChannels } from '../../jupyter/server/channels';
import type { Admission } from '../../jupyter/server/security';
import type { Sessions } from '../../jupyter/server/sessions';

const MEGABYTE = 2 ** 20;

test('a page that does not read keeps a server from nothing but its own output', async (t) => {
  const kernel = new EventEmitter() as unknown as Kernel;
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const channels = kernelChannels(server, {
    admission: { require: () => {} } as unknown as Admission,
    sessions: { kernel: () => kernel } as unknown as Sessions,
    log: () => {},
  });
  t.after(() => (channels.close(), server.close()));
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/kernels/one/channels`, WEBSOCKET_PROTOCOL);
  await once(socket, 'open');
  const received: KernelMessage[] = [];
  const last = new Promise<void>((resolve) =>
    socket.on('message', (data: Buffer) => {
      received.push(unpackMessage(data));
      if (received.at(-1)?.content.execution_state === 'idle') resolve();
    }),
  );
  const cells = ['one', 'two'].map((code) => newMessage('shell', 'execute_request', 'page', { code }).header);
  const html = { data: { 'text/html': 'z'.repeat(MEGABYTE) }, metadata: {}, transient: { display_id: 'a' } };
  const outputs: [type: string, content: KernelMessage['content']][] = [
    ['stream', { name: 'stdout', text: 'x'.repeat(MEGABYTE) }],
    ['display_data', html],
    ['update_display_data', html],
    ['execute_result', { ...html, execution_count: 1 }],
  ];
  // All in one go, so that the page cannot read meanwhile.
  for (const parent_header of cells)
    for (let step = 0; step < 50; step++)
      for (const [type, content] of outputs)
        kernel.emit('message', { ...newMessage('iopub', type, 'kernel', content), parent_header });
  kernel.emit('message', newMessage('iopub', 'status', 'kernel', { execution_state: 'idle' }));
  await last;
  const bytes = received.reduce((sum, { content }) => sum + JSON.stringify(content).length, 0);
  assert.ok(bytes > 30 * MEGABYTE && bytes < 40 * MEGABYTE, `${bytes} bytes`);
  const remarks = received.filter(({ content }) => /some is left out here/.test(String(content.text)));
  assert.deepEqual(
    remarks.map(({ parent_header }) => parent_header),
    cells,
    'one below each cell',
  );
  socket.terminate();
});
