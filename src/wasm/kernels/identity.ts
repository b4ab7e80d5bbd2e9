import { putKernel } from './kernel';

/**
 * A clone shares its memory, as on the other backends: the backend's own kernel copies all numbers, and that for each
 * tensor that is kept for a gradient.
 */
export function putIdentity(): void {
  putKernel<'x'>('Identity', (own) => (call) => {
    const { inputs, backend } = call;
    const { dataId, shape, dtype } = inputs.x;
    if (dtype === 'string') return own(call);
    backend.incRef(dataId);
    return { dataId, shape, dtype };
  });
}
