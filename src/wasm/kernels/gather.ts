import { tf } from '../../tensorflow';
import { copyNumbers } from './copy-numbers';
import { putKernel, valuesOf } from './kernel';

/** Rows in the order of their indices. The backend's own kernel reads outside its input where there are batch axes. */
export function putGather(): void {
  putKernel<'x' | 'indices'>('GatherV2', (own) => (call) => {
    const { inputs, attrs, backend } = call;
    const [x, indices] = [inputs.x as tf.Tensor, inputs.indices as tf.Tensor];
    if (x.dtype === 'string') return own(call);
    const { axis: anyAxis, batchDims = 0 } = attrs as { axis: number; batchDims?: number };
    const axis = tf.util.parseAxisParam(anyAxis, x.shape)[0]!;
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
    const result = backend.makeOutput(outputShape, x.dtype);
    const [from, rows, to] = valuesOf(backend, x, indices, result);
    const count = rows.length / batchSize;
    let target = 0;
    for (let batch = 0; batch < batchSize; batch++) {
      for (let outer = 0; outer < outerSize; outer++) {
        const start = (batch * outerSize + outer) * dimSize;
        for (let index = 0; index < count; index++, target += sliceSize) {
          const row = rows[batch * count + index]!;
          if (!(row >= 0 && row < dimSize)) {
            backend.disposeData(result.dataId);
            throw new Error(`GatherV2: the index value ${row} is not in [0, ${dimSize - 1}]`);
          }
          copyNumbers(from, (start + row) * sliceSize, to, target, sliceSize);
        }
      }
    }
    return result;
  });
}
