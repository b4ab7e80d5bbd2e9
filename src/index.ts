/**
 * attention-notebooks: attention and the recurrence under it, each idea one small module.
 *
 * @packageDocumentation
 */
export { tf } from './tensorflow';
export { ShapeError } from './shapes';
export * from './text';
export * from './embeddings';
export * from './recurrent';
export * from './attention';
export * from './seq2seq';
export * from './training';
export * from './metrics';
export * from './plots';
export * from './exercises';
export * from './datasets';
