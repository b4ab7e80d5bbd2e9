import { tf } from '../tensorflow';
import { lstmSequence } from './lstm-sequence';

/** Arguments of {@link FusedLSTM}: those of `tf.layers.lstm`. */
export type FusedLSTMArgs = Parameters<typeof tf.layers.lstm>[0];

/** What a call of a recurrent layer receives beside its input. */
export type CallArguments = Parameters<tf.RNN['call']>[1];

/** A layer that `tf.layers.lstm` makes. */
export interface LstmLayer extends tf.RNN {
  goBackwards: boolean;
}

/** The class behind `tf.layers.lstm`, which TensorFlow.js registers but does not export. */
export const LSTM = tf.serialization.SerializationMap.getMap().classNameMap.LSTM![0] as unknown as new (
  args: FusedLSTMArgs,
) => LstmLayer;

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
    const state = kwargs?.initialState as [tf.Tensor2D, tf.Tensor2D] | undefined;
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
    return returnState ? [output, finalState.h.clone(), finalState.c] : output;
  });
}

function single<T>(value: T | T[] | null | undefined): T | undefined {
  return (Array.isArray(value) ? value[0] : value) ?? undefined;
}
