import os from 'node:os';

/** Decoders of this many units and more. */
const LARGE = 256;

/**
 * With how many threads an operation of an encoder-decoder of that size is trained fastest: the matrix products of large
 * ones gain more from a second thread than it costs to share them out. `npm run bench -- --only throughput` measures it.
 */
export function fastestThreads({ decoder }: { decoder: number }): number {
  return decoder < LARGE ? 1 : Math.min(2, os.availableParallelism());
}

/**
 * Has TensorFlow use {@link fastestThreads}, unless `TF_NUM_INTRAOP_THREADS` is set already. To be called before
 * TensorFlow is loaded, which looks at it only then.
 */
export function useFastestThreads(sizes: { decoder: number }): void {
  process.env.TF_NUM_INTRAOP_THREADS ??= String(fastestThreads(sizes));
}
