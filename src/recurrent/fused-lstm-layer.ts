import { tf } from '../tensorflow';
import { lstmSequence } from './lstm-sequence';

/** Arguments of {@link FusedLSTM}: those of `tf.layers.lstm`. */
export type FusedLSTMArgs = Parameters<typeof tf.layers.lstm>[0];

/** What a call of a recurrent layer receives beside its input. */
type CallArguments = Parameters<tf.RNN['call']>[1];

interface LstmLayer extends tf.RNN {
  goBackwards: boolean;
}

/** The class behind `tf.layers.lstm`, which TensorFlow.js registers but does not export. */
const LSTM = tf.serialization.SerializationMap.getMap().classNameMap.LSTM[0] as unknown as new (
  args: FusedLSTMArgs,
) => LstmLayer;

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

/** What the fused form needs to know about a layer of the class behind `tf.layers.lstm`. */
interface LstmInternals {
  cell: {
    units: number;
    useBias: boolean;
    dropout: number;
    recurrentDropout: number;
    activation: tf.serialization.Serializable;
    recurrentActivation: tf.serialization.Serializable;
    kernel: tf.LayerVariable;
    recurrentKernel: tf.LayerVariable;
    bias: tf.LayerVariable;
  };
  goBackwards: boolean;
  returnSequences: boolean;
  returnState: boolean;
  stateful: boolean;
}

/**
 * Whether {@link lstmSequence} computes what this layer asks for: an LSTM with tanh and sigmoid, a bias, no dropout, no
 * state kept between calls.
 */
export function isFusible(layer: tf.layers.Layer): boolean {
  if (!(layer instanceof LSTM)) return false;
  const { cell, stateful } = layer as unknown as LstmInternals;
  return (
    !stateful &&
    cell.useBias &&
    !cell.dropout &&
    !cell.recurrentDropout &&
    cell.activation.getClassName() === 'tanh' &&
    cell.recurrentActivation.getClassName() === 'sigmoid'
  );
}

/** `call` of a fusible layer, in the fused form. */
export function callFused(
  layer: tf.layers.Layer,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: CallArguments,
): tf.Tensor | tf.Tensor[] {
  const { cell, goBackwards, returnSequences, returnState } = layer as unknown as LstmInternals;
  return tf.tidy(() => {
    const x = single(inputs) as tf.Tensor3D;
    const mask = single(kwargs?.mask as tf.Tensor | tf.Tensor[] | undefined) as tf.Tensor2D | undefined;
    const state = kwargs?.initialState as tf.Tensor2D[] | undefined;
    const { outputs, finalState } = lstmSequence(
      x,
      {
        kernel: cell.kernel.read() as tf.Tensor2D,
        recurrentKernel: cell.recurrentKernel.read() as tf.Tensor2D,
        bias: cell.bias.read() as tf.Tensor1D,
      },
      { mask, goBackwards, initialState: state && { h: state[0], c: state[1] } },
    );
    // Keras returns the outputs in the order of reading.
    const sequence = () => (goBackwards ? tf.reverse(outputs, 1) : outputs);
    const output = returnSequences ? sequence() : finalState.h;
    return returnState ? [output, finalState.h, finalState.c] : output;
  });
}

function single<T>(value: T | T[] | null | undefined): T | undefined {
  return (Array.isArray(value) ? value[0] : value) ?? undefined;
}
