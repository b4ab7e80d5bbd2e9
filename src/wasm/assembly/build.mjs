// Compiles the AssemblyScript in this folder to WebAssembly, and writes it where the library reads it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `npm run build:wasm [-- --check]

Compiles src/wasm/assembly/*.ts with AssemblyScript, which it installs in that folder
first, and writes src/wasm/compiled-assembly.ts: commit both.
  --check   write nothing; exit 1 if the committed file is not what comes out`;

const here = path.dirname(fileURLToPath(import.meta.url));
const RESULT = path.join(here, '..', 'compiled-assembly.ts');
const OPTIONS = [
  ...['-O3', '--converge', '--noAssert', '--enable', 'simd'],
  // No memory of its own and nothing to run at the start: it works on the memory of TensorFlow.js' backend.
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory'],
];

/** The sources in the order of their names; line ends do not count. */
function sources() {
  const names = fs.readdirSync(here).filter((name) => name.endsWith('.ts') || name === 'package-lock.json');
  return names.sort().map((name) => [name, fs.readFileSync(path.join(here, name), 'utf8').replaceAll('\r\n', '\n')]);
}

/** One hash of everything that decides what is compiled, by which a test sees at once that a build was forgotten. */
export function hashOfSources() {
  const lines = [OPTIONS.join(' '), ...sources().map(([name, text]) => `${name}\n${text}`)];
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** The text of the file that is committed. */
export async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  const texts = Object.fromEntries(sources());
  let binary;
  const { error, stderr } = await asc.main(['index.ts', '--outFile', 'result.wasm', ...OPTIONS], {
    readFile: (name) => texts[name] ?? null,
    writeFile: (_, content) => (binary = content),
    listFiles: () => [],
  });
  const messages = stderr.toString();
  if (error || messages) throw new Error(`AssemblyScript: ${messages || error.message}`);
  return `/**
 * What is compiled from \`assembly/\`: made by \`npm run build:wasm\`, not by hand.
 *
 * As text, so that it goes wherever the library goes: into a bundle, a copy, a page.
 */

/** SHA-256 of the sources and options that it was made from. */
export const SOURCES = '${hashOfSources()}';

/** The WebAssembly module, in base 64. */
export const COMPILED_ASSEMBLY =
  '${Buffer.from(binary).toString('base64')}';
`;
}

/** Installs the compiler beside the sources; the course's own packages do without its hundred megabytes. */
export function installCompiler() {
  const lock = JSON.parse(fs.readFileSync(path.join(here, 'package-lock.json'), 'utf8'));
  const wanted = lock.packages['node_modules/assemblyscript'].version;
  const file = path.join(here, 'node_modules', 'assemblyscript', 'package.json');
  if (fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).version === wanted) return;
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) throw new Error('the compiler cannot be installed: see the lines above', { cause: error });
}

async function main(args) {
  const unknown = args.find((arg) => !['--help', '--check'].includes(arg));
  if (unknown) {
    console.error(`npm run build:wasm: unknown option ${unknown}; npm run build:wasm -- --help lists the options`);
    return 2;
  }
  if (args.includes('--help')) {
    console.log(HELP);
    return 0;
  }
  installCompiler();
  const text = await compile();
  if (!args.includes('--check')) {
    fs.writeFileSync(RESULT, text);
    return 0;
  }
  if (fs.readFileSync(RESULT, 'utf8').replaceAll('\r\n', '\n') === text) return 0;
  console.error(
    'src/wasm/compiled-assembly.ts is not what the present sources give: run npm run build:wasm and commit it',
  );
  return 1;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (status) => (process.exitCode = status),
    (error) => {
      console.error(`npm run build:wasm: ${error.message}`);
      process.exitCode = 1;
    },
  );
}
