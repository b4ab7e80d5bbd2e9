/** Kernels of tests, and what is seen of them. */
import type { TestContext } from 'node:test';
import { Kernel, type KernelOptions } from '../../jupyter/kernel/kernel';
import type { KernelMessage } from '../../jupyter/kernel/messages';
import { type CellResult, CellRunner } from '../../jupyter/notebook/execute';
import { eventually, makeFolder } from './course';

export interface RunningKernel {
  kernel: Kernel;
  run: (code: string, seconds?: number) => Promise<CellResult>;
  /** The states that the server has reported. */
  states: string[];
  /** Waits until a text that the kernel's cells print from now on matches. */
  seen: (text: RegExp, seconds?: number) => Promise<void>;
}

export async function start(t: TestContext, options: Partial<KernelOptions> = {}): Promise<RunningKernel> {
  const kernel = new Kernel({ cwd: makeFolder(t), ...options });
  t.after(() => kernel.shutdown());
  const states: string[] = [];
  kernel.on('message', ({ header, content }) => {
    if (header.msg_type === 'status' && header.session === 'server') states.push(String(content.execution_state));
  });
  const runner = new CellRunner(kernel);
  await kernel.start();
  return {
    kernel,
    states,
    run: (code, seconds = 60) => runner.run(code, seconds),
    seen: async (expected, seconds = 60) => {
      let text = '';
      const listen = ({ header, content }: KernelMessage): void => {
        if (header.msg_type === 'stream') text += String(content.text);
      };
      kernel.on('message', listen);
      try {
        await eventually(`a cell prints ${String(expected)}`, () => expected.test(text), seconds);
      } finally {
        kernel.off('message', listen);
      }
    },
  };
}
