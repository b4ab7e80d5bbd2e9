// npm start: sets up what is missing, then hands over to the Jupyter server in the same process.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { report, setUp } from './set-up.mjs';

const HELP = `npm start [-- --lesson NN --port N --no-open]

Opens the course in the browser: Jupyter Notebook on this machine, at an address that only you
can use. The first start in a fresh clone installs everything it needs.

  --lesson NN  open this lesson, for example 04, instead of the table of contents
  --port N     listen on this port instead of a free one
  --no-open    print the address, open no browser`;

const OPTIONS = {
  lesson: { type: 'string' },
  port: { type: 'string' },
  'no-open': { type: 'boolean' },
  help: { type: 'boolean' },
};

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export async function main(args) {
  // Before set-up, which takes a minute in a fresh clone: a mistyped option should not cost that.
  try {
    if (parseArgs({ args, options: OPTIONS }).values.help) return void console.log(HELP);
  } catch (error) {
    console.error(`npm start: ${error.message.split('\n')[0]} (npm start -- --help lists the options)`);
    process.exitCode = 2;
    return;
  }
  try {
    await setUp(root);
  } catch (error) {
    process.exitCode = report(error);
    return;
  }
  const command = createRequire(path.join(root, 'package.json'))('./build/jupyter/command.js');
  await command.main(args);
}
