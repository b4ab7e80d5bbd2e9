/**
 * Checks of arguments, made before any native operation runs: a wrong shape handed to the native library can end the
 * whole process, and its own messages name internal operations instead of the caller's argument.
 */
import type { tf } from './tensorflow';

/** A tensor of the wrong rank or shape: says which argument, what it got and what it expected. */
export class ShapeError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'ShapeError';
}

/** A size that a shape must have; `null` allows any. */
export type ExpectedSize = number | null;

/** @throws {ShapeError} when `tensor` is not a tensor of rank `rank`. */
export function requireRank(argument: string, tensor: tf.Tensor, rank: number): void {
  const shape = (tensor as tf.Tensor | undefined)?.shape;
  if (!Array.isArray(shape))
    throw new ShapeError(`${argument} must be a tensor of rank ${rank}, got ${String(tensor)}`);
  if (shape.length !== rank) {
    throw new ShapeError(
      `${argument} must have rank ${rank}, got rank ${shape.length} with shape [${shape.join(', ')}]`,
    );
  }
}

/** @throws {ShapeError} when `tensor` has not the shape `expected`, where `null` allows any size. */
export function requireShape(argument: string, tensor: tf.Tensor, expected: readonly ExpectedSize[]): void {
  requireRank(argument, tensor, expected.length);
  if (!expected.every((size, axis) => size === null || size === tensor.shape[axis])) {
    const wanted = expected.map((size) => size ?? 'any').join(', ');
    throw new ShapeError(`${argument} must have shape [${wanted}], got [${tensor.shape.join(', ')}]`);
  }
}

/**
 * @throws {ShapeError} when `mask` is not `[batch, length]`.
 * @throws {RangeError} when `mask` holds anything but 0 and 1: a penalty mask of 0 and -1e9 means the opposite.
 */
export function requireMask(argument: string, mask: tf.Tensor, batch: number, length: number): void {
  requireShape(argument, mask, [batch, length]);
  maskValues(mask, argument);
}

/** What has been read, by the data of the tensors: these never change, and are freed together. */
const known = new WeakMap<object, Uint8Array>();

/**
 * The numbers of a mask, 1 and 0, row after row. They are read from the backend and checked once, however many functions
 * ask for them: each reading waits for the backend.
 *
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 */
export function maskValues(mask: tf.Tensor, argument = 'mask'): Uint8Array {
  const before = known.get(mask.dataId);
  if (before) return before;
  const values = mask.dataSync();
  const wrong = values.find((value) => value !== 0 && value !== 1);
  if (wrong !== undefined) {
    throw new RangeError(`${argument} must hold only 1 (real position) and 0 (padding), got ${wrong}`);
  }
  const read = Uint8Array.from(values);
  known.set(mask.dataId, read);
  return read;
}
