/** The WebSocket between a page and its kernel. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Kernel } from '../kernel/kernel';
import { type KernelMessage, newMessage, packMessage, unpackMessage, WEBSOCKET_PROTOCOL } from '../kernel/messages';
import { addressOf, MEGABYTE } from './http';
import { HttpError } from './http-error';
import type { Admission } from './security';
import type { Sessions } from './sessions';

const LARGEST_MESSAGE = 64 * MEGABYTE;
/**
 * When a page lags this far behind, further output is left out instead of kept in memory. What one cell shows has a limit
 * in the kernel; cells that run one after the other, and updates of displays, have none.
 */
const LARGEST_BACKLOG = 32 * MEGABYTE;

interface ChannelsOptions {
  admission: Admission;
  sessions: Sessions;
  log: (line: string) => void;
}

/** What a cell shows; everything else a page needs in any case. */
const OUTPUT = new Set(['stream', 'display_data', 'update_display_data', 'execute_result']);

/** Serves `/api/kernels/ID/channels` on `server`. */
export function kernelChannels(server: Server, { admission, sessions, log }: ChannelsOptions): { close(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE,
    handleProtocols: (offered) => (offered.has(WEBSOCKET_PROTOCOL) ? WEBSOCKET_PROTOCOL : false),
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    let connect: (client: WebSocket) => void;
    try {
      const url = addressOf(request);
      admission.require(request, url);
      if (url.pathname === '/api/events/subscribe') connect = keepOpen;
      else {
        const id = /^\/api\/kernels\/([\w-]+)\/channels$/.exec(url.pathname)?.[1];
        if (id === undefined) throw new HttpError(404, 'not found');
        const kernel = sessions.kernel(id);
        connect = (client) => join(client, kernel, log);
      }
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 400;
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, connect);
  });

  return {
    close: () => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}

/** No events are ever sent; the page only wants to listen. */
function keepOpen(client: WebSocket): void {
  client.on('error', () => {});
}

function join(client: WebSocket, kernel: Kernel, log: (line: string) => void): void {
  const packed = client.protocol === WEBSOCKET_PROTOCOL;
  const pack = (message: KernelMessage): Buffer | string => (packed ? packMessage(message) : JSON.stringify(message));
  /** The cell below which it was said that output is left out. */
  let told: string | undefined;

  const forward = (message: KernelMessage): void => {
    if (client.readyState !== client.OPEN) return;
    if (OUTPUT.has(message.header.msg_type) && client.bufferedAmount > LARGEST_BACKLOG) {
      const cell = message.parent_header.msg_id ?? '';
      if (told === cell) return;
      told = cell;
      const text = '\n[This page takes output more slowly than the cell writes it: some is left out here.]\n';
      const remark = newMessage('iopub', 'stream', 'server', { name: 'stderr', text });
      return client.send(pack({ ...remark, parent_header: message.parent_header }));
    }
    client.send(pack(message));
  };
  kernel.on('message', forward);
  client.on('close', () => kernel.off('message', forward));
  client.on('error', (error) => log(`WebSocket: ${error.message}`));

  client.on('message', (data: RawData) => {
    let message: KernelMessage;
    try {
      const bytes = data as Buffer;
      message = packed ? unpackMessage(bytes) : (JSON.parse(bytes.toString()) as KernelMessage);
    } catch (error) {
      log(`WebSocket: a message that cannot be read: ${(error as Error).message}`);
      client.close(1003, 'not a Jupyter message');
      return;
    }
    kernel.send(message).catch(() => {
      // The kernel did not start: a page that connected meanwhile must not wait for ever.
      forward(newMessage('iopub', 'status', 'server', { execution_state: 'dead' }));
    });
  });
}
