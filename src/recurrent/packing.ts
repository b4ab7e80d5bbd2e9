import { tf } from '../tensorflow';

/** Where each real step goes, so that the LSTM meets only real steps and the state passes over all others. */
export interface Packing {
  /** Number of steps that the longest example has. */
  steps: number;
  /** `[steps * batch]`, time first: the row of `x` as `[batch * time]` that is read there. */
  read: tf.Tensor1D;
  /** `[batch * time]`: the row of the outputs as `[(1 + steps) * batch]`, initial state first, that stands there. */
  place: tf.Tensor1D;
  /** `[batch]`: the row of each example's last state, counted likewise. */
  last: tf.Tensor1D;
}

/**
 * Moves the real steps of each example to the front, in the order in which they are read.
 *
 * Any mask becomes right padding that way, for which the fused LSTM needs no masking at all: what it computes after an
 * example's last real step is never looked at. Padding is never read either: those places read a real step again.
 *
 * @param mask `[batch, time]`, 1 for a real step.
 */
export function packSteps(mask: tf.Tensor2D, goBackwards: boolean): Packing {
  const [batch, time] = mask.shape;
  const real = mask.dataSync();
  const lengths = new Int32Array(batch);
  const place = new Int32Array(batch * time);
  const read = new Int32Array(time * batch).fill(Math.max(0, real.findIndex(Boolean)));
  for (let example = 0; example < batch; example++) {
    let count = 0;
    for (let step = 0; step < time; step++) {
      const row = example * time + (goBackwards ? time - 1 - step : step);
      if (real[row]) {
        read[count * batch + example] = row;
        count++;
      }
      place[row] = count * batch + example;
    }
    lengths[example] = count;
  }
  const steps = Math.max(1, ...lengths);
  return {
    steps,
    read: tf.tensor1d(read.subarray(0, steps * batch), 'int32'),
    place: tf.tensor1d(place, 'int32'),
    last: tf.tensor1d(
      lengths.map((length, example) => length * batch + example),
      'int32',
    ),
  };
}
