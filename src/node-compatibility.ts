/**
 * Must run before anything loads `@tensorflow/tfjs-node`: quiets the native library, sets the number of threads that
 * its recurrent networks like best, and gives back two helpers that Node 23 removed and tfjs-node 4.22.0 still calls.
 */
import { nodeModule } from './node-module';

/** The parts of Node that are used here, so that a project without Node's types can compile a copy of this file. */
declare const process: { versions?: { node?: string }; env: Record<string, string | undefined> };

if (typeof process !== 'undefined' && process.versions?.node) {
  // Read once, when the native library is loaded. 2: errors only.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // One thread beats two in wall time for LSTMs of this size, at half the CPU. Set it yourself for large matrix products.
  process.env.TF_NUM_INTRAOP_THREADS ??= '1';

  const util = nodeModule<{ isNullOrUndefined?: unknown; isArray?: unknown }>('node:util');
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = (value: unknown) => Array.isArray(value);
}
