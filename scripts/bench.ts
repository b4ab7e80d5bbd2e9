// npm run bench: measures how fast the library is, against the usual way to do the same.
import fs from 'node:fs';
import path from 'node:path';
import { BENCHES } from '../bench/main';
import { formatTable } from '../bench/table';
import { outputFile, text, wholeNumber } from './command-line/kinds';
import { runCommand } from './command-line/run-command';
import { UsageError } from './command-line/usage-error';

const NAMES = Object.keys(BENCHES);

void runCommand(
  {
    line: 'npm run bench',
    about:
      'Measures how fast the library is, against the usual way to do the same. On a machine that does other work too, ' +
      'only the ratios mean something.',
    options: {
      only: { kind: text, value: 'NAME[,NAME]', defaultText: 'all', help: `only these: ${NAMES.join(', ')}` },
      rounds: { kind: wholeNumber({ atLeast: 10 }), default: 15, help: 'interleaved rounds' },
      json: { kind: outputFile, help: 'write the figures to FILE too' },
    },
    notes: 'PyTorch is compared with when $PYTHON (default: /usr/bin/python3) has it.',
    hint: true,
  },
  process.argv.slice(2),
  async ({ values: { only, rounds, json } }) => {
    const chosen = only?.split(',') ?? NAMES;
    const unknown = chosen.find((name) => !NAMES.includes(name));
    if (unknown !== undefined) {
      throw new UsageError(`--only ${unknown}: there is no such benchmark, only ${NAMES.join(', ')}`);
    }
    const folder = path.dirname(path.resolve(json ?? '.'));
    if (!fs.existsSync(folder)) throw new UsageError(`--json ${json}: there is no folder ${folder}`);
    if (process.env.GLIBC_TUNABLES === '') {
      throw new UsageError('GLIBC_TUNABLES is empty: leave it out, and npm run bench sets it');
    }
    const { environment } = await import('../bench/environment');
    const about = environment();
    console.log(
      Object.entries(about)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    );
    const tables: object[] = [];
    for (const name of chosen) {
      for (const table of await BENCHES[name](rounds)) {
        console.log(`\n${formatTable(table)}`);
        tables.push({ bench: name, ...table });
        // After each table: the next one may take minutes, and Ctrl-C shall not cost what is done.
        if (json !== undefined) {
          fs.writeFileSync(json, `${JSON.stringify({ environment: about, rounds, tables }, null, 2)}\n`);
        }
      }
    }
  },
);
