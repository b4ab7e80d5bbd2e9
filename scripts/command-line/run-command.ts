import { type Command, type CommandLine, helpLine, helpOf, readCommandLine } from './command';
import type { OptionTable } from './options';
import { tellInOneLine } from './told-in-one-line';
import { UsageError } from './usage-error';

/**
 * Prints a command's help, or does its work; what the user can mend is told in one line, exit status 2.
 *
 * @param work imports TensorFlow, which takes seconds to load, and not before: a mistyped option should not cost them.
 */
export async function runCommand<Table extends OptionTable>(
  command: Command<Table>,
  args: string[],
  work: (line: CommandLine<Table>) => void | Promise<void>,
): Promise<void> {
  await tellInOneLine(command.line, async () => {
    if (args.includes('--help')) return console.log(helpOf(command));
    try {
      await work(readCommandLine(command, args));
    } catch (error) {
      throw command.hint && error instanceof UsageError ? withHint(error, helpLine(command)) : error;
    }
  });
}

function withHint(error: UsageError, help: string): UsageError {
  return error.message.includes(help) ? error : new UsageError(`${error.message}; ${help} lists the options`);
}
