import { attribute, FLOAT, GraphBuilder, type GraphTensor, INT32 } from '../native/graph';

/** The sizes that decide the form of the graphs. Batch and number of keys may vary from run to run. */
export interface RecurrenceSizes {
  /** Number of steps. */
  time: number;
  /** Width of an embedded symbol. */
  embedding: number;
  /** Width of the memory. */
  memory: number;
  /** Units of the LSTM. */
  units: number;
  /** Units of the additive score. */
  attention: number;
}

/** A graph and the names of its outputs. */
export interface RecurrenceGraph {
  builder: GraphBuilder;
  outputs: Record<string, GraphTensor>;
}

/**
 * What is differentiated: embedded symbols `x` `[time, batch, embedding]`, `memory` `[batch, keys, memory]`, projected
 * `keys` `[batch, keys, attention]`, `Wq` `[units, attention]`, `v` `[attention, 1]`, the LSTM's `w`
 * `[embedding + memory + units, 4 * units]` and `b` `[4 * units]` (gates in the native order), `h0` and `c0`.
 */
export const VARIABLES = ['x', 'memory', 'keys', 'Wq', 'v', 'w', 'b', 'h0', 'c0'] as const;

/**
 * What is not: `real` and `padding` `[batch, 1, keys]` (1 and 0 on real positions, 0 and hugely negative on padding),
 * and `peephole`, zeros `[units]` for a kind of weight that our LSTM does not have.
 */
export const CONSTANTS = ['real', 'padding', 'peephole'] as const;

/** What each step leaves behind for the gradient, see {@link traceName}. */
export const STEP_TRACE = ['input', 'hidden', 'weights', 'i', 'c', 'f', 'o', 'g', 'tanhC', 'h'] as const;

/** What a step's trace is called in the graphs: `c.0` is the first step's new cell (and `c0` the initial one). */
export function traceName(name: (typeof STEP_TRACE)[number], step: number): string {
  return `${name}.${step}`;
}

/** The few operations of the recurrence, by the names that formulas use. */
class Formulas extends GraphBuilder {
  /** A product of matrices for each example. */
  batchMatMul(a: GraphTensor, b: GraphTensor, transpose: { a?: boolean; b?: boolean } = {}): GraphTensor {
    const attributes = { adj_x: attribute.boolean(!!transpose.a), adj_y: attribute.boolean(!!transpose.b) };
    return this.operation('BatchMatMulV2', [a, b], { ...attributes, T: attribute.type(FLOAT) });
  }

  /** An operation on one or two tensors, element by element: `Mul`, `Sub`, `Tanh`, `TanhGrad`, `Softmax`. */
  elementwise(type: string, ...inputs: GraphTensor[]): GraphTensor {
    return this.operation(type, inputs, { T: attribute.type(FLOAT) });
  }

  /** Adds up one axis, which stays with size 1. */
  sumKeepingAxis(tensor: GraphTensor, axis: number): GraphTensor {
    const attributes = { keep_dims: attribute.boolean(true), T: attribute.type(FLOAT), Tidx: attribute.type(INT32) };
    return this.operation('Sum', [tensor, this.integers([axis])], attributes);
  }

  addAll(tensors: GraphTensor[]): GraphTensor {
    return this.operation('AddN', tensors, { N: attribute.int(tensors.length), T: attribute.type(FLOAT) });
  }

  /** The same numbers in another shape, given in full but for one size (-1). */
  shaped(tensor: GraphTensor, ...shape: number[]): GraphTensor {
    return this.reshape(tensor, this.integers(shape));
  }

  /** `a`'s numbers in `b`'s shape. */
  shapedAs(a: GraphTensor, b: GraphTensor): GraphTensor {
    return this.reshape(a, this.shape(b));
  }

  /** Adds an axis of size 1. */
  expand(tensor: GraphTensor, axis: number): GraphTensor {
    const attributes = { T: attribute.type(FLOAT), Tdim: attribute.type(INT32) };
    return this.operation('ExpandDims', [tensor, this.integers(axis)], attributes);
  }

  /** Splits along the first axis, which disappears. */
  unpack(tensor: GraphTensor, count: number): GraphTensor[] {
    const attributes = { num: attribute.int(count), T: attribute.type(FLOAT), axis: attribute.int(0) };
    return this.outputsOf(this.operation('Unpack', [tensor], attributes), count);
  }

  /** The reverse of {@link unpack}. */
  pack(tensors: GraphTensor[]): GraphTensor {
    const attributes = { N: attribute.int(tensors.length), T: attribute.type(FLOAT), axis: attribute.int(0) };
    return this.operation('Pack', tensors, attributes);
  }

  /** The given rows, or columns, of a matrix. */
  part(matrix: GraphTensor, begin: [number, number], size: [number, number]): GraphTensor {
    return this.slice(matrix, this.integers(begin), this.integers(size));
  }
}

/**
 * The forward pass, all steps unrolled.
 *
 * Outputs: `states` `[time, batch, units]`, `contexts` `[time, batch, memory]`, `allWeights` `[time, batch, 1, keys]`,
 * and each step's {@link STEP_TRACE}.
 */
export function forwardGraph(sizes: RecurrenceSizes): RecurrenceGraph {
  const { time, memory: memoryWidth, attention } = sizes;
  const graph = new Formulas();
  const { x, memory, keys, Wq, v, w, b, h0, c0, real, padding, peephole } = inputsOf(graph);
  const steps: Record<(typeof STEP_TRACE)[number] | 'context', GraphTensor>[] = [];
  let [h, c] = [h0, c0];
  for (const symbol of graph.unpack(x, time)) {
    const query = graph.expand(graph.matMul(h, Wq), 1); // [batch, 1, attention]
    const hidden = graph.elementwise('Tanh', graph.add(keys, query)); // [batch, keys, attention]
    const scores = graph.shapedAs(graph.matMul(graph.shaped(hidden, -1, attention), v), real); // [batch, 1, keys]
    const softmax = graph.elementwise('Softmax', graph.add(scores, padding)); // [batch, 1, keys]
    const weights = graph.elementwise('Mul', softmax, real); // [batch, 1, keys]
    const context = graph.shaped(graph.batchMatMul(weights, memory), -1, memoryWidth); // [batch, memory]
    const input = graph.concat([symbol, context], 1); // [batch, embedding + memory]
    const cell = graph.operation('LSTMBlockCell', [input, c, h, w, peephole, peephole, peephole, b], {
      forget_bias: attribute.float(0),
      cell_clip: attribute.float(-1),
      use_peephole: attribute.boolean(false),
      T: attribute.type(FLOAT),
    });
    const [i, newC, f, o, g, tanhC, newH] = graph.outputsOf(cell, 7); // each [batch, units]
    [h, c] = [newH, newC];
    steps.push({ input, hidden, weights, i, c, f, o, g, tanhC, h, context });
  }
  const outputs: Record<string, GraphTensor> = {
    states: graph.pack(steps.map((step) => step.h)),
    contexts: graph.pack(steps.map((step) => step.context)),
    allWeights: graph.pack(steps.map((step) => step.weights)),
  };
  steps.forEach((step, t) => {
    for (const name of STEP_TRACE) outputs[traceName(name, t)] = step[name];
  });
  return { builder: graph, outputs };
}

/**
 * The gradients, from the last step to the first.
 *
 * Inputs beside those of {@link forwardGraph} and its trace: `dStates`, `dContexts` and `dAllWeights`. Outputs: the
 * gradients of {@link VARIABLES}, by their names.
 */
export function backwardGraph(sizes: RecurrenceSizes): RecurrenceGraph {
  const { time, embedding, memory: memoryWidth, units, attention } = sizes;
  const graph = new Formulas();
  const { memory, Wq, v, w, b, h0, c0, peephole, x } = inputsOf(graph);
  const dStates = graph.unpack(graph.input('dStates'), time);
  const dContexts = graph.unpack(graph.input('dContexts'), time);
  const dAllWeights = graph.unpack(graph.input('dAllWeights'), time);
  const steps = Array.from({ length: time }, (_, t) => traceOf(graph, t));
  const before = (t: number) => (t > 0 ? steps[t - 1]! : { h: h0, c: c0 });

  // Transposed once: a product with a transposed matrix and few rows takes native TensorFlow three times as long.
  const wSymbol = graph.transpose(graph.part(w, [0, 0], [embedding, -1])); // [4 * units, embedding]
  const wRest = graph.transpose(graph.part(w, [embedding, 0], [-1, -1])); // [4 * units, memory + units]
  const WqTransposed = graph.transpose(Wq);
  const vRow = graph.shaped(v, 1, 1, attention);
  const columnShape = graph.shape(graph.sumKeepingAxis(memory, 2)); // [batch, keys, 1]

  const dGates: GraphTensor[] = [];
  const dQueries: GraphTensor[] = [];
  const dReads: GraphTensor[] = [];
  const dKeys: GraphTensor[] = [];
  const dV: GraphTensor[] = [];
  let dh: GraphTensor | undefined;
  let dc = graph.zerosLike(c0);
  for (let t = time - 1; t >= 0; t -= 1) {
    const { input, hidden, weights, i, c, f, o, g, tanhC } = steps[t]!;
    const { h: hBefore, c: cBefore } = before(t);
    // Through the LSTM cell
    const state = [input, cBefore, hBefore, w, peephole, peephole, peephole, b];
    const fromAbove = dh ? graph.add(dStates[t]!, dh) : dStates[t]!;
    const cell = graph.operation('LSTMBlockCellGrad', [...state, i, c, f, o, g, tanhC, dc, fromAbove], {
      use_peephole: attribute.boolean(false),
      T: attribute.type(FLOAT),
    });
    const [dcBefore, gates] = graph.outputsOf(cell, 2); // [batch, units], [batch, 4 * units]
    const inputGradient = graph.matMul(gates, wRest); // [batch, memory + units]
    const dContext = graph.add(dContexts[t]!, graph.part(inputGradient, [0, 0], [-1, memoryWidth]));
    // Through the read and the softmax
    const dRead = graph.expand(dContext, 1); // [batch, 1, memory]
    const dWeights = graph.add(dAllWeights[t]!, graph.batchMatMul(dRead, memory, { b: true })); // [batch, 1, keys]
    const weighted = graph.elementwise('Mul', dWeights, weights);
    const share = graph.elementwise('Mul', weights, graph.sumKeepingAxis(weighted, 2));
    const dScores = graph.elementwise('Sub', weighted, share); // [batch, 1, keys]
    // Through the score
    const column = graph.reshape(dScores, columnShape); // [batch, keys, 1]
    const dHidden = graph.elementwise('Mul', column, vRow); // [batch, keys, attention]
    const dSum = graph.elementwise('TanhGrad', hidden, dHidden); // [batch, keys, attention]
    const dQuery = graph.sum(dSum, 1); // [batch, attention]
    const throughCell = graph.part(inputGradient, [0, memoryWidth], [-1, units]);
    dh = graph.add(throughCell, graph.matMul(dQuery, WqTransposed)); // [batch, units]
    dc = dcBefore;
    dGates[t] = gates;
    dQueries[t] = dQuery;
    dReads[t] = dRead;
    dKeys[t] = dSum;
    dV[t] = graph.batchMatMul(dScores, hidden); // [batch, 1, attention]
  }

  // The gradient of each weight is one product over all steps.
  const allGates = graph.concat(dGates, 0); // [time * batch, 4 * units]
  const statesBefore = graph.concat(
    steps.map((_, t) => before(t).h),
    0,
  ); // [time * batch, units]
  const cellInputs = graph.concat(
    steps.map(({ input }) => input),
    0,
  ); // [time * batch, embedding + memory]
  const allWeights = graph.concat(
    steps.map(({ weights }) => weights),
    1,
  ); // [batch, time, keys]
  const outputs: Record<(typeof VARIABLES)[number], GraphTensor> = {
    x: graph.shapedAs(graph.matMul(allGates, wSymbol), x),
    memory: graph.batchMatMul(allWeights, graph.concat(dReads, 1), { a: true }),
    keys: graph.addAll(dKeys),
    Wq: graph.matMul(statesBefore, graph.concat(dQueries, 0), true),
    v: graph.shaped(graph.sum(graph.concat(dV, 0), 0), attention, 1),
    w: graph.concat([graph.matMul(cellInputs, allGates, true), graph.matMul(statesBefore, allGates, true)], 0),
    b: graph.sum(allGates, 0),
    h0: dh!,
    c0: dc,
  };
  return { builder: graph, outputs };
}

function inputsOf(graph: GraphBuilder): Record<(typeof VARIABLES)[number] | (typeof CONSTANTS)[number], GraphTensor> {
  const names = [...VARIABLES, ...CONSTANTS];
  return Object.fromEntries(names.map((name) => [name, graph.input(name)])) as ReturnType<typeof inputsOf>;
}

function traceOf(graph: GraphBuilder, step: number): Record<(typeof STEP_TRACE)[number], GraphTensor> {
  return Object.fromEntries(STEP_TRACE.map((name) => [name, graph.input(traceName(name, step))])) as ReturnType<
    typeof traceOf
  >;
}
