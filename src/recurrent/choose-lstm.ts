import { nativeBackend } from '../native/native-operations';
import { tf } from '../tensorflow';
import { currentOwnOperations } from '../wasm/own-operations';
import { nativeLstm } from './lstm-native';
import { portableLstm } from './lstm-portable';
import type { LstmDirection, LstmImplementation, LstmRunResult } from './lstm-run';
import { wasmLstm } from './lstm-wasm';

const chosen = new Map<string, LstmImplementation>();

/** One or two LSTMs over the same sequence, in the fastest way that the current backend has. */
export function runLstm(x: tf.Tensor3D, directions: LstmDirection[], mask?: tf.Tensor2D): LstmRunResult {
  return chooseLstm()(x, directions, mask);
}

/** The fastest way that the current backend has. The first call tries it out, gradients included. */
export function chooseLstm(): LstmImplementation {
  const backendName = tf.getBackend();
  let implementation = chosen.get(backendName);
  if (!implementation) {
    implementation = fastest();
    chosen.set(backendName, implementation);
  }
  return implementation;
}

function fastest(): LstmImplementation {
  const native = nativeBackend();
  if (native) return trusted(() => nativeLstm(native));
  const wasm = currentOwnOperations();
  if (wasm) return trusted(() => wasmLstm(wasm.backend, wasm.operations));
  return portableLstm;
}

/**
 * A fast implementation if it agrees with the plain one; otherwise the plain one, with a warning. Other versions of the
 * native library may compute something else under the same name.
 */
export function trusted(make: () => LstmImplementation): LstmImplementation {
  const fault = findFault(make);
  if (fault === undefined) return make();
  console.warn(`The native LSTM is not used, so LSTMs run several times slower: ${fault}.`);
  return portableLstm;
}

/** Compares an implementation with the plain one on a tiny input; says what is wrong, if anything. */
function findFault(make: () => LstmImplementation): string | undefined {
  return tf.tidy(() => {
    const expected = tinyProblem(portableLstm);
    let actual: tf.NamedTensorMap;
    try {
      actual = tinyProblem(make());
    } catch (error) {
      return { fault: `it fails with "${(error as Error).message}"` };
    }
    for (const [name, tensor] of Object.entries(expected)) {
      const difference = tf.max(tf.abs(tf.sub(actual[name]!, tensor))).dataSync()[0]!;
      if (!(difference < 1e-4)) return { fault: `its ${name} is off by ${difference}` };
    }
    return {};
  }).fault;
}

/** Values and gradients of both directions over two examples, one of them padded. */
function tinyProblem(lstm: LstmImplementation): tf.NamedTensorMap {
  const shapes = [[2, 3, 3], [3, 16], [4, 16], [16], [2, 4], [2, 4], [3, 16], [4, 16], [16], [2, 4], [2, 4]];
  const mask = tf.tensor2d([1, 1, 1, 1, 1, 0], [2, 3]);
  const run = (...[x, ...rest]: tf.Tensor[]) => {
    const directions = [false, true].map((goBackwards): LstmDirection => {
      const [kernel, recurrentKernel, bias, h, c] = rest.splice(0, 5);
      return { weights: { kernel, recurrentKernel, bias }, initialState: { h, c }, goBackwards } as LstmDirection;
    });
    const { outputs, finalStates } = lstm(x as tf.Tensor3D, directions, mask);
    return [outputs, ...finalStates.flatMap(({ h, c }) => [h, c])];
  };
  const inputs = shapes.map(wave);
  const values = run(...inputs);
  const gradients = tf.grads((...changed: tf.Tensor[]) =>
    tf.addN(run(...changed).map((value, index) => tf.sum(tf.mul(value, wave(values[index]!.shape, 20 + index))))),
  )(inputs);
  return Object.fromEntries([
    ...values.map((value, index) => [`output ${index}`, value] as const),
    ...gradients.map((gradient, index) => [`gradient ${index}`, gradient] as const),
  ]);
}

/** Numbers between -1 and 1 that are all different, the same at every call. */
function wave(shape: number[], phase: number): tf.Tensor {
  return tf.sin(tf.range(0, tf.util.sizeFromShape(shape)).mul(1.7).add(phase)).reshape(shape);
}
