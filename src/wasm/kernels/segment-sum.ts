import { putKernel, sizeOf, valuesOf } from './kernel';

/**
 * Adds up in each of `numSegments` rows what belongs there: the gradient of `tf.gather`, which the backend lacks.
 *
 * A negative number of a segment means that the row is left out, as in TensorFlow.
 */
export function putSegmentSum(): void {
  putKernel<'x' | 'segmentIds'>('UnsortedSegmentSum', () => ({ inputs: { x, segmentIds }, attrs, backend }) => {
    const { numSegments } = attrs as { numSegments: number };
    const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
    const result = backend.makeOutput(shape, x.dtype);
    const [from, segments, to] = valuesOf(backend, x, segmentIds, result);
    const width = sizeOf(shape.slice(1));
    to.fill(0);
    for (let row = 0, source = 0; row < segments.length; row++, source += width) {
      const segment = segments[row]!;
      if (segment < 0) continue;
      if (segment >= numSegments) {
        throw new RangeError(`segmentIds must be below numSegments = ${numSegments}, got ${segment}`);
      }
      const target = segment * width;
      for (let j = 0; j < width; j++) to[target + j]! += from[source + j]!;
    }
    return result;
  });
}
