// npm run build
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runNodeInForeground } from './child-process.mjs';
import { compileLibrary, compilerArguments, libraryDifference, linkLibrary } from './library.mjs';
import { packagesDifference } from './packages.mjs';
import { createProgress } from './progress.mjs';
import { report } from './set-up.mjs';

const HELP = `npm run build [-- --watch]

Compiles src/, jupyter/ and scripts/ to build/, where lessons import the library from.
npm start and npm test do it by themselves when a source file has changed.

  --watch  stay and compile again after every change (restart the notebook's kernel to use it)`;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export async function main(args) {
  let options;
  try {
    options = parseArgs({ args, options: { watch: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`npm run build: ${error.message.split('\n')[0]} (npm run build -- --help lists the options)`);
    process.exitCode = 2;
    return;
  }
  if (options.help) return void console.log(HELP);
  const difference = packagesDifference(root);
  if (difference) {
    console.error(`npm run build: the packages are not installed (${difference}). Run npm run setup.`);
    process.exitCode = 1;
    return;
  }
  await linkLibrary(root);
  if (options.watch) {
    const watch = [...compilerArguments(root), '--watch', '--preserveWatchOutput'];
    process.exitCode = await runNodeInForeground(watch, { cwd: root });
    return;
  }
  try {
    if (libraryDifference(root)) await compileLibrary(root, { progress: createProgress() });
  } catch (error) {
    process.exitCode = report(error);
  }
}
