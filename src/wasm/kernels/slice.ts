import { tf } from '../../tensorflow';
import type { WasmBackend } from '../wasm-backend';
import { putKernel, sizeOf, valuesOf } from './kernel';
import { copyNumbers } from './copy-numbers';

/**
 * Slice, unstack and split as copies of what is asked for. The backend's own kernels first copy the whole input, and
 * do so again for each piece.
 */
export function putSlices(): void {
  putKernel<'x'>('Slice', (own) => (call) => {
    const { inputs, attrs, backend } = call;
    const x = inputs.x as tf.Tensor;
    if (x.dtype === 'string') return own(call);
    const { begin, size } = attrs as { begin: number | number[]; size: number | number[] };
    const [start, shape] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x, start, shape);
    return slice(backend, x, start, shape);
  });

  putKernel<'value'>('Unpack', (own) => (call) => {
    const { inputs, attrs, backend } = call;
    const { value } = inputs;
    if (value.dtype === 'string') return own(call);
    const axis = tf.util.parseAxisParam((attrs as { axis: number }).axis, value.shape)[0]!;
    const pieceShape = value.shape.map((length, each) => (each === axis ? 1 : length));
    const shape = value.shape.filter((_, each) => each !== axis);
    return Array.from({ length: value.shape[axis]! }, (_, index) => {
      const begin = value.shape.map((__, each) => (each === axis ? index : 0));
      return { ...slice(backend, value, begin, pieceShape), shape };
    });
  });

  putKernel<'x'>('SplitV', (own) => (call) => {
    const { inputs, attrs, backend } = call;
    const x = inputs.x as tf.Tensor;
    if (x.dtype === 'string') return own(call);
    const { numOrSizeSplits, axis: anyAxis } = attrs as { numOrSizeSplits: number | number[]; axis: number };
    const axis = tf.util.parseAxisParam(anyAxis, x.shape)[0]!;
    const begin = x.shape.map(() => 0);
    return tf.backend_util.prepareSplitSize(x, numOrSizeSplits, axis).map((length) => {
      const shape = x.shape.map((whole, each) => (each === axis ? length : whole));
      const piece = slice(backend, x, [...begin], shape);
      begin[axis]! += length;
      return piece;
    });
  });
}

function slice(backend: WasmBackend, x: tf.TensorInfo, begin: number[], shape: number[]): tf.TensorInfo {
  const result = backend.makeOutput(shape, x.dtype);
  if (sizeOf(shape) === 0) return result;
  const [from, to] = valuesOf(backend, x, result);
  // Axes that are taken whole belong to one run of numbers, together with the axis before them.
  let inner = shape.length - 1;
  while (inner > 0 && shape[inner] === x.shape[inner]) inner--;
  const strides = [...tf.util.computeStrides(x.shape), 1];
  const run = sizeOf(shape.slice(Math.max(inner, 0)));
  let target = 0;
  const walk = (axis: number, offset: number): void => {
    if (axis >= inner) {
      const source = axis < shape.length ? offset + begin[axis]! * strides[axis]! : offset;
      copyNumbers(from, source, to, target, run);
      target += run;
      return;
    }
    for (let index = 0; index < shape[axis]!; index++) walk(axis + 1, offset + (begin[axis]! + index) * strides[axis]!);
  };
  walk(0, 0);
  return result;
}
