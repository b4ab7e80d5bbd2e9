import { attribute, FLOAT, GraphBuilder, GraphTensor, INT64 } from '../native/graph';

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
    const [kernel, recurrentKernel, bias, h0, c0] = DIRECTION_INPUTS.map((name) => builder.input(name + direction));
    const [read, place, last] = PACKING_INPUTS.map((name) => builder.integerInput(name + direction));
    const steps = builder.gather(builder.rows(x), read); // [steps, batch, features]
    const w = builder.concat([kernel, recurrentKernel], 0); // [features + units, 4 * units]
    const lstm = builder.operation('BlockLSTMV2', lstmInputs(builder, steps, w, bias, h0, c0), {
      ...LSTM_ATTRIBUTES,
      cell_clip: attribute.float(0),
    });
    const [i, c, f, o, g, tanhC, h] = Array.from({ length: 7 }, (_, index) => `${lstm}:${index}`);
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
 */
export function backwardGraph(directions: number): LstmGraph {
  const builder = new GraphBuilder();
  const outputs: Record<string, GraphTensor> = {};
  const x = builder.input('x');
  const sides = builder.split(builder.input('gradient'), directions, 2); // each [batch, time, units]
  const xGradients: GraphTensor[] = [];
  for (let direction = 0; direction < directions; direction++) {
    const [kernel, recurrentKernel, bias, h0, c0] = DIRECTION_INPUTS.map((name) => builder.input(name + direction));
    const [read, place, last] = PACKING_INPUTS.map((name) => builder.integerInput(name + direction));
    const [steps, w, i, c, f, o, g, tanhC, h] = TRACE.map((name) => builder.input(name + direction));
    const hLastGradient = builder.input(`hLastGradient${direction}`);
    const cLastGradient = builder.input(`cLastGradient${direction}`);

    // Each state collects the gradients of all places where it stands: initial states in the first rows, then steps.
    const stateRows = builder.add(builder.firstSize(h0), builder.firstSize(builder.rows(h)), INT32_TYPE);
    const places = builder.concat([flatIntegers(builder, place), last], 0, INT32_TYPE);
    const placed = builder.concat([builder.rows(sides[direction]), hLastGradient], 0);
    const [h0Placed, hGradient] = takeApart(builder, builder.sumByRow(placed, places, stateRows), [
      h0,
      builder.rows(h),
    ]);
    const [c0Placed, cGradient] = takeApart(builder, builder.sumByRow(cLastGradient, last, stateRows), [
      c0,
      builder.rows(c),
    ]);

    const lstm = builder.operation(
      'BlockLSTMGradV2',
      [
        ...lstmInputs(builder, steps, w, bias, h0, c0),
        ...[i, c, f, o, g, tanhC, h],
        builder.reshape(cGradient, builder.shape(c)),
        builder.reshape(hGradient, builder.shape(h)),
      ],
      LSTM_ATTRIBUTES,
    );
    xGradients.push(builder.sumByRow(`${lstm}:0`, read, builder.firstSize(builder.rows(x)))); // [batch * time, features]
    const [kernelGradient, recurrentGradient] = takeApart(builder, `${lstm}:3`, [kernel, recurrentKernel]);
    outputs[`kernel${direction}`] = kernelGradient;
    outputs[`recurrentKernel${direction}`] = recurrentGradient;
    outputs[`bias${direction}`] = `${lstm}:7`;
    outputs[`c0${direction}`] = builder.add(`${lstm}:1`, c0Placed);
    outputs[`h0${direction}`] = builder.add(`${lstm}:2`, h0Placed);
  }
  const xGradient = xGradients.length === 1 ? xGradients[0] : builder.add(xGradients[0], xGradients[1]);
  outputs.x = builder.reshape(xGradient, builder.shape(x));
  return { builder, outputs };
}

const INT32_TYPE = 3;

/** The first inputs of BlockLSTMV2 and of its gradient, in their order. */
function lstmInputs(
  builder: GraphBuilder,
  steps: GraphTensor,
  w: GraphTensor,
  bias: GraphTensor,
  h0: GraphTensor,
  c0: GraphTensor,
): GraphTensor[] {
  const count = builder.cast(builder.firstSize(steps), INT32_TYPE, INT64);
  const peephole = builder.zerosLike(builder.split(bias, 4, 0)[0]); // [units], not used
  return [count, steps, c0, h0, w, peephole, peephole, peephole, bias];
}

function flatIntegers(builder: GraphBuilder, tensor: GraphTensor): GraphTensor {
  return builder.reshape(tensor, builder.integers([-1]), INT32_TYPE);
}

/** The gradient of a concat along the first axis: a piece for each of `parts`, of its shape. */
function takeApart(builder: GraphBuilder, tensor: GraphTensor, parts: [GraphTensor, GraphTensor]): GraphTensor[] {
  const [first, second] = parts;
  const begin = builder.concat(
    [
      builder.slice(builder.shape(first), builder.integers([0]), builder.integers([1]), INT32_TYPE),
      builder.integers([0]),
    ],
    0,
    INT32_TYPE,
  );
  return [
    builder.slice(tensor, builder.integers([0, 0]), builder.shape(first)),
    builder.slice(tensor, begin, builder.shape(second)),
  ];
}
