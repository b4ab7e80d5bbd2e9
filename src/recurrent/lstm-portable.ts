import { tf } from '../tensorflow';
import { withoutPadding } from '../without-padding';
import { differentiable } from './differentiable';
import type { LstmDirection, LstmRunResult } from './lstm-run';
import { fourGates } from './lstm-step';
import type { LstmState } from './lstm-types';

/** What the gradient needs to know of a step, each `[batch, units]`. */
const STEP_PARTS = ['i', 'f', 'g', 'o', 'tanhC', 'hBefore', 'cBefore'] as const;
type Step = Record<(typeof STEP_PARTS)[number], tf.Tensor2D>;

/**
 * LSTMs in plain TensorFlow.js operations with their gradient written by hand, for any backend.
 *
 * Faster than letting TensorFlow.js differentiate {@link lstmSequenceStepwise}, because what does not depend on the
 * step before is done for all steps at once: the input's part of the gates going forward, and the gradients of the
 * weights and the input going back.
 */
export function portableLstm(x: tf.Tensor3D, directions: LstmDirection[], mask?: tf.Tensor2D): LstmRunResult {
  const results = directions.map((direction) => runOne(x, direction, mask));
  const outputs = results.map((result) => result.outputs);
  return {
    outputs: outputs.length === 1 ? outputs[0]! : tf.concat(outputs, 2),
    finalStates: results.map((result) => result.finalState),
  };
}

function runOne(x: tf.Tensor3D, { weights, initialState, goBackwards }: LstmDirection, mask?: tf.Tensor2D) {
  const { kernel, recurrentKernel, bias } = weights;
  const [batch, time, features] = x.shape;
  const units = recurrentKernel.shape[0];
  const order = Array.from({ length: time }, (_, step) => (goBackwards ? time - 1 - step : step));
  const masks = mask && tf.unstack(tf.cast(mask, 'bool').expandDims(2), 1).map((each) => tf.tile(each, [1, units]));

  const [outputs, h, c] = differentiable(
    { x, kernel, recurrentKernel, bias, h0: initialState.h, c0: initialState.c },
    (save) => {
      const real = withoutPadding(x, mask).reshape([batch * time, features]) as tf.Tensor2D;
      const projected = tf
        .matMul(real, kernel)
        .add(bias)
        .reshape([batch, time, 4 * units]);
      const inputs = tf.unstack(projected, 1) as tf.Tensor2D[]; // time times [batch, 4 * units]
      const steps = new Array<Step>(time);
      const outputs = new Array<tf.Tensor2D>(time);
      let state: LstmState = initialState;
      for (const t of order) {
        const { h: hBefore, c: cBefore } = state;
        const { h, c, ...gates } = tf.tidy(() => forwardStep(inputs[t]!, state, recurrentKernel, masks?.[t]));
        steps[t] = { ...gates, hBefore, cBefore };
        state = { h, c };
        outputs[t] = h;
      }
      save([
        real,
        kernel,
        recurrentKernel,
        ...(masks ?? []),
        ...steps.flatMap((step) => STEP_PARTS.map((part) => step[part])),
      ]);
      return [tf.stack(outputs, 1) as tf.Tensor3D, state.h.clone(), state.c.clone()];
    },
    ([outputsGradient, hGradient, cGradient], kept) => {
      const [real, kernel, recurrentKernel, ...saved] = kept as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, ...tf.Tensor[]];
      const masks = mask && (saved.splice(0, time) as tf.Tensor2D[]);
      const steps = order.map((_, t) => {
        const parts = saved.slice(t * STEP_PARTS.length) as tf.Tensor2D[];
        return Object.fromEntries(STEP_PARTS.map((part, index) => [part, parts[index]])) as Step;
      });
      // Transposed by hand: on some backends a product with a transposed operand misses the fast path.
      const recurrentT = tf.transpose(recurrentKernel) as tf.Tensor2D; // [4 * units, units]
      const outputGradients = tf.unstack(outputsGradient, 1) as tf.Tensor2D[];
      const gateGradients = new Array<tf.Tensor2D>(time);
      let gradient: LstmState = { h: hGradient, c: cGradient };
      for (const t of [...order].reverse()) {
        const { gates, h, c } = tf.tidy(() =>
          backwardStep(gradient.h.add(outputGradients[t]!), gradient.c, steps[t]!, recurrentT, masks?.[t]),
        );
        gateGradients[t] = gates;
        gradient = { h, c };
      }
      const gates = tf.stack(gateGradients, 1); // [batch, time, 4 * units]
      const gateRows = gates.reshape([batch * time, 4 * units]) as tf.Tensor2D;
      const hBefore = tf
        .stack(
          steps.map((step) => step.hBefore),
          1,
        )
        .reshape([batch * time, units]);
      return {
        x: tf.matMul(gateRows, tf.transpose(kernel)).reshape([batch, time, features]),
        kernel: tf.matMul(tf.transpose(real), gateRows),
        recurrentKernel: tf.matMul(tf.transpose(hBefore), gateRows),
        // Summed over time, then over the batch: a single float32 sum over all rows loses digits.
        bias: tf.sum(tf.sum(gates, 1), 0),
        h0: gradient.h,
        c0: gradient.c,
      };
    },
  );
  return { outputs, finalState: { h, c } };
}

/** `lstmStep` from the input's part of the gates, with everything that the gradient will need. */
function forwardStep(input: tf.Tensor2D, before: LstmState, recurrentKernel: tf.Tensor2D, real?: tf.Tensor) {
  const gates = fourGates(input.add(tf.matMul(before.h, recurrentKernel)));
  const [i, f, g, o] = [tf.sigmoid(gates.i), tf.sigmoid(gates.f), tf.tanh(gates.g), tf.sigmoid(gates.o)];
  const c = tf.add(f.mul(before.c), i.mul(g)) as tf.Tensor2D;
  const tanhC = tf.tanh(c);
  const h = tf.mul(o, tanhC) as tf.Tensor2D;
  const state = real ? { h: tf.where(real, h, before.h), c: tf.where(real, c, before.c) } : { h, c };
  return { ...state, i, f, g, o, tanhC };
}

/** From the gradients of a step's h and c, those of its four gates before their activation, and of the state before. */
function backwardStep(dh: tf.Tensor2D, dc: tf.Tensor2D, step: Step, recurrentT: tf.Tensor2D, real?: tf.Tensor) {
  const { i, f, g, o, tanhC, cBefore } = step;
  const none = tf.zerosLike(dh);
  const dhReal = real ? tf.where(real, dh, none) : dh;
  const dcReal = tf.add(real ? tf.where(real, dc, none) : dc, dhReal.mul(o).mul(tanhSlope(tanhC)));
  const gates = tf.concat(
    [
      dcReal.mul(g).mul(sigmoidSlope(i)),
      dcReal.mul(cBefore).mul(sigmoidSlope(f)),
      dcReal.mul(i).mul(tanhSlope(g)),
      dhReal.mul(tanhC).mul(sigmoidSlope(o)),
    ],
    1,
  ) as tf.Tensor2D; // [batch, 4 * units]
  const before: LstmState = { h: tf.matMul(gates, recurrentT), c: tf.mul(dcReal, f) };
  // A masked step hands its gradient on as it got it.
  const state = real ? { h: tf.where(real, before.h, dh), c: tf.where(real, before.c, dc) } : before;
  return { gates, ...state };
}

/** The derivative of a sigmoid, from its value. */
function sigmoidSlope(value: tf.Tensor): tf.Tensor {
  return tf.sub(value, tf.square(value));
}

/** The derivative of tanh, from its value. */
function tanhSlope(value: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.square(value));
}
