import { tf } from '../../tensorflow';
import type { WasmBackend } from '../wasm-backend';

/** What a kernel is called with, whose inputs have these names. */
export interface KernelCall<Inputs extends string> {
  inputs: Record<Inputs, tf.TensorInfo>;
  attrs: object;
  backend: WasmBackend;
}

/** A kernel: computes what one operation stands for. */
export type Kernel<Inputs extends string> = (call: KernelCall<Inputs>) => tf.TensorInfo | tf.TensorInfo[];

/** A kernel with a single result. */
export type SimpleKernel<Inputs extends string> = (call: KernelCall<Inputs>) => tf.TensorInfo;

/**
 * Puts a kernel into the WebAssembly backend, in place of its own if it has one.
 *
 * @typeParam Inputs the names of what the operation computes from.
 * @param make gets the backend's own kernel, for the cases in which that is right. Other kernels of the backend that
 *     call it directly still do.
 */
export function putKernel<Inputs extends string>(
  kernelName: string,
  make: (own: SimpleKernel<Inputs>) => Kernel<Inputs>,
): void {
  const own: Partial<tf.KernelConfig> = tf.getKernel(kernelName, 'wasm') ?? {};
  if (own.kernelFunc) tf.unregisterKernel(kernelName, 'wasm');
  const kernelFunc = make(own.kernelFunc as unknown as SimpleKernel<Inputs>) as unknown as tf.KernelFunc;
  // What prepares the backend's own kernel still has to run.
  tf.registerKernel({ ...own, kernelName, backendName: 'wasm', kernelFunc });
}

/** A kernel of the backend, to be called by another. */
export function kernelOf<Inputs extends string = 'x'>(kernelName: string): SimpleKernel<Inputs> {
  return tf.getKernel(kernelName, 'wasm').kernelFunc as unknown as SimpleKernel<Inputs>;
}

/** How many numbers a tensor of this shape has. */
export function sizeOf(shape: number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** The numbers of tensors, in a type that takes and gives plain ones. They move at the next allocation: use them at once. */
export function valuesOf<Tensors extends tf.TensorInfo[]>(
  backend: WasmBackend,
  ...tensors: Tensors
): { [Index in keyof Tensors]: Float32Array } {
  return tensors.map((tensor) => backend.typedArrayFromHeap(tensor)) as { [Index in keyof Tensors]: Float32Array };
}
