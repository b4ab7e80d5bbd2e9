import type { Seq2SeqDescription } from './description';
import { weightShapes } from './model';
import type { Seq2SeqVocabularies } from './text-pairs';

/**
 * @throws {RangeError} when a vocabulary has more or fewer tokens than the description says: a smaller one has no token
 *     for some of what the model writes, and a larger one tokens that it cannot read.
 */
export function requireFittingVocabularies(
  { sourceVocabulary, targetVocabulary }: Seq2SeqDescription,
  { source, target }: Seq2SeqVocabularies,
): void {
  const sides = [
    ['source', source.size, 'sourceVocabulary', sourceVocabulary],
    ['target', target.size, 'targetVocabulary', targetVocabulary],
  ] as const;
  for (const [side, size, field, expected] of sides) {
    if (size === expected) continue;
    throw new RangeError(`vocabularies.${side} must have the ${expected} ids of the model's ${field}, got ${size}`);
  }
}

/** @throws {RangeError} when a weight is missing or has another shape than the description says. */
export function requireFittingWeights(model: {
  description: Seq2SeqDescription;
  weights: Readonly<Record<string, { shape: number[] }>>;
}): void {
  const { description, weights } = model;
  for (const [name, shape] of Object.entries(weightShapes(description))) {
    const found = (weights[name] as { shape: number[] } | undefined)?.shape;
    if (found?.join() === shape.join()) continue;
    const got = found ? `[${found.join(', ')}]` : 'none';
    throw new RangeError(`weight ${name} should have shape [${shape.join(', ')}], got ${got}`);
  }
}
