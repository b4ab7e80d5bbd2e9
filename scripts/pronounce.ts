// npm run pronounce -- WORD ... [options]: a lexicon of words, as a trained model says them.
import { parseArgs } from 'node:util';
import { parsingProblem, tellInOneLine } from './train/command';
import { shareBelowOne, UsageError, wholeNumber } from './train/task';

const COMMAND = 'npm run pronounce';

/** The best of `models/` by itself. */
const DEFAULT_MODEL = 'models/g2p-large-hard-student';

const HELP = `${COMMAND} -- WORD ... [options]

Lets a trained model, or several together, pronounce words, and writes a lexicon in CMUdict's
format: the word, blanks, its phones, and after # how probable the model holds them.

  --words FILE           the words of a file too, separated by blanks or line ends
  --model DIR            a model's folder (default ${DEFAULT_MODEL}); several write together,
                         by the mean of their log-probabilities; where some have been trained with
                         --backwards, both kinds judge what either has found
  --beam N               beam search that keeps N beginnings in view (default 1: greedy)
  --least-probability P  leaves out words of which the model is less sure (default 0: none)
  --output FILE          a new file in place of the screen

A word of letters that the model has not learned is left out, and told on the error output.`;

/** What to pronounce: the options of the command line, read and checked. */
export interface PronounceWords {
  words: string[];
  wordsFile?: string;
  models: string[];
  beam: number;
  leastProbability: number;
  output?: string;
}

async function pronounce(args: string[]): Promise<void> {
  if (args.includes('--help')) return console.log(HELP);
  const { values, positionals } = readArguments(args);
  const given = positionals.filter((word) => word.trim() !== '');
  if (given.length === 0 && values.words === undefined) {
    throw new UsageError('there is no word: give words, or a file of words with --words');
  }
  const work: PronounceWords = {
    words: given,
    wordsFile: values.words,
    models: values.model ?? [DEFAULT_MODEL],
    beam: wholeNumber('beam', values.beam ?? '1', 1),
    leastProbability: shareBelowOne('least-probability', values['least-probability'] ?? '0'),
    output: values.output,
  };
  // Loaded only now: TensorFlow takes seconds, and a mistyped option should not cost them.
  const { writeLexicon } = await import('./pronounce/write-lexicon');
  writeLexicon(work);
}

function readArguments(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      ...{ args, allowPositionals: true },
      options: {
        ...{ words: text, beam: text, 'least-probability': text, output: text },
        model: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(`${parsingProblem(error)}; ${COMMAND} -- --help lists them`);
  }
}

void tellInOneLine(COMMAND, () => pronounce(process.argv.slice(2)));
