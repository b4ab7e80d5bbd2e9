import { oneOf, Task, UsageError, wholeNumber } from '../train/task';

const PARTS = ['dev', 'test'] as const;

/** What to evaluate: the options of the command line, read and checked. */
export interface G2pEvaluation {
  models: string[];
  part: (typeof PARTS)[number];
  testFile?: string;
  beam: number;
}

export const g2p: Task = {
  name: 'g2p',
  summary: 'words to phones: models/g2p-..., or what npm run train -- g2p has saved',
  help: `npm run evaluate -- g2p --model DIR [--model DIR ...] [options]

Lets a trained model, or several together, pronounce words and prints how many come out wrong.

  --model DIR       a model's folder, such as models/g2p-global; several write together, by the mean
                    of their log-probabilities; where some have been trained with --backwards, both
                    kinds judge what either has found
  --part NAME       ${PARTS.join(' or ')}: which words of CMUdict (default test: all 12,000)
  --test-file FILE  a lexicon of your own in their place, in CMUdict's format
  --beam N          beam search that keeps N beginnings in view (default 1: greedy)

WER: share of words that come out as none of their pronunciations, each word counted once.
PER: edits to the nearest pronunciation for each of its phones, over all words (micro);
macro is the mean of each word's own rate.`,
  options: {
    model: { type: 'string', multiple: true },
    part: { type: 'string' },
    'test-file': { type: 'string' },
    beam: { type: 'string', default: '1' },
  },
  async run(options) {
    const models = (options.model ?? []) as string[];
    if (models.length === 0) throw new UsageError('--model is missing: give the folder of a model');
    if (options.part !== undefined && options['test-file'] !== undefined) {
      throw new UsageError("--part is of CMUdict's words and --test-file of your own: give one of them");
    }
    const evaluation: G2pEvaluation = {
      models,
      part: oneOf('part', String(options.part ?? 'test'), PARTS),
      testFile: options['test-file'] === undefined ? undefined : String(options['test-file']),
      beam: wholeNumber('beam', String(options.beam), 1),
    };
    // Loaded only now: TensorFlow takes seconds, and a mistyped option should not cost them.
    const { evaluateG2p } = await import('./g2p-evaluation');
    evaluateG2p(evaluation);
  },
};
