import { parseArgs } from 'node:util';
import { Options, Task, UsageError } from './task';

/** What the user can mend, by name, since TensorFlow, which comes with some of them, is loaded only when work begins. */
const TOLD_IN_ONE_LINE = ['UsageError', 'CheckpointError', 'LossError', 'LexiconError', 'WordVectorsError'];

/** A command of several tasks: `npm run train -- TASK [options]`. */
export interface TaskCommand {
  /** `npm run train` */
  command: string;
  /** One sentence. */
  purpose: string;
  tasks: readonly Task[];
}

/** Runs the command; what the user can mend is told in one line, exit status 2. */
export async function runCommand(command: TaskCommand, args: string[]): Promise<void> {
  await tellInOneLine(command.command, () => runTask(command, args));
}

/** Does a command's work; what the user can mend is told in one line, exit status 2. */
export async function tellInOneLine(command: string, work: () => Promise<void>): Promise<void> {
  outliveTheScreen(command);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && (TOLD_IN_ONE_LINE.includes(error.name) || isOfTheSystem(error)))) throw error;
    console.error(`${command}: ${error.message}`);
    process.exitCode = 2;
  }
}

/** Of a full disk, a file that may not be read, and the like: the message names the operation and the file. */
function isOfTheSystem(error: NodeJS.ErrnoException): boolean {
  return typeof error.syscall === 'string' && typeof error.code === 'string';
}

/**
 * The screen may be a file on a full disk, or a program that has read enough, as `head` does: the work goes on, since what
 * it saves is written elsewhere.
 */
function outliveTheScreen(command: string): void {
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (told || error.code === 'EPIPE') return;
    told = true;
    console.error(`${command}: the output could not be written: ${error.message}`);
    process.exitCode = 2;
  });
}

async function runTask({ command, purpose, tasks }: TaskCommand, [name, ...rest]: string[]): Promise<void> {
  if (name === undefined || name === '--help') {
    const list = tasks.map((task) => `  ${task.name.padEnd(10)} ${task.summary}`);
    const last = `${command} -- TASK --help lists a task's options.`;
    return console.log([`${command} -- TASK [options]`, '', purpose, ...list, last].join('\n'));
  }
  const task = tasks.find((each) => each.name === name);
  if (!task) throw new UsageError(`unknown task ${name}; there is ${tasks.map((each) => each.name).join(', ')}`);
  if (rest.includes('--help')) return console.log(task.help);
  await task.run(readOptions(command, task, rest));
}

function readOptions(command: string, task: Task, args: string[]): Options {
  try {
    return parseArgs({ args, options: task.options }).values as Options;
  } catch (error) {
    throw new UsageError(`${parsingProblem(error)}; ${command} -- ${task.name} --help lists them`);
  }
}

/** What Node says of a command line, in one sentence. */
export function parsingProblem(error: unknown): string {
  const [sentence] = (error as Error).message.split(/\.\s/);
  const ambiguous = /^Option '(--[\w-]+)[^']*' argument is ambiguous/.exec(sentence);
  return ambiguous
    ? `${ambiguous[1]} needs a value, and one that begins with - is written ${ambiguous[1]}=-1`
    : sentence;
}
