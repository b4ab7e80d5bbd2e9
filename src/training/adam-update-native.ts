import {
  booleanAttribute,
  type NativeAttribute,
  type NativeBackend,
  shapeAttribute,
  stringAttribute,
  typeAttribute,
} from '../native/native-operations';
import { tf } from '../tensorflow';
import type { AdamMoments, AdamNumbers, AdamTask, AdamUpdate } from './adam-update';

/** The part of Node that is used here, so that a project without Node's types can compile a copy of this file. */
declare const process: { pid: number };

/** Handles of the native variables that stand for one variable, and the content that it had after our last update. */
interface NativeVariables {
  variable: number;
  first: number;
  second: number;
  shape: number[];
  written: tf.DataId;
}

let made = 0;

/**
 * Adam's update as one native operation a variable.
 *
 * ResourceApplyAdam works on native variables, which TensorFlow.js does not have: each `tf.Variable` gets one beside
 * it, and takes over its content after the update, without a copy.
 */
export class NativeAdamUpdate implements AdamUpdate {
  private readonly backend: NativeBackend;
  private readonly kept = new Map<string, NativeVariables>();
  private readonly dtype: NativeAttribute[];
  private readonly adamAttributes: NativeAttribute[];

  constructor(backend: NativeBackend) {
    this.backend = backend;
    this.dtype = [typeAttribute(backend, 'dtype')];
    this.adamAttributes = [
      typeAttribute(backend, 'T'),
      booleanAttribute(backend, 'use_locking', false),
      booleanAttribute(backend, 'use_nesterov', false),
    ];
  }

  update(tasks: AdamTask[], { learningRate, beta1, beta2, epsilon, step }: AdamNumbers): void {
    const { binding } = this.backend;
    // The operation's own correction of the moments' bias loses digits in float32 (1 - 0.999), so it is told that there
    // is none (powers of 0), and the step size and epsilon carry it instead.
    const firstBias = 1 - Math.fround(beta1) ** step;
    const secondBias = Math.sqrt(1 - Math.fround(beta2) ** step);
    const rate = (learningRate * secondBias) / firstBias;
    const numbers = [0, 0, rate, beta1, beta2, epsilon * secondBias].map((value) =>
      binding.createTensor([], binding.TF_FLOAT, new Float32Array([value])),
    );
    try {
      for (const { variable, gradient, start } of tasks) {
        const native = this.nativeVariables(variable, start);
        const [gradientHandle] = this.backend.getInputTensorIds([gradient]);
        binding.executeOp(
          'ResourceApplyAdam',
          this.adamAttributes,
          [native.variable, native.first, native.second, ...numbers, gradientHandle],
          0,
        );
        const moved = this.read(native.variable, variable.shape);
        variable.assign(moved);
        moved.dispose();
        native.written = variable.dataId;
      }
    } finally {
      numbers.forEach((handle) => binding.deleteTensor(handle));
    }
  }

  names(): string[] {
    return [...this.kept.keys()];
  }

  moments(name: string): AdamMoments {
    const { first, second, shape } = this.kept.get(name)!;
    return { first: this.read(first, shape), second: this.read(second, shape) };
  }

  dispose(): void {
    const { binding } = this.backend;
    const ignoreLookupError = [booleanAttribute(this.backend, 'ignore_lookup_error', false)];
    for (const { variable, first, second } of this.kept.values()) {
      for (const handle of [variable, first, second]) {
        binding.executeOp('DestroyResourceOp', ignoreLookupError, [handle], 0);
        binding.deleteTensor(handle);
      }
    }
    this.kept.clear();
  }

  private nativeVariables(variable: tf.Variable, start: AdamMoments | undefined): NativeVariables {
    let native = this.kept.get(variable.name);
    if (!native) {
      const { first, second } = start ?? { first: tf.zerosLike(variable), second: tf.zerosLike(variable) };
      native = {
        variable: this.make(variable),
        first: this.make(first),
        second: this.make(second),
        shape: variable.shape,
        written: variable.dataId,
      };
      this.kept.set(variable.name, native);
    } else if (native.written !== variable.dataId) {
      // Somebody else has assigned the variable since: a loaded checkpoint, setWeights.
      this.assign(native.variable, variable);
    }
    return native;
  }

  private make(value: tf.Tensor): number {
    const attributes = [
      stringAttribute(this.backend, 'container', ''),
      stringAttribute(this.backend, 'shared_name', `adam ${process.pid} ${made++}`),
      ...this.dtype,
      shapeAttribute(this.backend, 'shape', value.shape),
    ];
    const handle = this.backend.binding.executeOp('VarHandleOp', attributes, [], 1)[0]!.id;
    this.assign(handle, value);
    return handle;
  }

  private assign(handle: number, value: tf.Tensor): void {
    const [content] = this.backend.getInputTensorIds([value]);
    this.backend.binding.executeOp('AssignVariableOp', this.dtype, [handle, content], 0);
  }

  private read(handle: number, shape: number[]): tf.Tensor {
    const { binding } = this.backend;
    const { id } = binding.executeOp('ReadVariableOp', this.dtype, [handle], 1)[0]!;
    return this.backend.createOutputTensor({ id, shape, dtype: binding.TF_FLOAT });
  }
}
