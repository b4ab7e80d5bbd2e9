/** Runs cells on a kernel without a browser and collects what they show. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kernel } from '../kernel/kernel';
import { type JsonObject, type KernelMessage, newMessage } from '../kernel/messages';
import { processorSeconds } from '../kernel/processor-time';
import type { Output } from './format';

/** What became of one cell. */
export interface CellResult {
  outputs: Output[];
  executionCount: number | null;
  /** tslab's own word: a cell with type errors can be `ok`, see `failureIn`. */
  status: string;
  seconds: number;
  /** Processor time of the kernel, where the system tells it. */
  processorSeconds: number | null;
}

/** For so long after an error tslab answers "abort" to whatever it is asked. */
const ABORTS_MILLISECONDS = 200;
const LONGEST_ABORTS_MILLISECONDS = 10_000;

/** Runs cells one after the other; what a cell shows late, while later cells run, still becomes its output. */
export class CellRunner {
  private readonly collectors = new Map<string, Collector>();

  constructor(private readonly kernel: Kernel) {
    kernel.on('message', this.receive);
  }

  private readonly receive = (message: KernelMessage): void => {
    const { msg_type } = message.header;
    if (msg_type === 'status' && message.content.execution_state === 'dead') {
      for (const collector of this.collectors.values()) collector.fail(new Error('the kernel ended'));
    }
    if (msg_type === 'update_display_data') for (const collector of this.collectors.values()) collector.update(message);
    else this.collectors.get(message.parent_header.msg_id ?? '')?.receive(message);
  };

  /** @throws when the cell takes longer than `seconds` or the kernel ends. */
  async run(code: string, seconds: number): Promise<CellResult> {
    const deadline = Date.now() + LONGEST_ABORTS_MILLISECONDS;
    for (;;) {
      const result = await this.runOnce(code, seconds);
      // The kernel has not looked at the cell: it is still clearing up after an error before.
      if (result.status !== 'abort' || Date.now() > deadline) return result;
      await sleep(ABORTS_MILLISECONDS / 2);
    }
  }

  private async runOnce(code: string, seconds: number): Promise<CellResult> {
    const request = newMessage('shell', 'execute_request', 'runner', {
      ...{ code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true },
    });
    const collector = new Collector();
    this.collectors.set(request.header.msg_id, collector);
    const processorBefore = processorSeconds(this.kernel.pid);
    const start = performance.now();
    const limit = setTimeout(() => collector.fail(new Error(`timed out after ${seconds} s`)), 1000 * seconds);
    try {
      await this.kernel.send(request);
      const { status, execution_count } = await collector.done;
      const processorAfter = processorSeconds(this.kernel.pid);
      return {
        outputs: collector.outputs,
        executionCount: typeof execution_count === 'number' ? execution_count : null,
        status: String(status),
        seconds: (performance.now() - start) / 1000,
        processorSeconds: processorBefore === null || processorAfter === null ? null : processorAfter - processorBefore,
      };
    } finally {
      clearTimeout(limit);
    }
  }

  close(): void {
    this.kernel.off('message', this.receive);
  }
}

/** Gathers the messages that answer one request. */
class Collector {
  readonly outputs: Output[] = [];
  /** The content of the reply, once the kernel is idle again. */
  readonly done: Promise<JsonObject>;
  fail: (error: Error) => void = () => {};
  private finish: (reply: JsonObject) => void = () => {};
  private reply: JsonObject | null = null;
  private idle = false;
  private clearing = false;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.done.catch(() => {});
  }

  receive({ header, content }: KernelMessage): void {
    switch (header.msg_type) {
      case 'stream':
        return this.addText(content.name === 'stderr' ? 'stderr' : 'stdout', String(content.text));
      case 'display_data':
      case 'execute_result': {
        const { data, metadata, transient } = content as {
          data: JsonObject;
          metadata?: JsonObject;
          transient?: JsonObject;
        };
        const shown = { data, metadata: metadata ?? {}, transient: transient ?? {} };
        if (header.msg_type === 'display_data') return this.add({ output_type: 'display_data', ...shown });
        const execution_count = typeof content.execution_count === 'number' ? content.execution_count : null;
        return this.add({ output_type: 'execute_result', execution_count, ...shown });
      }
      case 'error': {
        const { ename, evalue, traceback } = content as { ename: string; evalue: string; traceback: string[] };
        return this.add({ output_type: 'error', ename, evalue, traceback });
      }
      case 'clear_output':
        if (content.wait) this.clearing = true;
        else this.outputs.length = 0;
        return;
      case 'execute_reply':
        this.reply = content;
        break;
      case 'status':
        if (content.execution_state === 'idle') this.idle = true;
    }
    if (this.reply && this.idle) this.finish(this.reply);
  }

  /** A display that says it replaces an earlier one. */
  update({ content }: KernelMessage): void {
    const { data, metadata, transient } = content as {
      data: JsonObject;
      metadata?: JsonObject;
      transient?: JsonObject;
    };
    if (transient?.display_id === undefined) return;
    for (const output of this.outputs) {
      if (!('transient' in output) || output.transient?.display_id !== transient.display_id) continue;
      output.data = data;
      output.metadata = metadata ?? {};
    }
  }

  private addText(name: 'stdout' | 'stderr', text: string): void {
    const last = this.outputs.at(-1);
    if (!this.clearing && last?.output_type === 'stream' && last.name === name) last.text += text;
    else this.add({ output_type: 'stream', name, text });
  }

  private add(output: Output): void {
    if (this.clearing) this.outputs.length = 0;
    this.clearing = false;
    this.outputs.push(output);
  }
}

/** How tslab prints a TypeScript diagnostic: `[file ]line:column - message`. */
const DIAGNOSTIC = /^(?:\S+ )?\d+:\d+ - .+$/m;
/** How tslab prints what went wrong outside of any cell. */
const UNCAUGHT = /^(?:UncaughtException|UnhandledPromiseRejection):.*$/m;

/**
 * What went wrong in a cell, or `null`. tslab answers "ok" to some cells with type errors and to all errors that come
 * after the cell has ended; only what it prints to stderr tells.
 */
export function failureIn({ outputs, status }: Pick<CellResult, 'outputs' | 'status'>): string | null {
  const errors = outputs
    .flatMap((output) => (output.output_type === 'stream' && output.name === 'stderr' ? [output.text] : []))
    .join('');
  if (status !== 'ok') return errors.trim() || `the kernel answered ${status}`;
  for (const expression of [DIAGNOSTIC, UNCAUGHT]) {
    const match = expression.exec(errors);
    if (match) return errors.slice(match.index).trim();
  }
  return null;
}
