/**
 * A small project with the layout of the real one and the real scripts, for tests that break set-up in every way.
 *
 * Its packages stand for the real ones: a `@tensorflow/tfjs-node` whose index.js throws unless every byte of its native
 * files is right, a `typescript` that "compiles" by copying, and a package in the registry that carries the native files
 * in the same way as the real one does.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { after } from 'node:test';
import { tar } from './archive';

const repository = path.resolve(__dirname, '..', '..');

/** Everything of a test run lives below one folder that other users may enter; removed at the end. */
export const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-set-up-'));
fs.chmodSync(workspace, 0o755);
after(() => fs.rmSync(workspace, { recursive: true, force: true }));

export const digest = (bytes: Buffer, algorithm: string, encoding: 'hex' | 'base64'): string =>
  createHash(algorithm).update(bytes).digest(encoding);
const integrity = (bytes: Buffer): string => `sha512-${digest(bytes, 'sha512', 'base64')}`;

/** The native files below node_modules/@tensorflow/tfjs-node, as the installed package wants them. */
function nativeFiles(libraryBytes: number): Record<string, Buffer> {
  // A pattern that does not shrink to nothing when compressed, and is the same in every run.
  const pattern = Buffer.alloc(65536);
  for (let i = 0; i + 4 <= pattern.length; i += 4) pattern.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);
  const library = Buffer.alloc(libraryBytes, pattern);
  return {
    'deps/lib/libtensorflow.so.1': library,
    'deps/lib/libtensorflow_framework.so.1': Buffer.from('framework'),
    'lib/napi-v8/tfjs_binding.node': Buffer.from('addon'),
    'deps/LICENSE': Buffer.from('licence'),
  };
}

/** The stand-in for the 195 MB package: a .tgz with one entry that is a brotli-compressed tar archive. */
export interface NativePackage {
  files: Record<string, Buffer>;
  tarball: Buffer;
  integrity: string;
}

export function nativePackage(libraryBytes: number): NativePackage {
  const files = nativeFiles(libraryBytes);
  const below = (name: string): string => `node_modules/@tensorflow/tfjs-node/${name.replace('napi-v8', 'napi-v6')}`;
  const inner = tar({
    'node_modules/other/file': 'not wanted',
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [below(name), bytes])),
  });
  const native = brotliCompressSync(inner, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  const manifest = JSON.stringify({ name: 'native-package', version: '1.0.0' });
  const tarball = gzipSync(
    tar({ 'package/package.json': manifest, 'package/other.br': 'x', 'package/native.br': native }),
  );
  return { files, tarball, integrity: integrity(tarball) };
}

/** 2 MB: more than one chunk, and more than the smallest file system. */
export const NATIVE = nativePackage(2_000_000);

/** What ATTENTION_NOTEBOOKS_TEST_PLATFORM's file says: the source of the native library for `linux-x64-glibc`. */
export function platformFile(native = NATIVE, changes: object = {}): string {
  const below = (name: string): string => `node_modules/@tensorflow/tfjs-node/${name.replace('napi-v8', 'napi-v6')}`;
  const files = Object.entries(native.files).map(([name, bytes]) => [
    name.replace('lib/napi-v8', '{addon}'),
    { entry: below(name), sha256: digest(bytes, 'sha256', 'hex'), bytes: bytes.length },
  ]);
  const source = {
    ...{ name: 'native-1', version: '9.9.9', package: 'native-package@1.0.0', integrity: native.integrity },
    ...{ bytes: native.tarball.length, archive: 'package/native.br', files: Object.fromEntries(files) },
  };
  const space = { packages: 0, download: 0, official: 0, margin: 0 };
  const content = {
    platform: 'linux-x64-glibc',
    avx: true,
    packages: { 'linux-x64-glibc': source },
    space,
    ...changes,
  };
  const text = JSON.stringify(content);
  const file = path.join(workspace, `platform-${digest(Buffer.from(text), 'sha256', 'hex').slice(0, 12)}.json`);
  fs.writeFileSync(file, text);
  return file;
}

/** The installed package: refuses to load unless every native file is whole, as a real addon would (at best). */
function tfjsNodePackage(): Buffer {
  const expected = Object.entries(NATIVE.files).map(([name, bytes]) => [name, digest(bytes, 'sha256', 'hex')]);
  const index = `
    const fs = require('fs');
    for (const [name, sha256] of ${JSON.stringify(expected)}) {
      const bytes = fs.readFileSync(require('path').join(__dirname, name));
      if (require('crypto').createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new Error(name + ' is damaged');
      }
    }
    exports.getBackend = () => 'tensorflow';
    exports.backend = () => ({ binding: { TF_Version: '9.9.9' } });
    exports.tensor2d = (rows) => rows;
    exports.matMul = () => ({ dataSync: () => [19, 22, 43, 50] });`;
  // Downloads one file that holds all others, from the host or mirror that the real installer would use.
  const install = `
    const { mkdirSync, writeFileSync } = require('fs');
    const base = process.env.TFJS_NODE_CDN_STORAGE;
    fetch(new URL('native.json', base)).then(async (answer) => {
      if (!answer.ok) throw new Error('Error: download failed with status ' + answer.status);
      for (const [name, text] of Object.entries(await answer.json())) {
        mkdirSync(require('path').dirname(name), { recursive: true });
        writeFileSync(name, Buffer.from(text, 'base64'));
      }
    });`;
  const manifest = {
    ...{ name: '@tensorflow/tfjs-node', version: '4.22.0', main: 'index.js' },
    binary: { module_path: './lib/napi-v{napi_build_version}', napi_versions: [3, 4, 5, 6, 7, 8] },
  };
  return gzipSync(
    tar({
      'package/package.json': JSON.stringify(manifest),
      'package/index.js': index,
      'package/scripts/install.js': install,
    }),
  );
}

/** Copies each .ts file to build/ as .js; fails on a file that says TYPE ERROR. */
function typescriptPackage(): Buffer {
  const tsc = `
    const fs = require('fs'), path = require('path');
    let failed = false;
    for (const folder of ['src', 'jupyter']) {
      for (const name of fs.readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
        const text = fs.readFileSync(path.join(folder, name), 'utf8');
        if (text.includes('TYPE ERROR')) { failed = true; console.log(folder + '/' + name + '(1,1): error TS0000'); }
        fs.mkdirSync(path.join('build', folder), { recursive: true });
        fs.writeFileSync(path.join('build', folder, name.replace('.ts', '.js')), text);
      }
    }
    process.exit(failed ? 2 : 0);`;
  const manifest = JSON.stringify({ name: 'typescript', version: '5.9.3' });
  return gzipSync(tar({ 'package/package.json': manifest, 'package/bin/tsc': tsc }));
}

const FRONT_END = gzipSync(tar({ 'app.js': 'front end', 'assets/a.css': 'css' }));

function writeTemplate(folder: string): void {
  const write = (name: string, content: Buffer | string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  };
  const tarballs = { '@tensorflow/tfjs-node': tfjsNodePackage(), typescript: typescriptPackage() };
  const fileOf = (name: string): string => `file:vendor/${path.basename(name)}.tgz`;
  const dependencies = Object.fromEntries(Object.keys(tarballs).map((name) => [name, fileOf(name)]));
  const manifest = { name: 'attention-notebooks', version: '0.1.0', private: true, dependencies };
  const locked = Object.entries(tarballs).map(([name, bytes]) => [
    `node_modules/${name}`,
    { version: name === 'typescript' ? '5.9.3' : '4.22.0', resolved: fileOf(name), integrity: integrity(bytes) },
  ]);
  write('package.json', JSON.stringify(manifest));
  write(
    'package-lock.json',
    JSON.stringify({
      ...{ name: manifest.name, version: manifest.version, lockfileVersion: 3, requires: true },
      packages: { '': manifest, ...Object.fromEntries(locked) },
    }),
  );
  for (const [name, bytes] of Object.entries(tarballs)) write(`vendor/${path.basename(name)}.tgz`, bytes);
  write('tsconfig.json', '{}');
  write('tsconfig.build.json', '{}');
  write('src/index.ts', 'exports.tf = require("@tensorflow/tfjs-node");');
  write('jupyter/command.ts', 'exports.main = async (args) => console.log("started with " + JSON.stringify(args));');
  write('jupyter/front-end/front-end.tgz', FRONT_END);
  write(
    'jupyter/front-end/bundle.json',
    JSON.stringify({ file: 'front-end.tgz', sha256: digest(FRONT_END, 'sha256', 'hex'), bytes: FRONT_END.length }),
  );
  fs.cpSync(path.join(repository, '.npmrc'), path.join(folder, '.npmrc'));
  fs.cpSync(path.join(repository, 'packages'), path.join(folder, 'packages'), { recursive: true });
  for (const name of ['set-up', 'setup.mjs', 'start.mjs', 'doctor.mjs', 'build.mjs', 'pack-native.mjs']) {
    fs.cpSync(path.join(repository, 'scripts', name), path.join(folder, 'scripts', name), { recursive: true });
  }
}

export interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Run extends ChildProcess {
  outcome: Promise<Outcome>;
}

let count = 0;
const template = path.join(workspace, 'template');

export class Project {
  readonly root: string;
  /** Home folder, and with it npm's cache and settings. */
  readonly home: string;
  readonly cache: string;
  env: NodeJS.ProcessEnv;

  private constructor(from: string) {
    const folder = path.join(workspace, `${++count}`);
    this.root = path.join(folder, 'project');
    this.home = path.join(folder, 'home');
    this.cache = path.join(folder, 'cache');
    fs.cpSync(from, this.root, { recursive: true });
    fs.mkdirSync(this.home);
    const tarball = path.join(workspace, 'native-package-1.0.0.tgz');
    if (!fs.existsSync(tarball)) fs.writeFileSync(tarball, NATIVE.tarball);
    this.env = {
      PATH: process.env.PATH,
      HOME: this.home,
      TMPDIR: workspace,
      ATTENTION_NOTEBOOKS_TEST_PLATFORM: platformFile(),
      TFJS_NATIVE_CACHE: this.cache,
      TFJS_NATIVE_TARBALL: tarball,
      // Nothing in these tests may leave the machine: port 9 refuses.
      npm_config_registry: 'http://127.0.0.1:9/',
      TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9/',
    };
  }

  /** As after `git clone`. */
  static fresh(): Project {
    if (!fs.existsSync(template)) writeTemplate(template);
    return new Project(template);
  }

  /** With everything set up but native TensorFlow. */
  static async withPackages(): Promise<Project> {
    const project = new Project(await readyProject());
    fs.rmSync(project.native('deps'), { recursive: true });
    fs.rmSync(project.native('lib'), { recursive: true });
    return project;
  }

  static async ready(): Promise<Project> {
    return new Project(await readyProject());
  }

  path(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  native(...names: string[]): string {
    return this.path('node_modules', '@tensorflow', 'tfjs-node', ...names);
  }

  start(
    args: string[] = [],
    { script = 'setup', program = [process.execPath] }: { script?: string; program?: string[] } = {},
  ): Run {
    const [command, ...before] = program;
    const child = spawn(command, [...before, this.path('scripts', `${script}.mjs`), ...args], {
      cwd: this.root,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text.stdout += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (text.stderr += part));
    const outcome = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => resolve({ status, signal, ...text }));
    });
    return Object.assign(child, { outcome });
  }

  run(args: string[] = [], options = {}): Promise<Outcome> {
    return this.start(args, options).outcome;
  }

  /** What is wrong with the native files in node_modules; undefined if every byte is right. */
  private nativeFault(): string | undefined {
    for (const [name, bytes] of Object.entries(NATIVE.files)) {
      const file = this.native(name);
      if (!fs.existsSync(file)) return `${name} is missing`;
      if (!fs.readFileSync(file).equals(bytes)) return `${name} is damaged`;
    }
    return undefined;
  }

  /** What is wrong with what a lesson would load; undefined if everything is whole. */
  fault(): string | undefined {
    const native = this.nativeFault();
    if (native) return native;
    if (!fs.existsSync(this.native('deps', 'NATIVE.json'))) return 'there is no record';
    if (!fs.existsSync(this.path('build', 'front-end', 'app.js'))) return 'the front end is not unpacked';
    const link = this.path('node_modules', 'attention-notebooks');
    const { main } = JSON.parse(fs.readFileSync(path.join(link, 'package.json'), 'utf8')) as { main: string };
    const library = path.join(link, main);
    return fs.existsSync(library) ? undefined : 'the library is not compiled';
  }

  /** Set-up succeeds, everything is whole, nothing is left over, and the next run has nothing to do. */
  async assertSetsUp(args: string[] = [], options = {}): Promise<Outcome> {
    const outcome = await this.run(args, options);
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.equal(this.fault(), undefined);
    assert.deepEqual(this.leftOvers(), []);
    const again = await this.run([], options);
    assert.equal(again.stdout, 'Nothing to do: everything is set up.\n', again.stderr);
    assert.equal(again.stderr, '');
    return outcome;
  }

  /** Set-up fails with status 1 and one message that matches, and leaves nothing that would be taken for whole. */
  async assertFails(message: RegExp, args: string[] = [], options = {}): Promise<Outcome> {
    const outcome = await this.run(args, options);
    assert.equal(outcome.status, 1, outcome.stderr + outcome.stdout);
    assert.match(outcome.stderr, message);
    assert.equal(outcome.stderr.match(/Set-up failed/g)?.length, 1, outcome.stderr);
    assert.doesNotMatch(outcome.stderr, /^\s+at /m, 'a stack trace is no message');
    this.assertNoHalfState();
    assert.deepEqual(this.leftOvers(), []);
    return outcome;
  }

  /** The record of the native library exists only beside a whole library, and a cache entry is whole or absent. */
  assertNoHalfState(): void {
    const cached = path.join(this.cache, 'native-1');
    if (fs.existsSync(cached)) {
      for (const [name, bytes] of Object.entries(NATIVE.files)) {
        const file = path.join(cached, name.replace('lib/napi-v8', 'addon'));
        assert.ok(fs.readFileSync(file).equals(bytes), `${name} in the cache is damaged`);
      }
    }
    if (fs.existsSync(this.native('deps', 'NATIVE.json'))) assert.equal(this.nativeFault(), undefined);
  }

  /** Temporary files and locks that no set-up is using any more. */
  leftOvers(): string[] {
    const scope = this.path('node_modules', '@tensorflow');
    return [
      ...list(this.cache).filter((name) => name.startsWith('tmp-') || name.startsWith('lock')),
      ...list(scope).filter((name) => name.startsWith('.')),
      ...list(this.path('build')).filter((name) => name.includes('lock') || name.endsWith('.new')),
    ];
  }
}

const list = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

let ready: Promise<string> | undefined;
function readyProject(): Promise<string> {
  ready ??= (async () => {
    const project = Project.fresh();
    await project.assertSetsUp();
    return project.root;
  })();
  return ready;
}

/** Resolves when `condition` holds; rejects when the run ends before. */
export async function until(condition: () => boolean, run: Run): Promise<void> {
  let ended: Outcome | undefined;
  void run.outcome.then((outcome) => (ended = outcome));
  while (!condition()) {
    if (ended) throw new Error(`set-up ended too early: ${ended.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
