// Runs the tests and ends with one line, `N passed, N failed`.
//
//   npm test                    everything: set-up, static checks, library, set-up's own tests, Jupyter, notebooks, browser
//   npm run test:quick          static checks and the library's tests: for while you work
//   npm test -- attention/ lstm only the test files whose path contains one of these words
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const GROUPS = ['library', 'jupyter', 'set-up', 'notebooks', 'browser'];
const QUICK_GROUPS = ['library'];
const GROUP_MINUTES = 20;

const HELP = `npm test [-- WORD ...]

Runs the tests. Without words: set-up, static checks and all tests. With words: only
the test files below tests/ whose path contains one of them.
  --quick   static checks and the library's tests only (npm run test:quick)`;

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(HELP);
  process.exit(0);
}
const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--quick');
if (unknown) {
  console.error(`npm test: unknown option ${unknown}; npm test -- --help lists the options`);
  process.exit(2);
}
const quick = args.includes('--quick');
const words = args.filter((arg) => !arg.startsWith('-'));

const total = { passed: 0, failed: 0 };
const times = [];

function step(name, run) {
  const start = Date.now();
  console.log(`\n── ${name}`);
  const { passed, failed } = run();
  total.passed += passed;
  total.failed += failed;
  times.push({ name, passed, failed, seconds: (Date.now() - start) / 1000 });
}

function command(name, program, programArgs) {
  step(name, () => {
    const { status } = spawnSync(program, programArgs, { cwd: root, stdio: 'inherit' });
    if (status !== 0) console.error(`${name} failed with exit status ${status}`);
    return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  });
}

/** All files of a group run in one process: loading TensorFlow costs more than most tests. */
function testGroup(name, files) {
  step(name, () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-test-'));
    const counts = path.join(folder, 'counts.json');
    const all = `for (const file of ${JSON.stringify(files)}) require(file);`;
    const { status, signal } = spawnSync(
      process.execPath,
      [
        ...['--require', 'ts-node/register/transpile-only'],
        ...['--test-reporter', 'spec', '--test-reporter-destination', 'stdout'],
        ...['--test-reporter', './scripts/count-tests.mjs', '--test-reporter-destination', counts],
        ...['-e', all],
      ],
      {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, NODE_ENV: 'test' },
        // A test that leaves a server open keeps its process alive for ever: end it, and count it as failed.
        timeout: GROUP_MINUTES * 60_000,
        killSignal: 'SIGKILL',
      },
    );
    const written = fs.existsSync(counts) ? fs.readFileSync(counts, 'utf8') : '';
    fs.rmSync(folder, { recursive: true });
    const result = written ? JSON.parse(written) : { passed: 0, failed: 0 };
    if (status !== 0 && result.failed === 0) {
      console.error(`${name}: the test process ended with ${signal ?? `exit status ${status}`}`);
      result.failed = 1;
    }
    if (status === 0 && result.passed === 0) {
      console.error(`${name}: no test ran`);
      result.failed += 1;
    }
    return result;
  });
}

function testFiles(group) {
  const folder = path.join(root, 'tests', group);
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
    .sort();
}

if (words.length === 0) {
  command('set-up', process.execPath, ['scripts/setup.mjs']);
  if (total.failed > 0) finish();
  // Only now: before set-up there may be no packages.
  const require = createRequire(path.join(root, 'package.json'));
  const bin = (name, file) => path.join(path.dirname(require.resolve(`${name}/package.json`)), file);
  command('types', process.execPath, [bin('typescript', 'bin/tsc'), '--noEmit']);
  command('types of src', process.execPath, [bin('typescript', 'bin/tsc'), '--noEmit', '-p', 'src']);
  command('lint', process.execPath, [bin('eslint', 'bin/eslint.js'), '.', '--max-warnings', '0']);
  command('format', process.execPath, [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']);
  // Every public export is described, and every link in a description leads somewhere.
  if (!quick) command('reference', process.execPath, [bin('typedoc', 'bin/typedoc'), '--emit', 'none']);
}

for (const group of words.length === 0 && quick ? QUICK_GROUPS : GROUPS) {
  const files = testFiles(group).filter(
    (file) => words.length === 0 || words.some((word) => path.relative(root, file).includes(word)),
  );
  if (files.length > 0) testGroup(group, files);
}
finish();

function finish() {
  console.log('');
  for (const { name, passed, failed, seconds } of times) {
    console.log(
      `${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed ${seconds.toFixed(1).padStart(7)} s`,
    );
  }
  if (total.passed + total.failed === 0) {
    console.error(`no test file matches ${words.join(' ')}`);
    total.failed = 1;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed > 0 ? 1 : 0);
}
