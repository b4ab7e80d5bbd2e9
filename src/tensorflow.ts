/**
 * The one place that loads TensorFlow. Every other module imports `tf` from here, so that lessons, helpers and copied
 * modules share one TensorFlow instance and one backend.
 *
 * Loading `@tensorflow/tfjs-node` registers the native backend with the TensorFlow.js that is exported here. Where the
 * package is not installed (a browser, a project of your own with only `@tensorflow/tfjs`), the same modules run on
 * that project's backend; where it is installed and does not load, on the next best one, and one line says so.
 *
 * @see Lesson 00, "Start here".
 */
import './node-compatibility';
import * as tf from '@tensorflow/tfjs';

/** The parts of Node that are used here, so that a project without Node's types can compile a copy of this file. */
declare const process: { versions?: { node?: string }; env: Record<string, string | undefined> };
declare const require: (name: string) => unknown;

/** Never a literal in a call: a bundler for a browser would follow it. */
const NATIVE: string = '@tensorflow/tfjs-node';
/** Likewise; a copy of this file may also come without it. */
const WASM: string = './wasm/start-wasm-backend';

/** Why a backend is not to be had, and what would help; without a reason where nobody expects it. */
interface Obstacle {
  why?: string;
  remedy?: string;
}

/** A way to compute. */
interface Backend {
  /** To follow "running on". */
  name: string;
  /** Loads it, which makes it TensorFlow.js' own choice. */
  load(): Obstacle | null;
}

/** The best first. The last comes with TensorFlow.js and is there everywhere. */
const BACKENDS: readonly Backend[] = [
  { name: 'native TensorFlow', load: loadNative },
  { name: 'WebAssembly', load: loadWasm },
  { name: 'the pure-JavaScript backend, 8 to 80 times slower', load: loadJavaScript },
];

/** In Node, the first backend that loads; says in one line what is in the way of a better one. A browser has its own. */
function loadBackend(): void {
  if (typeof process === 'undefined' || !process.versions?.node) return;
  const obstacles: Obstacle[] = [];
  for (const { name, load } of BACKENDS) {
    const obstacle = load();
    if (obstacle) {
      obstacles.push(obstacle);
      continue;
    }
    for (const { why, remedy } of obstacles) if (why) tellOnce(`${why}: running on ${name}. ${remedy}`);
    return;
  }
}

function loadNative(): Obstacle | null {
  const source = chosenSource();
  if (source === 'none' || source === 'wasm') {
    return {
      why: `Native TensorFlow was declined (--source=${source})`,
      remedy: 'npm run setup -- --source=auto installs it.',
    };
  }
  try {
    // Required, not imported: for its side effect, and only where it exists.
    require(NATIVE);
    return null;
  } catch (error) {
    if (isMissingPackage(error) || hasNoRequire(error)) return {};
    const [reason = ''] = String((error as Error).message).split('\n');
    return {
      why: `Native TensorFlow does not load (${reason.trim()})`,
      remedy:
        'In a clone of the course, npm run doctor says what to do; in a project of your own, ' +
        'npm rebuild @tensorflow/tfjs-node --ignore-scripts=false runs the installer that npm has left out.',
    };
  }
}

/** TensorFlow.js' WebAssembly backend, ready at once; where its package is not installed, nobody expects it. */
function loadWasm(): Obstacle | null {
  if (chosenSource() === 'none') return {};
  try {
    const { registerWasmBackend } = require(WASM) as { registerWasmBackend(): void };
    registerWasmBackend();
    void tf.setBackend('wasm');
    return null;
  } catch (error) {
    if ((error as { code?: string }).code === 'MODULE_NOT_FOUND' || hasNoRequire(error)) return {};
    const [reason = ''] = String((error as Error).message).split('\n');
    return { why: `WebAssembly does not start (${reason.trim()})`, remedy: 'npm run doctor says what to do.' };
  }
}

function loadJavaScript(): null {
  return null;
}

/** One line a process, however many copies of this module it has loaded. */
function tellOnce(line: string): void {
  const told = globalThis as Record<symbol, unknown>;
  const mark = Symbol.for('attention-notebooks: the backend has been told');
  if (told[mark]) return;
  told[mark] = true;
  console.warn(line);
  // TensorFlow.js would say it once more, when it first computes.
  Object.assign(tf.backend(), { firstUse: false });
}

/** Where TensorFlow shall come from, as the user said: by variable, or at set-up, which leaves a record of it. */
function chosenSource(): string | undefined {
  const asked = process.env.TFJS_NATIVE_SOURCE;
  if (asked) return asked;
  try {
    // A file that only set-up writes.
    return (require(`${NATIVE}/deps/NATIVE.json`) as { source: string }).source;
  } catch {
    return undefined; // no record: a project of your own, with tfjs-node installed in the usual way
  }
}

function isMissingPackage(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === 'MODULE_NOT_FOUND' && (message ?? '').includes(`'${NATIVE}'`);
}

/** In a bundle of ES modules: whoever made it imports `@tensorflow/tfjs-node` first, if it shall be used. */
function hasNoRequire(error: unknown): boolean {
  return error instanceof ReferenceError || /^Dynamic require of/.test((error as Error).message);
}

loadBackend();

export { tf };
