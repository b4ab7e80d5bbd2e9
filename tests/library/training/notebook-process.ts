// A tslab kernel without its sockets: runs the cells of interrupt.test.ts and sends back what each of them showed.
import path from 'node:path';
import { createConverter } from 'tslab/dist/converter';
import { createExecutor } from 'tslab/dist/executor';
import { JupyterHandlerImpl } from 'tslab/dist/jupyter';

const toy = JSON.stringify(path.join(__dirname, 'toy-training.ts'));

interface Cell {
  code: string;
  /** How many interrupts to send, the first half a second after the start, each 100 ms after the one before. */
  interrupts?: number;
}

const CELLS: Cell[] = [
  { code: `const { toyTraining } = require(${toy});` },
  { code: `const finished = await toyTraining({ epochs: 2, progress: true }).run();` },
  { code: `const history = await toyTraining({ epochs: 1e6, progress: true }).run();`, interrupts: 1 },
  { code: `console.log(history.end, history.losses.length > 0);` },
  { code: `const again = await toyTraining({ epochs: 1e6, progress: true }).run();`, interrupts: 1 },
  {
    code: `await toyTraining({ epochs: 1e6, progress: true, evaluate: () => new Promise(() => {}) }).run();`,
    interrupts: 2,
  },
  { code: `console.log('alive');` },
];

async function main() {
  const node = createConverter({ isJS: false, isBrowser: false });
  const executor = createExecutor(process.cwd(), { node, browser: node, close: () => node.close() }, console);
  // As tslab's own main does.
  process.on('SIGINT', () => executor.interrupt());
  const handler = new JupyterHandlerImpl(executor, false);
  const reports = [];
  for (const { code, interrupts = 0 } of CELLS) {
    const report = { status: '', stdout: '', stderr: '', displays: [] as object[], listeners: 0 };
    const interrupt = (left: number) => {
      if (left === 0) return;
      process.kill(process.pid, 'SIGINT');
      setTimeout(() => interrupt(left - 1), 100);
    };
    if (interrupts > 0) setTimeout(() => interrupt(interrupts), 500);
    const reply = await handler.handleExecute(
      { code } as never,
      (name, text) => {
        report[name as 'stdout' | 'stderr'] += text;
      },
      (content: unknown, update: boolean) => {
        const { data, transient } = content as { data: Record<string, string>; transient: { display_id: string } };
        report.displays.push({ text: data['text/plain'], id: transient.display_id, update });
      },
    );
    report.status = reply.status;
    report.listeners = process.listenerCount('SIGINT');
    reports.push(report);
    // After an error tslab refuses cells for 200 ms.
    if (reply.status !== 'ok') await new Promise((resolve) => setTimeout(resolve, 300));
  }
  process.send!(reports);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
