import { putKernel, sizeOf, valuesOf } from './kernel';

/** Repeats a tensor along its axes; the backend's own kernel moves single numbers. */
export function putTile(): void {
  putKernel<'x'>('Tile', (own) => (call) => {
    const { inputs, attrs, backend } = call;
    const { x } = inputs;
    // The backend's own kernel ends all WebAssembly here.
    if (x.dtype === 'string') throw new Error('tf.tile cannot repeat texts on the WebAssembly backend');
    if (x.shape.length === 0) return own(call);
    const { reps } = attrs as { reps: number[] };
    const shape = x.shape.map((length, axis) => length * reps[axis]!);
    const result = backend.makeOutput(shape, x.dtype);
    if (sizeOf(shape) === 0) return result;
    const [from, to] = valuesOf(backend, x, result);
    const last = shape.length - 1;
    let source = 0;
    /** Writes one copy of an axis, and then all its repetitions; tells where the next number goes. */
    const fill = (axis: number, start: number): number => {
      let end = start;
      if (axis === last) for (let index = 0; index < x.shape[last]!; index++) to[end++] = from[source++]!;
      else for (let index = 0; index < x.shape[axis]!; index++) end = fill(axis + 1, end);
      const length = end - start;
      const repeats = reps[axis]!;
      if (length === 1) {
        to.fill(to[start]!, end, start + repeats);
        return start + repeats;
      }
      for (let copy = 1; copy < repeats; copy++, end += length) to.copyWithin(end, start, start + length);
      return end;
    };
    fill(0, 0);
    return result;
  });
}
