// The packages of package-lock.json in node_modules.
import fs from 'node:fs';
import path from 'node:path';
import { runNpm } from './npm.mjs';
import { requireSpace } from './platform.mjs';

/** Packages that npm must have installed: all but those that other platforms need, or that may be left out. */
function lockedPackages(root) {
  const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).filter(([folder]) => folder !== '');
}

/** npm's own record of what it installed, written at the very end: absent after a run that was cut short. */
function installedPackages(root) {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(record)) return undefined;
  try {
    return JSON.parse(fs.readFileSync(record, 'utf8')).packages;
  } catch {
    return undefined; // cut short: install again
  }
}

const isThere = (root, folder) => fs.existsSync(path.join(root, folder, 'package.json'));

export const NOT_INSTALLED = 'not installed';

/** Why node_modules does not match the lock file, or undefined if it does. */
export function packagesDifference(root) {
  const installed = installedPackages(root);
  if (!installed)
    return fs.existsSync(path.join(root, 'node_modules')) ? 'node_modules is not complete' : NOT_INSTALLED;
  for (const [folder, locked] of lockedPackages(root)) {
    const found = installed[folder];
    if (!found && (locked.optional || locked.devOptional)) continue;
    if (!found || found.version !== locked.version || found.integrity !== locked.integrity) {
      return `${folder} is not the locked version`;
    }
    if (!isThere(root, folder)) return `${folder} is missing`;
  }
  return undefined;
}

export async function installPackages(root, { space, progress, signal }) {
  requireSpace(root, space.packages, 'the packages');
  const step = progress.step('packages');
  const folders = lockedPackages(root).map(([folder]) => folder);
  const count = () => step.update(`${folders.filter((folder) => isThere(root, folder)).length} of ${folders.length}`);
  const timer = setInterval(count, 500);
  try {
    // Install scripts stay off: native TensorFlow comes next, and nothing else in the lock file needs one.
    const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
    await runNpm(args, { cwd: root, signal, purpose: 'installing the packages' });
    step.done(`${folders.length} installed`);
  } catch (error) {
    step.stop();
    throw error;
  } finally {
    clearInterval(timer);
  }
}
