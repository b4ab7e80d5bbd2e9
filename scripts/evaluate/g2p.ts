import { choice, file, folder, wholeNumber } from '../command-line/kinds';
import { task } from '../command-line/tasks';
import { UsageError } from '../command-line/usage-error';

/** What to evaluate: the options of the command line, read and checked. */
export interface G2pEvaluation {
  models: string[];
  part: 'dev' | 'test';
  testFile?: string;
  beam: number;
}

export const g2p = task({
  name: 'g2p',
  summary: 'words to phones: models/g2p-..., or what npm run train -- g2p has saved',
  line: 'npm run evaluate -- g2p',
  about: 'Lets a trained model, or several together, pronounce words and prints how many come out wrong.',
  options: {
    model: {
      ...{ kind: folder, repeatable: true },
      help:
        "a model's folder, such as models/g2p-global; it cannot be left out; several write together, by the mean of " +
        'their log-probabilities; where some have been trained with --backwards, both kinds judge what either has found',
    },
    part: {
      ...{ kind: choice(['dev', 'test']), defaultText: 'test: all 12,000' },
      help: 'which words of CMUdict',
    },
    'test-file': { kind: file, help: "a lexicon of your own in their place, in CMUdict's format" },
    beam: {
      ...{ kind: wholeNumber({ atLeast: 1 }), default: 1, defaultText: '1: greedy' },
      help: 'beam search that keeps N beginnings in view',
    },
  },
  notes:
    'WER: share of words that come out as none of their pronunciations, each word counted once. PER: edits to the ' +
    "nearest pronunciation for each of its phones, over all words (micro); macro is the mean of each word's own rate.",
  async work({ values: { model: models, part, testFile, beam } }) {
    if (models.length === 0) throw new UsageError('--model is missing: give the folder of a model');
    if (part !== undefined && testFile !== undefined) {
      throw new UsageError("--part is of CMUdict's words and --test-file of your own: give one of them");
    }
    const { evaluateG2p } = await import('./g2p-evaluation');
    evaluateG2p({ models, part: part ?? 'test', testFile, beam });
  },
});
