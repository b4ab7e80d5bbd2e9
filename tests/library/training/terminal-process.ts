// A training that interrupt.test.ts interrupts. Argument: what kind.
import { toyTraining } from './toy-training';

const hanging = process.argv[2] === 'hanging evaluation';
let steps = 0;
const { run, variables } = toyTraining({
  epochs: hanging ? 1 : 1000000,
  progress: true,
  stop: () => {
    steps += 1;
    if (steps <= 5) process.stdout.write(`step ${steps}\n`);
    return false;
  },
  evaluate: hanging
    ? () => {
        setInterval(() => process.stdout.write('evaluating\n'), 50);
        return new Promise<never>(() => {});
      }
    : undefined,
});
run().then(
  ({ end, losses }) => {
    const finite = variables.every((variable) => variable.dataSync().every((value) => Number.isFinite(value)));
    const report = { end, steps: losses.length, finite, listeners: process.listenerCount('SIGINT') };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
