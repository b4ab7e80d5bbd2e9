// tfjs-node's own installer, which downloads from its makers' storage host or a mirror of it.
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { runNode } from './child-process.mjs';
import { SetUpError } from './errors.mjs';
import { requireSpace } from './platform.mjs';

const STORAGE = 'https://storage.googleapis.com/';
const ANSWER_WITHIN = 10_000;
const INSTALL_WITHIN = 15 * 60_000;

/**
 * Runs the installer on `copy`, a copy of the package, so that one that fails or is killed leaves the package as it was.
 * Resolves with the names of the files in the copy's deps/ and lib/.
 */
export async function runOfficialInstaller(folder, copy, addonFolder, { space }, { progress, signal }) {
  const host = storageHost();
  const fault = await whyNot(host, signal);
  if (fault) throw new SetUpError(`tfjs-node's own installer: ${host} ${fault}`, '');
  requireSpace(folder, space.official, 'native TensorFlow');
  const step = progress.step('native TensorFlow (its own installer)');
  try {
    await fsp.cp(folder, copy, {
      recursive: true,
      filter: (name) => !['deps', 'lib'].includes(path.relative(folder, name)),
    });
    const binaries = path.join(folder, '..', '..', '.bin');
    const { status, killedBy, stderr } = await runNode([path.join('scripts', 'install.js')], {
      cwd: copy,
      env: { ...process.env, PATH: `${binaries}${path.delimiter}${process.env.PATH}` },
      signal,
      timeout: INSTALL_WITHIN,
    });
    const addon = path.join(copy, addonFolder, 'tfjs_binding.node');
    if (status !== 0 || !fs.existsSync(addon)) {
      const reason = stderr.split('\n').find((line) => /Error|failed|ERR!/.test(line)) ?? '';
      throw new SetUpError(
        `tfjs-node's own installer failed (${killedBy ?? `exit status ${status}`}) ${reason.trim()}`.trim(),
        '',
      );
    }
    await besideTheAddonOnWindows(copy, path.dirname(addon));
    return [...filesBelow(copy, 'deps'), ...filesBelow(copy, 'lib')];
  } finally {
    step.stop();
  }
}

/** The variables that the installer itself reads, in its order. */
function storageHost() {
  const { env } = process;
  return env.TFJS_NODE_CDN_STORAGE || env.npm_config_TFJS_NODE_CDN_STORAGE || env.CDN_STORAGE || STORAGE;
}

/** Why `host` cannot be used. A blocked one must cost seconds, not minutes: asks for one file, reads the status only. */
function whyNot(host, signal) {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = process.env;
  // Node does not go through the proxy, the installer does: let it try.
  if (HTTPS_PROXY || https_proxy || HTTP_PROXY || http_proxy) return undefined;
  if (!URL.canParse(host)) return 'is no address';
  const url = new URL('tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz', host);
  return new Promise((resolve) => {
    const request = (url.protocol === 'http:' ? http : https).get(url, { timeout: ANSWER_WITHIN, signal }, (answer) => {
      answer.destroy();
      resolve(answer.statusCode === 403 || answer.statusCode >= 500 ? `answered ${answer.statusCode}` : undefined);
    });
    request.on('timeout', () => request.destroy(new Error('did not answer')));
    request.on('error', (error) => resolve(error.code ? `cannot be reached (${error.code})` : error.message));
  });
}

/** The installer puts the library where other versions of Node-API look for it. */
async function besideTheAddonOnWindows(copy, addonFolder) {
  if (process.platform !== 'win32') return;
  const beside = path.join(addonFolder, 'tensorflow.dll');
  if (!fs.existsSync(beside)) await fsp.copyFile(path.join(copy, 'deps', 'lib', 'tensorflow.dll'), beside);
}

export function filesBelow(folder, name) {
  return fs
    .readdirSync(path.join(folder, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)));
}
