import {
  architectureHelp,
  Defaults,
  EncoderDecoderTraining,
  encoderDecoderOptions,
  readEncoderDecoder,
  requireNewFolder,
  runHelp,
} from './encoder-decoder';
import { oneOf, positiveNumber, repeatCommand, shareBelowOne, Task, UsageError, wholeNumber } from './task';

const DEFAULTS: Defaults = { embedding: 32, encoder: 64, decoder: 128, units: 128, batch: 256, learningRate: 0.003 };
const SCHEDULES = ['linear', 'cosine', 'constant'] as const;

/** What to train on words and phones, and how: the options of the command line, read and checked. */
export interface G2pTraining extends EncoderDecoderTraining {
  epochs: number;
  schedule: (typeof SCHEDULES)[number];
  warmUp: number;
  finalRate: number;
  labelSmoothing: number;
  dropout: number;
  clip: number;
  /** Epochs without a better figure on the dev words that end the training; not given, none do. */
  patience?: number;
  trainFile?: string;
  devFile?: string;
  testFile?: string;
  saveSmall?: string;
  /** Folder of a saved model to start from. */
  from?: string;
  /** The command that repeats this training. */
  command: string;
}

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
  --batch N            pronunciations a step, of words of like length (default ${DEFAULTS.batch})
  --learning-rate N    the highest one (default ${DEFAULTS.learningRate})
  --schedule NAME      ${SCHEDULES.join(', ')}: how it falls (default linear); only a
                       constant one lets a training with --checkpoints go on with more --epochs
  --final-rate N       to what it falls (default 0.0003)
  --warm-up N          over how many steps it rises at the start (default 0)
  --label-smoothing N  share of probability given to all phones alike (default 0)
  --dropout N          share of the embeddings, of what one encoder layer hands to the next, and of the
                       readout's input that is dropped in training
                       (default 0; only with --loss likelihood)
  --clip N             longest gradient, all weights together (default 1)
  --patience N         ends after N epochs in a row without a lower PER on the dev words, and keeps
                       the weights of the best epoch (default: trains all epochs, keeps the last)
  --train-file FILE --dev-file FILE --test-file FILE
                       lexicons of your own in CMUdict's format: a word, blanks, its phones; several
                       lines of a word are alternatives. With --train-file, dev and test come from
                       your files or are left out; without it, from CMUdict
${runHelp('g2p')}
  --from DIR           starts from a model that --save has written, of the same sizes and attention, in place of
                       fresh weights: for instance to let the learning rate of a constant training fall
  --save-small DIR     saves it with one byte a weight, as the models in models/ are

WER: share of words that come out as none of their pronunciations, each word counted once.
PER: edits to the nearest pronunciation for each of its phones, over all words.`,
  options: {
    ...encoderDecoderOptions(DEFAULTS),
    ...{ epochs: text('5'), schedule: text('linear'), 'final-rate': text('0.0003'), 'warm-up': text('0') },
    ...{ 'label-smoothing': text('0'), dropout: text('0'), clip: text('1') },
    patience: path,
    ...{ 'train-file': path, 'dev-file': path, 'test-file': path, 'save-small': path, from: path },
  },
  async run(options) {
    const value = (option: string) => String(options[option]);
    const file = (option: string) => (options[option] === undefined ? undefined : value(option));
    const training: G2pTraining = {
      ...readEncoderDecoder(options),
      epochs: wholeNumber('epochs', value('epochs'), 1),
      schedule: oneOf('schedule', value('schedule'), SCHEDULES),
      warmUp: wholeNumber('warm-up', value('warm-up'), 0),
      finalRate: positiveNumber('final-rate', value('final-rate')),
      labelSmoothing: shareBelowOne('label-smoothing', value('label-smoothing')),
      dropout: shareBelowOne('dropout', value('dropout')),
      clip: positiveNumber('clip', value('clip')),
      patience: options.patience === undefined ? undefined : wholeNumber('patience', value('patience'), 1),
      trainFile: file('train-file'),
      devFile: file('dev-file'),
      testFile: file('test-file'),
      saveSmall: file('save-small'),
      from: file('from'),
      command: repeatCommand(g2p, options),
    };
    if (training.loss !== 'likelihood' && (training.dropout > 0 || training.labelSmoothing > 0)) {
      throw new UsageError(`--dropout and --label-smoothing need --loss likelihood, got ${training.loss}`);
    }
    requireNewFolder('save-small', training.saveSmall);
    // Loaded only now: TensorFlow takes seconds, and a mistyped option should not cost them.
    const { trainG2p } = await import('./g2p-training');
    await trainG2p(training);
  },
};
