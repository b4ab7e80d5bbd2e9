// Native TensorFlow in node_modules/@tensorflow/tfjs-node: is it there, does it load, and putting it there.
//
// What is there is recorded in one file, deps/NATIVE.json, written only after the library has been loaded and has
// multiplied two matrices. A record is valid while every file it names has its size, so that later starts only look.
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import path from 'node:path';
import { runNode } from './child-process.mjs';
import { SetUpError } from './errors.mjs';
import { cachedName, cachedNativeLibrary } from './native-cache.mjs';
import { nativeSources } from './native-sources.mjs';
import { filesBelow, runOfficialInstaller } from './official-installer.mjs';
import { cacheFolder, requireSpace } from './platform.mjs';
import { renameFile } from './rename.mjs';

/** Ways to go without native TensorFlow, and what computes in its place. */
const WITHOUT = {
  wasm: 'WebAssembly computes in its place.',
  none: 'The pure-JavaScript backend is correct but 8 to 80 times slower.',
};

export const SOURCES = ['auto', 'npm', 'official', ...Object.keys(WITHOUT)];

/** Whether native TensorFlow is not wanted. */
export const isDeclined = (source) => Object.hasOwn(WITHOUT, source ?? '');

const folderOf = (root) => path.join(root, 'node_modules', '@tensorflow', 'tfjs-node');
const recordOf = (root) => path.join(folderOf(root), 'deps', 'NATIVE.json');

/** The folder, below tfjs-node's own, where it looks for its addon: depends on the Node-API version of this Node. */
export function addonFolder(root) {
  const { binary } = JSON.parse(fs.readFileSync(path.join(folderOf(root), 'package.json'), 'utf8'));
  const version = Math.max(...binary.napi_versions.filter((version) => version <= Number(process.versions.napi)));
  return path.normalize(binary.module_path.replace('{napi_build_version}', version));
}

/** What set-up recorded: { source, asked, version, files, nodes }; undefined if there is no record. */
export function nativeRecord(root) {
  if (!fs.existsSync(recordOf(root))) return undefined;
  const record = JSON.parse(fs.readFileSync(recordOf(root), 'utf8')); // written whole or not at all
  return record.nodes && record;
}

const thisNode = () => `${process.platform}-${process.arch}-${process.versions.modules}`;

/** Why native TensorFlow is not as `wanted` (one of SOURCES), or undefined if it is. */
export function nativeDifference(root, wanted) {
  const record = nativeRecord(root);
  if (!record) return 'not set up';
  if (record.source !== wanted && (wanted !== 'auto' || isDeclined(record.source))) {
    return `set up with --source=${record.source}`;
  }
  for (const [name, bytes] of Object.entries(record.files)) {
    const size = fs.statSync(path.join(folderOf(root), name), { throwIfNoEntry: false })?.size;
    if (size !== bytes) return `${name} ${size === undefined ? 'is missing' : 'has the wrong size'}`;
  }
  if (!isDeclined(record.source) && !record.nodes.includes(thisNode())) return NOT_TRIED;
  return undefined;
}

const NOT_TRIED = 'not yet tried with this Node';

// As src/node-compatibility.ts does: tfjs-node calls two helpers that Node 23 removed.
const PROBE = `
process.env.TF_CPP_MIN_LOG_LEVEL = '3';
const util = require('util');
util.isNullOrUndefined = (value) => value == null;
util.isArray = Array.isArray;
const tf = require(process.argv[1]);
if (tf.getBackend() !== 'tensorflow') throw new Error('the backend is ' + tf.getBackend());
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync().join();
if (product !== '19,22,43,50') throw new Error('a matrix product is wrong: ' + product);
process.stdout.write('\\n' + JSON.stringify({ version: tf.backend().binding.TF_Version }));
`;

/** Loads the library in a process of its own and computes with it: { version } or { fault }. */
export async function probe(root, signal) {
  const addon = path.join(folderOf(root), addonFolder(root), 'tfjs_binding.node');
  if (!fs.existsSync(addon)) return { fault: 'its addon is missing' };
  const args = ['-e', PROBE, folderOf(root)];
  const { status, killedBy, stdout, stderr } = await runNode(args, { cwd: root, signal, timeout: 120_000 });
  if (status === 0) return JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
  const reason = stderr.split('\n').find((line) => /^\s*(\w*Error\b|.*cannot open|.*GLIBC)/.test(line));
  return { fault: reason?.trim() ?? `it ended with ${killedBy ?? `exit status ${status}`}` };
}

/**
 * The part that needs no packages: begins to fill the cache. `install` then puts it in place.
 * `wanted` is what the user asked for, now or at an earlier set-up: one of SOURCES.
 */
export function prepareNativeLibrary(root, wanted, context) {
  const sources = nativeSources();
  const source = sources.packages[sources.platform];
  const fromNpm = wanted === 'npm' || (wanted === 'auto' && source);
  if (wanted === 'npm' && !source) {
    throw new SetUpError(`the npm registry has no native TensorFlow for ${sources.platform}`, waysOn(sources));
  }
  if (!isDeclined(wanted)) requireAvx(sources);
  const cached = fromNpm ? cachedNativeLibrary(source, cacheFolder(), { ...context, space: sources.space }) : undefined;
  // Whether the cache fails matters only if nothing else provides the library: `install` decides.
  const prepared = cached ? cached.then(ignore, ignore) : undefined;
  return { prepared, install: () => install(root, wanted, cached, sources, context) };
}

const ignore = () => {};

async function install(root, wanted, cached, sources, context) {
  const { progress } = context;
  await removeLeftOvers(root);
  if (isDeclined(wanted)) {
    await writeRecord(root, { source: wanted, asked: wanted, files: {}, nodes: [] });
    progress.line(`native TensorFlow: declined (--source=${wanted}). ${WITHOUT[wanted]}`);
    return;
  }
  // A name that begins with a dot is no package; beside tfjs-node, so that a rename is enough to put it in place.
  const staged = path.join(path.dirname(folderOf(root)), `.tfjs-node-${process.pid}`);
  try {
    await fromFirstSource(root, wanted, cached, staged, sources, context);
  } finally {
    await fsp.rm(staged, { recursive: true, force: true });
  }
}

async function fromFirstSource(root, wanted, cached, staged, sources, context) {
  const { progress, signal } = context;
  const failures = [];
  if (cached) {
    const source = sources.packages[sources.platform];
    try {
      await stage(root, await cached, staged, source, sources.space);
      await place(root, staged);
      await finish(root, { source: 'npm', asked: wanted }, Object.keys(source.files), context);
      return;
    } catch (error) {
      if (wanted === 'npm' || signal.aborted || !(error instanceof SetUpError)) throw error;
      progress.line(`native TensorFlow from the npm registry: ${error.message}`);
      failures.push(error);
    }
  }
  try {
    const files = await runOfficialInstaller(folderOf(root), staged, addonFolder(root), sources, context);
    await place(root, staged);
    await finish(root, { source: 'official', asked: wanted }, files, context);
  } catch (error) {
    if (signal.aborted || !(error instanceof SetUpError)) throw error;
    failures.push(error);
    const remedies = failures.map(({ whatToDo }) => whatToDo).filter(Boolean);
    throw new SetUpError(
      `no native TensorFlow for ${sources.platform}:\n${failures.map(({ message }) => `  - ${message}`).join('\n')}`,
      [...remedies, waysOn(sources)].join('\n'),
    );
  }
}

function requireAvx({ avx }) {
  if (avx !== false) return;
  throw new SetUpError(
    'this processor has no AVX instructions, which native TensorFlow needs',
    'Use another machine, or go on without it, on WebAssembly: npm run setup -- --source=wasm',
  );
}

function waysOn({ platform, packages }) {
  const container = packages[platform]
    ? []
    : ['  - x64 Linux, WSL on Windows, or a linux/amd64 container: there the npm registry is enough;'];
  return [
    'Ways on:',
    '  - a network that reaches storage.googleapis.com, then the command again;',
    '  - a mirror: set TFJS_NODE_CDN_STORAGE and npm_config_tfjs_binding_binary_host_mirror to its address;',
    ...container,
    '  - without native TensorFlow, on WebAssembly: npm run setup -- --source=wasm.',
  ].join('\n');
}

/** Fills `staged` with hard links to the cache (copies on another file system). */
async function stage(root, cached, staged, source, space) {
  for (const name of Object.keys(source.files)) {
    const to = path.join(staged, inPlace(root, name));
    await fsp.mkdir(path.dirname(to), { recursive: true });
    await linkOrCopy(path.join(cached, cachedName(name)), to, space);
  }
}

const inPlace = (root, name) => name.replace('{addon}', addonFolder(root));

/** Of runs that were killed. */
async function removeLeftOvers(root) {
  const scope = path.dirname(folderOf(root));
  for (const name of await fsp.readdir(scope)) {
    if (/^\.tfjs-node-\d+/.test(name)) await fsp.rm(path.join(scope, name), { recursive: true, force: true });
  }
}

async function linkOrCopy(from, to, space) {
  try {
    await fsp.link(from, to);
  } catch (error) {
    // Another file system, one without hard links, or a cache that belongs to somebody else.
    if (!['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(error.code)) throw error;
    requireSpace(path.dirname(to), fs.statSync(from).size + space.margin, 'native TensorFlow in node_modules');
    await fsp.copyFile(from, to, fs.constants.COPYFILE_FICLONE);
  }
}

/** Replaces tfjs-node's deps/ and lib/ by those of `staged`. */
async function place(root, staged) {
  const old = `${staged}-old`;
  try {
    await fsp.mkdir(old, { recursive: true });
    for (const name of ['lib', 'deps']) {
      const target = path.join(folderOf(root), name);
      if (fs.existsSync(target)) await renameFile(target, path.join(old, name));
      await renameFile(path.join(staged, name), target);
    }
  } finally {
    await fsp.rm(old, { recursive: true, force: true });
  }
}

/** Loads what was put in place, and only then records it. */
async function finish(root, { source, asked }, names, { progress, signal }) {
  const step = progress.step('native TensorFlow');
  const { version, fault } = await probe(root, signal).finally(step.stop);
  if (fault) {
    throw new SetUpError(`native TensorFlow was installed (--source=${source}), but does not load: ${fault}`, '');
  }
  const files = Object.fromEntries(names.map((name) => inPlace(root, name)).map((name) => [name, sizeOf(root, name)]));
  await writeRecord(root, { source, asked, version, files, nodes: [thisNode()] });
  progress.line(`native TensorFlow: libtensorflow ${version} works`);
}

const sizeOf = (root, name) => fs.statSync(path.join(folderOf(root), name)).size;

/**
 * If the library in place works, records that and resolves with true: after a change of Node, or where somebody else
 * (tfjs-node's installer, run by hand) has put it there.
 */
export async function acceptWhatIsThere(root, wanted, signal) {
  const record = nativeRecord(root);
  if (record ? nativeDifference(root, wanted) !== NOT_TRIED : wanted !== 'auto') return false;
  const { fault, version } = await probe(root, signal);
  if (fault) return false;
  if (record) {
    await writeRecord(root, { ...record, nodes: [...record.nodes, thisNode()] });
  } else {
    const names = [...filesBelow(folderOf(root), 'deps'), ...filesBelow(folderOf(root), 'lib')].filter(
      (name) => path.join(folderOf(root), name) !== recordOf(root),
    );
    const files = Object.fromEntries(names.map((name) => [name, sizeOf(root, name)]));
    await writeRecord(root, { source: 'found', asked: wanted, version, files, nodes: [thisNode()] });
  }
  return true;
}

/** Before anything is downloaded for it. */
export function requireWritablePackage(root) {
  fs.accessSync(folderOf(root), fs.constants.W_OK);
}

/** Written under another name and renamed: never half there, and never through a hard link into another project. */
async function writeRecord(root, record) {
  const file = recordOf(root);
  await fsp.mkdir(path.dirname(file), { recursive: true });
  await fsp.writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await renameFile(`${file}.new`, file);
}
