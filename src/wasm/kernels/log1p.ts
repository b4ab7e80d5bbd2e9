import { putKernel, valuesOf } from './kernel';

/** `log(1 + x)`, exact near 0 too: the backend adds first, in float32, and loses all of a small `x`. */
export function putLog1p(): void {
  putKernel<'x'>('Log1p', () => ({ inputs: { x }, backend }) => {
    const result = backend.makeOutput(x.shape, 'float32');
    const [from, to] = valuesOf(backend, x, result);
    for (let index = 0; index < to.length; index++) to[index] = Math.log1p(from[index]!);
    return result;
  });
}
