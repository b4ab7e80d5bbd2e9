export * from './dates';
export * from './split';
