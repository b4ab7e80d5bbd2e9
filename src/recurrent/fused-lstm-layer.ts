import { tf } from '../tensorflow';
import { callFused, type CallArguments, type FusedLSTMArgs, isFusible, LSTM } from './fusible';

/**
 * `tf.layers.lstm`, computed by {@link lstmSequence}: same arguments, same weights (`getWeights` and `setWeights` move
 * them both ways), several times faster. Works in `tf.sequential`, `tf.model` and `tf.layers.bidirectional`, with masks
 * and initial states, and is saved and loaded with the model.
 *
 * Two defaults differ from `tf.layers.lstm`: `recurrentActivation` is `sigmoid` (as in Keras and PyTorch; TensorFlow.js
 * has the older `hardSigmoid`), and `recurrentInitializer` is `glorotUniform` (making an orthogonal matrix takes
 * TensorFlow.js seconds).
 *
 * A layer that asks for what the fused form cannot do ({@link isFusible}) is computed as `tf.layers.lstm` computes it.
 *
 * @see Lesson 03.
 */
export class FusedLSTM extends LSTM {
  /** The name by which a saved model finds this class again. */
  static readonly className = 'FusedLSTM';

  constructor(args: FusedLSTMArgs) {
    super({ recurrentActivation: 'sigmoid', recurrentInitializer: 'glorotUniform', ...args });
  }

  override getClassName(): string {
    return FusedLSTM.className;
  }

  /** Computes the layer, fused where it can be. */
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor | tf.Tensor[] {
    return isFusible(this) ? callFused(this, inputs, kwargs) : super.call(inputs, kwargs);
  }
}
tf.serialization.registerClass(FusedLSTM as unknown as Parameters<typeof tf.serialization.registerClass>[0]);
