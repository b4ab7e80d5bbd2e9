/**
 * Thin typed access to TensorFlow.js' WebAssembly backend: its memory, and where tensors lie in it.
 *
 * This module and `start-wasm-backend` are the only places that touch the backend's internals.
 */
import { tf } from '../tensorflow';

/** The numbers of a tensor as they lie in the backend's memory. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** The part of the WebAssembly backend that this library uses. */
export interface WasmBackend {
  wasm: {
    _malloc(bytes: number): number;
    _free(address: number): void;
    asm: { memory: object };
  };
  dataIdMap: { get(dataId: tf.DataId): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): TensorValues;
  incRef(dataId: tf.DataId): void;
  disposeData(dataId: tf.DataId): boolean;
}

/** The WebAssembly backend when it is the current one, otherwise `undefined`. */
export function wasmBackend(): WasmBackend | undefined {
  if (tf.getBackend() !== 'wasm') return undefined;
  return tf.backend() as unknown as WasmBackend;
}

/** Where a tensor's first number lies in the backend's memory. */
export function addressOf(backend: WasmBackend, tensor: tf.TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/**
 * A new tensor whose numbers are still to be written; tracked by `tf.tidy` like the result of any operation.
 *
 * What it holds before is what was left in memory.
 */
export function emptyTensor(backend: WasmBackend, shape: number[], dtype: tf.DataType = 'float32'): tf.Tensor {
  const engine = tf.engine() as unknown as { makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor };
  return engine.makeTensorFromTensorInfo(backend.makeOutput(shape, dtype));
}
