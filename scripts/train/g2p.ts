import {
  architectureHelp,
  Defaults,
  EncoderDecoderTraining,
  encoderDecoderOptions,
  learningHelp,
  readEncoderDecoder,
  requireNewFolder,
  requireOwnFolders,
  runHelp,
} from './encoder-decoder';
import { repeatCommand, shareUpToOne, Task, UsageError, wholeNumber } from './task';
import { useFastestThreads } from './threads';

const DEFAULTS: Defaults = {
  ...{ embedding: 32, encoder: 64, decoder: 128, units: 128 },
  ...{ batch: 256, learningRate: 0.003, clip: 1 },
};

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

/** As text, since the help prints it. */
const TEACHER_SHARE = '0.75';

const text = (value: string) => ({ type: 'string', default: value }) as const;
const path = { type: 'string' } as const;

export const g2p: Task = {
  name: 'g2p',
  summary: 'a word, letter by letter, to its phones: CMUdict or a lexicon of your own (lessons 07 to 11)',
  help: `npm run train -- g2p [options]

Trains an encoder-decoder on the words of CMUdict and their phones, prints its figures on the
dev words after each epoch, and on the test words at the end. Ctrl-C ends the training after
the present step and prints the figures reached.

${architectureHelp(DEFAULTS)}
  --epochs N           passes over the training words (default 5)
${learningHelp(DEFAULTS, 'pronunciations a step, of words of like length', 'a lower PER on the dev words')}
  --bucket-targets     batches of words whose phones are of like number too: less time for padding
  --train-file FILE --dev-file FILE --test-file FILE
                       lexicons of your own in CMUdict's format: a word, blanks, its phones; several
                       lines of a word are alternatives, the stress digits of its vowels (AH0, AH1,
                       AH2) are dropped. With --train-file, dev and test come from
                       your files or are left out; without it, from CMUdict
  --more-train-file FILE
                       a lexicon to learn from beside the training words, such as one that
                       npm run pronounce has written
${runHelp('g2p')}
  --from DIR           starts from a model that --save or --save-small has written, of the same sizes and
                       attention, in place of fresh weights: for instance to let the learning rate of a
                       constant training fall;
                       several times: from the mean of their weights, if they have a common beginning;
                       a single one may write the other way (--backwards): it knows how to read;
                       with --epochs 0 nothing is trained: saves that mean and prints its figures
  --teacher DIR        a saved model to learn from beside the words: how likely it holds each phone;
                       several times: the mean of their log-probabilities (not with --loss reinforce)
  --teacher-share N    how much that counts, 0 to 1; the pronunciations count the rest (default ${TEACHER_SHARE})
  --save-small DIR     saves it with one byte a weight, as the models in models/ are

WER: share of words that come out as none of their pronunciations, each word counted once.
PER: edits to the nearest pronunciation for each of its phones, over all words.`,
  options: {
    ...encoderDecoderOptions(DEFAULTS),
    epochs: text('5'),
    'bucket-targets': { type: 'boolean', default: false },
    ...{ 'train-file': path, 'dev-file': path, 'test-file': path, 'more-train-file': path, 'save-small': path },
    from: { type: 'string', multiple: true },
    ...{ teacher: { type: 'string', multiple: true }, 'teacher-share': path },
  },
  async run(options) {
    const value = (option: string) => String(options[option]);
    const file = (option: string) => (options[option] === undefined ? undefined : value(option));
    const training: G2pTraining = {
      ...readEncoderDecoder(options),
      epochs: wholeNumber('epochs', value('epochs'), options.from === undefined ? 1 : 0),
      bucketTargets: Boolean(options['bucket-targets']),
      trainFile: file('train-file'),
      devFile: file('dev-file'),
      testFile: file('test-file'),
      moreTrainFile: file('more-train-file'),
      saveSmall: file('save-small'),
      from: (options.from ?? []) as string[],
      teachers: (options.teacher ?? []) as string[],
      teacherShare: shareUpToOne('teacher-share', file('teacher-share') ?? TEACHER_SHARE),
      command: repeatCommand(g2p, options),
    };
    if (training.epochs === 0 && (training.record || training.patience !== undefined || training.checkpoint)) {
      throw new UsageError('--epochs 0 trains nothing: leave out --record, --patience and --checkpoints');
    }
    requireFittingTeachers(training, options['teacher-share'] !== undefined);
    const { checkpoint, save, saveSmall, trainFile, devFile, testFile } = training;
    if (training.record && (trainFile ?? devFile ?? testFile) !== undefined) {
      throw new UsageError(
        '--record adds to results/g2p.json, whose figures are of the words of CMUdict: ' +
          'leave it out with --train-file, --dev-file or --test-file; the figures are printed',
      );
    }
    requireNewFolder('save-small', saveSmall);
    requireOwnFolders({ checkpoints: checkpoint?.folder, save, 'save-small': saveSmall });
    useFastestThreads(training);
    // Loaded only now: TensorFlow takes seconds, and a mistyped option should not cost them.
    const { trainG2p } = await import('./g2p-training');
    await trainG2p(training);
  },
};

/** @throws {UsageError} when teachers, or their share, would change nothing. */
function requireFittingTeachers({ teachers, loss, epochs }: G2pTraining, shareGiven: boolean): void {
  if (teachers.length === 0) {
    if (shareGiven) throw new UsageError('--teacher-share needs --teacher: the folder of a model to learn from');
    return;
  }
  if (loss === 'reinforce') throw new UsageError('--teacher needs --loss likelihood or marginal, got reinforce');
  if (epochs === 0) throw new UsageError('--epochs 0 trains nothing: leave out --teacher');
}
