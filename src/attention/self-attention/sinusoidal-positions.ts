import { unlessEmpty } from '../../empty-tensors';
import {
  type LayerArguments,
  type LayerShapes,
  onlyInput,
  requireKnownArguments,
  requirePositiveInteger,
  sequenceShape,
} from '../layer-inputs';
import { requireRank } from '../../shapes';
import { tf } from '../../tensorflow';

/**
 * Sinusoidal positions: a vector for each place in a sequence, made of waves of many lengths.
 *
 * Self-attention by itself does not know the order of its input; adding these vectors tells it. Even features are sines,
 * odd ones cosines, `sin(place / 10000^(2i / width))`: nearby places get similar vectors, and moving by a fixed distance
 * is the same rotation everywhere.
 *
 * @param length number of places.
 * @param width width of each vector.
 * @returns `[length, width]`, values between -1 and 1.
 * @throws {RangeError} when `length` or `width` is not a positive whole number.
 * @see Vaswani et al. 2017, section 3.5. Lesson 10.
 */
export function sinusoidalPositions(length: number, width: number): tf.Tensor2D {
  requirePositiveInteger('length', length);
  requirePositiveInteger('width', width);
  const values = new Float32Array(length * width);
  for (let place = 0; place < length; place++) {
    for (let feature = 0; feature < width; feature++) {
      const wave = place / 10000 ** ((feature - (feature % 2)) / width);
      values[place * width + feature] = feature % 2 === 0 ? Math.sin(wave) : Math.cos(wave);
    }
  }
  return tf.tensor2d(values, [length, width]);
}

/**
 * Adds {@link sinusoidalPositions}, those of lesson 10, to a sequence `[batch, time, width]`. It passes the mask on, and
 * counts padding too: pad on the right.
 */
export class AddSinusoidalPositions extends tf.layers.Layer {
  /** The name by which a saved model finds this class again. */
  static readonly className = 'AddSinusoidalPositions';

  constructor(args: LayerArguments = {}) {
    super(args);
    requireKnownArguments('AddSinusoidalPositions', args, []);
    this.supportsMasking = true;
  }

  override computeOutputShape(inputShape: LayerShapes): LayerShapes {
    return sequenceShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const sequence = onlyInput(inputs) as tf.Tensor3D; // [batch, time, width]
    requireRank('the input', sequence, 3);
    const [, length, width] = sequence.shape;
    return unlessEmpty(sequence.shape, [sequence], () => sequence.add(sinusoidalPositions(length, width)));
  }
}
tf.serialization.registerClass(AddSinusoidalPositions);
