import { tf } from '../../tensorflow';
import type { WasmBackend } from '../wasm-backend';
import { valuesOf } from './kernel';

/** Computes `compute(a, b)` for each pair of numbers; axes of length 1 are repeated to fit, as everywhere. */
export function broadcast(
  backend: WasmBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  compute: (a: number, b: number) => number,
): tf.TensorInfo {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const result = backend.makeOutput(shape, a.dtype);
  const [x, y, to] = valuesOf(backend, a, b, result);
  if (x.length === to.length && y.length === to.length) {
    for (let index = 0; index < to.length; index++) to[index] = compute(x[index]!, y[index]!);
  } else if (x.length === to.length && y.length === 1) {
    for (let index = 0; index < to.length; index++) to[index] = compute(x[index]!, y[0]!);
  } else if (to.length > 0) {
    const xSteps = stepsOf(a.shape, shape.length);
    const ySteps = stepsOf(b.shape, shape.length);
    let target = 0;
    const walk = (axis: number, xAt: number, yAt: number): void => {
      if (axis === shape.length) {
        to[target++] = compute(x[xAt]!, y[yAt]!);
        return;
      }
      for (let index = 0; index < shape[axis]!; index++) {
        walk(axis + 1, xAt + index * xSteps[axis]!, yAt + index * ySteps[axis]!);
      }
    };
    walk(0, 0, 0);
  }
  return result;
}

/** How far apart two neighbours along each axis lie: 0 where the axis is repeated, or missing in front. */
function stepsOf(shape: number[], rank: number): number[] {
  const steps = new Array<number>(rank).fill(0);
  let size = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    if (length > 1) steps[rank - shape.length + axis] = size;
    size *= length;
  }
  return steps;
}
