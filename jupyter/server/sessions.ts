/**
 * Which kernels run, and which notebook uses which. Tabs on one notebook share its session. One spare kernel is kept
 * running, so that opening a lesson need not wait for the TypeScript compiler to start.
 */
import { randomUUID } from 'node:crypto';
import { Kernel, type KernelModel } from '../kernel/kernel';
import { HttpError } from './http-error';

/** A notebook and its kernel as the sessions API describes them. */
export interface SessionModel {
  id: string;
  path: string;
  name: string;
  type: string;
  kernel: KernelModel | null;
  notebook: { path: string; name: string };
}

interface Session {
  id: string;
  path: string;
  name: string;
  type: string;
  kernel: Kernel;
}

/** What a page asks for when it opens a notebook or changes its session. */
export interface SessionRequest {
  path?: string;
  name?: string;
  type?: string;
  kernelId?: string;
  /** Ask for a kernel of its own, fresh. */
  newKernel?: boolean;
}

export interface SessionsOptions {
  /** The folder for which a spare kernel is kept; `undefined`: none. */
  spareFor?: string;
  warmUp?: string;
  log: (line: string) => void;
}

/** The next spare waits until the kernel that was just taken has drawn the page and run its first cell. */
const SPARE_DELAY = 3000;

export class Sessions {
  private readonly kernels = new Map<string, Kernel>();
  private readonly sessions = new Map<string, Session>();
  private spare: Kernel | null = null;
  private spareTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: SessionsOptions) {
    if (options.spareFor !== undefined) this.spare = this.newKernel(options.spareFor);
  }

  private newKernel(cwd: string): Kernel {
    const { warmUp, log } = this.options;
    const kernel = new Kernel({ cwd, revive: true, log, warmUp });
    // A failure is logged by the kernel itself, and pages see its state.
    void kernel.start();
    return kernel;
  }

  /** A kernel that works in `cwd`: the spare one when it fits. */
  startKernel(cwd: string): Kernel {
    if (this.closed) throw new HttpError(503, 'the server is ending');
    let kernel = this.spare;
    if (kernel?.cwd === cwd && kernel.executionState !== 'dead') {
      this.spare = null;
      this.spareTimer = setTimeout(() => (this.spare = this.newKernel(cwd)), SPARE_DELAY);
      this.spareTimer.unref();
    } else kernel = this.newKernel(cwd);
    this.kernels.set(kernel.id, kernel);
    return kernel;
  }

  get runningKernels(): Kernel[] {
    return [...this.kernels.values()];
  }

  /** @throws {HttpError} 404 */
  kernel(id: string): Kernel {
    const kernel = this.kernels.get(id);
    if (!kernel) throw new HttpError(404, 'there is no such kernel');
    return kernel;
  }

  async stopKernel(id: string): Promise<void> {
    const kernel = this.kernel(id);
    this.kernels.delete(id);
    for (const session of this.sessions.values()) if (session.kernel === kernel) this.sessions.delete(session.id);
    await kernel.shutdown();
  }

  get models(): SessionModel[] {
    return [...this.sessions.values()].map(describe);
  }

  /** The session of a notebook: the one that another tab has opened, or a new one. */
  open(cwd: string, { path = '', name = '', type = 'notebook', kernelId }: SessionRequest): SessionModel {
    const opened = [...this.sessions.values()].find((session) => session.path === path && session.type === type);
    if (opened) return describe(opened);
    const kernel = kernelId === undefined ? this.startKernel(cwd) : this.kernel(kernelId);
    const session = { id: randomUUID(), path, name, type, kernel };
    this.sessions.set(session.id, session);
    return describe(session);
  }

  /** Changes name, place or kernel of a session, as after renaming a notebook. */
  async change(
    id: string,
    cwd: string,
    { path, name, type, kernelId, newKernel }: SessionRequest,
  ): Promise<SessionModel> {
    const session = this.session(id);
    session.path = path ?? session.path;
    session.name = name ?? session.name;
    session.type = type ?? session.type;
    const old = session.kernel;
    if (kernelId !== undefined) session.kernel = this.kernel(kernelId);
    else if (newKernel) session.kernel = this.startKernel(cwd);
    const used = [...this.sessions.values()].some((other) => other.kernel === old);
    if (!used) await this.stopKernel(old.id);
    return describe(session);
  }

  model(id: string): SessionModel {
    return describe(this.session(id));
  }

  async close(id: string): Promise<void> {
    const { kernel } = this.session(id);
    this.sessions.delete(id);
    if (![...this.sessions.values()].some((session) => session.kernel === kernel)) await this.stopKernel(kernel.id);
  }

  /** Ends every kernel. */
  async shutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.spareTimer);
    const kernels = [...this.kernels.values(), ...(this.spare ? [this.spare] : [])];
    this.kernels.clear();
    this.sessions.clear();
    this.spare = null;
    await Promise.all(kernels.map((kernel) => kernel.shutdown()));
  }

  private session(id: string): Session {
    const session = this.sessions.get(id);
    if (!session) throw new HttpError(404, 'there is no such session');
    return session;
  }
}

function describe({ id, path, name, type, kernel }: Session): SessionModel {
  return { id, path, name, type, kernel: kernel.model, notebook: { path, name } };
}
