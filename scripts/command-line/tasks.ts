/** A command of several tasks: `npm run train -- TASK [options]`. */
import { type Command, type CommandLine, helpOf, readCommandLine } from './command';
import type { OptionTable } from './options';
import { tellInOneLine } from './told-in-one-line';
import { UsageError } from './usage-error';

/** A task, whatever its options. */
export interface Task {
  name: string;
  /** One line for the list of tasks. */
  summary: string;
  help(): string;
  /** The command line that repeats a run with these options. */
  repeated(args: string[]): string;
  /** @throws {UsageError} when the command line is wrong. */
  run(args: string[]): void | Promise<void>;
}

/** What makes a {@link Task}: its options, and the work. */
export interface TaskDefinition<Table extends OptionTable> extends Command<Table>, Pick<Task, 'name' | 'summary'> {
  /** TensorFlow, which takes seconds to load, is imported here and not before: a mistyped option should not cost them. */
  work(line: CommandLine<Table>): void | Promise<void>;
}

/** A task from its options and its work. */
export function task<Table extends OptionTable>(definition: TaskDefinition<Table>): Task {
  const { name, summary, work } = definition;
  return {
    ...{ name, summary },
    help: () => helpOf(definition),
    repeated: (args) => readCommandLine(definition, args).repeat(),
    run: (args) => work(readCommandLine(definition, args)),
  };
}

/** A command of several tasks. */
export interface TaskCommand {
  /** `npm run train` */
  line: string;
  /** One sentence. */
  about: string;
  tasks: readonly Task[];
}

/** Runs the task that the first word names; what the user can mend is told in one line, exit status 2. */
export async function runTasks(command: TaskCommand, args: string[]): Promise<void> {
  await tellInOneLine(command.line, () => runTask(command, args));
}

function runTask({ line, about, tasks }: TaskCommand, [name, ...rest]: string[]): void | Promise<void> {
  if (name === undefined || name === '--help') {
    const list = tasks.map((each) => `  ${each.name.padEnd(10)} ${each.summary}`);
    return console.log(
      [`${line} -- TASK [options]`, '', about, ...list, `${line} -- TASK --help lists a task's options.`].join('\n'),
    );
  }
  const chosen = tasks.find((each) => each.name === name);
  if (!chosen) throw new UsageError(`unknown task ${name}; there is ${tasks.map((each) => each.name).join(', ')}`);
  if (rest.includes('--help')) return console.log(chosen.help());
  return chosen.run(rest);
}
