import type { AlignmentKind } from './index';

/** Alignments for which the first symbol belongs to the source's beginning and the last one to its end. */
export const WALKS_ON: readonly AlignmentKind[] = ['localMonotonic', 'monotonic', 'chunkwise', 'forward'];
