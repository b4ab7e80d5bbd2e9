// What the doctor looks at. Each check resolves with { state, finding, whatToDo }; state is `ok`, `note` (works, but
// worth knowing) or `problem` (the course cannot run). None changes anything.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runNode } from './child-process.mjs';
import { frontEndDifference } from './front-end.mjs';
import { isComplete, missingFile, registrations, userDataFolder } from './kernelspec.mjs';
import { isLinked, libraryDifference } from './library.mjs';
import { isDeclined, nativeDifference, nativeRecord, probe } from './native-library.mjs';
import { nativeSources } from './native-sources.mjs';
import { isSupportedNode, OLDEST_NODE } from './node-version.mjs';
import { findNpm } from './npm.mjs';
import { packagesDifference } from './packages.mjs';
import { cacheFolder, existingFolder, freeSpace } from './platform.mjs';
import { megabytes } from './progress.mjs';

const SET_UP = 'npm run setup';
const ok = (finding) => ({ state: 'ok', finding });
const note = (finding, whatToDo) => ({ state: 'note', finding, whatToDo });
const problem = (finding, whatToDo) => ({ state: 'problem', finding, whatToDo });

function node() {
  const finding = `${process.version}, ${nativeSources().platform}`;
  return isSupportedNode(process.versions.node)
    ? ok(finding)
    : problem(finding, `install Node ${OLDEST_NODE} or newer`);
}

function npm() {
  const script = findNpm();
  if (!script) return problem('not found', 'install npm; it comes with Node');
  return ok(JSON.parse(fs.readFileSync(path.join(path.dirname(script), '..', 'package.json'), 'utf8')).version);
}

function processor(root) {
  const { avx } = nativeSources();
  if (avx !== false) return ok(avx ? 'has AVX' : 'AVX is not asked for on this platform');
  const declined = isDeclined(nativeRecord(root)?.source);
  const finding = 'has no AVX, which native TensorFlow needs';
  return declined ? note(finding) : problem(finding, `${SET_UP} -- --source=wasm to go on with WebAssembly`);
}

function packages(root) {
  const difference = packagesDifference(root);
  return difference ? problem(difference, SET_UP) : ok('as in package-lock.json');
}

async function native(root) {
  if (packagesDifference(root)) return problem('the packages are not installed', SET_UP);
  const record = nativeRecord(root);
  const declined = [process.env.TFJS_NATIVE_SOURCE, record?.source].find(isDeclined);
  if (declined) return note(`declined (--source=${declined})`, `${SET_UP} -- --source=auto installs it`);
  const difference = nativeDifference(root, 'auto');
  const { version, fault } = await probe(root);
  if (fault) return problem(difference ?? fault, SET_UP);
  const finding = `libtensorflow ${version} loads and computes`;
  return difference ? note(`${finding}, but ${difference}`, SET_UP) : ok(`${finding} (source: ${record.source})`);
}

async function library(root) {
  const difference = libraryDifference(root) ?? (isLinked(root) ? undefined : 'not linked in node_modules');
  if (difference) return problem(difference, SET_UP);
  const { status, stdout, stderr } = await runNode(
    ['-e', "const { tf } = require('attention-notebooks'); process.stdout.write('\\n' + tf.getBackend())"],
    { cwd: root },
  );
  if (status !== 0) return problem(`does not load: ${lastLine(stderr)}`, SET_UP);
  return ok(`compiled; import from 'attention-notebooks' works, on the backend ${lastLine(stdout)}`);
}

function frontEnd(root) {
  const difference = frontEndDifference(root);
  return difference ? problem(difference, SET_UP) : ok('unpacked');
}

// The kernel as the course starts it: it must answer Jupyter's kernel_info_request.
const START_KERNEL = `
const { Kernel } = require('./build/jupyter/kernel/kernel.js');
const kernel = new Kernel({ cwd: process.cwd() });
kernel.start()
  .then(() => process.stdout.write('\\n' + JSON.stringify(kernel.information)))
  .finally(() => kernel.shutdown())
  .catch((error) => { console.error(error.message); process.exitCode = 1; });
`;

async function kernel(root) {
  if (packagesDifference(root) || libraryDifference(root)) return problem('not set up', SET_UP);
  const started = Date.now();
  const { status, killedBy, stdout, stderr } = await runNode(['-e', START_KERNEL], { cwd: root, timeout: 60_000 });
  if (status !== 0) return problem(killedBy ? 'does not answer within 60 s' : lastLine(stderr), SET_UP);
  const { implementation, implementation_version: version } = JSON.parse(lastLine(stdout));
  return ok(`${implementation} ${version} answers after ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function cache() {
  const folder = cacheFolder();
  if (!fs.existsSync(folder)) return ok(`${folder}, empty`);
  const bytes = fs
    .readdirSync(folder, { recursive: true })
    .map((name) => fs.statSync(path.join(folder, name)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
  return ok(`${folder}, ${megabytes(bytes)}; may be deleted when no set-up runs`);
}

function disk(root) {
  const places = { 'the project': root, 'the cache': cacheFolder() };
  const free = Object.entries(places).map(([name, folder]) => [name, freeSpace(existingFolder(folder))]);
  const finding = free.map(([name, bytes]) => `${megabytes(bytes)} free for ${name}`).join(', ');
  const least = Math.min(...free.map(([, bytes]) => bytes));
  if (least < 20e6) return problem(finding, 'free some space: notebooks cannot be saved on a full disk');
  return least < 1e9 ? note(finding, 'set-up from nothing needs about 1 GB') : ok(finding);
}

const REGISTER = 'npm run kernel -- --install';

function otherJupyter(root) {
  const [registered] = registrations(root, userDataFolder());
  if (registered) {
    const { name, folder } = registered;
    const finding = `this clone's kernel is registered as ${name} in ${folder}`;
    const missing = missingFile(registered);
    if (missing !== undefined) return note(`${finding}, but ${missing} is not there any more`, REGISTER);
    if (!isComplete(registered)) return note(`${finding}, but loses long output there`, REGISTER);
    return ok(finding);
  }
  const shell = process.platform === 'win32';
  const { status, stdout, error } = spawnSync('jupyter', ['kernelspec', 'list', '--json'], {
    encoding: 'utf8',
    timeout: 20_000,
    shell,
  });
  if (error?.code === 'ENOENT' || (shell && status !== 0)) return ok('none on PATH; the course brings its own');
  if (status !== 0) return note('jupyter is on PATH, but does not list its kernels');
  const { kernelspecs } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  const { spec, resource_dir: folder } = kernelspecs.tslab ?? {};
  if (!spec) return ok(`on PATH, without the tslab kernel: ${REGISTER} to use the lessons there`);
  return ok(`on PATH; tslab is registered in ${folder} and starts ${spec.argv.slice(0, 2).join(' ')}`);
}

const VARIABLES = [
  ...['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS'],
  ...['npm_config_cache', 'NPM_CONFIG_CACHE', 'NPM_CONFIG_REGISTRY', 'NPM_CONFIG_PROXY', 'NPM_CONFIG_HTTPS_PROXY'],
  ...['TFJS_NATIVE_SOURCE', 'TFJS_NATIVE_CACHE', 'TFJS_NATIVE_TARBALL'],
  ...['TFJS_NODE_CDN_STORAGE', 'TFJS_NODE_BASE_URI', 'CDN_STORAGE', 'npm_config_tfjs_binding_binary_host_mirror'],
];

function variables() {
  // npm sets some npm_config_* itself for the scripts that it runs.
  const byNpm = process.env.npm_execpath ? ['npm_config_cache'] : [];
  const found = VARIABLES.filter((name) => process.env[name] && !byNpm.includes(name));
  // A proxy's address may hold a password.
  const masked = (value) => value.replace(/\/\/[^/@]*@/, '//***@');
  return ok(found.map((name) => `${name}=${masked(process.env[name])}`).join(' ') || 'none set');
}

const lastLine = (text) => text.trim().split('\n').at(-1);

export const CHECKS = {
  Node: node,
  npm,
  Processor: processor,
  Packages: packages,
  'Native TensorFlow': native,
  Library: library,
  'Browser front end': frontEnd,
  'Notebook kernel': kernel,
  'Cache folder': cache,
  Disk: disk,
  'Other Jupyter': otherJupyter,
  'Proxy and mirrors': variables,
};
