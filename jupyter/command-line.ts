/** Command lines whose mistakes end in one clear line: what was wrong, and what to do. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A mistake in what the user typed or asked for: the program says it on one line and ends with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws {UsageError} for unknown options and missing values. */
export function parseCommandLine<Options extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  argv: string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true; strict: true }>> {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true, strict: true });
  } catch (error) {
    const problem = (error as Error).message.split(/\. |\n/)[0];
    throw new UsageError(`${problem}. ${command} -- --help lists the options.`);
  }
}
