import type { tf } from '../../tensorflow';
import { kernelOf, putKernel, sizeOf, valuesOf } from './kernel';

/**
 * Truth values, which lie in single bytes. The backend's own kernels treat them as float32, or cut a number down to a
 * byte, in which 0.5 and 256 are false.
 */
export function putBooleans(): void {
  putKernel<'x'>('Cast', (own) => (call) => {
    const { inputs, attrs, backend } = call;
    const { x } = inputs;
    if ((attrs as { dtype: tf.DataType }).dtype !== 'bool' || x.dtype === 'string') return own(call);
    const result = backend.makeOutput(x.shape, 'bool');
    const [from, to] = valuesOf(backend, x, result);
    for (let index = 0; index < to.length; index++) to[index] = from[index] !== 0 ? 1 : 0;
    return result;
  });

  putKernel<'condition' | 't' | 'e'>('Select', (own) => (call) => {
    const { inputs, backend } = call;
    const { condition, t, e } = inputs;
    // For an empty batch, `tf.where` hands on a condition that it has not repeated no times, and the backend writes as
    // many results as there are conditions.
    if (sizeOf(t.shape) === 0) return backend.makeOutput(t.shape, t.dtype);
    if (t.dtype !== 'bool') return own(call);
    const result = backend.makeOutput(t.shape, 'bool');
    const [real, yes, no, to] = valuesOf(backend, condition, t, e, result);
    const width = to.length / real.length; // a condition of rank 1 decides over whole rows
    for (let index = 0; index < to.length; index++) {
      to[index] = real[Math.floor(index / width)] ? yes[index]! : no[index]!;
    }
    return result;
  });

  throughIntegers('Reverse', 'bool');
  throughIntegers('Cumsum', 'int32');
  throughIntegers('Cumprod', 'int32');
}

/** Computes on int32 what the backend cannot do on truth values. */
function throughIntegers(name: string, resultType: 'bool' | 'int32'): void {
  putKernel<'x'>(name, (own) => (call) => {
    const { inputs, backend } = call;
    if (inputs.x.dtype !== 'bool') return own(call);
    const cast = (x: tf.TensorInfo, dtype: tf.DataType) => {
      const result = kernelOf('Cast')({ inputs: { x }, attrs: { dtype }, backend });
      if (x !== inputs.x) backend.disposeData(x.dataId);
      return result;
    };
    const integers = cast(inputs.x, 'int32');
    const result = own({ ...call, inputs: { x: integers } });
    backend.disposeData(integers.dataId);
    return resultType === 'int32' ? result : cast(result, resultType);
  });
}
