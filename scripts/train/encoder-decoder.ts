/** What the tasks that train an encoder-decoder share on the command line: dates and g2p. */
import fs from 'node:fs';
import path from 'node:path';
import { SCORES } from '../../src/attention/kinds';
import { ATTENTION_OPTIONS, attentionHelp, AttentionTraining, EITHER_WAY, readAttention } from './attention-options';
import {
  oneOf,
  Options,
  positiveNumber,
  requireWritableFolder,
  shareBelowOne,
  Task,
  UsageError,
  wholeNumber,
} from './task';

const ORDERS = ['luong', 'bahdanau'] as const;
const LOSSES = ['likelihood', 'reinforce', 'marginal'] as const;
const SCHEDULES = ['linear', 'cosine', 'constant'] as const;

/** What to train, and how: the shared options of the command line, read and checked. */
export interface EncoderDecoderTraining extends AttentionTraining {
  order: (typeof ORDERS)[number];
  inputFeeding: boolean;
  backwards: boolean;
  loss: (typeof LOSSES)[number];
  embedding: number;
  encoder: number;
  encoderLayers: number;
  decoder: number;
  units: number;
  batch: number;
  learningRate: number;
  schedule: (typeof SCHEDULES)[number];
  warmUp: number;
  finalRate: number;
  labelSmoothing: number;
  dropout: number;
  /** Not given, gradients are not clipped. */
  clip?: number;
  /** Epochs without a better figure on held-out data that end the training; not given, none do. */
  patience?: number;
  seed: number;
  seconds?: number;
  /** Where and how often to save. */
  checkpoint?: { folder: string; everySeconds: number };
  save?: string;
  record: boolean;
}

/** The defaults in which the tasks differ. */
export interface Defaults {
  embedding: number;
  encoder: number;
  decoder: number;
  units: number;
  batch: number;
  learningRate: number;
  clip?: number;
}

const text = (value: number | string) => ({ type: 'string', default: String(value) }) as const;

/** The shared options for `parseArgs`. */
export function encoderDecoderOptions(defaults: Defaults): Task['options'] {
  const { embedding, encoder, decoder, units, batch, learningRate, clip } = defaults;
  const unset = { type: 'string' } as const;
  return {
    ...{ order: text('luong'), ...ATTENTION_OPTIONS, loss: text('likelihood') },
    ...{ 'input-feeding': { type: 'boolean', default: false }, backwards: { type: 'boolean', default: false } },
    ...{ embedding: text(embedding), encoder: text(encoder), decoder: text(decoder), units: text(units) },
    ...{ 'encoder-layers': text(1) },
    ...{ batch: text(batch), 'learning-rate': text(learningRate), seed: text(1) },
    ...{
      schedule: text('linear'),
      'final-rate': unset,
      'warm-up': text(0),
      clip: clip === undefined ? unset : text(clip),
    },
    ...{ 'label-smoothing': text(0), dropout: text(0), patience: unset },
    ...{ seconds: unset, checkpoints: unset, save: unset },
    ...{ 'checkpoint-seconds': text(60), record: { type: 'boolean', default: false } },
  };
}

/** The help's lines on what to build. */
export function architectureHelp({ embedding, encoder, decoder, units }: Defaults): string {
  return `  --order NAME         luong or bahdanau: when the decoder looks at the source (default luong)
  --input-feeding      what the decoder read enters its next step (luong only)
  --backwards          writes the last symbol first; npm run evaluate and npm run pronounce let such
                       a model and one that begins with the first judge each other's answers
                       (${EITHER_WAY.join(', ')} only)
${attentionHelp()}
  --loss NAME          ${LOSSES.join(', ')}; the last two need --alignment hard
                       (default likelihood)
  --embedding N --encoder N --decoder N --units N
                       sizes; the encoder's is per direction (default ${embedding}, ${encoder}, ${decoder}, ${units})
  --encoder-layers N   how many BiLSTMs read the source, one on top of the other (default 1)`;
}

/** The help's lines on how to learn. `unit` names what a batch counts, `watched` the figure that shall fall. */
export function learningHelp({ batch, learningRate, clip }: Defaults, unit: string, watched: string): string {
  return `  --batch N            ${unit} (default ${batch})
  --learning-rate N    the highest one (default ${learningRate})
  --schedule NAME      ${SCHEDULES.join(', ')}: how it falls (default linear); only a
                       constant one lets a training with --checkpoints be prolonged
  --final-rate N       to what it falls (default: a tenth of --learning-rate; not with constant)
  --warm-up N          over how many steps it rises at the start (default 0)
  --label-smoothing N  share of probability given to all symbols alike (default 0)
  --dropout N          share of the embeddings, of what one encoder layer hands to the next, and of the
                       readout's input that is dropped in training
                       (default 0; this and --label-smoothing not with --loss reinforce)
  --clip N             longest gradient, all weights together (default ${clip ?? 'any'})
  --patience N         ends after N epochs in a row without ${watched}, and keeps
                       the weights of the best epoch (default: trains to the end, keeps the last)`;
}

/** The help's lines on how long to train and what to keep. */
export function runHelp(task: string): string {
  return `  --seed N             initial weights, order of the examples and all draws (default 1)
  --seconds N          ends this run of the training after so many seconds
  --checkpoints DIR    saves now and then, and goes on from there when started again
  --checkpoint-seconds N
                       how often: 0 is after each step (default 60)
  --save DIR           saves the trained model in a new folder
  --record             adds the figures to results/${task}.json, unless Ctrl-C ended the training`;
}

/** @throws {UsageError} when a shared option has a wrong value. */
export function readEncoderDecoder(options: Options): EncoderDecoderTraining {
  const count = (option: string, minimum: number) => wholeNumber(option, String(options[option]), minimum);
  const folder = (option: string) => (options[option] === undefined ? undefined : String(options[option]));
  const given = <T>(option: string, read: (option: string, value: string) => T) =>
    options[option] === undefined ? undefined : read(option, String(options[option]));
  const checkpoint = folder('checkpoints');
  const learningRate = positiveNumber('learning-rate', String(options['learning-rate']));
  const training: EncoderDecoderTraining = {
    order: oneOf('order', String(options.order), ORDERS),
    inputFeeding: Boolean(options['input-feeding']),
    backwards: Boolean(options.backwards),
    ...readAttention(options),
    loss: oneOf('loss', String(options.loss), LOSSES),
    embedding: count('embedding', 1),
    encoder: count('encoder', 1),
    encoderLayers: count('encoder-layers', 1),
    decoder: count('decoder', 1),
    units: count('units', 1),
    batch: count('batch', 1),
    learningRate,
    schedule: oneOf('schedule', String(options.schedule), SCHEDULES),
    warmUp: count('warm-up', 0),
    // Rounded, or a tenth of 0.003 would not be 0.0003.
    finalRate: given('final-rate', positiveNumber) ?? Number((learningRate / 10).toPrecision(12)),
    labelSmoothing: shareBelowOne('label-smoothing', String(options['label-smoothing'])),
    dropout: shareBelowOne('dropout', String(options.dropout)),
    clip: given('clip', positiveNumber),
    patience: options.patience === undefined ? undefined : count('patience', 1),
    seed: count('seed', 0),
    seconds: given('seconds', positiveNumber),
    checkpoint:
      checkpoint === undefined ? undefined : { folder: checkpoint, everySeconds: count('checkpoint-seconds', 0) },
    save: folder('save'),
    record: Boolean(options.record),
  };
  requireFitting(training);
  requireFittingSchedule(training, options['final-rate'] !== undefined);
  return training;
}

/** @throws {UsageError} when a folder that shall be made is there already and not empty, or is a file. */
export function requireNewFolder(option: string, folder: string | undefined): void {
  requirePlace(option, folder);
  if (folder !== undefined && fs.existsSync(folder) && fs.readdirSync(folder).length > 0) {
    throw new UsageError(`--${option} ${folder} is not empty; name a new folder`);
  }
}

/** @throws {UsageError} when two options name one folder: what each keeps there would get into the other's way. */
export function requireOwnFolders(folders: Record<string, string | undefined>): void {
  const options = new Map<string, string>();
  for (const [option, folder] of Object.entries(folders)) {
    if (folder === undefined) continue;
    const other = options.get(path.resolve(folder));
    if (other) throw new UsageError(`--${other} and --${option} both name ${folder}; give each a folder of its own`);
    options.set(path.resolve(folder), option);
  }
}

/** @throws {UsageError} when it is a file, or the folder could not be made: better now than after the training. */
function requirePlace(option: string, folder: string | undefined): void {
  if (folder === undefined) return;
  if (fs.existsSync(folder) && !fs.statSync(folder).isDirectory()) {
    throw new UsageError(`--${option} ${folder} is a file; name a folder`);
  }
  let above = path.resolve(folder);
  while (!fs.existsSync(above)) above = path.dirname(above);
  requireWritableFolder(option, folder, above);
}

function requireFitting(training: EncoderDecoderTraining): void {
  const { loss, alignment, order, inputFeeding, backwards, score, encoder, decoder, dropout, labelSmoothing } =
    training;
  const { save, checkpoint } = training;
  if (inputFeeding && (order !== 'luong' || loss !== 'likelihood')) {
    throw new UsageError('--input-feeding needs --order luong and --loss likelihood');
  }
  if (backwards && score !== 'none' && !EITHER_WAY.includes(alignment)) {
    throw new UsageError(`--backwards needs --alignment ${EITHER_WAY.join(', ')}, got ${alignment}`);
  }
  if (loss !== 'likelihood' && (alignment !== 'hard' || order !== 'luong' || score === 'none')) {
    throw new UsageError(`--loss ${loss} needs --alignment hard, --order luong and a score`);
  }
  if (loss === 'reinforce' && (dropout > 0 || labelSmoothing > 0)) {
    throw new UsageError('--dropout and --label-smoothing need --loss likelihood or marginal, got reinforce');
  }
  if (score !== 'none' && 'sameWidth' in SCORES[score].needs && decoder !== 2 * encoder) {
    throw new UsageError(`--score ${score} needs --decoder twice --encoder, got ${decoder} and ${encoder}`);
  }
  requireNewFolder('save', save);
  requirePlace('checkpoints', checkpoint?.folder);
  requireOwnFolders({ checkpoints: checkpoint?.folder, save });
}

function requireFittingSchedule(
  { schedule, learningRate, finalRate }: EncoderDecoderTraining,
  finalRateGiven: boolean,
): void {
  if (!finalRateGiven) return;
  if (schedule === 'constant') throw new UsageError('--final-rate needs --schedule linear or cosine, got constant');
  if (finalRate > learningRate) {
    throw new UsageError(`--final-rate must be at most --learning-rate, ${learningRate}, got ${finalRate}`);
  }
}
