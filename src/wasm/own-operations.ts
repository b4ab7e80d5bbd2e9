/**
 * This library's own WebAssembly on the memory of TensorFlow.js' backend: what there is too slow there, in the sources
 * in `assembly/`. It takes and gives addresses in that memory, and has no memory of its own.
 */
import { COMPILED_ASSEMBLY } from './compiled-assembly';
import { wasmBackend, type WasmBackend } from './wasm-backend';

/** The parts of JavaScript that Node and browsers share, but TypeScript knows among a browser's types only. */
declare const atob: (base64: string) => string;
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
};

/** The functions that `assembly/index.ts` exports, where their parameters are explained. */
export interface OwnOperations {
  matrixProduct(...numbers: (number | boolean)[]): void;
  matrixProductScratch(rows: number, columns: number, depth: number): number;
  lstmForward(...numbers: (number | boolean)[]): void;
  lstmForwardScratch(batch: number, features: number, units: number): number;
  lstmBackward(...numbers: (number | boolean)[]): void;
  lstmBackwardScratch(batch: number, time: number, features: number, units: number): number;
  adam(...numbers: number[]): void;
  tanhOf(count: number, x: number, y: number): void;
}

const made = new WeakMap<WasmBackend, OwnOperations>();

let supported: boolean | undefined;

/** Whether this machine's WebAssembly has the vectors of four numbers that the operations are made of. */
export function hasOwnOperations(): boolean {
  return (supported ??= WebAssembly.validate(compiled()));
}

/** The operations on a backend's memory, or `undefined` where WebAssembly has no vectors. */
export function ownOperations(backend: WasmBackend): OwnOperations | undefined {
  if (!hasOwnOperations()) return undefined;
  let operations = made.get(backend);
  if (!operations) {
    const { memory } = backend.wasm.asm;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(compiled()), { env: { memory } });
    operations = instance.exports as OwnOperations;
    made.set(backend, operations);
  }
  return operations;
}

/** The operations and the backend that they work on, when that is the current one and has them. */
export function currentOwnOperations(): { backend: WasmBackend; operations: OwnOperations } | undefined {
  const backend = wasmBackend();
  const operations = backend && ownOperations(backend);
  return operations && { backend, operations };
}

function compiled(): Uint8Array {
  return Uint8Array.from(atob(COMPILED_ASSEMBLY), (character) => character.charCodeAt(0));
}

/** Lends memory for `count` float32 numbers while `run` is running. */
export function withScratch(backend: WasmBackend, count: number, run: (address: number) => void): void {
  const address = backend.wasm._malloc(4 * count) >>> 0;
  if (address === 0) throw new Error(`WebAssembly has no memory left for ${count} numbers`);
  try {
    run(address);
  } finally {
    backend.wasm._free(address);
  }
}
