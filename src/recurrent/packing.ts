import { maskValues } from '../shapes';
import { tf } from '../tensorflow';

/** Where each real step goes, so that the LSTM meets only real steps and the state passes over all others. */
export interface Packing {
  /**
   * `[steps, batch]`, where `steps` is what the longest example has: the row of `x` as `[batch * time]` that is read
   * there.
   */
  read: tf.Tensor2D;
  /** `[batch, time]`: the row of the states as `[(1 + steps) * batch]`, initial state first, that stands there. */
  place: tf.Tensor2D;
  /** `[batch]`: the row of each example's last state, counted likewise. */
  last: tf.Tensor1D;
}

/**
 * Moves the real steps of each example to the front, in the order in which they are read.
 *
 * Any mask becomes right padding that way, for which the native LSTM needs no masking at all: what it computes after an
 * example's last real step is never looked at. Padding is never read either: those places read a real step again.
 *
 * @param mask `[batch, time]`, 1 for a real step; none when all are real.
 */
export function packSteps(batch: number, time: number, goBackwards: boolean, mask?: tf.Tensor2D): Packing {
  const real = mask && maskValues(mask);
  const lengths = new Int32Array(batch);
  const place = new Int32Array(batch * time);
  const read = new Int32Array(time * batch);
  if (real) read.fill(Math.max(0, real.findIndex(Boolean)));
  for (let example = 0; example < batch; example++) {
    let count = 0;
    for (let step = 0; step < time; step++) {
      const row = example * time + (goBackwards ? time - 1 - step : step);
      if (!real || real[row]) {
        read[count * batch + example] = row;
        count++;
      }
      place[row] = count * batch + example;
    }
    lengths[example] = count;
  }
  const steps = Math.max(1, ...lengths);
  const last = lengths.map((length, example) => length * batch + example);
  return {
    read: tf.tensor2d(read.subarray(0, steps * batch), [steps, batch], 'int32'),
    place: tf.tensor2d(place, [batch, time], 'int32'),
    last: tf.tensor1d(last, 'int32'),
  };
}
