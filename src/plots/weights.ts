import { ShapeError } from '../shapes';
import type { tf } from '../tensorflow';

/** A matrix as a model returns it, or as nested arrays. */
export type Matrix = tf.Tensor2D | readonly (readonly number[])[];
/** A vector as a model returns it, or as an array. */
export type Vector = tf.Tensor1D | readonly number[];

/** The numbers themselves, neither rounded nor scaled. @throws {ShapeError} when it is no matrix. */
export function matrixRows(argument: string, matrix: Matrix): number[][] {
  const rows = isTensor(matrix) ? (matrix.arraySync() as unknown) : matrix;
  if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row) && typeof row[0] !== 'object')) {
    throw new ShapeError(`${argument} must be a matrix, got ${describe(matrix)}; of a batch take one example first`);
  }
  return (rows as number[][]).map((row) => [...row]);
}

/** The numbers themselves. @throws {ShapeError} when it is no vector. */
export function vectorValues(argument: string, vector: Vector): number[] {
  const values = isTensor(vector) ? (vector.arraySync() as unknown) : vector;
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) {
    throw new ShapeError(`${argument} must be a vector, got ${describe(vector)}; of a batch take one example first`);
  }
  return [...(values as number[])];
}

/** The `count` largest of a row with their names: `crane 0.41, wading 0.22`. */
export function largest(row: readonly number[], names: readonly string[], count = 3): string {
  return row
    .map((value, index) => ({ value, name: names[index] ?? `${index}` }))
    .sort((a, b) => b.value - a.value)
    .slice(0, count)
    .map(({ value, name }) => `${name} ${value.toFixed(2)}`)
    .join(', ');
}

function isTensor(value: unknown): value is tf.Tensor {
  return typeof (value as tf.Tensor | undefined)?.arraySync === 'function';
}

function describe(value: unknown): string {
  return isTensor(value) ? `a tensor of shape [${value.shape.join(', ')}]` : String(value);
}
