// The reference of the library: npm run docs writes it to docs/reference.
import { OptionDefaults } from 'typedoc';

/** @type {import('typedoc').TypeDocOptions} */
export default {
  entryPoints: ['src/index.ts'],
  out: 'docs/reference',
  name: 'attention-notebooks',
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  // What layers and optimizers inherit from TensorFlow.js is described there.
  excludeExternals: true,
  // A mark that TensorFlow.js' own classes carry.
  modifierTags: [...OptionDefaults.modifierTags, '@nocollapse'],
  // Members of tagged unions and of records, described where the whole is.
  intentionallyNotDocumented: [
    ...['kind', 'weights'].map((name) => `Score.__type.${name}`),
    ...['input', 'forget', 'candidate', 'output'].map((name) => `LstmStep.__type.gates.__type.${name}`),
    'FusedLSTM.goBackwards',
  ],
  // Types of tf.layers that it does not export itself, and the list of alignments, from which their types are made.
  intentionallyNotExported: ['LayerShapes', 'LayerMask', 'ALIGNMENTS', 'SCORES', 'FieldsOf', 'RequiredOf'],
  // The types step of the tests checks types.
  skipErrorChecking: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true, rewrittenLink: true },
  treatWarningsAsErrors: true,
};
