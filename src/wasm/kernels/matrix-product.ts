import { tf } from '../../tensorflow';
import { ownOperations, withScratch } from '../own-operations';
import { addressOf, type WasmBackend } from '../wasm-backend';
import { type KernelCall, kernelOf, putKernel, type SimpleKernel, sizeOf, valuesOf } from './kernel';

/** The sizes of a product, and which example's matrices meet. */
interface Product {
  rows: number;
  columns: number;
  depth: number;
  shape: number[];
  /** For each result the number of its left and of its right matrix. */
  pairs: [number, number][];
  /** How far both numbers go on from a result to the next, if always as far: 0 or 1. */
  steps: [number, number] | undefined;
}

/**
 * Products of matrices. The backend's own kernel takes 20 to 200 times as long when a matrix is transposed, as in every
 * gradient; it refuses int32, returns what was left in memory when there is nothing to add up, and pairs the wrong
 * matrices when both sides are repeated, `[2, 1, ...]` with `[1, 3, ...]`.
 */
export function putMatrixProducts(): void {
  putKernel<'a' | 'b'>('BatchMatMul', (own) => (call) => {
    const { a, b } = call.inputs;
    const { backend } = call;
    const product = productOf(call);
    const floats = a.dtype === 'float32' && b.dtype === 'float32';
    const operations = floats ? ownOperations(backend) : undefined;
    if (!operations && floats && product.depth > 0 && product.steps) return withoutTransposed(own, call);
    const result = backend.makeOutput(product.shape, floats ? 'float32' : 'int32');
    if (sizeOf(product.shape) === 0) return result;
    if (!operations) return oneByOne(backend, call, product, result);

    const { rows, columns, depth, pairs, steps } = product;
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const [aLength, bLength] = [rows * depth, depth * columns];
    const [left, right, target] = [addressOf(backend, a), addressOf(backend, b), addressOf(backend, result)];
    // With one right matrix for all, the left ones lie below each other as one.
    const together = !!steps && steps[1] === 0 && (steps[0] === 1 || pairs.length === 1) && !transposeA;
    const height = together ? pairs.length * rows : rows;
    withScratch(backend, operations.matrixProductScratch(height, columns, depth), (scratch) => {
      const multiply = (batch: number, from: [number, number], to: number, next: [number, number]) =>
        operations.matrixProduct(
          ...[batch, height, columns, depth],
          ...[left + 4 * from[0] * aLength, next[0] * aLength, transposeA],
          ...[right + 4 * from[1] * bLength, next[1] * bLength, transposeB],
          ...[target + 4 * to * rows * columns, scratch],
        );
      if (together) multiply(1, [0, 0], 0, [0, 0]);
      else if (steps) multiply(pairs.length, [0, 0], 0, steps);
      else pairs.forEach((pair, index) => multiply(1, pair, index, [0, 0]));
    });
    return result;
  });

  putKernel<FusedInputs>('_FusedMatMul', () => fusedProduct);
}

function productOf({ inputs: { a, b }, attrs }: KernelCall<'a' | 'b'>): Product {
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  const [rows, depth] = sidesOf(a, transposeA);
  const [bDepth, columns] = sidesOf(b, transposeB);
  if (depth !== bDepth) {
    throw new Error(
      `matMul: the inner sizes ${depth} and ${bDepth} of shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}] ` +
        `with transposeA=${transposeA} and transposeB=${transposeB} must be equal`,
    );
  }
  const [aOuter, bOuter] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const count = sizeOf(outer);
  const [aCount, bCount] = [sizeOf(aOuter), sizeOf(bOuter)];
  const simple = (aCount === count || aCount === 1) && (bCount === count || bCount === 1);
  return {
    ...{ rows, columns, depth },
    shape: [...outer, rows, columns],
    pairs: Array.from({ length: count }, (_, index) => [
      numberOf(index, outer, aOuter),
      numberOf(index, outer, bOuter),
    ]),
    steps: simple ? [Number(aCount > 1), Number(bCount > 1)] : undefined,
  };
}

/** Which of the matrices of `shape` stands at a place of the wider shape that it is repeated to. */
function numberOf(index: number, wide: number[], shape: number[]): number {
  let number = 0;
  let size = 1;
  for (let axis = wide.length - 1, own = shape.length - 1; own >= 0; axis--, own--) {
    const [length, wideLength] = [shape[own]!, wide[axis]!];
    if (length > 1) number += (index % wideLength) * size;
    size *= length;
    index = Math.floor(index / wideLength);
  }
  return number;
}

/** Rows and columns of the matrices that a product takes. */
function sidesOf({ shape }: tf.TensorInfo, transposed: boolean): [number, number] {
  const [first, second] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  return transposed ? [second, first] : [first, second];
}

/** Where WebAssembly has no vectors: the backend's own product, with what is transposed laid out anew. */
function withoutTransposed(own: SimpleKernel<'a' | 'b'>, call: KernelCall<'a' | 'b'>): tf.TensorInfo {
  const { inputs, backend } = call;
  const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
  const transposed = (x: tf.TensorInfo) => {
    const axes = [...x.shape.keys()];
    const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
    return kernelOf('Transpose')({ inputs: { x }, attrs: { perm }, backend });
  };
  const a = transposeA ? transposed(inputs.a) : inputs.a;
  const b = transposeB ? transposed(inputs.b) : inputs.b;
  const result = own({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend });
  if (transposeA) backend.disposeData(a.dataId);
  if (transposeB) backend.disposeData(b.dataId);
  return result;
}

/** Number by number: int32, which is rare, and the cases that the backend's own kernel gets wrong. */
function oneByOne(
  backend: WasmBackend,
  call: KernelCall<'a' | 'b'>,
  product: Product,
  result: tf.TensorInfo,
): tf.TensorInfo {
  const { rows, columns, depth, pairs } = product;
  const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
  const [x, y, to] = valuesOf(backend, call.inputs.a, call.inputs.b, result);
  let target = 0;
  for (const [left, right] of pairs) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          const xAt = transposeA ? k * rows + row : row * depth + k;
          const yAt = transposeB ? column * depth + k : k * columns + column;
          sum += x[left * rows * depth + xAt]! * y[right * depth * columns + yAt]!;
        }
        to[target++] = sum;
      }
    }
  }
  return result;
}

type FusedInputs = 'a' | 'b' | 'bias' | 'preluActivationWeights';

/** A product, a bias and an activation, as a dense layer wants them at once. */
function fusedProduct({ inputs, attrs, backend }: KernelCall<FusedInputs>): tf.TensorInfo {
  const { a, b, bias, preluActivationWeights } = inputs;
  const { activation, leakyreluAlpha } = attrs as { activation?: string; leakyreluAlpha?: number };
  const after = (name: string, before: tf.TensorInfo, others: Record<string, tf.TensorInfo>, x = 'x', attrs = {}) => {
    const result = kernelOf<string>(name)({ inputs: { [x]: before, ...others }, attrs, backend });
    backend.disposeData(before.dataId);
    return result;
  };
  let result = kernelOf<'a' | 'b'>('BatchMatMul')({ inputs: { a, b }, attrs, backend });
  if (bias) result = after('Add', result, { b: bias }, 'a');
  switch (activation ?? 'linear') {
    case 'linear':
      return result;
    case 'prelu':
      return after('Prelu', result, { alpha: preluActivationWeights });
    case 'leakyrelu':
      return after('LeakyRelu', result, {}, 'x', { alpha: leakyreluAlpha });
    default:
      return after(activation!.charAt(0).toUpperCase() + activation!.slice(1), result, {});
  }
}
