import { NativeBinding, nativeBackend } from '../../src/native/native-operations';

/** What happened on the native side while a function ran. */
export interface NativeCalls {
  /** Names of the operations, in order. */
  operations: string[];
  /** Handles made minus handles deleted: what `tf.memory()` cannot see. */
  handles: number;
}

/** Runs `run` with a native binding that keeps account. */
export async function recordNativeCalls(run: () => void | Promise<void>): Promise<NativeCalls> {
  const backend = nativeBackend()!;
  const { binding } = backend;
  const calls: NativeCalls = { operations: [], handles: 0 };
  // The binding's own functions cannot be replaced, so a copy of it takes its place.
  const copy = {} as Record<string, unknown>;
  for (const source of [binding, Object.getPrototypeOf(binding) as object]) {
    for (const name of Object.getOwnPropertyNames(source)) {
      const value = (binding as unknown as Record<string, unknown>)[name];
      copy[name] ??= typeof value === 'function' ? (value.bind(binding) as unknown) : value;
    }
  }
  const recorded: Partial<NativeBinding> = {
    createTensor(...args) {
      calls.handles++;
      return binding.createTensor(...args);
    },
    deleteTensor(handle) {
      calls.handles--;
      binding.deleteTensor(handle);
    },
    executeOp(operation, attributes, inputs, outputs) {
      calls.operations.push(operation);
      calls.handles += outputs;
      return binding.executeOp(operation, attributes, inputs, outputs);
    },
    runSavedModel(...args) {
      calls.operations.push('runSavedModel');
      const result = binding.runSavedModel(...args);
      calls.handles += result.length;
      return result;
    },
  };
  backend.binding = { ...copy, ...recorded } as unknown as NativeBinding;
  try {
    await run();
  } finally {
    backend.binding = binding;
  }
  return calls;
}
