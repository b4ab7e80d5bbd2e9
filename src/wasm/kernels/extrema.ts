import type { tf } from '../../tensorflow';
import { broadcast } from './broadcast';
import { putKernel, valuesOf } from './kernel';

/** Maximum, minimum and limits that keep NaN: in the backend's own kernels it becomes some number. */
export function putExtrema(): void {
  for (const [name, choose] of Object.entries({ Maximum: Math.max, Minimum: Math.min })) {
    putKernel<'a' | 'b'>(
      name,
      () =>
        ({ inputs, backend }) =>
          broadcast(backend, inputs.a, inputs.b, choose),
    );
  }
  putLimit('ClipByValue', (attrs) => {
    const { clipValueMin, clipValueMax } = attrs as { clipValueMin: number; clipValueMax: number };
    return [clipValueMin, clipValueMax];
  });
  putLimit('Relu6', () => [0, 6]);
}

function putLimit(name: string, limits: (attrs: object) => [number, number]): void {
  putKernel<'x'>(name, () => ({ inputs: { x }, attrs, backend }): tf.TensorInfo => {
    const [least, most] = limits(attrs);
    const result = backend.makeOutput(x.shape, x.dtype);
    const [from, to] = valuesOf(backend, x, result);
    for (let index = 0; index < to.length; index++) to[index] = Math.max(least, Math.min(most, from[index]!));
    return result;
  });
}
