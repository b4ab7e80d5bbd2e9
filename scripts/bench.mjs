// Measures how fast the library is, against the usual way to do the same. `npm run bench -- --help`
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const HELP = `npm run bench [-- OPTIONS]

Measures how fast the library is, against the usual way to do the same. On a machine
that does other work too, only the ratios mean something.
  --only NAME[,NAME]  only these: NAMES (default: all)
  --rounds N          interleaved rounds, at least 10 (default: 15)
  --json FILE         write the figures to FILE too
PyTorch is compared with when $PYTHON (default: /usr/bin/python3) has it.`;

function fail(message) {
  console.error(`npm run bench: ${message}; npm run bench -- --help lists the options`);
  process.exit(2);
}

let options;
try {
  options = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '15' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  }).values;
} catch (error) {
  fail(error.message.split('. ')[0]);
}

const require = createRequire(import.meta.url);
process.chdir(root);
require('ts-node/register/transpile-only');
const { BENCHES, environment } = require(path.join(root, 'bench/main.ts'));
const { formatTable } = require(path.join(root, 'bench/table.ts'));

const names = Object.keys(BENCHES);
if (options.help) {
  console.log(HELP.replace('NAMES', names.join(', ')));
  process.exit(0);
}
const chosen = options.only?.split(',') ?? names;
const unknown = chosen.find((name) => !names.includes(name));
if (unknown !== undefined) fail(`--only ${unknown}: there is no such benchmark, only ${names.join(', ')}`);
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 10)
  fail(`--rounds must be a whole number of at least 10, got ${options.rounds}`);
if (options.json !== undefined) {
  const folder = path.dirname(path.resolve(options.json));
  if (!fs.existsSync(folder)) fail(`--json ${options.json}: there is no folder ${folder}`);
}

if (process.env.GLIBC_TUNABLES === '') fail('GLIBC_TUNABLES is empty: leave it out, and npm run bench sets it');

const about = environment();
console.log(
  Object.entries(about)
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
);
const tables = [];
for (const name of chosen) {
  for (const table of await BENCHES[name](rounds)) {
    console.log(`\n${formatTable(table)}`);
    tables.push({ bench: name, ...table });
    // After each table: the next one may take minutes, and Ctrl-C shall not cost what is done.
    if (options.json !== undefined) {
      fs.writeFileSync(options.json, `${JSON.stringify({ environment: about, rounds, tables }, null, 2)}\n`);
    }
  }
}
