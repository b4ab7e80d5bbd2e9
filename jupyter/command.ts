/** `npm start`: serves the course and opens it in the browser. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Command, helpOf, readCommandLine } from '../scripts/command-line/command';
import { text, wholeNumber } from '../scripts/command-line/kinds';
import type { OptionTable, ValuesOf } from '../scripts/command-line/options';
import { UsageError } from '../scripts/command-line/usage-error';
import { COURSE_NOTEBOOK } from './notebook/select';
import { openBrowser } from './open-browser';
import { repositoryRoot } from './repository';
import { notebookAddress } from './server/course-page';
import { startServer, type RunningServer } from './server/server';

const DEFAULT_PORT = 8899;
const PORTS_TO_TRY = 50;

/** The command line of `npm start`; set-up, which reads it before there are packages, has the same (set-up/start.mjs). */
export const START = {
  line: 'npm start',
  words: '',
  about: 'Serves the course on this machine and opens it in the browser.',
  options: {
    lesson: { kind: text, value: 'NN', help: 'open this lesson instead of the table of contents' },
    port: {
      ...{ kind: wholeNumber({ atLeast: 1, atMost: 65_535 }), help: 'listen on this port' },
      defaultText: `${DEFAULT_PORT}, or the next free one`,
    },
    'no-open': { kind: 'flag', help: 'only print the address' },
  },
} satisfies Command<OptionTable>;

/** New kernels read the library's types beforehand, so that a lesson's first cell does not wait for them. */
const WARM_UP = "import { tf } from 'attention-notebooks';\ntf";

export type CommandOptions = ValuesOf<(typeof START)['options']>;

/** @throws {UsageError} */
export function parseOptions(argv: string[]): CommandOptions | 'help' {
  if (argv.includes('--help')) return 'help';
  const { values, words } = readCommandLine(START, argv);
  if (words.length === 0) return values;
  throw new UsageError(`npm start takes no argument ${words[0]}. To open a lesson: npm start -- --lesson ${words[0]}`);
}

/** The page of the lesson that `wanted` names: `4`, `04`, or a part of its name. @throws {UsageError} */
export function lessonPage(wanted: string, notebooks: string): string {
  const files = fs.existsSync(notebooks) ? fs.readdirSync(notebooks).filter((name) => COURSE_NOTEBOOK.test(name)) : [];
  const number = /^\d+$/.test(wanted) ? wanted.padStart(2, '0') : null;
  const name = path.basename(wanted, '.ipynb');
  const found = files.filter((file) => (number ? file.startsWith(`${number}-`) : file.includes(name)));
  if (found.length === 1) return notebookAddress(`${path.basename(notebooks)}/${found[0]}`);
  const known = files.map((file) => file.slice(0, 2)).join(', ') || 'none';
  throw new UsageError(`--lesson ${wanted} names ${found.length} lessons. There are: ${known}`);
}

/** What is served; the tests have a small course of their own. */
export interface Course {
  root: string;
  frontEnd: string;
}

const THIS_COURSE: Course = { root: repositoryRoot, frontEnd: path.join(repositoryRoot, 'build', 'front-end') };

/** Starts the server and stays until the process is told to end. */
export async function main(argv: string[], course: Course = THIS_COURSE): Promise<void> {
  try {
    const options = parseOptions(argv);
    if (options === 'help') console.log(helpOf(START));
    else await serve(options, course);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

async function serve({ lesson, port, open }: CommandOptions, { root, frontEnd }: Course): Promise<void> {
  const notebooks = path.join(root, 'notebooks');
  if (!fs.existsSync(notebooks)) throw new UsageError(`There is no folder ${notebooks}: this clone is not complete.`);
  const page = lesson === undefined ? '/' : lessonPage(lesson, notebooks);
  if (!fs.existsSync(path.join(frontEnd, 'app.js')))
    throw new UsageError(`The notebook page is not built: ${frontEnd} has no app.js. Run: npm run setup`);
  const server = await listen(port, (candidate) =>
    startServer({
      root,
      frontEnd,
      port: candidate,
      spareKernel: true,
      warmUp: WARM_UP,
      log: console.error,
    }),
  );
  endWithTheTerminal(server);
  // The lessons' originals are kept before anyone can change them.
  await server.lessons.list();
  console.log(
    `\nAttention Notebooks is ready. Open this address in a browser of this machine:\n\n  ${server.address(page)}\n`,
  );
  console.log('Ctrl-C ends it.');
  if (!open) return;
  // First a folder in the learner's own: browsers that are installed as a snap see no other.
  openBrowser(server.addressForOnce(page), [path.join(root, '.learner'), os.tmpdir()], () =>
    console.log('No browser could be opened here: copy the address into one.'),
  );
}

/** Listens on the port asked for, or on the first free one from the default on. @throws {UsageError} */
async function listen(
  port: number | undefined,
  start: (port: number) => Promise<RunningServer>,
): Promise<RunningServer> {
  const last = port ?? DEFAULT_PORT + PORTS_TO_TRY - 1;
  for (let candidate = port ?? DEFAULT_PORT; ; candidate++) {
    try {
      return await start(candidate);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Windows reserves blocks of ports, for Hyper-V and WSL, and refuses them.
      const taken = code === 'EADDRINUSE' || (code === 'EACCES' && port === undefined);
      if (taken && candidate < last) continue;
      if (code === 'EADDRINUSE' && port === undefined) {
        throw new UsageError(
          `The ports ${DEFAULT_PORT} to ${last} are all in use. Choose another: npm start -- --port N`,
        );
      }
      if (code === 'EADDRINUSE') {
        throw new UsageError(
          `Port ${port} is in use, perhaps by another npm start. Leave --port out to get a free one, or choose another.`,
        );
      }
      if (code === 'EACCES')
        throw new UsageError(
          `The system does not allow port ${candidate} (below 1024, or reserved). Choose another: npm start -- --port N`,
        );
      throw error;
    }
  }
}

/** Ctrl-C, `kill`, and a closed terminal end the kernels too. */
function endWithTheTerminal(server: RunningServer): void {
  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    // Whoever presses Ctrl-C twice does not want to wait.
    if (ending) process.exit(1);
    ending = true;
    const status = signal === 'SIGINT' ? 0 : 128 + { SIGHUP: 1, SIGTERM: 15 }[signal as 'SIGHUP' | 'SIGTERM'];
    server.close().then(
      () => process.exit(status),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  // A closed terminal also takes away the output; that must not stop the ending.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
