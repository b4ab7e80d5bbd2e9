import { attribute, FLOAT, GraphBuilder, type GraphTensor, INT32, INT64 } from '../native/graph';

/** Inputs of {@link forwardGraph} for each direction, each followed by the direction's number. */
export const DIRECTION_INPUTS = ['kernel', 'recurrentKernel', 'bias', 'h0', 'c0'] as const;
/** Row numbers of the direction's packing, likewise. */
export const PACKING_INPUTS = ['read', 'place', 'last'] as const;
/** Outputs of {@link forwardGraph} for each direction that {@link backwardGraph} needs again. */
export const TRACE = ['steps', 'w', 'i', 'c', 'f', 'o', 'g', 'tanhC', 'h'] as const;

/** A graph and the names of its outputs. */
export interface LstmGraph {
  builder: GraphBuilder;
  outputs: Record<string, GraphTensor>;
}

/** Attributes that the native LSTM and its gradient share. */
const LSTM_ATTRIBUTES = { T: attribute.type(FLOAT), use_peephole: attribute.boolean(false) };

/**
 * The forward pass of one or two LSTMs over the same sequence. Two do not wait for each other, so they run on two
 * cores.
 *
 * Outputs: `outputs` `[batch, time, directions * units]`, for each direction `hLast` and `cLast` `[batch, units]`, and
 * its {@link TRACE}.
 */
export function forwardGraph(directions: number): LstmGraph {
  const builder = new GraphBuilder();
  const outputs: Record<string, GraphTensor> = {};
  const x = builder.input('x'); // [batch, time, features]
  const sides: GraphTensor[] = [];
  for (let direction = 0; direction < directions; direction++) {
    const [kernel, recurrentKernel, bias, h0, c0] = builder.inputs(DIRECTION_INPUTS, direction);
    const [read, place, last] = builder.inputs(PACKING_INPUTS, direction, INT32);
    const steps = builder.gather(builder.rows(x), read); // [steps, batch, features]
    const w = builder.concat([kernel, recurrentKernel], 0); // [features + units, 4 * units]
    const count = builder.cast(builder.firstSize(steps), INT32, INT64);
    const peephole = noPeephole(builder, bias);
    const lstm = builder.operation('BlockLSTMV2', [count, steps, c0, h0, w, peephole, peephole, peephole, bias], {
      ...LSTM_ATTRIBUTES,
      cell_clip: attribute.float(0),
    });
    const [i, c, f, o, g, tanhC, h] = builder.outputsOf(lstm, 7);
    const hRows = builder.concat([h0, builder.rows(h)], 0); // [(1 + steps) * batch, units]
    const cRows = builder.concat([c0, builder.rows(c)], 0);
    sides.push(builder.gather(hRows, place)); // [batch, time, units]
    const trace = {
      steps,
      w,
      i,
      c,
      f,
      o,
      g,
      tanhC,
      h,
      hLast: builder.gather(hRows, last),
      cLast: builder.gather(cRows, last),
    };
    for (const [name, tensor] of Object.entries(trace)) outputs[name + direction] = tensor;
  }
  outputs.outputs = builder.concat(sides, 2);
  return { builder, outputs };
}

/**
 * The gradient of {@link forwardGraph}: from `gradient` `[batch, time, directions * units]` and each direction's
 * `hLastGradient` and `cLastGradient`, those of `x` and of all {@link DIRECTION_INPUTS}.
 *
 * The native library has this as one operation too (BlockLSTMGradV2), but within a step that multiplies by transposed
 * weights, which it does at less than half the speed. So the steps are a loop here, with the weights transposed once,
 * and what does not depend on the step before is done for all steps at once after it.
 */
export function backwardGraph(directions: number): LstmGraph {
  const builder = new GraphBuilder();
  const outputs: Record<string, GraphTensor> = {};
  const x = builder.input('x');
  const sides = builder.split(builder.input('gradient'), directions, 2); // each [batch, time, units]
  const xGradients: GraphTensor[] = [];
  for (let direction = 0; direction < directions; direction++) {
    const [kernel, recurrentKernel, bias, h0, c0] = builder.inputs(DIRECTION_INPUTS, direction);
    const [read, place, last] = builder.inputs(PACKING_INPUTS, direction, INT32);
    const [steps, w, i, c, f, o, g, tanhC, h] = builder.inputs(TRACE, direction);
    const hLastGradient = builder.input(`hLastGradient${direction}`);
    const cLastGradient = builder.input(`cLastGradient${direction}`);

    // All states, the initial one first, and to each the gradients of all places where it stands.
    const stateRows = builder.concat([c0, builder.rows(c)], 0); // [(1 + steps) * batch, units]
    const stateShape = builder.concat([builder.integers([-1]), builder.shape(c0)], 0, INT32);
    const cells = builder.reshape(stateRows, stateShape); // [1 + steps, batch, units]
    const collect = (gradient: GraphTensor, rows: GraphTensor) =>
      builder.reshape(builder.sumByRow(gradient, rows, builder.firstSize(stateRows)), stateShape);
    const placed = builder.concat([builder.rows(sides[direction]!), hLastGradient], 0);
    const places = builder.concat([builder.reshape(place, builder.integers([-1]), INT32), last], 0, INT32);
    const hGradients = collect(placed, places); // [1 + steps, batch, units]
    const cGradients = collect(cLastGradient, last); // [1 + steps, batch, units]

    const recurrentT = inCellOrder(builder, builder.transpose(recurrentKernel), 0); // [4 * units, units]
    const trace = { steps, w, bias, h0, i, f, o, g, tanhC, cells, hGradients, cGradients, recurrentT };
    const { state, collected: gates } = backThroughSteps(builder, trace); // gates: [steps * batch, 4 * units]

    const kernelT = inCellOrder(builder, builder.transpose(kernel), 0); // [4 * units, features]
    const stepsGradient = builder.reshape(builder.matMul(gates, kernelT), builder.shape(steps));
    xGradients.push(builder.sumByRow(stepsGradient, read, builder.firstSize(builder.rows(x)))); // [batch * time, features]
    const allH = builder.concat([h0, builder.rows(h)], 0); // [(1 + steps) * batch, units]
    const hBefore = builder.slice(allH, builder.integers([0, 0]), builder.shape(builder.rows(h)));
    const inputs = builder.concat([builder.rows(steps), hBefore], 1); // [steps * batch, features + units]
    const wGradient = inCellOrder(builder, builder.matMul(inputs, gates, true), 1); // [features + units, 4 * units]
    const features = builder.slice(builder.shape(kernel), builder.integers([0]), builder.integers([1]), INT32);
    const recurrentRows = builder.concat([features, builder.integers([0])], 0, INT32);
    // Summed over the batch, then over time: a single float32 sum over all rows loses digits.
    const batch = builder.slice(builder.shape(h0), builder.integers([0]), builder.integers([1]), INT32);
    const byStep = builder.concat([builder.integers([-1]), batch, builder.shape(bias)], 0, INT32);
    const biasGradient = builder.sum(builder.sum(builder.reshape(gates, byStep), 1), 0);
    outputs[`kernel${direction}`] = builder.slice(wGradient, builder.integers([0, 0]), builder.shape(kernel));
    outputs[`recurrentKernel${direction}`] = builder.slice(wGradient, recurrentRows, builder.shape(recurrentKernel));
    outputs[`bias${direction}`] = inCellOrder(builder, biasGradient, 0);
    outputs[`h0${direction}`] = builder.add(builder.gather(hGradients, builder.integers(0)), state[0]);
    outputs[`c0${direction}`] = builder.add(builder.gather(cGradients, builder.integers(0)), state[1]);
  }
  const xGradient = xGradients.reduce((sum, gradient) => builder.add(sum, gradient));
  outputs.x = builder.reshape(xGradient, builder.shape(x));
  return { builder, outputs };
}

type StepsTrace = Record<
  Exclude<(typeof TRACE)[number], 'c' | 'h'> | 'bias' | 'h0' | 'cells' | 'hGradients' | 'cGradients' | 'recurrentT',
  GraphTensor
>;

/**
 * Steps back through time: the gradients of the gates before their activation at every step, in the order of
 * {@link inCellOrder}, and what is left of those of h and c before the first step.
 */
function backThroughSteps(builder: GraphBuilder, trace: StepsTrace) {
  const { steps, w, bias, h0, i, f, o, g, tanhC, cells, hGradients, cGradients, recurrentT } = trace;
  const anyStep = builder.gather(steps, builder.integers(0)); // [batch, features], only its shape counts
  const peephole = noPeephole(builder, bias);
  const nothing = builder.zerosLike(h0); // [batch, units]
  return builder.countDown(builder.firstSize(steps), [nothing, nothing], (step, [dhNext, dcNext], bring) => {
    const at = (tensor: GraphTensor, index: GraphTensor) =>
      builder.gather(bring(tensor), index, FLOAT, bring(builder.integers(0), INT32)); // [batch, units]
    const after = builder.add(step, bring(builder.integers(1), INT32), INT32);
    const unused = bring(peephole);
    const cell = builder.operation(
      'LSTMBlockCellGrad',
      [
        ...[bring(anyStep), at(cells, step), bring(h0), bring(w), unused, unused, unused, bring(bias)],
        ...[at(i, step), at(cells, after), at(f, step), at(o, step), at(g, step), at(tanhC, step)],
        ...[builder.add(at(cGradients, after), dcNext), builder.add(at(hGradients, after), dhNext)],
      ],
      LSTM_ATTRIBUTES,
    );
    const gates = `${cell}:1`; // [batch, 4 * units]
    return { state: [builder.matMul(gates, bring(recurrentT)), cell], collect: gates };
  });
}

/** LSTMBlockCellGrad has the gates in the order i, g, f, o; this turns ours into that, and that into ours. */
function inCellOrder(builder: GraphBuilder, tensor: GraphTensor, axis: number): GraphTensor {
  const [first, second, third, fourth] = builder.split(tensor, 4, axis);
  return builder.concat([first, third, second, fourth], axis);
}

/** Zeros `[units]`: the native LSTM asks for the weights of its peepholes, which are not used. */
function noPeephole(builder: GraphBuilder, bias: GraphTensor): GraphTensor {
  return builder.zerosLike(builder.split(bias, 4, 0)[0]);
}
