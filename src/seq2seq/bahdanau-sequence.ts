import {
  booleanAttribute,
  floatAttribute,
  NativeBackend,
  nativeBackend,
  typeAttribute,
  zeroVector,
} from '../native/native-operations';
import { LstmState, LstmWeights } from '../recurrent/lstm-types';
import { tf } from '../tensorflow';

/** The weights that Bahdanau's recurrence uses at each step. */
export interface BahdanauSequenceWeights {
  /** Projects the state to a query, `[units, attention units]`. */
  Wq: tf.Tensor2D;
  /** Turns the hidden vector of a pair into one number, `[attention units]`. */
  v: tf.Tensor1D;
  /** The decoder's LSTM, whose input is the embedded symbol and the context side by side. */
  lstm: LstmWeights;
}

/** What {@link bahdanauSequence} returns, each with time first. */
export interface BahdanauSequenceResult {
  /** `[time, batch, units]`. */
  states: tf.Tensor3D;
  /** What was read before each step, `[time, batch, memory width]`. */
  contexts: tf.Tensor3D;
  /** The weights with which it was read, `[time, batch, keys]`. */
  weights: tf.Tensor3D;
}

/** What the recurrence reads. */
interface Inputs {
  /** Embedded symbols, `[time, batch, embedding]`. */
  x: tf.Tensor3D;
  /** `[batch, keys, memory width]`. */
  memory: tf.Tensor3D;
  /** `[batch, keys, attention units]`. */
  keys: tf.Tensor3D;
  Wq: tf.Tensor2D;
  /** `[attention units, 1]`. */
  v: tf.Tensor2D;
  /** `[embedding + memory width + units, 4 * units]`, the gates in the order input, candidate, forget, output. */
  w: tf.Tensor2D;
  /** `[4 * units]`, in the same order. */
  b: tf.Tensor1D;
  h0: tf.Tensor2D;
  c0: tf.Tensor2D;
}
const INPUTS = ['x', 'memory', 'keys', 'Wq', 'v', 'w', 'b', 'h0', 'c0'] as const;

/** What one step leaves behind for the gradient. */
interface StepTrace {
  /** Symbol and context, `[batch, embedding + memory width]`. */
  input: tf.Tensor2D;
  /** The state before the step. */
  h: tf.Tensor2D;
  c: tf.Tensor2D;
  /** `tanh(query + keys)`, `[batch, keys, attention units]`. */
  hidden: tf.Tensor3D;
  /** `[batch, 1, keys]`. */
  weights: tf.Tensor3D;
  /** The native cell's gates: input, new cell, forget, output, candidate, tanh of the new cell. */
  gates: tf.Tensor2D[];
}
const TENSORS_PER_STEP = 11;

/**
 * Whether {@link bahdanauSequence} can run here: it needs native TensorFlow.
 */
export function hasBahdanauSequence(): boolean {
  return nativeBackend() !== undefined;
}

/**
 * Bahdanau's whole recurrence (additive score, softmax, context into the LSTM) as one operation with one gradient.
 *
 * The same function as the decoder's loop over {@link decoderStep}, which is the one to read first; this one is for
 * training time. What makes it fast: the gradient tape sees one node instead of hundreds; the LSTM cell is one native
 * operation; the gradients of the weights are one matrix product over all steps instead of one for each.
 *
 * @param x `[batch, time, embedding]`, the embedded symbols that the decoder reads.
 * @param memory `[batch, keys, memory width]`.
 * @param keys `[batch, keys, attention units]`, the memory after the additive score's projection of keys.
 * @param initialState the state before the first step, each `[batch, units]`.
 * @param mask `[batch, keys]`, 1 = real, 0 = padding.
 * @see Bahdanau, Cho & Bengio 2015, appendix A.
 */
export function bahdanauSequence(
  x: tf.Tensor3D,
  memory: tf.Tensor3D,
  keys: tf.Tensor3D,
  { Wq, v, lstm }: BahdanauSequenceWeights,
  initialState: LstmState,
  mask?: tf.Tensor2D,
): BahdanauSequenceResult {
  const backend = nativeBackend();
  if (!backend) throw new Error('bahdanauSequence needs native TensorFlow; use the decoder step by step instead');
  return tf.tidy(() => {
    const w = tf.concat([lstm.kernel, lstm.recurrentKernel], 0); // [embedding + memory width + units, 4 * units]
    const inputs: Inputs = {
      x: tf.transpose(x, [1, 0, 2]), // [time, batch, embedding]
      memory,
      keys,
      Wq,
      v: v.expandDims(1),
      w: swapForgetAndCandidate(w),
      b: swapForgetAndCandidate(lstm.bias),
      h0: initialState.h,
      c0: initialState.c,
    };
    const real = mask?.expandDims(1) as tf.Tensor3D | undefined; // [batch, 1, keys]
    const recurrence = tf.customGrad((...args) => {
      const save = args.pop() as tf.GradSaveFunc;
      const value = forward(backend, inputs, real, save); // [time, batch, units + memory width + keys]
      return { value, gradFunc: (gradient, saved) => backward(backend, gradient as tf.Tensor3D, saved) };
    });
    const all = recurrence(...INPUTS.map((name) => inputs[name]));
    const widths = [Wq.shape[0], memory.shape[2], memory.shape[1]];
    const [states, contexts, weights] = tf.split(all, widths, 2) as tf.Tensor3D[];
    return { states, contexts, weights };
  });
}

/** The native cell wants its gates in the order input, candidate, forget, output; Keras has the middle two swapped. */
function swapForgetAndCandidate<T extends tf.Tensor>(gates: T): T {
  const axis = gates.rank - 1;
  const [i, f, g, o] = tf.split(gates, 4, axis);
  return tf.concat([i, g, f, o], axis) as T;
}

function forward(
  backend: NativeBackend,
  { x, memory, keys, Wq, v, w, b, h0, c0 }: Inputs,
  real: tf.Tensor3D | undefined,
  save: tf.GradSaveFunc,
): tf.Tensor3D {
  const [batch, positions, units] = keys.shape;
  const cell = nativeCell(backend);
  const padding = real && tf.sub(real, 1).mul(1e9); // [batch, 1, keys]: 0 on real positions, hugely negative on padding
  const symbols = tf.unstack(x) as tf.Tensor2D[]; // each [batch, embedding]
  const outputs: tf.Tensor2D[] = [];
  const trace: tf.Tensor[] = [];
  let [h, c] = [h0, c0];
  for (const symbol of symbols) {
    const query = tf.matMul(h, Wq).reshape([batch, 1, units]);
    const hidden = tf.tanh(tf.add(keys, query)); // [batch, keys, units]
    const flat = hidden.reshape([batch * positions, units]) as tf.Tensor2D;
    const scores = tf.matMul(flat, v).reshape([batch, 1, positions]);
    const weights = real ? tf.softmax(tf.add(scores, padding!)).mul(real) : tf.softmax(scores); // [batch, 1, keys]
    const context = tf.matMul(weights, memory).reshape([batch, memory.shape[2]]) as tf.Tensor2D;
    const input = tf.concat([symbol, context], 1); // [batch, embedding + memory width]
    const step = cell.forward(input, h, c, w, b);
    trace.push(input, h, c, hidden, weights, ...step.gates);
    ({ h, c } = step);
    outputs.push(tf.concat([h, context, weights.reshape([batch, positions]) as tf.Tensor2D], 1));
  }
  save([x, memory, keys, Wq, v, w, b, h0, c0, ...trace]);
  return tf.stack(outputs) as tf.Tensor3D;
}

function backward(backend: NativeBackend, gradient: tf.Tensor3D, saved: tf.Tensor[]): tf.Tensor[] {
  const { x, memory, keys, Wq, v, w, b } = Object.fromEntries(
    INPUTS.map((name, index) => [name, saved[index]]),
  ) as unknown as Inputs;
  const [batch, positions, units] = keys.shape;
  const [time, , embedding] = x.shape;
  const [memoryWidth, stateUnits] = [memory.shape[2], Wq.shape[0]];
  const cell = nativeCell(backend);
  const steps = Array.from({ length: time }, (_, t) => readTrace(saved, t));

  // Transposed once: a product with a transposed matrix and few rows takes native TensorFlow three times as long.
  const [wSymbol, wRest] = (tf.split(w, [embedding, memoryWidth + stateUnits], 0) as tf.Tensor2D[]).map((part) =>
    tf.transpose(part),
  );
  const WqTransposed = tf.transpose(Wq);
  const vRow = v.reshape([1, 1, units]);
  const [dStates, dContexts, dAllWeights] = tf.split(gradient, [stateUnits, memoryWidth, positions], 2);
  const [dState, dContext] = [tf.unstack(dStates), tf.unstack(dContexts)]; // each [batch, width]
  const dWeights = tf.unstack(dAllWeights.expandDims(2)); // each [batch, 1, keys]

  const dGates: tf.Tensor2D[] = [];
  const dQueries: tf.Tensor2D[] = [];
  const dReads: tf.Tensor3D[] = [];
  const dKeys: tf.Tensor3D[] = [];
  const dV: tf.Tensor[] = [];
  let dh: tf.Tensor = tf.zeros([batch, stateUnits]);
  let dc: tf.Tensor = tf.zeros([batch, stateUnits]);
  for (let t = time - 1; t >= 0; t -= 1) {
    const { input, h, c, hidden, weights, gates } = steps[t];
    // Through the LSTM cell
    const cellGradient = cell.backward(input, h, c, w, b, gates, tf.add(dState[t], dh), dc);
    const [dRead, dhCell] = tf.split(tf.matMul(cellGradient.gates, wRest as tf.Tensor2D), [memoryWidth, stateUnits], 1);
    const dRow = tf.add(dContext[t], dRead).reshape([batch, 1, memoryWidth]) as tf.Tensor3D;
    // Through the read and the softmax
    const dWeightsHere = tf.add(dWeights[t], tf.matMul(dRow, memory, false, true)); // [batch, 1, keys]
    const weighted = tf.mul(dWeightsHere, weights);
    const dScores = tf.sub(weighted, tf.mul(weights, tf.sum(weighted, 2, true))); // [batch, 1, keys]
    // Through the score
    const dHidden = tf.mul(dScores.reshape([batch, positions, 1]), vRow); // [batch, keys, units]
    const dSum = tanhGradient(backend, hidden, dHidden); // [batch, keys, units]
    const dQuery = tf.sum(dSum, 1) as tf.Tensor2D; // [batch, units]
    dh = tf.add(dhCell, tf.matMul(dQuery, WqTransposed as tf.Tensor2D));
    dc = cellGradient.c;
    dGates[t] = cellGradient.gates;
    dQueries[t] = dQuery;
    dReads[t] = dRow;
    dKeys[t] = dSum;
    dV[t] = tf.matMul(dScores, hidden); // [batch, 1, units]
  }

  const allGates = tf.concat(dGates, 0); // [time * batch, 4 * units]
  const allQueries = tf.concat(dQueries, 0); // [time * batch, attention units]
  const statesBefore = tf.concat(
    steps.map(({ h }) => h),
    0,
  ); // [time * batch, units]
  const cellInputs = tf.concat(
    [
      tf.concat(
        steps.map(({ input }) => input),
        0,
      ),
      statesBefore,
    ],
    1,
  );
  const allWeights = tf.concat(
    steps.map(({ weights }) => weights),
    1,
  ); // [batch, time, keys]
  const gradients: Record<(typeof INPUTS)[number], tf.Tensor> = {
    x: tf.matMul(allGates, wSymbol as tf.Tensor2D).reshape([time, batch, embedding]),
    memory: tf.matMul(allWeights, tf.concat(dReads, 1), true, false),
    keys: tf.addN(dKeys),
    Wq: tf.matMul(statesBefore, allQueries, true, false),
    v: tf.sum(tf.concat(dV, 0), 0).reshape([units, 1]),
    w: tf.matMul(cellInputs, allGates, true, false),
    b: tf.sum(allGates, 0),
    h0: dh,
    c0: dc,
  };
  return INPUTS.map((name) => gradients[name]);
}

function readTrace(saved: tf.Tensor[], step: number): StepTrace {
  const start = INPUTS.length + step * TENSORS_PER_STEP;
  const [input, h, c, hidden, weights, ...gates] = saved.slice(start, start + TENSORS_PER_STEP);
  return { input, h, c, hidden, weights, gates } as StepTrace;
}

function tanhGradient(backend: NativeBackend, output: tf.Tensor, gradient: tf.Tensor): tf.Tensor3D {
  return backend.executeMultipleOutputs(
    'TanhGrad',
    [typeAttribute(backend, 'T')],
    [output, gradient],
    1,
  )[0] as tf.Tensor3D;
}

/** One LSTM step as one native operation, and its gradient; the gates' order is input, candidate, forget, output. */
interface NativeCell {
  forward(
    input: tf.Tensor2D,
    h: tf.Tensor2D,
    c: tf.Tensor2D,
    w: tf.Tensor2D,
    b: tf.Tensor1D,
  ): LstmState & { gates: tf.Tensor2D[] };
  backward(
    input: tf.Tensor2D,
    h: tf.Tensor2D,
    c: tf.Tensor2D,
    w: tf.Tensor2D,
    b: tf.Tensor1D,
    gates: tf.Tensor2D[],
    dh: tf.Tensor,
    dc: tf.Tensor,
  ): { gates: tf.Tensor2D; c: tf.Tensor };
}

/** @see LSTMBlockCell and LSTMBlockCellGrad in TensorFlow's `rnn_ops.cc`. */
function nativeCell(backend: NativeBackend): NativeCell {
  const float = typeAttribute(backend, 'T');
  const noPeephole = booleanAttribute(backend, 'use_peephole', false);
  const forwardAttributes = [
    floatAttribute(backend, 'forget_bias', 0),
    floatAttribute(backend, 'cell_clip', -1),
    noPeephole,
    float,
  ];
  const backwardAttributes = [noPeephole, float];
  return {
    forward(input, h, c, w, b) {
      const zeros = zeroVector(backend, h.shape[1]);
      const inputs = [input, c, h, w, zeros, zeros, zeros, b];
      const outputs = backend.executeMultipleOutputs('LSTMBlockCell', forwardAttributes, inputs, 7) as tf.Tensor2D[];
      return { gates: outputs.slice(0, 6), c: outputs[1], h: outputs[6] };
    },
    backward(input, h, c, w, b, gates, dh, dc) {
      const zeros = zeroVector(backend, h.shape[1]);
      const inputs = [input, c, h, w, zeros, zeros, zeros, b, ...gates, dc, dh];
      const outputs = backend.executeMultipleOutputs('LSTMBlockCellGrad', backwardAttributes, inputs, 5);
      return { c: outputs[0], gates: outputs[1] as tf.Tensor2D };
    },
  };
}
