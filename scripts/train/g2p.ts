import { file, folder, newFolder, shareUpToOne, wholeNumber } from '../command-line/kinds';
import { inGroup, type OptionTable } from '../command-line/options';
import { task } from '../command-line/tasks';
import { UsageError } from '../command-line/usage-error';
import { encoderDecoderOptions, encoderDecoderTraining, type EncoderDecoderTraining } from './encoder-decoder';
import { useFastestThreads } from './threads';

/** What to train on words and phones, and how: the options of the command line, read and checked. */
export interface G2pTraining extends EncoderDecoderTraining {
  epochs: number;
  bucketTargets: boolean;
  trainFile?: string;
  devFile?: string;
  testFile?: string;
  moreTrainFile?: string;
  saveSmall?: string;
  /** Folders of saved models to start from: from the mean of their weights. */
  from: string[];
  /** Folders of saved models to learn from. */
  teachers: string[];
  /** How much they count beside the pronunciations. */
  teacherShare: number;
  /** The command that repeats this training. */
  command: string;
}

const OPTIONS = {
  ...encoderDecoderOptions({
    ...{ embedding: 32, encoder: 64, decoder: 128, units: 128, batch: 256, learningRate: 0.003, clip: 1 },
    ...{ batchOf: 'pronunciations a step, of words of like length', watched: 'a lower PER on the dev words' },
    results: 'results/g2p.json',
  }),
  ...inGroup('How to learn', {
    epochs: {
      ...{ kind: wholeNumber({ atLeast: 0 }), default: 5 },
      help: 'passes over the training words; 0, with --from, trains nothing: saves and prints figures',
    },
    'bucket-targets': {
      ...{ kind: 'flag' },
      help: 'batches of words whose phones are of like number too: less time for padding',
    },
  }),
  ...inGroup('Lexicons of your own', {
    'train-file': { kind: file, help: 'in place of CMUdict; dev and test then come from your files or are left out' },
    'dev-file': { kind: file, help: 'the words that are looked at after each epoch' },
    'test-file': { kind: file, help: 'the words that are looked at in the end' },
    'more-train-file': {
      ...{ kind: file },
      help: 'to learn from beside the training words, such as a lexicon that npm run pronounce has written',
    },
  }),
  ...inGroup('How long, and what to keep', {
    'save-small': {
      ...{ kind: newFolder, keepsResults: true },
      help: 'saves it with one byte a weight, as the models in models/ are',
    },
  }),
  ...inGroup('Models to begin with, or to learn from', {
    from: {
      ...{ kind: folder, repeatable: true },
      help:
        'starts from a model that --save or --save-small has written, of the same sizes and attention, in place of ' +
        'fresh weights: for instance to let the learning rate of a constant training fall; from several: from the ' +
        'mean of their weights, if they have a common beginning; a single one may write the other way ' +
        '(--backwards): it knows how to read',
    },
    teacher: {
      ...{ kind: folder, repeatable: true, needs: { option: 'loss', oneOf: ['likelihood', 'marginal'] } },
      help:
        'a saved model to learn from beside the words: how likely it holds each phone; of several: the mean of their ' +
        'log-probabilities',
    },
    'teacher-share': {
      ...{ kind: shareUpToOne, default: 0.75, needs: { option: 'teacher' } },
      help: 'how much that counts, 0 to 1; the pronunciations count the rest',
    },
  }),
} satisfies OptionTable;

export const g2p = task({
  name: 'g2p',
  summary: 'a word, letter by letter, to its phones: CMUdict or a lexicon of your own (lessons 07 to 11)',
  line: 'npm run train -- g2p',
  about:
    'Trains an encoder-decoder on the words of CMUdict and their phones, prints its figures on the dev words after ' +
    'each epoch, and on the test words at the end. Ctrl-C ends the training after the present step and prints the ' +
    'figures reached.',
  options: OPTIONS,
  notes:
    "A lexicon is in CMUdict's format: a word, blanks, its phones; several lines of a word are alternatives, the stress " +
    'digits of its vowels (AH0, AH1, AH2) are dropped.\n\n' +
    'WER: share of words that come out as none of their pronunciations, each word counted once. PER: edits to the ' +
    'nearest pronunciation for each of its phones, over all words.',
  async work({ values: { teacher: teachers, ...values }, repeat }) {
    const training: G2pTraining = { ...values, ...encoderDecoderTraining(values), teachers, command: repeat() };
    requireSomethingToDo(training);
    const { record, trainFile, devFile, testFile } = training;
    if (record && (trainFile ?? devFile ?? testFile) !== undefined) {
      throw new UsageError(
        '--record adds to results/g2p.json, whose figures are of the words of CMUdict: ' +
          'leave it out with --train-file, --dev-file or --test-file; the figures are printed',
      );
    }
    useFastestThreads(training);
    const { trainG2p } = await import('./g2p-training');
    await trainG2p(training);
  },
});

/** @throws {UsageError} when nothing is trained, and nothing could come of it or of another option. */
function requireSomethingToDo({ epochs, from, teachers, record, patience, checkpoint }: G2pTraining): void {
  if (epochs > 0) return;
  if (from.length === 0) throw new UsageError('--epochs must be a whole number of at least 1, got 0');
  if (record || patience !== undefined || checkpoint) {
    throw new UsageError('--epochs 0 trains nothing: leave out --record, --patience and --checkpoints');
  }
  if (teachers.length > 0) throw new UsageError('--epochs 0 trains nothing: leave out --teacher');
}
