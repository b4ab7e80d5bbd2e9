import {
  architectureHelp,
  Defaults,
  EncoderDecoderTraining,
  encoderDecoderOptions,
  learningHelp,
  readEncoderDecoder,
  runHelp,
} from './encoder-decoder';
import { repeatCommand, Task, wholeNumber } from './task';
import { useFastestThreads } from './threads';

const DEFAULTS: Defaults = { embedding: 16, encoder: 32, decoder: 64, units: 64, batch: 64, learningRate: 0.005 };

/** What to train on dates, and how: the options of the command line, read and checked. */
export interface DateTraining extends EncoderDecoderTraining {
  steps: number;
  train: number;
  test: number;
  /** Dates of 25 languages in place of the twenty formats. */
  locales: boolean;
  /** The command that repeats this training. */
  command: string;
}

const text = (value: string) => ({ type: 'string', default: value }) as const;

export const dates: Task = {
  name: 'dates',
  summary: 'a written date, letter by letter, to yyyy-mm-dd (lessons 05 to 09)',
  help: `npm run train -- dates [options]

Trains an encoder-decoder and prints how many dates that it has never seen it writes without
a mistake, in all and for each of the twenty formats or 25 languages; the figures on dev
dates after each epoch. Ctrl-C ends the training after the present step and prints the
figures reached.

  --locales            dates as 25 languages write them (Unicode CLDR), in place of the
                       twenty formats; --record then adds to results/date-locales.json

${architectureHelp(DEFAULTS)}
  --steps N            training steps (default 1500)
${learningHelp(DEFAULTS, 'dates a step', 'fewer wrong characters on 500 dev dates')}
  --train N --test N   how many training and test strings (default 20000, 2000)
${runHelp('dates')}

Exact: the whole date is right. The interval is of the test strings, not of other seeds.`,
  options: {
    ...encoderDecoderOptions(DEFAULTS),
    ...{ steps: text('1500'), train: text('20000'), test: text('2000') },
    locales: { type: 'boolean', default: false },
  },
  async run(options) {
    const training: DateTraining = {
      ...readEncoderDecoder(options),
      steps: wholeNumber('steps', String(options.steps), 1),
      train: wholeNumber('train', String(options.train), 1),
      test: wholeNumber('test', String(options.test), 1),
      locales: Boolean(options.locales),
      command: repeatCommand(dates, options),
    };
    useFastestThreads(training);
    // Loaded only now: TensorFlow takes seconds, and a mistyped option should not cost them.
    const { trainDates } = await import('./date-training');
    await trainDates(training);
  },
};
