import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      ...['build/', 'docs/', 'node_modules/', 'jupyter/front-end/dist/', 'jupyter/front-end/node_modules/'],
      'src/wasm/assembly/**/*.ts', // AssemblyScript, whose compiler checks it
      'src/wasm/assembly/node_modules/',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'describe', 'it', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // The one place that loads TensorFlow: everything else imports `tf` from src/tensorflow.
    files: ['src/**/*.ts'],
    ignores: ['src/tensorflow.ts'],
    rules: {
      // A project may ask that only what is there at run time is imported like a value (verbatimModuleSyntax).
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': ['error', { fixMixedExportsWithInlineTypeSpecifier: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@tensorflow/*'], message: 'Import tf from src/tensorflow.' },
            {
              regex:
                '^(\\.\\./)+(attention|datasets|embeddings|exercises|metrics|plots|recurrent|seq2seq|text|training)$',
              message: 'Import from the module itself: npm run copy takes along everything that a module imports.',
            },
          ],
        },
      ],
    },
  },
);
