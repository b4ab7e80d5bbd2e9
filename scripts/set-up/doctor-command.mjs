// npm run doctor
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CHECKS } from './checks.mjs';

const HELP = `npm run doctor [-- --json]

Looks at everything the course needs and says what works and what to do about the rest.
Changes nothing. Exit status 0 when the course can run, 1 otherwise.

  --json  the same as JSON`;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const SIGNS = { ok: 'ok', note: 'note', problem: 'PROBLEM' };

export async function main(args) {
  let options;
  try {
    options = parseArgs({ args, options: { json: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`npm run doctor: ${error.message.split('\n')[0]} (npm run doctor -- --help lists the options)`);
    process.exitCode = 2;
    return;
  }
  if (options.help) return void console.log(HELP);
  const results = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    const result = { name, ...(await answerOf(check)) };
    results.push(result);
    if (!options.json) print(result);
  }
  const problems = results.filter(({ state }) => state === 'problem');
  if (options.json) {
    console.log(JSON.stringify({ canRun: problems.length === 0, checks: results }, null, 2));
  } else {
    console.log(problems.length === 0 ? '\nThe course can run: npm start' : `\nThe course cannot run yet.`);
  }
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** One check that fails shall not hide the others. */
async function answerOf(check) {
  try {
    return await check(root);
  } catch (error) {
    return { state: 'problem', finding: error.message };
  }
}

function print({ name, state, finding, whatToDo }) {
  console.log(`${SIGNS[state].padEnd(8)} ${name.padEnd(18)} ${finding}`);
  if (whatToDo) console.log(`${' '.repeat(28)}-> ${whatToDo}`);
}
