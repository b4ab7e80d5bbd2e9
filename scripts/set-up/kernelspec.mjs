// The kernel of this clone as other Jupyter programs (JupyterLab, VS Code, nbconvert) find it: a file kernel.json in a
// folder that they look into. Written by ourselves, so that neither Python nor a node on PATH is needed.
//
// See https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SetUpError } from './errors.mjs';

/** The name in the lessons' metadata: a kernel of this name is chosen without a question. */
export const LESSONS_KERNEL = 'tslab';

/** The folder of this user's Jupyter, as jupyter_core finds it. */
export function userDataFolder({ platform = process.platform, env = process.env, home = os.homedir() } = {}) {
  const join = (platform === 'win32' ? path.win32 : path.posix).join;
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === 'darwin') return join(home, 'Library', 'Jupyter');
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'jupyter');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'jupyter');
}

/** The folder of the Jupyter that is installed under `prefix`: /usr/local, or a Python environment. */
export const prefixDataFolder = (prefix) => path.join(path.resolve(prefix), 'share', 'jupyter');

/** What kernel.json holds for the clone in `root`. */
export function kernelSpec(root, node = process.execPath) {
  return {
    argv: [
      node,
      ...['--require', path.join(root, 'jupyter', 'kernel', 'kernel-process.cjs')],
      ...[path.join(root, 'node_modules', 'tslab', 'bin', 'tslab'), 'kernel', '--config-path', '{connection_file}'],
    ],
    display_name: `TypeScript (${path.basename(root)})`,
    language: 'typescript',
    interrupt_mode: 'signal',
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
    metadata: { debugger: false },
  };
}

/** The name of this clone's folder, in the letters that Jupyter allows. */
export function cloneName(root) {
  const name = path.basename(root).replace(/[^A-Za-z0-9._-]+/g, '-');
  return /[A-Za-z0-9]/.test(name) ? name.toLowerCase() : 'attention-notebooks';
}

/** The kernels in a data folder: { name, folder, argv }. What cannot be read is somebody else's. */
function kernelsIn(dataFolder) {
  const kernels = path.join(dataFolder, 'kernels');
  if (!fs.existsSync(kernels)) return [];
  return fs.readdirSync(kernels).map((name) => {
    const folder = path.join(kernels, name);
    let argv = [];
    try {
      const spec = JSON.parse(fs.readFileSync(path.join(folder, 'kernel.json'), 'utf8'));
      if (Array.isArray(spec?.argv)) argv = spec.argv.map(String);
    } catch {
      argv = [];
    }
    return { name, folder, argv };
  });
}

const isWithin = (root, file) => path.isAbsolute(file) && !/^\.\.(?:[\\/]|$)/.test(path.relative(root, file));

/** The kernels in a data folder that run this clone's tslab, whoever registered them. */
export function registrations(root, dataFolder) {
  return kernelsIn(dataFolder).filter(({ argv }) => argv.some((part) => isWithin(root, part)));
}

/** The first file of a registered kernel that is not there, as after an update of Node; undefined when all are. */
export const missingFile = ({ argv }) => argv.find((part) => path.isAbsolute(part) && !fs.existsSync(part));

/** Whether the kernel starts with the course's own part, which loses no output. */
export const isComplete = ({ argv }) => argv.some((part) => path.basename(part) === 'kernel-process.cjs');

/**
 * Registers the clone's kernel in a data folder. Without a name it is that of the lessons, or, where another kernel has
 * it, the clone's. Returns { name, folder }.
 */
export function install(root, dataFolder, wanted) {
  const known = kernelsIn(dataFolder);
  const isFree = (name) => {
    const there = known.find((kernel) => kernel.name.toLowerCase() === name.toLowerCase());
    return !there || there.argv.some((part) => isWithin(root, part)) || missingFile(there) !== undefined;
  };
  const name = wanted ?? [LESSONS_KERNEL, cloneName(root)].find(isFree);
  if (name === undefined || !isFree(name)) {
    throw new SetUpError(
      `another kernel has the name ${name ?? cloneName(root)} in ${path.join(dataFolder, 'kernels')}`,
      'Choose another name: npm run kernel -- --install --name NAME',
    );
  }
  const folder = path.join(dataFolder, 'kernels', name);
  const temporary = path.join(folder, `.${randomBytes(6).toString('hex')}.tmp`);
  fs.mkdirSync(folder, { recursive: true });
  try {
    fs.writeFileSync(temporary, `${JSON.stringify(kernelSpec(root), null, 1)}\n`);
    fs.renameSync(temporary, path.join(folder, 'kernel.json'));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  return { name, folder };
}

/** Takes this clone's kernels out of a data folder, and what has become empty by that. Returns their names. */
export function remove(root, dataFolder) {
  const found = registrations(root, dataFolder);
  for (const { folder } of found) fs.rmSync(folder, { recursive: true });
  for (const folder of found.length > 0 ? [path.join(dataFolder, 'kernels'), dataFolder] : []) {
    if (fs.readdirSync(folder).length > 0) break;
    fs.rmdirSync(folder);
  }
  return found.map(({ name }) => name);
}
