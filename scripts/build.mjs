// Compiles src/, jupyter/ and scripts/ to build/ (`--watch`: again after every change) and links the library by name.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const tsc = createRequire(path.join(root, 'package.json')).resolve('typescript/bin/tsc');

// Lessons import the library by its package name. tslab reads neither `exports` nor files outside the notebook's folder,
// so a small package in node_modules points at the compiled library.
const link = path.join(root, 'node_modules', 'attention-notebooks');
fs.mkdirSync(link, { recursive: true });
const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const main = '../../build/src/index.js';
fs.writeFileSync(
  path.join(link, 'package.json'),
  JSON.stringify({ name, version, main, types: main.replace('.js', '.d.ts') }, null, 2) + '\n',
);

const result = spawnSync(
  process.execPath,
  [tsc, '-p', path.join(root, 'tsconfig.build.json'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
process.exit(result.status ?? 1);
