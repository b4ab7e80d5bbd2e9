// Rebuilds the browser front end: packages, type check, bundle, and the archive that is committed for learners.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { archive, filesBelow } from './archive.mjs';

const HELP = `npm run build:front-end [-- --check]

Builds the browser front end from jupyter/front-end/ and writes front-end.tgz and
bundle.json there: commit both. The next npm start unpacks them.
  --check   build nothing; exit 1 if the archive was not built from the present sources`;

const here = path.dirname(fileURLToPath(import.meta.url));
const ARCHIVE = 'front-end.tgz';
const MANIFEST = 'bundle.json';
const SOURCES = ['package.json', 'package-lock.json', 'bundle.mjs', 'favicons.mjs', 'archive.mjs', 'source', 'stubs'];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** One hash of everything that decides what the bundle contains. Line ends do not count. */
function hashOfSources() {
  const names = SOURCES.flatMap((name) =>
    fs.statSync(path.join(here, name)).isDirectory()
      ? filesBelow(path.join(here, name)).map((file) => `${name}/${file}`)
      : [name],
  );
  const lines = names.map((name) => {
    const text = fs.readFileSync(path.join(here, name), 'utf8').replaceAll('\r\n', '\n');
    return `${sha256(text)}  ${name}\n`;
  });
  return sha256(lines.join(''));
}

function check() {
  const manifest = JSON.parse(fs.readFileSync(path.join(here, MANIFEST), 'utf8'));
  const bytes = fs.readFileSync(path.join(here, manifest.file));
  const remedy = 'run npm run build:front-end and commit jupyter/front-end';
  if (manifest.sources !== hashOfSources())
    return `jupyter/front-end/${manifest.file} was not built from the present sources: ${remedy}`;
  if (manifest.sha256 !== sha256(bytes) || manifest.bytes !== bytes.length)
    return `jupyter/front-end/${manifest.file} is not the archive that ${MANIFEST} describes: ${remedy}`;
  return null;
}

function run(name, program, args) {
  console.log(name);
  const { status, error } = spawnSync(program, args, {
    cwd: here,
    stdio: 'inherit',
    shell: program === 'npm' && process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) {
    console.error(`npm run build:front-end: ${name} failed with exit status ${status}`);
    process.exit(1);
  }
}

async function build() {
  run('Packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  const tsc = createRequire(path.join(here, '../../package.json')).resolve('typescript/bin/tsc');
  run('Types', process.execPath, [tsc, '-p', here]);
  console.log('Bundle');
  const { bundle } = await import('./bundle.mjs');
  const dist = path.join(here, 'dist');
  await bundle(dist);
  const bytes = archive(dist);
  fs.writeFileSync(path.join(here, ARCHIVE), bytes);
  const manifest = { file: ARCHIVE, sha256: sha256(bytes), bytes: bytes.length, sources: hashOfSources() };
  fs.writeFileSync(path.join(here, MANIFEST), JSON.stringify(manifest, null, 2) + '\n');
  console.log(`jupyter/front-end/${ARCHIVE}: ${(bytes.length / 1e6).toFixed(2)} MB, ${filesBelow(dist).length} files`);
}

const args = process.argv.slice(2);
const unknown = args.find((arg) => !['--check', '--help'].includes(arg));
if (unknown) {
  console.error(
    `npm run build:front-end: unknown option ${unknown}; npm run build:front-end -- --help lists the options`,
  );
  process.exit(2);
}
if (args.includes('--help')) {
  console.log(HELP);
} else if (args.includes('--check')) {
  const problem = check();
  if (problem) {
    console.error(problem);
    process.exit(1);
  }
} else {
  await build();
}
