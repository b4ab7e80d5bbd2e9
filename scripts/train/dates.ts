import { wholeNumber } from '../command-line/kinds';
import type { OptionTable } from '../command-line/options';
import { task } from '../command-line/tasks';
import { encoderDecoderOptions, encoderDecoderTraining, type EncoderDecoderTraining } from './encoder-decoder';
import { useFastestThreads } from './threads';

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

const COUNT = wholeNumber({ atLeast: 1 });

const OPTIONS = {
  ...encoderDecoderOptions({
    ...{ embedding: 16, encoder: 32, decoder: 64, units: 64, batch: 64, learningRate: 0.005 },
    ...{ batchOf: 'dates a step', watched: 'fewer wrong characters on 500 dev dates', results: 'results/dates.json' },
  }),
  steps: { kind: COUNT, default: 1500, help: 'training steps' },
  train: { kind: COUNT, default: 20_000, help: 'how many training strings' },
  test: { kind: COUNT, default: 2000, help: 'how many test strings' },
  locales: {
    ...{ kind: 'flag' },
    help:
      'dates as 25 languages write them (Unicode CLDR), in place of the twenty formats; --record then adds to ' +
      'results/date-locales.json',
  },
} satisfies OptionTable;

export const dates = task({
  name: 'dates',
  summary: 'a written date, letter by letter, to yyyy-mm-dd (lessons 05 to 09)',
  line: 'npm run train -- dates',
  about:
    'Trains an encoder-decoder and prints how many dates that it has never seen it writes without a mistake, in all ' +
    'and for each of the twenty formats or 25 languages; the figures on dev dates after each epoch. Ctrl-C ends the ' +
    'training after the present step and prints the figures reached.',
  options: OPTIONS,
  notes: 'Exact: the whole date is right. The interval is of the test strings, not of other seeds.',
  async work({ values, repeat }) {
    const training: DateTraining = { ...values, ...encoderDecoderTraining(values), command: repeat() };
    useFastestThreads(training);
    const { trainDates } = await import('./date-training');
    await trainDates(training);
  },
});
