import { tf } from '../tensorflow';
import { LstmImplementation, LstmRun, LstmTrace } from './lstm-trace';

/**
 * The LSTM in plain TensorFlow.js operations with its gradient written by hand, for any backend.
 *
 * Faster than letting TensorFlow.js differentiate {@link lstmSequenceStepwise}, because what does not depend on the
 * step before is done for all steps at once: the input's part of the gates going forward, and the gradients of the
 * weights and the input going back.
 */
export const portableLstm: LstmImplementation = {
  forward({ x, w, b, h0, c0 }) {
    return tf.tidy(() => {
      const [time, batch, features] = x.shape;
      const units = h0.shape[1];
      const [kernel, recurrentKernel] = tf.split(w, [features, units], 0) as tf.Tensor2D[];
      const projected = tf.matMul(x.reshape([time * batch, features]), kernel).add(b); // [time * batch, 4 * units]
      const inputs = tf.unstack(projected.reshape([time, batch, 4 * units])) as tf.Tensor2D[];
      let h = h0;
      let c = c0;
      const steps = inputs.map((input) => {
        const step = tf.tidy(() => {
          const gates = tf.split(input.add(tf.matMul(h, recurrentKernel)), 4, 1) as tf.Tensor2D[]; // [batch, units]
          const [i, f, g, o] = [tf.sigmoid(gates[0]), tf.sigmoid(gates[1]), tf.tanh(gates[2]), tf.sigmoid(gates[3])];
          const newC = tf.add(f.mul(c), i.mul(g)) as tf.Tensor2D;
          const tanhC = tf.tanh(newC);
          return { h: tf.mul(o, tanhC) as tf.Tensor2D, c: newC, i, f, o, g, tanhC };
        });
        ({ h, c } = step);
        return step;
      });
      const overTime = (name: keyof LstmTrace) => tf.stack(steps.map((step) => step[name])) as tf.Tensor3D;
      return {
        h: overTime('h'),
        c: overTime('c'),
        i: overTime('i'),
        f: overTime('f'),
        o: overTime('o'),
        g: overTime('g'),
        tanhC: overTime('tanhC'),
      };
    });
  },

  backward(dh, dc, { x, w, h0, c0 }, trace) {
    return tf.tidy(() => {
      const [time, batch, features] = x.shape;
      const units = h0.shape[1];
      const transposed = tf.transpose(w); // [4 * units, features + units]
      const [kernelT, recurrentT] = tf.split(transposed, [features, units], 1) as tf.Tensor2D[];
      const steps = (tensor: tf.Tensor3D) => tf.unstack(tensor) as tf.Tensor2D[];
      const [i, f, o, g, tanhC] = [trace.i, trace.f, trace.o, trace.g, trace.tanhC].map(steps);
      const [outputGradients, cellGradients, cells] = [dh, dc, trace.c].map(steps);

      let dhNext = tf.zerosLike(h0); // [batch, units]
      let dcNext = tf.zerosLike(c0); // [batch, units]
      const gateGradients = new Array<tf.Tensor2D>(time);
      for (let t = time - 1; t >= 0; t--) {
        const before = t > 0 ? cells[t - 1] : c0;
        [gateGradients[t], dhNext, dcNext] = tf.tidy(() => {
          const dhHere = tf.add(outputGradients[t], dhNext);
          const dcHere = tf.addN([cellGradients[t], dcNext, dhHere.mul(o[t]).mul(tanhSlope(tanhC[t]))]);
          const di = dcHere.mul(g[t]).mul(sigmoidSlope(i[t]));
          const df = dcHere.mul(before).mul(sigmoidSlope(f[t]));
          const dg = dcHere.mul(i[t]).mul(tanhSlope(g[t]));
          const dO = dhHere.mul(tanhC[t]).mul(sigmoidSlope(o[t]));
          const gates = tf.concat([di, df, dg, dO], 1) as tf.Tensor2D; // [batch, 4 * units]
          return [gates, tf.matMul(gates, recurrentT), dcHere.mul(f[t]) as tf.Tensor2D];
        });
      }

      const gates = tf.concat(gateGradients, 0) as tf.Tensor2D; // [time * batch, 4 * units]
      const hFlat = trace.h.reshape([time * batch, units]);
      const hBefore = tf.concat([h0, hFlat.slice([0, 0], [(time - 1) * batch, units])], 0);
      const xFlat = x.reshape([time * batch, features]);
      // Transposed by hand: on some backends a product with a transposed operand misses the fast path.
      const inputsT = tf.transpose(tf.concat([xFlat, hBefore], 1)); // [features + units, time * batch]
      return {
        x: tf.matMul(gates, kernelT).reshape([time, batch, features]),
        w: tf.matMul(inputsT, gates),
        // Summed over the batch, then over time: a single float32 sum over all rows loses digits.
        b: tf.sum(tf.sum(gates.reshape([time, batch, 4 * units]), 1), 0),
        h0: dhNext,
        c0: dcNext,
      } as LstmRun;
    });
  },
};

/** The derivative of a sigmoid, from its value. */
function sigmoidSlope(value: tf.Tensor): tf.Tensor {
  return tf.sub(value, tf.square(value));
}

/** The derivative of tanh, from its value. */
function tanhSlope(value: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.square(value));
}
