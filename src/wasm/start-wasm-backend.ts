/**
 * TensorFlow.js' WebAssembly backend in Node, ready in the tick in which it is asked for.
 *
 * As its authors start it, the backend is ready some time after the program has begun to run: the first operations of a
 * lesson would find another one. Its binary lies in the npm package, though, and Node can compile it on the spot.
 */
import { nodeModule } from '../node-module';
import { tf } from '../tensorflow';
import { registerWasmKernels } from './kernels';

/** The parts of Node that are used here, so that a project without Node's types can compile a copy of this file. */
declare const require: { (name: string): unknown; resolve(name: string): string };
declare const process: {
  listeners(event: string): unknown[];
  removeListener(event: string, listener: unknown): void;
};
/** The part of WebAssembly's interface that is used here; TypeScript knows it among a browser's types only. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
};

const PACKAGE = '@tensorflow/tfjs-backend-wasm';

/** What Emscripten's start code fills in. */
interface EmscriptenModule {
  cwrap(name: string, result: 'number' | null, parameters: 'number'[]): unknown;
  instantiateWasm(imports: object, received: (instance: object, module: object) => void): object;
  tfjs: object;
}

/** Whether the backend's package can be had here, in Node. */
export function hasWasmBackend(): boolean {
  try {
    require.resolve(`${PACKAGE}/package.json`);
    return true;
  } catch {
    return false; // not installed, or no Node
  }
}

/**
 * Registers the backend `wasm` together with the kernels that it lacks or gets wrong. It is made at its first use:
 * `tf.setBackend('wasm')` has it in place when it returns.
 *
 * @throws {Error} when the package is not installed, or Node cannot compile its binary.
 */
export function registerWasmBackend(): void {
  const { BackendWasm } = require(PACKAGE) as { BackendWasm: new (module: object) => never };
  tf.removeBackend('wasm'); // importing the package has registered its own start, which takes its time
  tf.registerBackend('wasm', () => new BackendWasm(startModule()), 2);
  registerWasmKernels();
}

/** Runs Emscripten's start code with the binary at hand: it then fills in the module before it returns. */
function startModule(): object {
  const fs = nodeModule<{ readFileSync(file: string): Uint8Array }>('node:fs');
  const path = nodeModule<{ join(...parts: string[]): string; dirname(file: string): string }>('node:path');
  const folder = path.dirname(require.resolve(`${PACKAGE}/package.json`));
  const start = require(path.join(folder, 'wasm-out', 'tfjs-backend-wasm.js')) as (module: object) => unknown;
  const binary = path.join(folder, 'dist', hasSimd() ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm');

  const module: Partial<EmscriptenModule> = {
    instantiateWasm(imports, received) {
      const compiled = new WebAssembly.Module(fs.readFileSync(binary));
      const instance = new WebAssembly.Instance(compiled, imports);
      received(instance, compiled);
      return instance.exports;
    },
  };
  keepingProcessListeners(() => start(module));
  const { cwrap } = module as EmscriptenModule;
  // The same names that the package's own, asynchronous start gives them.
  module.tfjs = {
    init: cwrap('init', null, []),
    initWithThreadsCount: cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: cwrap('get_threads_count', 'number', []),
    registerTensor: cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: cwrap('dispose_data', null, ['number']),
    dispose: cwrap('dispose', null, []),
  };
  return module;
}

/** Emscripten's start code listens for uncaught errors of the whole program, and throws them anew: not in ours. */
function keepingProcessListeners(run: () => void): void {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Map(events.map((event) => [event, process.listeners(event)]));
  run();
  for (const [event, kept] of before) {
    for (const listener of process.listeners(event)) {
      if (!kept.includes(listener)) process.removeListener(event, listener);
    }
  }
}

/** Whether this machine's WebAssembly has vectors of 128 bits: if it takes a module with a function that uses one. */
export function hasSimd(): boolean {
  const start = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]; // "\0asm", version 1
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b]; // a function without parameters whose result is a v128
  const functions = [3, 2, 1, 0];
  const body = [10, 10, 1, 8, 0, 0x41, 0, 0xfd, 15, 0xfd, 98, 11]; // i32.const 0, i8x16.splat, i8x16.popcnt
  return WebAssembly.validate(Uint8Array.from([...start, ...types, ...functions, ...body]));
}
