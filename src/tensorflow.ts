/**
 * The one place that loads TensorFlow. Every other module imports `tf` from here, so that lessons, helpers and copied
 * modules share one TensorFlow instance and one backend.
 *
 * Loading `@tensorflow/tfjs-node` registers the native backend with the TensorFlow.js that is exported here. Where the
 * package is not installed (a browser, a project of your own with only `@tensorflow/tfjs`), the same modules run on
 * that project's backend.
 *
 * @see Lesson 00, "Start here".
 */
import './node-compatibility';
import * as tf from '@tensorflow/tfjs';

/** The parts of Node that are used here, so that a project without Node's types can compile a copy of this file. */
declare const process: { versions?: { node?: string }; env: Record<string, string | undefined> };
declare const require: (name: string) => unknown;

function loadNativeBackend(): void {
  if (typeof process === 'undefined' || !process.versions?.node) return;
  if (withoutNative()) {
    console.warn(
      'Native TensorFlow was declined (--source=none): running on the pure-JavaScript backend, 8 to 80 times slower. ' +
        'npm run setup -- --source=auto installs it.',
    );
    return;
  }
  try {
    // Required, not imported: for its side effect, and only where it exists.
    require('@tensorflow/tfjs-node');
  } catch (error) {
    if (isMissingPackage(error) || hasNoRequire(error)) return;
    throw new Error(
      'The native TensorFlow library does not load. Run `npm run setup`, or `npm run doctor` to see why.',
      {
        cause: error,
      },
    );
  }
}

/** Whether the user chose to go without native TensorFlow: by variable, or at set-up, which leaves a record of it. */
function withoutNative(): boolean {
  const asked = process.env.TFJS_NATIVE_SOURCE;
  if (asked) return asked === 'none';
  try {
    // A file that only set-up writes.
    return (require('@tensorflow/tfjs-node/deps/NATIVE.json') as { source: string }).source === 'none';
  } catch {
    return false; // no record: a project of your own, with tfjs-node installed in the usual way
  }
}

function isMissingPackage(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === 'MODULE_NOT_FOUND' && (message ?? '').includes("'@tensorflow/tfjs-node'");
}

/** In a bundle of ES modules: whoever made it imports `@tensorflow/tfjs-node` first, if it shall be used. */
function hasNoRequire(error: unknown): boolean {
  return error instanceof ReferenceError || /^Dynamic require of/.test((error as Error).message);
}

loadNativeBackend();

export { tf };
