// npm run pronounce -- WORD ... [options]: a lexicon of words, as a trained model says them.
import type { Command } from './command-line/command';
import type { OptionTable } from './command-line/options';
import { runCommand } from './command-line/run-command';
import { file, folder, outputFile, shareBelowOne, wholeNumber } from './command-line/kinds';
import { UsageError } from './command-line/usage-error';

/** The best of `models/` by itself. */
const DEFAULT_MODEL = 'models/g2p-large-hard-student';

/** What to pronounce: the options of the command line, read and checked. */
export interface PronounceWords {
  words: string[];
  wordsFile?: string;
  models: string[];
  beam: number;
  leastProbability: number;
  output?: string;
}

const COMMAND = {
  line: 'npm run pronounce',
  words: 'WORD ...',
  about:
    "Lets a trained model, or several together, pronounce words, and writes a lexicon in CMUdict's format: the word, " +
    'blanks, its phones, and after # how probable the model holds them.',
  options: {
    words: { kind: file, help: 'the words of a file too, separated by blanks or line ends' },
    model: {
      ...{ kind: folder, repeatable: true, defaultText: DEFAULT_MODEL },
      help:
        "a model's folder; several write together, by the mean of their log-probabilities; where some have been " +
        'trained with --backwards, both kinds judge what either has found',
    },
    beam: {
      ...{ kind: wholeNumber({ atLeast: 1 }), default: 1, defaultText: '1: greedy' },
      help: 'beam search that keeps N beginnings in view',
    },
    'least-probability': {
      ...{ kind: shareBelowOne, value: 'P', default: 0, defaultText: '0: none' },
      help: 'leaves out words of which the model is less sure',
    },
    output: { kind: outputFile, help: 'a new file in place of the screen' },
  },
  notes: 'A word of letters that the model has not learned is left out, and told on the error output.',
} satisfies Command<OptionTable>;

void runCommand(COMMAND, process.argv.slice(2), async ({ words: given, values }) => {
  const words = given.filter((word) => word.trim() !== '');
  const { words: wordsFile, model, ...rest } = values;
  if (words.length === 0 && wordsFile === undefined) {
    throw new UsageError('there is no word: give words, or a file of words with --words');
  }
  const { writeLexicon } = await import('./pronounce/write-lexicon');
  writeLexicon({ words, wordsFile, models: model.length > 0 ? model : [DEFAULT_MODEL], ...rest });
});
