import type { tf } from '../tensorflow';

/**
 * @param paddingId an id that is allowed in any case.
 * @throws {TypeError} when the ids are not int32.
 * @throws {RangeError} when one of them is not in the vocabulary: looked up all the same, it would end in an error that
 *     names neither the argument nor the place.
 */
export function requireIds(argument: string, ids: tf.Tensor, vocabulary: number, paddingId = 0): void {
  if (ids.dtype !== 'int32')
    throw new TypeError(`${argument} must be int32, got ${ids.dtype}: use tf.cast(..., 'int32')`);
  const wrong = ids.dataSync().find((id) => (id < 0 || id >= vocabulary) && id !== paddingId);
  if (wrong === undefined) return;
  throw new RangeError(`${argument} must hold ids of its vocabulary, 0 to ${vocabulary - 1}, got ${wrong}`);
}
