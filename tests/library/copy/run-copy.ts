import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The command `npm run copy`. */
export const SCRIPT = path.resolve(__dirname, '../../../scripts/copy.mjs');

type Main = (args: string[], options: { here: string; print: (line: string) => void }) => void;

/** The command in this process: starting one that loads TypeScript takes longer than most tests. */
export async function runCopy(args: string[], here: string): Promise<{ output: string; error: string }> {
  // TypeScript would turn import() into require(), which cannot load a module of this kind.
  const { main, UsageError } = (await eval(`import(${JSON.stringify(pathToFileURL(SCRIPT).href)})`)) as {
    main: Main;
    UsageError: typeof Error;
  };
  const lines: string[] = [];
  try {
    main(args, { here, print: (line) => lines.push(line) });
    return { output: lines.join('\n'), error: '' };
  } catch (error) {
    if (error instanceof UsageError) return { output: lines.join('\n'), error: error.message };
    throw error;
  }
}
