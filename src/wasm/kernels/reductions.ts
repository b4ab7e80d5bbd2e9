import { tf } from '../../tensorflow';
import { kernelOf, putKernel, sizeOf, valuesOf } from './kernel';

/** How a kernel makes one number out of many. */
interface Reduction {
  /** What is known before the first number, and the result where there is none. */
  start: number;
  step: (sofar: number, next: number) => number;
  end?: (sofar: number, count: number) => number;
  dtype?: tf.DataType;
}

/**
 * Sums and other reductions. The backend adds up in float32, which loses digits after some thousands of numbers, and
 * where there is nothing to reduce it returns what was left in memory.
 */
export function putReductions(): void {
  const add = (sofar: number, next: number) => sofar + next;
  putReduction('Sum', { start: 0, step: add });
  putReduction('Mean', { start: 0, step: add, end: (sum, count) => sum / count, dtype: 'float32' });
  putReduction('Prod', { start: 1, step: (sofar, next) => sofar * next });
  putReduction('All', { start: 1, step: (sofar, next) => (sofar && next ? 1 : 0), dtype: 'bool' });
  putReduction('Any', { start: 0, step: (sofar, next) => (sofar || next ? 1 : 0), dtype: 'bool' });
  putOverNothing('Max', -Infinity);
  putOverNothing('Min', Infinity);
}

/** Adds up in double precision. */
function putReduction(name: string, { start, step, end, dtype }: Reduction): void {
  putKernel<'x'>(name, () => ({ inputs: { x }, attrs, backend }) => {
    const { axis, keepDims } = attrs as { axis: number | number[]; keepDims: boolean };
    const axes = tf.util.parseAxisParam(axis, x.shape);
    let input = x;
    let first = axes[0] ?? 0;
    if (axes.some((each, index) => each !== first + index)) {
      // Not side by side: brought to the end first.
      const perm = [...x.shape.keys()].filter((each) => !axes.includes(each)).concat(axes);
      input = kernelOf('Transpose')({ inputs: { x }, attrs: { perm }, backend });
      first = x.shape.length - axes.length;
    }
    const outer = sizeOf(input.shape.slice(0, first));
    const count = sizeOf(input.shape.slice(first, first + axes.length));
    const inner = sizeOf(input.shape.slice(first + axes.length));
    const result = backend.makeOutput(reducedShape(x.shape, axes, keepDims), dtype ?? x.dtype);
    const [from, to] = valuesOf(backend, input, result);
    const totals = new Float64Array(inner);
    for (let block = 0, source = 0; block < outer; block++) {
      if (inner === 1) {
        let total = start;
        for (let index = 0; index < count; index++) total = step(total, from[source++]!);
        totals[0] = total;
      } else {
        totals.fill(start);
        for (let index = 0; index < count; index++) {
          for (let j = 0; j < inner; j++) totals[j] = step(totals[j]!, from[source++]!);
        }
      }
      for (let j = 0; j < inner; j++) to[block * inner + j] = end ? end(totals[j]!, count) : totals[j]!;
    }
    if (input !== x) backend.disposeData(input.dataId);
    return result;
  });
}

/** The backend's own reduction, but for one over nothing. */
function putOverNothing(name: string, value: number): void {
  putKernel<'x'>(name, (own) => (call) => {
    const { inputs, attrs, backend } = call;
    if (sizeOf(inputs.x.shape) > 0) return own(call);
    const { reductionIndices, axis, keepDims } = attrs as Record<'reductionIndices' | 'axis', number[]> & {
      keepDims: boolean;
    };
    const axes = tf.util.parseAxisParam(reductionIndices ?? axis, inputs.x.shape);
    const result = backend.makeOutput(reducedShape(inputs.x.shape, axes, keepDims), inputs.x.dtype);
    valuesOf(backend, result)[0].fill(value);
    return result;
  });
}

function reducedShape(shape: number[], axes: number[], keepDims: boolean): number[] {
  return keepDims
    ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    : shape.filter((_, axis) => !axes.includes(axis));
}
