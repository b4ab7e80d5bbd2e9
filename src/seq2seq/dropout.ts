import { nativeBackend, typeAttribute } from '../native/native-operations';
import { tf } from '../tensorflow';

/** How much is dropped in training. */
export interface DropoutOptions {
  /**
   * The share of numbers that is set to zero, the others scaled up to make good for it, 0 to below 1: in the embeddings
   * of both sides, between the encoder's layers and in what the readout reads. Only for training. Default: 0.
   */
  dropout?: number | undefined;
  /** Decides which; pass another one at each step. Default: drawn afresh. */
  seed?: number | undefined;
}

/** Places that draw apart, though the seed of the step is one. */
const PLACES = { source: 1, target: 2, readout: 3 } as const;
const FIRST_LAYER = 4;
const MOST_PLACES = 64;

/**
 * Sets a share of numbers to zero.
 *
 * @param place where: a name, or a number that counts the encoder's layers.
 * @throws {RangeError} when `dropout` is not in [0, 1).
 */
export function dropOut<T extends tf.Tensor>(
  x: T,
  { dropout = 0, seed = Math.floor(Math.random() * 2 ** 31) }: DropoutOptions,
  place: keyof typeof PLACES | number,
): T {
  if (!(dropout >= 0 && dropout < 1)) throw new RangeError(`dropout must be at least 0 and below 1, got ${dropout}`);
  if (dropout === 0) return x;
  return tf.tidy(() => {
    const kept = tf.greaterEqual(
      uniform(x.shape, seed, typeof place === 'number' ? FIRST_LAYER + place : PLACES[place]),
      dropout,
    );
    return x.mul(kept.cast('float32').div(1 - dropout)) as T;
  });
}

/** Numbers from 0 to below 1 that `seed` and `place` decide. Not the same ones on each backend. */
function uniform(shape: number[], seed: number, place: number): tf.Tensor {
  const backend = nativeBackend();
  if (!backend) {
    // A seed of 0 would count as none.
    const own = (Math.imul(seed, MOST_PLACES) + place) >>> 0 || 1;
    return tf.randomUniform(shape, 0, 1, 'float32', own);
  }
  // Drawn in JavaScript, they would be a million numbers a step for the garbage collector to clear away.
  const types = [
    typeAttribute(backend, 'dtype'),
    typeAttribute(backend, 'T', 'int32'),
    typeAttribute(backend, 'Tseed', 'int32'),
  ];
  const inputs = [tf.tensor1d(shape, 'int32'), tf.tensor1d([seed | 0, place], 'int32')];
  return backend.executeMultipleOutputs('StatelessRandomUniform', types, inputs, 1)[0]!;
}
