/** A small course in a folder of its own, a server for it, and a client that speaks with the server. */
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import WebSocket from 'ws';
import {
  type JsonObject,
  type KernelMessage,
  newMessage,
  packMessage,
  unpackMessage,
  WEBSOCKET_PROTOCOL,
} from '../../jupyter/kernel/messages';
import { markPublished } from '../../jupyter/notebook/fingerprint';
import { formatNotebook, type Notebook } from '../../jupyter/notebook/format';
import { repositoryRoot } from '../../jupyter/repository';
import { type RunningServer, type ServerOptions, startServer } from '../../jupyter/server/server';

type NewCell = { text: string } | { code: string; tags?: string[] };

export function notebookOf(...cells: NewCell[]): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' } },
    cells: cells.map((cell, index) => {
      const id = `cell-${index}`;
      if ('text' in cell) return { id, cell_type: 'markdown', metadata: {}, source: cell.text };
      const metadata = cell.tags ? { tags: cell.tags } : {};
      return { id, cell_type: 'code', metadata, source: cell.code, outputs: [], execution_count: null };
    }),
  };
}

export const LESSON = `# Looking twice

**Time:** about 20 minutes

## What you will be able to do

- see a *thing*
- see it again`;

/** Below build/, so that kernels find the packages of the repository. */
export function makeFolder(t: TestContext): string {
  fs.mkdirSync(path.join(repositoryRoot, 'build'), { recursive: true });
  const folder = fs.mkdtempSync(path.join(repositoryRoot, 'build', 'test-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Gives this process a folder for temporary files of its own: other people's kernels run on this machine, too. */
export function useOwnTemporaryFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'own-'));
  const names = ['TMPDIR', 'TEMP', 'TMP'];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = folder;
  t.after(() => {
    for (const [index, name] of names.entries()) {
      if (before[index] === undefined) delete process.env[name];
      else process.env[name] = before[index];
    }
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The folders of kernels that are left in a folder for temporary files. */
export function kernelFolders(temporary: string): string[] {
  return fs.readdirSync(temporary).filter((name) => name.startsWith('attention-kernel-'));
}

/** A course with one published lesson and its solution, data, a hidden file, and a front end of one script. */
export function makeCourse(t: TestContext): string {
  const root = makeFolder(t);
  const lesson = markPublished(notebookOf({ text: LESSON }, { code: '1 + 1' }));
  const files: Record<string, string> = {
    'notebooks/04-looking-twice.ipynb': formatNotebook(lesson),
    'notebooks/solutions/04-looking-twice.ipynb': formatNotebook(lesson),
    'notebooks/notes.txt': 'notes',
    'datasets/words.txt': 'one two',
    'src/index.ts': 'export {};',
    '.secret/key': 'hidden',
    'node_modules/package/index.js': 'hidden',
    'front-end/app.js': '// the page',
    'front-end/schemas.json': JSON.stringify({ 'a:b': { version: '1', schema: { properties: {} } } }),
  };
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}

export async function serve(
  t: TestContext,
  root: string,
  options: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  const server = await startServer({ root, frontEnd: path.join(root, 'front-end'), ...options });
  t.after(() => server.close());
  return server;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  json(): JsonObject;
}

/** Sends a request whose path and headers are exactly as given. */
export function request(
  server: RunningServer,
  method: string,
  target: string,
  { headers = {}, body }: { headers?: http.OutgoingHttpHeaders; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      { host: '127.0.0.1', port: server.port, method, path: target, headers, agent: false },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.once('end', () => {
          const { statusCode = 0, headers } = incoming;
          resolve({ status: statusCode, headers, text, json: () => JSON.parse(text) as JsonObject });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** The cookie that a browser gets from `server` for its token. */
export async function cookieOf(server: RunningServer): Promise<string> {
  const entered = await request(server, 'GET', `/?token=${server.token}`);
  return String(entered.headers['set-cookie']).split(';')[0];
}

/** A request with the token, as programs send it. */
export function api(server: RunningServer, method: string, target: string, body?: unknown): Promise<Answer> {
  return request(server, method, target, {
    headers: { authorization: `token ${server.token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** A page's connection to its kernel. */
export class Client {
  readonly messages: KernelMessage[] = [];
  private readonly listeners = new Set<(message: KernelMessage) => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const message = unpackMessage(data as Buffer);
      this.messages.push(message);
      for (const listener of this.listeners) listener(message);
    });
  }

  static async connect(server: RunningServer, kernel: string): Promise<Client> {
    const address = `ws://127.0.0.1:${server.port}/api/kernels/${kernel}/channels?token=${server.token}`;
    const socket = new WebSocket(address, WEBSOCKET_PROTOCOL);
    const client = new Client(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** The first message from now on for which `wanted` holds. */
  next(wanted: (message: KernelMessage) => boolean): Promise<KernelMessage> {
    return new Promise((resolve) => {
      const listener = (message: KernelMessage): void => {
        if (!wanted(message)) return;
        this.listeners.delete(listener);
        resolve(message);
      };
      this.listeners.add(listener);
    });
  }

  /** Settles when the kernel reports `state`. */
  async state(state: string): Promise<void> {
    await this.next(({ header, content }) => header.msg_type === 'status' && content.execution_state === state);
  }

  /** Sends a request to the kernel; gives its reply. */
  ask(type: string, content: JsonObject = {}): Promise<JsonObject> {
    const message = newMessage('shell', type, 'test', content);
    const reply = this.next(
      ({ channel, parent_header }) => channel === 'shell' && parent_header.msg_id === message.header.msg_id,
    );
    this.socket.send(packMessage(message));
    return reply.then((answer) => answer.content);
  }

  /** Runs code; gives what it printed and how it ended. */
  async run(code: string): Promise<{ text: string; status: unknown }> {
    const message = newMessage('shell', 'execute_request', 'test', { code, silent: false, store_history: true });
    const own = (answer: KernelMessage): boolean => answer.parent_header.msg_id === message.header.msg_id;
    const ended = this.next((m) => own(m) && m.header.msg_type === 'status' && m.content.execution_state === 'idle');
    const replied = this.next((m) => own(m) && m.header.msg_type === 'execute_reply');
    this.socket.send(packMessage(message));
    const [reply] = await Promise.all([replied, ended]);
    const printed = this.messages.filter((answer) => own(answer) && answer.header.msg_type === 'stream');
    return { text: printed.map(({ content }) => content.text).join(''), status: reply.content.status };
  }

  async close(): Promise<void> {
    if (this.socket.readyState === this.socket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.close();
    await closed;
  }
}

/** Whether a process exists. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until `condition` holds. @throws when it does not within `seconds`. */
export async function eventually(what: string, condition: () => boolean, seconds = 60): Promise<void> {
  const deadline = Date.now() + 1000 * seconds;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`after ${seconds} s still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
