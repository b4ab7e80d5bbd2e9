/**
 * One Jupyter kernel: a process that runs the unmodified tslab, and the ZeroMQ sockets that speak with it. Serves the
 * browser and the headless runner alike.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../repository';
import {
  MessageSigner,
  newMessage,
  type Channel,
  type JsonObject,
  type KernelMessage,
  type MessageHeader,
} from './messages';
import { endWithDescendants } from './process-group';

const requireHere = createRequire(__filename);
const tslab = path.dirname(requireHere.resolve('tslab/package.json'));
// The copy that tslab itself uses.
const zeromq = createRequire(path.join(tslab, 'package.json'))('zeromq') as typeof import('zeromq');

/** What a kernel is doing, in Jupyter's words. */
export type ExecutionState = 'starting' | 'idle' | 'busy' | 'restarting' | 'dead';

/** A kernel as the kernels API describes it. */
export interface KernelModel {
  id: string;
  name: string;
  last_activity: string;
  execution_state: ExecutionState;
  connections: number;
}

export interface KernelOptions {
  /** The folder that cells see as their working folder: the notebook's own. */
  cwd: string;
  /** Start a new process when the old one ended by itself (`process.exit` in a cell, a native crash). */
  revive?: boolean;
  /** Receives what the process writes outside of cells, and why it did not start. */
  log?: (line: string) => void;
  /**
   * `ipc` (sockets in a private folder) leaves no port open; `tcp` on the loopback interface is for Windows. Default: by
   * platform.
   */
  transport?: 'ipc' | 'tcp';
  /**
   * Code that the kernel looks at, without running it, as soon as it has started: the TypeScript compiler then has read
   * the types that the first cell imports.
   */
  warmUp?: string;
}

/** The name of the kernel in notebooks' metadata and in the kernelspecs API. */
export const KERNEL_NAME = 'tslab';

const START_SECONDS = 60;
/** A kernel that ended by itself this often within a minute is left dead, so that a crash at start does not loop. */
const REVIVALS_PER_MINUTE = 3;
/** A kernel that can take an interrupt answers its heartbeat within this time. */
const HEARTBEAT_MILLISECONDS = 2000;
const NOT_INTERRUPTED = `
[The interrupt has not reached this cell: it never pauses (such as \`while (true) await null\`), or waits for a program \
or a long computation to end. Interrupt once more, or wait; what then still runs, only a restart ends: menu Kernel > \
Restart Kernel… The variables are then lost; the notebook is not.]
`;
/** What a process writes past its cells (a program that a cell has started, without end) is logged up to here. */
const LARGEST_LOG = 2 ** 20;
/** A Unix socket's path may have 103 bytes (macOS), 33 of which are ours; long temporary folders fall back to TCP. */
const LONGEST_SOCKET_FOLDER = 70;

const PORTS = ['shell_port', 'iopub_port', 'stdin_port', 'control_port', 'hb_port'] as const;
type Ports = Record<(typeof PORTS)[number], number>;
/** Names of sockets in the kernel's own folder. */
const SOCKETS: Ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };

interface Connection {
  shell: InstanceType<typeof zeromq.Dealer>;
  control: InstanceType<typeof zeromq.Dealer>;
  iopub: InstanceType<typeof zeromq.Subscriber>;
}

async function freePorts(): Promise<Ports> {
  const servers = PORTS.map(() => net.createServer().listen(0, '127.0.0.1'));
  // All, also when one fails: a server that is closed before it listens would stay open.
  const attempts = await Promise.allSettled(servers.map((server) => once(server, 'listening')));
  const numbers = servers.map((server) => (server.address() as net.AddressInfo | null)?.port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  for (const attempt of attempts) if (attempt.status === 'rejected') throw attempt.reason;
  return Object.fromEntries(PORTS.map((name, index) => [name, numbers[index]])) as Ports;
}

/** What the system answered when the kernel's folder was made, and what the kernel needs. */
function folderFault(error: unknown): Error {
  const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
  return new Error(
    `${(error as Error).message} (it needs room in a folder for temporary files that it may write: ` +
      `free some space, or set ${variable} to another folder)`,
    { cause: error },
  );
}

/** Emits `message` for every message of the kernel and for the states that the server itself observes. */
export class Kernel extends EventEmitter<{ message: [KernelMessage] }> {
  readonly id = randomUUID();
  readonly cwd: string;
  /** Settles when the start or restart under way has ended; rejects when it failed. */
  started: Promise<void> = Promise.resolve();
  /** The kernel's answer to kernel_info_request. */
  information: JsonObject = {};

  private readonly revive: boolean;
  private readonly log: (line: string) => void;
  private readonly transport: 'ipc' | 'tcp';
  private readonly warmUp: string | undefined;
  private state: ExecutionState = 'starting';
  private lastActivity = new Date().toISOString();
  private process: ChildProcessWithoutNullStreams | null = null;
  private connection: Connection | null = null;
  private signer = new MessageSigner('');
  private folder: string | null = null;
  /** Each start takes the next number, and so does each end: a start whose number has passed is no longer wanted. */
  private generation = 0;
  private sending: Promise<void> = Promise.resolve();
  /** The address of the socket that answers whatever it is sent. */
  private heartbeat: string | null = null;
  private deaths: number[] = [];
  /** The cells that were sent and have not ended, in their order; the first one runs. */
  private cells: Partial<MessageHeader>[] = [];
  /** The cell below which it was said that an interrupt did not reach it. */
  private told: Partial<MessageHeader> | null = null;
  private ending: Promise<void> | null = null;
  private closed = false;

  constructor({ cwd, revive = false, log = () => {}, transport, warmUp }: KernelOptions) {
    super();
    this.cwd = cwd;
    this.revive = revive;
    this.log = log;
    this.transport =
      transport ??
      (process.platform === 'win32' || Buffer.byteLength(os.tmpdir()) > LONGEST_SOCKET_FOLDER ? 'tcp' : 'ipc');
    this.warmUp = warmUp;
    this.setMaxListeners(0);
  }

  /** The process's number, or `undefined` when none runs. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  get executionState(): ExecutionState {
    return this.state;
  }

  get model(): KernelModel {
    return {
      id: this.id,
      name: KERNEL_NAME,
      last_activity: this.lastActivity,
      execution_state: this.state,
      connections: this.listenerCount('message'),
    };
  }

  /** Starts the process; settles when it answers. @throws when it does not start. */
  start(): Promise<void> {
    this.started = this.startProcess();
    // Whoever waits for `started` sees the failure; nobody need wait.
    this.started.catch(() => {});
    return this.started;
  }

  /** Ends the process, whatever it does, and starts a new one under the same id. */
  restart(): Promise<void> {
    this.deaths = [];
    // Asked twice at once, as by two tabs: one new process is enough.
    if (!this.ending) {
      this.ending = this.end();
      this.started = this.ending.then(() => {
        this.ending = null;
        return this.startProcess();
      });
    }
    this.started.catch(() => {});
    return this.started;
  }

  /** Ends the process for good. */
  async shutdown(): Promise<void> {
    this.closed = true;
    await this.end();
    if (this.state !== 'dead') this.publishState('dead');
  }

  /**
   * Asks the running cell to stop; says so below it when it does not.
   * @returns false on Windows, which has no such signal: there, restart.
   */
  interrupt(): boolean {
    if (process.platform === 'win32') return false;
    this.process?.kill('SIGINT');
    const [cell] = this.cells;
    if (cell && this.heartbeat !== null) void this.tellUnlessAlive(cell, this.heartbeat);
    return true;
  }

  /** Sends `message`; it waits for the start under way and is dropped when there is no process. */
  async send(message: KernelMessage): Promise<void> {
    await this.started;
    await this.sendNow(message);
  }

  private sendNow(message: KernelMessage): Promise<void> {
    if (message.channel !== 'shell' && message.channel !== 'control') return Promise.resolve();
    const socket = this.connection?.[message.channel];
    if (!socket) return Promise.resolve();
    const frames = this.signer.toFrames(message);
    // A ZeroMQ socket takes one message at a time.
    this.sending = this.sending
      .then(() => (socket.closed ? undefined : socket.send(frames)))
      .catch((error: unknown) => this.log(`kernel: message not sent: ${String(error)}`));
    return this.sending;
  }

  private async startProcess(): Promise<void> {
    if (this.closed) throw new Error('the kernel was shut down');
    this.state = 'starting';
    const generation = ++this.generation;
    let written = '';
    try {
      const ports = this.transport === 'tcp' ? await freePorts() : SOCKETS;
      if (this.generation !== generation) throw new Error('there is no need for a process any more');
      const child = this.launch(ports);
      let logged = 0;
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          if (logged > LARGEST_LOG) return;
          logged += text.length;
          if (this.state === 'starting') written += text;
          this.log(`kernel: ${text.trimEnd()}`);
          if (logged > LARGEST_LOG) this.log('kernel: writes too much past its cells; the rest is not shown');
        });
      }
      this.information = await this.untilReady(child);
    } catch (error) {
      // Shut down or restarted meanwhile: what runs now, if anything does, is not this start's to end.
      if (this.generation !== generation) throw new Error('the kernel was ended while it started', { cause: error });
      const ended = this.end();
      this.publishState('dead');
      const message = `the kernel did not start: ${(error as Error).message}\n${written}`.trim();
      this.log(message);
      await ended;
      throw new Error(message, { cause: error });
    }
    if (this.generation !== generation) return;
    this.publishState('idle');
    if (this.warmUp !== undefined) {
      const content = { code: this.warmUp, cursor_pos: this.warmUp.length, detail_level: 0 };
      await this.sendNow(newMessage('shell', 'inspect_request', 'warm-up', content));
    }
  }

  /** Starts a process and connects to it. What it has made when it throws, `end` removes. */
  private launch(ports: Ports): ChildProcessWithoutNullStreams {
    const key = randomUUID();
    const { file, ip } = this.makeFolder(ports, key);
    this.signer = new MessageSigner(key);
    const child = spawn(
      process.execPath,
      [
        ...['--require', path.join(repositoryRoot, 'jupyter', 'kernel', 'kernel-process.cjs')],
        ...[path.join(tslab, 'bin', 'tslab'), 'kernel', '--config-path', file],
      ],
      {
        cwd: this.cwd,
        stdio: 'pipe',
        // Leads a process group of its own, with whatever cells start. (Windows has none, and would open a window.)
        detached: process.platform !== 'win32',
        windowsHide: true,
        env: { TF_CPP_MIN_LOG_LEVEL: '2', ...process.env, JPY_PARENT_PID: String(process.pid) },
      },
    );
    this.process = child;
    // Told by `untilReady`, when it gets so far; to nobody, it would end the server.
    child.on('error', () => {});
    // Its end of the pipe may close first. Where no file can be opened any more, Node makes no pipes.
    child.stdin?.on('error', () => {});
    child.once('exit', () => {
      // Now, not later, when its number may belong to another group.
      endWithDescendants(child);
      void this.processEnded(child);
    });

    const address = (port: number): string => `${this.transport}://${ip}:${port}`;
    const sockets: Connection = {
      shell: new zeromq.Dealer({ linger: 0 }),
      control: new zeromq.Dealer({ linger: 0 }),
      iopub: new zeromq.Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
    };
    this.connection = sockets;
    this.heartbeat = address(ports.hb_port);
    sockets.shell.connect(address(ports.shell_port));
    sockets.control.connect(address(ports.control_port));
    sockets.iopub.connect(address(ports.iopub_port));
    sockets.iopub.subscribe('');
    for (const channel of ['shell', 'control', 'iopub'] as const) void this.receive(channel, sockets[channel]);
    return child;
  }

  /** Makes the folder, for this user alone, of the connection file and, with `ipc`, of the sockets. */
  private makeFolder(ports: Ports, key: string): { file: string; ip: string } {
    try {
      const folder = (this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-kernel-'))); // mode 0700
      const ip = this.transport === 'tcp' ? '127.0.0.1' : path.join(folder, 'socket');
      const file = path.join(folder, 'connection.json');
      const connection = {
        ...{ transport: this.transport, ip, key, signature_scheme: 'hmac-sha256', kernel_name: KERNEL_NAME },
        ...ports,
      };
      fs.writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
      return { file, ip };
    } catch (error) {
      throw folderFault(error);
    }
  }

  /**
   * Asks for kernel_info until a reply on shell and a message on iopub came: a subscriber that connects late misses
   * what was published before, so only then can no output be lost.
   */
  private async untilReady(child: ChildProcessWithoutNullStreams): Promise<JsonObject> {
    const session = randomUUID();
    let reply: JsonObject | null = null;
    let published = false;
    const ask = (): void => void this.sendNow(newMessage('shell', 'kernel_info_request', session));
    const interval = setInterval(ask, 250);
    let limit: NodeJS.Timeout | undefined;
    let seen: (message: KernelMessage) => void = () => {};
    try {
      return await new Promise<JsonObject>((resolve, reject) => {
        limit = setTimeout(() => reject(new Error(`no answer within ${START_SECONDS} s`)), 1000 * START_SECONDS);
        child.once('error', reject);
        child.once('exit', (code, signal) => reject(new Error(`its process ended with ${signal ?? `status ${code}`}`)));
        seen = ({ channel, parent_header, content }) => {
          if (parent_header.session !== session) return;
          if (channel === 'iopub') published = true;
          else reply = content;
          if (published && reply) resolve(reply);
        };
        this.on('message', seen);
        ask();
      });
    } finally {
      clearInterval(interval);
      clearTimeout(limit);
      this.off('message', seen);
    }
  }

  private async receive(channel: Channel, socket: AsyncIterable<Buffer[]>): Promise<void> {
    try {
      for await (const frames of socket) {
        const message = this.signer.fromFrames(channel, frames);
        if (!message) continue;
        this.lastActivity = new Date().toISOString();
        if (message.header.msg_type === 'status') this.noteStatus(message);
        this.emit('message', message);
      }
    } catch (error) {
      this.log(`kernel: ${channel} failed: ${String(error)}`);
    }
  }

  private noteStatus({ parent_header, content }: KernelMessage): void {
    this.state = content.execution_state as ExecutionState;
    if (parent_header.msg_type !== 'execute_request') return;
    if (this.state === 'busy') this.cells.push(parent_header);
    if (this.state === 'idle') this.cells = this.cells.filter(({ msg_id }) => msg_id !== parent_header.msg_id);
  }

  /**
   * Says below a cell that an interrupt did not reach it, which the kernel itself then cannot. (When it can, it judges
   * for itself: a training may end in good order first, and a cell that leaves something running is told so.)
   */
  private async tellUnlessAlive(cell: Partial<MessageHeader>, heartbeat: string): Promise<void> {
    const timeouts = { sendTimeout: HEARTBEAT_MILLISECONDS, receiveTimeout: HEARTBEAT_MILLISECONDS };
    const socket = new zeromq.Request({ linger: 0, ...timeouts });
    socket.connect(heartbeat);
    try {
      await socket.send('');
      await socket.receive();
    } catch {
      if (this.cells[0] !== cell || this.told === cell) return;
      this.told = cell;
      const remark = newMessage('iopub', 'stream', 'server', { name: 'stderr', text: NOT_INTERRUPTED });
      this.emit('message', { ...remark, parent_header: cell });
    } finally {
      socket.close();
    }
  }

  private publishState(state: ExecutionState): void {
    this.state = state;
    this.emit('message', newMessage('iopub', 'status', 'server', { execution_state: state }));
  }

  private async processEnded(child: ChildProcessWithoutNullStreams): Promise<void> {
    const wasStarting = this.state === 'starting';
    // Ended by us, or `untilReady` reports it.
    if (this.process !== child || wasStarting) return;
    await this.end();
    const now = Date.now();
    this.deaths = [...this.deaths.filter((time) => now - time < 60_000), now];
    if (this.closed || !this.revive || this.deaths.length > REVIVALS_PER_MINUTE) return this.publishState('dead');
    this.publishState('restarting');
    // A start that fails has been logged and published.
    await this.start().catch(() => {});
  }

  /** Ends the process and removes sockets and connection file. */
  private async end(): Promise<void> {
    const { process: child, connection, folder } = this;
    this.generation++;
    this.process = null;
    this.connection = null;
    this.folder = null;
    this.heartbeat = null;
    this.cells = [];
    if (child && child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const gone = once(child, 'exit');
      // Nothing in the kernel needs saving, and a cell in an endless loop hears no gentler signal.
      endWithDescendants(child);
      await gone;
    }
    for (const socket of Object.values(connection ?? {})) socket.close();
    if (folder) fs.rmSync(folder, { recursive: true, force: true });
  }
}
