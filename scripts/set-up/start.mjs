// npm start: sets up what is missing, then hands over to the Jupyter server in the same process.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { report, setUp } from './set-up.mjs';

// The options are the server's (jupyter/command.ts), which in a fresh clone is not compiled yet; a test holds both equal.
const HELP = `npm start -- [options]

Serves the course on this machine and opens it in the browser.

  --lesson NN  open this lesson instead of the table of contents
  --port N     listen on this port (default 8899, or the next free one)
  --no-open    only print the address
  --help       print this`;

const OPTIONS = {
  lesson: { type: 'string' },
  port: { type: 'string' },
  'no-open': { type: 'boolean' },
  help: { type: 'boolean' },
};

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export async function main(args) {
  // Before set-up, which takes a minute in a fresh clone: a mistyped option should not cost that.
  const { help, problem } = parse(args);
  if (problem) {
    console.error(`npm start: ${problem}. npm start -- --help lists the options.`);
    process.exitCode = 2;
    return;
  }
  if (help) return void console.log(HELP);
  try {
    await setUp(root);
  } catch (error) {
    process.exitCode = report(error);
    return;
  }
  const command = createRequire(path.join(root, 'package.json'))('./build/jupyter/command.js');
  await command.main(args);
}

function parse(args) {
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    if (positionals.length === 0) return values;
    // Without the two dashes, npm keeps `--lesson` to itself.
    return { problem: `unexpected argument ${positionals[0]}; to open a lesson: npm start -- --lesson 04` };
  } catch (error) {
    return { problem: error.message.split(/\. |\n/)[0] };
  }
}
