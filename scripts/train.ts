// npm run train -- TASK [options]: trains a model of the course and prints what it reaches on held-out data.
import { parseArgs } from 'node:util';
import { dates } from './train/dates';
import { g2p } from './train/g2p';
import { glosses } from './train/glosses';
import { TrainingTask, UsageError } from './train/task';

const TASKS: readonly TrainingTask[] = [dates, g2p, glosses];

const HELP = `npm run train -- TASK [options]

Trains a model of the course and prints what it reaches on held-out data.
${TASKS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}
npm run train -- TASK --help lists a task's options.`;

async function main([name, ...rest]: string[]): Promise<void> {
  if (name === undefined || name === '--help') return console.log(HELP);
  const task = TASKS.find((each) => each.name === name);
  if (!task) throw new UsageError(`unknown task ${name}; there is ${TASKS.map((each) => each.name).join(', ')}`);
  if (rest.includes('--help')) return console.log(task.help);
  await task.run(readOptions(task, rest));
}

function readOptions(task: TrainingTask, args: string[]): Record<string, string | boolean | undefined> {
  try {
    return parseArgs({ args, options: task.options }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}; npm run train -- ${task.name} --help lists them`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  // By name, since TensorFlow, which comes with the other class, is loaded only when a training begins.
  if (!(error instanceof Error && ['UsageError', 'CheckpointError', 'LexiconError'].includes(error.name))) throw error;
  console.error(`npm run train: ${error.message}`);
  process.exitCode = 2;
});
