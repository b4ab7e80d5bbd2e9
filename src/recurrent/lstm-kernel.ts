import { NativeBackend, nativeBackend } from '../native/native-operations';
import { tf } from '../tensorflow';
import { nativeLstm } from './lstm-native';
import { portableLstm } from './lstm-portable';
import { LstmImplementation, LstmRun, LstmTrace } from './lstm-trace';

/** The name under which the LSTM over all steps is registered with TensorFlow.js. */
const KERNEL = 'LstmAllSteps';
const RUN_PARTS = ['x', 'w', 'b', 'h0', 'c0'] as const;
const TRACE_PARTS = ['h', 'c', 'i', 'f', 'o', 'g', 'tanhC'] as const;

const implementations = new Map<string, LstmImplementation>();

/**
 * Runs an LSTM over all steps as one differentiable operation of the current backend.
 *
 * @returns all outputs and all cells, each `[time, batch, units]`.
 */
export function runLstm(run: LstmRun): { h: tf.Tensor3D; c: tf.Tensor3D } {
  currentImplementation();
  const outputs = tf.engine().runKernel<tf.Tensor[]>(KERNEL, run);
  return { h: outputs[0] as tf.Tensor3D, c: outputs[1] as tf.Tensor3D };
}

function currentImplementation(): LstmImplementation {
  const backendName = tf.getBackend();
  let implementation = implementations.get(backendName);
  if (!implementation) {
    implementation = chooseImplementation(nativeBackend());
    implementations.set(backendName, implementation);
    tf.registerKernel({ kernelName: KERNEL, backendName, kernelFunc: ({ inputs }) => forwardKernel(inputs) });
  }
  return implementation;
}

function forwardKernel(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const trace = currentImplementation().forward(inputs as unknown as LstmRun);
  return TRACE_PARTS.map((part) => trace[part]);
}

tf.registerGradient({
  kernelName: KERNEL,
  inputsToSave: [...RUN_PARTS],
  outputsToSave: TRACE_PARTS.map(() => true),
  gradFunc: (gradients, saved) => {
    const [dh, dc] = gradients as tf.Tensor3D[];
    const run = Object.fromEntries(RUN_PARTS.map((part, index) => [part, saved[index]])) as unknown as LstmRun;
    const traceStart = RUN_PARTS.length;
    const trace = Object.fromEntries(
      TRACE_PARTS.map((part, index) => [part, saved[traceStart + index]]),
    ) as unknown as LstmTrace;
    const result = currentImplementation().backward(dh, dc, run, trace);
    return Object.fromEntries(RUN_PARTS.map((part) => [part, () => result[part]]));
  },
});

function chooseImplementation(backend: NativeBackend | undefined): LstmImplementation {
  if (!backend) return portableLstm;
  const native = nativeLstm(backend);
  const fault = findFault(native);
  if (!fault) return native;
  console.warn(`The native LSTM is not used, LSTMs run slower: ${fault}.`);
  return portableLstm;
}

/**
 * Compares an implementation with the portable one on a tiny input.
 *
 * @returns what is wrong, or `undefined`.
 */
export function findFault(implementation: LstmImplementation): string | undefined {
  return withoutTape(() => {
    const run = tinyRun();
    const [dh, dc] = [0, 1].map((phase) => wave([3, 2, 4], phase) as tf.Tensor3D);
    const expectedTrace = portableLstm.forward(run);
    const expectedGradient = portableLstm.backward(dh, dc, run, expectedTrace);
    try {
      const trace = implementation.forward(run);
      for (const part of TRACE_PARTS) {
        const difference = largestDifference(trace[part], expectedTrace[part]);
        if (!(difference < 1e-5)) return `its ${part} differs by ${difference} from the plain computation`;
      }
      const gradient = implementation.backward(dh, dc, run, trace);
      for (const part of RUN_PARTS) {
        const difference = largestDifference(gradient[part], expectedGradient[part]);
        if (!(difference < 1e-5)) return `its gradient of ${part} differs by ${difference} from the plain computation`;
      }
    } catch (error) {
      return `it fails (${(error as Error).message})`;
    }
    return undefined;
  });
}

/** Runs `check` and frees its tensors; should a gradient be under way, its operations do not become part of it. */
function withoutTape(check: () => string | undefined): string | undefined {
  let fault: string | undefined;
  tf.tidy(() => {
    // What runs inside a function with its own gradient is not recorded.
    const unrecorded = tf.customGrad(() => {
      fault = check();
      return { value: tf.scalar(0), gradFunc: () => [] };
    });
    unrecorded();
  });
  return fault;
}

function tinyRun(): LstmRun {
  return {
    x: wave([3, 2, 3], 2) as tf.Tensor3D,
    w: wave([7, 16], 3) as tf.Tensor2D,
    b: wave([16], 4) as tf.Tensor1D,
    h0: wave([2, 4], 5) as tf.Tensor2D,
    c0: wave([2, 4], 6) as tf.Tensor2D,
  };
}

/** Numbers between -1 and 1 that are all different, the same at every call. */
function wave(shape: number[], phase: number): tf.Tensor {
  return tf.sin(tf.range(0, tf.util.sizeFromShape(shape)).mul(1.7).add(phase)).reshape(shape);
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
}
