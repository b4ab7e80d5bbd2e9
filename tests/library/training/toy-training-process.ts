// Trains the toy with a checkpoint after each step, in a process that checkpoint.test.ts kills. Argument: the folder.
import { describeResult, toyTraining } from './toy-training';

const { run, variables } = toyTraining({
  epochs: 25,
  checkpoint: { folder: process.argv[2], everySeconds: 0 },
  stop: ({ losses }) => {
    process.stdout.write(`step ${losses.length}\n`);
    return false;
  },
});
run().then(
  ({ losses }) => {
    process.stdout.write(`result ${describeResult(variables, losses)}\n`);
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
