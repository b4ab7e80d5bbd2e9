// What machine this is, and where things are kept on it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { SetUpError, MORE_SPACE } from './errors.mjs';
import { megabytes } from './progress.mjs';

/** `linux-x64-glibc`, `linux-x64-musl`, `darwin-arm64`, `win32-x64`, … */
export function platformKey() {
  const key = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? `${key}-${usesGlibc() ? 'glibc' : 'musl'}` : key;
}

function usesGlibc() {
  process.report.excludeNetwork = true; // else it looks up the names of all open connections
  return Boolean(process.report.getReport().header.glibcVersionRuntime);
}

/** Whether the processor has AVX, which every build of libtensorflow needs; undefined where that cannot be asked. */
export function hasAvx() {
  if (process.arch !== 'x64') return undefined;
  if (process.platform === 'linux' && fs.existsSync('/proc/cpuinfo'))
    return /^flags\s*:.*\bavx\b/m.test(fs.readFileSync('/proc/cpuinfo', 'utf8'));
  if (process.platform === 'darwin') {
    const { status, stdout } = spawnSync('sysctl', ['-n', 'machdep.cpu.features'], { encoding: 'utf8' });
    return status === 0 ? /\bAVX/.test(stdout) : undefined;
  }
  return undefined;
}

/** Where native TensorFlow is kept between projects: TFJS_NATIVE_CACHE, or the usual cache folder of the system. */
export function cacheFolder() {
  if (process.env.TFJS_NATIVE_CACHE) return path.resolve(process.env.TFJS_NATIVE_CACHE);
  const home = os.homedir();
  if (process.platform === 'win32') {
    return path.join(process.env.LOCALAPPDATA || path.join(home, 'AppData', 'Local'), 'tfjs-native');
  }
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches', 'tfjs-native');
  return path.join(process.env.XDG_CACHE_HOME || path.join(home, '.cache'), 'tfjs-native');
}

/** The nearest folder on the way up that exists. */
export function existingFolder(folder) {
  while (!fs.existsSync(folder)) folder = path.dirname(folder);
  return folder;
}

export function freeSpace(folder) {
  const { bavail, bsize } = fs.statfsSync(existingFolder(folder));
  return bavail * bsize;
}

export function requireSpace(folder, bytes, purpose) {
  const free = freeSpace(folder);
  if (free >= bytes) return;
  throw new SetUpError(
    `not enough disk space for ${purpose}: ${existingFolder(folder)} has ${megabytes(free)} free, ${megabytes(bytes)} are needed`,
    MORE_SPACE,
  );
}
