// npm run kernel
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SetUpError } from './errors.mjs';
import { install, LESSONS_KERNEL, prefixDataFolder, remove, userDataFolder } from './kernelspec.mjs';
import { report, setUp } from './set-up.mjs';

const HELP = `npm run kernel -- --install | --remove [--prefix DIR] [--name NAME]

Registers the kernel of this clone with other Jupyter programs: JupyterLab, Jupyter
Notebook, VS Code, nbconvert. Needs no Python, and no node on their PATH.
  --install      write kernel.json, with the paths of this clone and of this Node
  --remove       take this clone's kernels out again, without a trace
  --user         for you alone, in Jupyter's data folder (default)
  --prefix DIR   for the Jupyter that is installed under DIR: /usr/local, or a Python environment
  --name NAME    the kernel's name; by default ${LESSONS_KERNEL}, which the lessons ask for, or the
                 name of this folder where another kernel has that name
  --help         print this`;

const OPTIONS = {
  install: { type: 'boolean' },
  remove: { type: 'boolean' },
  user: { type: 'boolean' },
  prefix: { type: 'string' },
  name: { type: 'string' },
  help: { type: 'boolean' },
};

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export async function main(args) {
  let options;
  try {
    options = parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    return usage(error.message.split(/\. |\n/)[0]);
  }
  if (options.help) return void console.log(HELP);
  const { name, prefix, user } = options;
  if (!options.install === !options.remove) return usage('say --install or --remove');
  if (user && prefix !== undefined) return usage('--user and --prefix exclude each other');
  if (prefix === '') return usage('--prefix needs a folder');
  if (name !== undefined && options.remove)
    return usage('--remove takes out all kernels of this clone, without --name');
  if (name !== undefined && !/^[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    return usage(`--name may hold letters without accents, digits, dots, hyphens and underscores, got ${name}`);
  }
  const dataFolder = prefix === undefined ? userDataFolder() : prefixDataFolder(prefix);
  try {
    if (options.install) {
      await setUp(root);
      const { name: chosen, folder } = install(root, dataFolder, name);
      console.log(`The kernel ${chosen} is registered in ${folder}.`);
      if (chosen !== LESSONS_KERNEL)
        console.log(`In each lesson, choose it by its name: TypeScript (${path.basename(root)}).`);
    } else {
      const names = remove(root, dataFolder);
      console.log(
        names.length > 0
          ? `Removed from ${dataFolder}: ${names.join(', ')}.`
          : `Nothing to remove: ${dataFolder} has no kernel of this clone.`,
      );
    }
  } catch (error) {
    process.exitCode = report(explain(error, dataFolder), 'Registering the kernel');
  }
}

/** What the system refuses there; other errors as they are. */
function explain(error, folder) {
  const where = error.path ?? folder;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return new SetUpError(`the disk is full: ${where}`, 'Free some space, then try again.');
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(error.code))
    return new SetUpError(
      `cannot write ${where} (${error.code})`,
      'Choose a folder that you may write: --user, or --prefix with another one.',
    );
  return error;
}

function usage(problem) {
  console.error(`npm run kernel: ${problem}. npm run kernel -- --help lists the options.`);
  process.exitCode = 2;
}
