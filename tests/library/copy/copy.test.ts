import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import ts from 'typescript';
import { runCopy, SCRIPT } from './run-copy';

const ROOT = path.resolve(__dirname, '../../..');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-copy-'));
after(() => fs.rmSync(scratch, { recursive: true }));

const run = (args: string[]) => runCopy(args, scratch);

async function copied(args: string[]): Promise<string> {
  const { output, error } = await run(args);
  assert.equal(error, '');
  return output;
}

/** The files below a folder, relative to it. */
const files = (folder: string) =>
  (fs.readdirSync(path.join(scratch, folder), { recursive: true }) as string[])
    .filter((name) => fs.statSync(path.join(scratch, folder, name)).isFile())
    .sort();

/** Parsed once for all programs. */
const libraries = new Map<string, ts.SourceFile | undefined>();

/** Compiles folders of the scratch project, which has only @tensorflow/tfjs, in strict TypeScript. */
function compile(folders: string[], types: string[] = []) {
  const link = (name: string) => {
    const place = path.join(scratch, 'node_modules', name);
    if (fs.existsSync(place)) return;
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), place);
  };
  link('@tensorflow/tfjs');
  for (const name of types) link(`@types/${name}`);
  const options: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    esModuleInterop: true,
    skipLibCheck: true,
    types,
    typeRoots: [path.join(scratch, 'node_modules/@types')],
    rootDir: scratch,
    outDir: path.join(scratch, 'compiled'),
  };
  const sources = folders.flatMap((folder) => files(folder).map((name) => path.join(scratch, folder, name)));
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (!name.includes('node_modules')) return read(name, ...rest);
    if (!libraries.has(name)) libraries.set(name, read(name, ...rest));
    return libraries.get(name);
  };
  const program = ts.createProgram(
    sources.filter((name) => name.endsWith('.ts')),
    options,
    host,
  );
  const { diagnostics } = program.emit();
  const messages = [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, messageText }) => {
    return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  assert.deepEqual(messages, []);
}

function evaluate(code: string): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', `${code}`], {
    cwd: path.join(scratch, 'compiled'),
    encoding: 'utf8',
  });
  return JSON.parse(/^result (.*)$/m.exec(stdout)?.[1] ?? assert.fail(stdout + stderr));
}

test('helpers run in an empty project that has only @tensorflow/tfjs, and bring just what they import', async () => {
  await copied(['attention/local-predictive', 'window']);
  await copied(['lstmSequence', 'recurrent']);
  await copied(['training/adam', 'recurrent']);
  await copied([path.join(ROOT, 'src/text/padding.ts'), 'text']);
  const output = await copied(['bleu', 'bleu']);
  assert.deepEqual(files('bleu'), ['LICENSE-attention-notebooks', 'metrics/bleu.ts']);
  assert.match(output, /The copy needs: nothing else\./);
  assert.ok(files('window').includes('attention/alignments/local-predictive.ts'));
  assert.ok(!files('window').some((name) => name.includes('index') || name.includes('hard')), String(files('window')));

  compile(['window', 'recurrent', 'text', 'bleu']);
  const [weights, outputs, lengths, score] = evaluate(`
    const { tf } = require('./window/tensorflow');
    const { localPredictiveAlignment } = require('./window/attention/alignments/local-predictive');
    const { lstmSequence } = require('./recurrent/recurrent/lstm-sequence');
    const { padSequences } = require('./text/text/padding');
    const { bleu } = require('./bleu/metrics/bleu');
    const weights = localPredictiveAlignment(tf.zeros([1, 1, 5]), { radius: 1, positions: tf.tensor2d([[2]]) });
    const sizes = { kernel: tf.ones([3, 8]), recurrentKernel: tf.ones([2, 8]), bias: tf.zeros([8]) };
    const { outputs } = lstmSequence(tf.ones([1, 4, 3]), sizes);
    const padded = padSequences([[1, 2], [3]]);
    console.log('result ' + JSON.stringify([
      Array.from(weights.dataSync()), outputs.shape, Array.from(padded.lengths.dataSync()),
      bleu([['a', 'b', 'c', 'd']], [[['a', 'b', 'c', 'd']]]).score,
    ]));
  `) as [number[], number[], number[], number];
  // Three equal scores in the window, times exp(-(s - 2)^2 / (2 (1/2)^2)).
  [0, Math.exp(-2) / 3, 1 / 3, Math.exp(-2) / 3, 0].forEach((expected, position) =>
    assert.ok(Math.abs(weights[position] - expected) < 1e-6),
  );
  assert.deepEqual(
    [outputs, lengths],
    [
      [1, 4, 2],
      [2, 1],
    ],
  );
  assert.ok(Math.abs(score - 100) < 1e-9);
});

test('a bundler for the browser finds nothing of Node in helpers that do not use it', async () => {
  await copied(['softAlignment', 'browser']);
  await copied(['lstmSequence', 'browser']);
  await copied(['training/adam', 'browser']);
  for (const name of files('browser').filter((each) => each.endsWith('.ts'))) {
    const text = fs.readFileSync(path.join(scratch, 'browser', name), 'utf8');
    assert.doesNotMatch(text, /(require\(|from |import\()'node:/, name);
  }
});

test('a helper that uses Node says so, and compiles with its types', async () => {
  assert.match(await copied(['train', 'training']), /The copy needs: @tensorflow\/tfjs, @types\/node/);
  compile(['training'], ['node']);
  const end = evaluate(`
    const { tf } = require('./training/tensorflow');
    const { train } = require('./training/training/train');
    const weight = tf.variable(tf.scalar(1));
    train({ variables: [weight], optimizer: tf.train.sgd(0.1), batches: () => [0], loss: () => weight.square(),
      steps: 3, seed: 0, progress: false }).then(({ losses }) => console.log('result ' + losses.length));
  `);
  assert.equal(end, 3);
});

test('data that lie in an npm package are named among the needs', async () => {
  assert.match(await copied(['loadCmudict', 'data']), /The copy needs: @stdlib\/datasets-cmudict, @types\/node/);
});

test('the header names source, version and licence, and the licence comes along', async () => {
  await copied(['editDistance', 'header']);
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const text = fs.readFileSync(path.join(scratch, 'header/metrics/edit-distance.ts'), 'utf8');
  assert.ok(
    text.startsWith(`// Copied from attention-notebooks ${version}: src/metrics/edit-distance.ts\n// Copyright (c)`),
  );
  assert.match(text.split('\n')[1], /MIT licence: see LICENSE-attention-notebooks\.$/);
  const source = fs.readFileSync(path.join(ROOT, 'src/metrics/edit-distance.ts'), 'utf8');
  assert.ok(text.endsWith(`\n\n${source}`));
  assert.deepEqual(
    fs.readFileSync(path.join(scratch, 'header/LICENSE-attention-notebooks')),
    fs.readFileSync(path.join(ROOT, 'LICENSE')),
  );
});

test('changed files are not written over, unless --force says so; equal ones are no obstacle', async () => {
  await copied(['training/random', 'kept']);
  await copied(['text/batches', 'kept']); // brings random.ts again, unchanged
  const file = path.join(scratch, 'kept/training/random.ts');
  fs.writeFileSync(file, 'mine');
  const { output, error } = await run(['metrics/bootstrap', 'kept']);
  assert.equal(output, '');
  assert.match(error, /kept has other files of these names: training\/random\.ts\. Nothing was copied; --force/);
  assert.ok(!files('kept').includes('metrics/bootstrap.ts'));
  await copied(['metrics/bootstrap', 'kept', '--force']);
  assert.notEqual(fs.readFileSync(file, 'utf8'), 'mine');
});

test('a copy that fails half-way leaves nothing behind', async () => {
  fs.mkdirSync(path.join(scratch, 'blocked'));
  fs.writeFileSync(path.join(scratch, 'blocked/training'), 'a file where a folder must go');
  const { error } = await run(['metrics/bootstrap', 'blocked']); // needs metrics/ and training/
  assert.match(error, /cannot write to .*blocked: .*Nothing was copied/);
  assert.deepEqual(fs.readdirSync(path.join(scratch, 'blocked')), ['training']);
});

test('--list shows each module in one line, and words choose among them', async () => {
  const lines = (await copied(['--list'])).split('\n');
  assert.ok(lines.length > 20);
  for (const line of lines) assert.match(line, /^[a-z0-9/-]+ {2,}\S.*$/);
  assert.ok(lines.some((line) => line.startsWith('attention/alignments/local-predictive ')));
  assert.match(await copied(['--list', 'phoneErrorRate']), /^metrics\/error-rates [^\n]*$/);
});

test('mistakes are named with their remedy', async () => {
  const cases: [string[], RegExp][] = [
    [['attention/nothing', 'x'], /there is no module attention\/nothing.* --list shows all modules/],
    [['predictive', 'x'], /there is no module predictive; similar: attention\/alignments\/local-predictive/],
    [['soft'], /expected MODULE and FOLDER, got one word/],
    [['soft', 'x', '--forse'], /unknown option --forse/],
    [['soft', 'x.ts'], /FOLDER must name a folder/],
    [['soft', path.join(ROOT, 'src/text')], /lies in the library itself/],
    [['--list', 'zebra'], /no module has to do with zebra/],
  ];
  for (const [args, message] of cases) {
    const { output, error } = await run(args);
    assert.equal(output, '');
    assert.match(error, message);
    assert.doesNotMatch(error, /\n/);
  }
  assert.ok(!fs.existsSync(path.join(scratch, 'x')));
});

test('the command line: paths from where the user stands, one line and exit status 2 for a mistake, --help', () => {
  const command = (...args: string[]) =>
    spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8', env: { ...process.env, INIT_CWD: scratch } });
  const mistake = command('soft', 'x', '--forse');
  assert.deepEqual([mistake.status, mistake.stdout], [2, '']);
  assert.equal(mistake.stderr, 'npm run copy: unknown option --forse (npm run copy -- --help)\n');
  const help = command('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /npm run copy -- MODULE FOLDER/);
  assert.equal(command('src/metrics/edit-distance.ts', 'line').status, 0);
  assert.deepEqual(files('line'), ['LICENSE-attention-notebooks', 'metrics/edit-distance.ts']);
});
