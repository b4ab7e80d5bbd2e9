import { NativeGraph } from '../native/graph';
import { type NativeBackend, nativeBackend, zeroVector } from '../native/native-operations';
import type { LstmState, LstmWeights } from '../recurrent/lstm-types';
import { differentiable } from '../recurrent/differentiable';
import { tf } from '../tensorflow';
import {
  backwardGraph,
  type CONSTANTS,
  forwardGraph,
  type RecurrenceGraph,
  type RecurrenceSizes,
  STEP_TRACE,
  traceName,
  VARIABLES,
} from './bahdanau-graphs';

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

/** Whether {@link bahdanauSequence} can run here: it needs native TensorFlow. */
export function hasBahdanauSequence(): boolean {
  return nativeBackend() !== undefined;
}

/**
 * Bahdanau's whole recurrence (additive score, softmax, context into the LSTM) as one native graph, its gradient as
 * another.
 *
 * The same function as the decoder's walk from step to step, which is the one to read first; this one is for training
 * time. What makes it fast: the gradient tape sees one operation instead of hundreds, JavaScript makes one call instead
 * of hundreds, the LSTM cell is one native operation, and the gradients of the weights are one matrix product over all
 * steps instead of one for each.
 *
 * @param x `[batch, time, embedding]`, the embedded symbols that the decoder reads.
 * @param memory `[batch, keys, memory width]`.
 * @param keys `[batch, keys, attention units]`, the memory after the additive score's projection of keys.
 * @param initialState the state before the first step, each `[batch, units]`.
 * @param mask `[batch, keys]`, 1 = real, 0 = padding. Default: all real.
 * @throws {Error} where there is no native TensorFlow.
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
  const [batch, time, embedding] = x.shape;
  const [units, attention] = Wq.shape;
  const positions = memory.shape[1];
  const sizes = { time, embedding, memory: memory.shape[2], units, attention };
  return tf.tidy(() => {
    const inputs: Record<(typeof VARIABLES)[number], tf.Tensor> = {
      x: tf.transpose(x, [1, 0, 2]), // [time, batch, embedding]
      ...{ memory, keys, Wq },
      v: v.expandDims(1), // [attention, 1]
      w: swapForgetAndCandidate(tf.concat([lstm.kernel, lstm.recurrentKernel], 0)),
      b: swapForgetAndCandidate(lstm.bias),
      h0: initialState.h,
      c0: initialState.c,
    };
    const real = mask ? mask.cast('float32').expandDims(1) : tf.ones([batch, 1, positions]); // [batch, 1, keys]
    const constants: Record<(typeof CONSTANTS)[number], tf.TensorInfo> = {
      real,
      padding: real.sub(1).mul(1e9), // [batch, 1, keys]
      peephole: zeroVector(backend, units),
    };
    const [states, contexts, weights] = recurrence(backend, sizes, inputs, constants);
    return {
      states: states as tf.Tensor3D,
      contexts: contexts as tf.Tensor3D,
      weights: weights.reshape([time, batch, positions]) as tf.Tensor3D,
    };
  });
}

type Results = [states: tf.Tensor, contexts: tf.Tensor, allWeights: tf.Tensor];

/** Runs the forward graph; on the gradient tape it is one step whose gradient is the backward graph. */
function recurrence(
  backend: NativeBackend,
  sizes: RecurrenceSizes,
  inputs: tf.NamedTensorMap,
  { peephole, ...constants }: Record<(typeof CONSTANTS)[number], tf.TensorInfo>,
): Results {
  const traceNames = Array.from({ length: sizes.time }, (_, t) => STEP_TRACE.map((name) => traceName(name, t))).flat();
  const results = ['states', 'contexts', 'allWeights'];
  const taped = tf.engine().isTapeOn();
  return differentiable(
    inputs,
    (save) => {
      const wanted = taped ? [...results, ...traceNames] : results;
      const all = runGraph(backend, forwardGraph, sizes, { ...inputs, ...constants, peephole }, wanted);
      save([...Object.values(inputs), ...(Object.values(constants) as tf.Tensor[]), ...all.slice(results.length)]);
      return all.slice(0, results.length) as Results;
    },
    ([dStates, dContexts, dAllWeights], saved) => {
      const names = [...Object.keys(inputs), ...Object.keys(constants), ...traceNames];
      const feed = Object.fromEntries(names.map((name, index) => [name, saved[index]!]));
      const gradients = { dStates, dContexts, dAllWeights };
      const found = runGraph(backend, backwardGraph, sizes, { ...feed, ...gradients, peephole }, [...VARIABLES]);
      return Object.fromEntries(VARIABLES.map((name, index) => [name, found[index]!]));
    },
  );
}

const graphs = new Map<string, { native: NativeGraph; outputs: RecurrenceGraph['outputs'] }>();

/** Runs a graph, which is made when it is first wanted for these sizes. */
function runGraph(
  backend: NativeBackend,
  make: (sizes: RecurrenceSizes) => RecurrenceGraph,
  sizes: RecurrenceSizes,
  inputs: Record<string, tf.TensorInfo>,
  wanted: string[],
): tf.Tensor[] {
  const key = `${make.name} ${Object.values(sizes).join()}`;
  let graph = graphs.get(key);
  if (!graph) {
    const { builder, outputs } = make(sizes);
    graph = { native: new NativeGraph(backend, builder), outputs };
    graphs.set(key, graph);
  }
  const { native, outputs } = graph;
  return native.run(
    inputs,
    wanted.map((name) => outputs[name]!),
  );
}

/** The native cell wants its gates in the order input, candidate, forget, output; Keras has the middle two swapped. */
function swapForgetAndCandidate<T extends tf.Tensor>(gates: T): T {
  const axis = gates.rank - 1;
  const [i, f, g, o] = tf.split(gates, 4, axis) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  return tf.concat([i, g, f, o], axis) as T;
}
