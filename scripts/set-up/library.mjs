// The compiled library in build/, and the link through which lessons import it by name.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { runNode } from './child-process.mjs';
import { SetUpError } from './errors.mjs';
import { renameFile } from './rename.mjs';

const SOURCE_FOLDERS = ['src', 'jupyter', 'scripts'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'];

const stampOf = (root) => path.join(root, 'build', '.sources');
export const compiler = (root) => path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
export const compilerArguments = (root) => [compiler(root), '-p', path.join(root, 'tsconfig.build.json')];

function sourceFiles(root) {
  const files = [];
  const visit = (folder) => {
    for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules' && name !== path.join('jupyter', 'front-end'))
        visit(name);
      if (entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name)) files.push(name);
    }
  };
  SOURCE_FOLDERS.filter((folder) => fs.existsSync(path.join(root, folder))).forEach(visit);
  return files.sort();
}

/** Of names and contents: a megabyte is read in a few milliseconds, and times of files say little after `git` or a copy. */
function fingerprint(root, files) {
  const hash = createHash('sha256');
  for (const name of [...files, ...SETTINGS]) {
    const content = fs.readFileSync(path.join(root, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

const outputOf = (name) => path.join('build', name.replace(/\.ts$/, '.js'));

/** Why the compiled library is not current, or undefined if it is. */
export function libraryDifference(root) {
  const files = sourceFiles(root);
  const missing = files.find((name) => !fs.existsSync(path.join(root, outputOf(name))));
  if (missing) return `${outputOf(missing)} is missing`;
  if (!fs.existsSync(stampOf(root))) return 'the last compilation did not finish';
  if (fs.readFileSync(stampOf(root), 'utf8') !== fingerprint(root, files)) return 'the sources have changed';
  return undefined;
}

export async function compileLibrary(root, { progress, signal }) {
  const files = sourceFiles(root);
  const before = fingerprint(root, files);
  fs.rmSync(stampOf(root), { force: true });
  // The compiler believes its own record of what it wrote.
  const complete = files.every((name) => fs.existsSync(path.join(root, outputOf(name))));
  if (!complete) fs.rmSync(path.join(root, 'build', '.tsbuildinfo'), { force: true });
  const step = progress.step('library');
  try {
    const { status, killedBy, stdout, stderr } = await runNode(compilerArguments(root), { cwd: root, signal });
    if (status !== 0) {
      throw new SetUpError(
        `the library does not compile (${killedBy ?? `exit status ${status}`})\n${(stdout + stderr).trim()}`,
        'Correct the errors in the files named above (git diff shows what you changed), then run the command again.',
      );
    }
    fs.writeFileSync(stampOf(root), before);
    step.done('compiled');
  } catch (error) {
    step.stop();
    throw error;
  }
}

const linkOf = (root) => path.join(root, 'node_modules', 'attention-notebooks');

function linkContent(root) {
  const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const main = '../../build/src/index.js';
  return `${JSON.stringify({ name, version, main, types: main.replace('.js', '.d.ts') }, null, 2)}\n`;
}

export function isLinked(root) {
  const file = path.join(linkOf(root), 'package.json');
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === linkContent(root);
}

/**
 * Lessons import the library by its package name. tslab reads neither `exports` nor files outside the notebook's
 * folder, so a small package in node_modules points at the compiled library.
 */
export async function linkLibrary(root) {
  if (isLinked(root)) return;
  fs.mkdirSync(linkOf(root), { recursive: true });
  fs.writeFileSync(path.join(linkOf(root), 'package.json.new'), linkContent(root));
  await renameFile(path.join(linkOf(root), 'package.json.new'), path.join(linkOf(root), 'package.json'));
}
