// npm run pack:native
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetUpError } from './errors.mjs';
import { cachedName, cachedNativeLibrary } from './native-cache.mjs';
import { nativeSources } from './native-sources.mjs';
import { runNpm } from './npm.mjs';
import { cacheFolder } from './platform.mjs';
import { createProgress, megabytes } from './progress.mjs';
import { digest } from './registry-package.mjs';
import { report } from './set-up.mjs';

const HELP = `npm run pack:native

Writes build/native-package/*.tgz: packages/tensorflow-linux-x64 with the native files, each
checked by its sha256. Publishes nothing.`;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export async function main(args) {
  if (args.includes('--help')) return void console.log(HELP);
  if (args.length > 0) {
    console.error(`npm run pack:native: unexpected argument ${args[0]} (npm run pack:native -- --help)`);
    process.exitCode = 2;
    return;
  }
  try {
    await pack();
  } catch (error) {
    process.exitCode = report(error);
  }
}

async function pack() {
  const { platform, packages, space } = nativeSources();
  const source = packages[platform];
  if (!source) throw new SetUpError(`there is no package for ${platform}`, 'Run this on x64 Linux with glibc.');
  const progress = createProgress();
  const cached = await cachedNativeLibrary(source, cacheFolder(), { space, progress });
  const output = path.join(root, 'build', 'native-package');
  const content = path.join(output, 'content');
  fs.rmSync(output, { recursive: true, force: true });
  fs.cpSync(path.join(root, 'packages', 'tensorflow-linux-x64'), content, { recursive: true });
  for (const name of Object.keys(source.files).map(cachedName)) {
    fs.mkdirSync(path.dirname(path.join(content, name)), { recursive: true });
    fs.copyFileSync(path.join(cached, name), path.join(content, name), fs.constants.COPYFILE_FICLONE);
  }
  const step = progress.step('npm pack');
  const purpose = 'packing the native files';
  await runNpm(['pack', content, '--pack-destination', output], { cwd: output, purpose }).finally(step.stop);
  fs.rmSync(content, { recursive: true });
  for (const name of fs.readdirSync(output)) {
    const file = path.join(output, name);
    const integrity = `sha512-${await digest(file, 'sha512', 'base64')}`;
    console.log(`${path.relative(root, file)}  ${megabytes(fs.statSync(file).size)}  ${integrity}`);
  }
}
