import fs from 'node:fs';
import type { AlignmentKind, ScoreKind } from '../../src/attention';
import { oneOf, TrainingTask, UsageError, wholeNumber } from './task';

const ORDERS = ['luong', 'bahdanau'] as const;
const SCORES: readonly (ScoreKind | 'none')[] = [
  ...(['dot', 'scaledDot', 'general', 'additive', 'concat', 'location', 'none'] as const),
];
const ALIGNMENTS: readonly AlignmentKind[] = [
  ...(['soft', 'hard', 'gumbel', 'localMonotonic', 'localPredictive'] as const),
  ...(['monotonic', 'chunkwise', 'forward', 'coverage'] as const),
];
const LOSSES = ['likelihood', 'reinforce', 'marginal'] as const;

/** What to train on dates, and how: the options of the command line, read and checked. */
export interface DateTraining {
  order: (typeof ORDERS)[number];
  score: ScoreKind | 'none';
  alignment: AlignmentKind;
  loss: (typeof LOSSES)[number];
  radius: number;
  chunk: number;
  embedding: number;
  encoder: number;
  decoder: number;
  units: number;
  steps: number;
  batch: number;
  learningRate: number;
  seed: number;
  train: number;
  test: number;
  seconds?: number;
  checkpoints?: string;
  save?: string;
}

const text = (value: string) => ({ type: 'string', default: value }) as const;

export const dates: TrainingTask = {
  name: 'dates',
  summary: 'a written date, letter by letter, to yyyy-mm-dd (lessons 05 to 09)',
  help: `npm run train -- dates [options]

Trains an encoder-decoder and prints how many dates that it has never seen it writes without
a mistake, in all and for each of the twenty formats. Ctrl-C ends the training after the
present step and prints the figures reached.

  --order NAME         luong or bahdanau: when the decoder looks at the source (default luong)
  --score NAME         ${SCORES.slice(0, 6).join(', ')},
                       or none: no attention at all (default general)
  --alignment NAME     ${ALIGNMENTS.slice(0, 5).join(', ')},
                       ${ALIGNMENTS.slice(5).join(', ')} (default soft; gumbel is
                       trained straight-through)
  --loss NAME          ${LOSSES.join(', ')}; the last two need --alignment hard
                       (default likelihood)
  --radius N           of the local alignments (default 2)
  --chunk N            of chunkwise (default 3)
  --embedding N --encoder N --decoder N --units N
                       sizes; the encoder's is per direction (default 16, 32, 64, 64)
  --steps N            training steps (default 1500)
  --batch N            dates a step (default 64)
  --learning-rate N    at the start; it falls to a tenth (default 0.005)
  --seed N             initial weights, order of the examples and all draws (default 1)
  --train N --test N   how many training and test strings (default 20000, 2000)
  --seconds N          ends the training after so many seconds
  --checkpoints DIR    saves now and then, and goes on from there when started again
  --save DIR           saves the trained model in a new folder

Exact: the whole date is right. The interval is of the test strings, not of other seeds.`,
  options: {
    ...{ order: text('luong'), score: text('general'), alignment: text('soft'), loss: text('likelihood') },
    ...{ radius: text('2'), chunk: text('3') },
    ...{ embedding: text('16'), encoder: text('32'), decoder: text('64'), units: text('64') },
    ...{ steps: text('1500'), batch: text('64'), 'learning-rate': text('0.005'), seed: text('1') },
    ...{ train: text('20000'), test: text('2000') },
    ...{ seconds: { type: 'string' }, checkpoints: { type: 'string' }, save: { type: 'string' } },
  },
  async run(options) {
    const count = (option: string, minimum: number) => wholeNumber(option, String(options[option]), minimum);
    const folder = (option: string) => (options[option] === undefined ? undefined : String(options[option]));
    const training: DateTraining = {
      order: oneOf('order', String(options.order), ORDERS),
      score: oneOf('score', String(options.score), SCORES),
      alignment: oneOf('alignment', String(options.alignment), ALIGNMENTS),
      loss: oneOf('loss', String(options.loss), LOSSES),
      radius: count('radius', 0),
      chunk: count('chunk', 1),
      embedding: count('embedding', 1),
      encoder: count('encoder', 1),
      decoder: count('decoder', 1),
      units: count('units', 1),
      steps: count('steps', 1),
      batch: count('batch', 1),
      learningRate: positiveNumber('learning-rate', String(options['learning-rate'])),
      seed: count('seed', 0),
      train: count('train', 1),
      test: count('test', 1),
      seconds: options.seconds === undefined ? undefined : positiveNumber('seconds', String(options.seconds)),
      checkpoints: folder('checkpoints'),
      save: folder('save'),
    };
    requireFitting(training);
    // Loaded only now: TensorFlow takes seconds, and a mistyped option should not cost them.
    const { trainDates } = await import('./date-training');
    await trainDates(training);
  },
};

function requireFitting({ loss, alignment, order, score, encoder, decoder, save }: DateTraining): void {
  if (loss !== 'likelihood' && (alignment !== 'hard' || order !== 'luong' || score === 'none')) {
    throw new UsageError(`--loss ${loss} needs --alignment hard, --order luong and a score`);
  }
  if ((score === 'dot' || score === 'scaledDot') && decoder !== 2 * encoder) {
    throw new UsageError(`--score ${score} needs --decoder twice --encoder, got ${decoder} and ${encoder}`);
  }
  if (save !== undefined && isFilled(save)) throw new UsageError(`--save ${save} is not empty; name a new folder`);
}

function isFilled(folder: string): boolean {
  return fs.existsSync(folder) && fs.readdirSync(folder).length > 0;
}

function positiveNumber(option: string, value: string): number {
  const number = Number(value);
  if (!(number > 0 && number < Infinity)) throw new UsageError(`--${option} must be a number above 0, got ${value}`);
  return number;
}
