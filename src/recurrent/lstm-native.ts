import {
  booleanAttribute,
  floatAttribute,
  int64Scalar,
  NativeBackend,
  typeAttribute,
  zeroVector,
} from '../native/native-operations';
import { tf } from '../tensorflow';
import { LstmImplementation, LstmRun, LstmTrace } from './lstm-trace';

/**
 * The LSTM as native TensorFlow computes it: all steps in one operation, and all their gradients in another.
 *
 * The operations take Keras' weights as they are (gates i, f, g, o). They trust their caller: a length above that of
 * `x` ends the process, so every shape is checked before.
 *
 * @see BlockLSTMV2 and BlockLSTMGradV2 in TensorFlow's `rnn_ops.cc`.
 */
export function nativeLstm(backend: NativeBackend): LstmImplementation {
  const float = typeAttribute(backend, 'T');
  const noPeephole = booleanAttribute(backend, 'use_peephole', false);
  const noClipping = floatAttribute(backend, 'cell_clip', 0);

  function operationInputs({ x, w, b, h0, c0 }: LstmRun): tf.TensorInfo[] {
    const peephole = zeroVector(backend, h0.shape[1]);
    return [int64Scalar(backend, x.shape[0]), x, c0, h0, w, peephole, peephole, peephole, b];
  }

  return {
    forward(run) {
      const [i, c, f, o, g, tanhC, h] = backend.executeMultipleOutputs(
        'BlockLSTMV2',
        [noClipping, noPeephole, float],
        operationInputs(run),
        7,
      ) as tf.Tensor3D[];
      return { h, c, i, f, o, g, tanhC };
    },

    backward(dh, dc, run, { h, c, i, f, o, g, tanhC }: LstmTrace) {
      const [dx, dc0, dh0, dw, , , , db] = backend.executeMultipleOutputs(
        'BlockLSTMGradV2',
        [noPeephole, float],
        [...operationInputs(run), i, c, f, o, g, tanhC, h, dc, dh],
        8,
      );
      return { x: dx, w: dw, b: db, h0: dh0, c0: dc0 } as LstmRun;
    },
  };
}
