import { tf } from '../tensorflow';
import type { OwnOperations } from '../wasm/own-operations';
import { addressOf, emptyTensor, type WasmBackend } from '../wasm/wasm-backend';
import type { AdamMoments, AdamNumbers, AdamTask, AdamUpdate } from './adam-update';

/** Adam's update as one call of this library's own WebAssembly a variable. */
export class WasmAdamUpdate implements AdamUpdate {
  private readonly backend: WasmBackend;
  private readonly operations: OwnOperations;
  private readonly kept = new Map<string, AdamMoments>();

  constructor(backend: WasmBackend, operations: OwnOperations) {
    this.backend = backend;
    this.operations = operations;
  }

  update(tasks: AdamTask[], { learningRate, beta1, beta2, epsilon, step }: AdamNumbers): void {
    const numbers = [
      ...[learningRate, epsilon],
      ...[beta1, 1 - beta1, 1 - beta1 ** step],
      ...[beta2, 1 - beta2, 1 - beta2 ** step],
    ];
    for (const { variable, gradient, start } of tasks) {
      const { first, second } = this.momentsOf(variable, start);
      const moved = emptyTensor(this.backend, variable.shape);
      const addresses = [variable, gradient, first, second, moved].map((tensor) => addressOf(this.backend, tensor));
      this.operations.adam(variable.size, ...addresses, ...numbers);
      variable.assign(moved);
      moved.dispose();
    }
  }

  names(): string[] {
    return [...this.kept.keys()];
  }

  moments(name: string): AdamMoments {
    const { first, second } = this.kept.get(name)!;
    return { first: this.copy(first), second: this.copy(second) };
  }

  dispose(): void {
    for (const { first, second } of this.kept.values()) tf.dispose([first, second]);
    this.kept.clear();
  }

  private momentsOf(variable: tf.Variable, start?: AdamMoments): AdamMoments {
    let moments = this.kept.get(variable.name);
    if (!moments) {
      const { first, second } = start ?? { first: tf.zerosLike(variable), second: tf.zerosLike(variable) };
      moments = { first: tf.keep(this.copy(first)), second: tf.keep(this.copy(second)) };
      this.kept.set(variable.name, moments);
    }
    return moments;
  }

  /** Memory of its own: a clone shares it, and the moments are changed where they lie. */
  private copy(tensor: tf.Tensor): tf.Tensor {
    const copied = emptyTensor(this.backend, tensor.shape);
    this.backend.typedArrayFromHeap(copied).set(this.backend.typedArrayFromHeap(tensor));
    return copied;
  }
}
