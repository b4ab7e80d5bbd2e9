// node scripts/run.mjs FILE.ts ...: runs a TypeScript program with memory that is used again instead of given back.
//
// TensorFlow asks for the memory of each result anew. The C library gives large pieces back to Linux as soon as they are
// free, and Linux clears each page before it lends it out again: in a training, that can cost more than the arithmetic.
// Only the environment in which a process starts can change that, hence a second process.
import { createRequire } from 'node:module';
import { runNodeInForeground } from './set-up/child-process.mjs';

const MEGABYTE = 2 ** 20;
/**
 * For glibc; other C libraries do not look at it. Pieces of up to 32 MB, the most that glibc allows, come from one heap;
 * a free gigabyte at its end stays; Linux may lend 2 MB at once. All pieces in the heap would be faster still, but then
 * its gaps grow: some 10 GB after thousands of steps.
 */
const KEEP_MEMORY = Object.entries({
  mmap_threshold: 32 * MEGABYTE,
  trim_threshold: 1024 * MEGABYTE,
  top_pad: 64 * MEGABYTE,
  arena_max: 1,
  hugetlb: 1,
})
  .map(([name, value]) => `glibc.malloc.${name}=${value}`)
  .join(':');

try {
  createRequire(import.meta.url).resolve('ts-node/register/transpile-only');
} catch {
  console.error('The packages of this project are not installed yet: run npm run setup first.');
  process.exit(2);
}

process.exitCode = await runNodeInForeground(
  ['--require', 'ts-node/register/transpile-only', ...process.argv.slice(2)],
  {
    env: { GLIBC_TUNABLES: KEEP_MEMORY, ...process.env },
  },
);
