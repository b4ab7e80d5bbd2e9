/** What the tasks that train an encoder-decoder share on the command line: dates and g2p. */
import {
  choice,
  newFolder,
  ownFolder,
  positiveNumber,
  shareBelowOne,
  wholeNumber,
  type Kind,
} from '../command-line/kinds';
import { inGroup, type OptionTable, type ValuesOf } from '../command-line/options';
import { UsageError } from '../command-line/usage-error';
import { SCORES } from '../../src/attention/kinds';
import { ATTENTION_OPTIONS, attentionTraining, type AttentionTraining, EITHER_WAY } from './attention-options';

type SharedValues = ValuesOf<ReturnType<typeof encoderDecoderOptions>>;

/** What to train, and how: the shared options of the command line, read and checked. */
export interface EncoderDecoderTraining
  extends
    Omit<SharedValues, keyof ValuesOf<typeof ATTENTION_OPTIONS> | 'checkpoints' | 'checkpointSeconds'>,
    AttentionTraining {
  finalRate: number;
  /** Where and how often to save. */
  checkpoint?: { folder: string; everySeconds: number };
}

/** In what the tasks differ. */
export interface Defaults {
  embedding: number;
  encoder: number;
  decoder: number;
  units: number;
  batch: number;
  learningRate: number;
  clip?: number;
  /** What a batch counts. */
  batchOf: string;
  /** The figure that shall fall with `--patience`. */
  watched: string;
  /** Where `--record` adds the figures. */
  results: string;
}

const COUNT = wholeNumber({ atLeast: 1 });
const FROM_ZERO = wholeNumber({ atLeast: 0 });

/** The shared options. */
export function encoderDecoderOptions(defaults: Defaults) {
  const { embedding, encoder, decoder, units, batch, learningRate, clip, batchOf, watched, results } = defaults;
  return {
    ...inGroup('What to build', {
      order: {
        ...{ kind: choice(['luong', 'bahdanau']), default: 'luong' },
        help: 'when the decoder looks at the source: after its step, or before it',
      },
      ...ATTENTION_OPTIONS,
      loss: {
        ...{ kind: choice(['likelihood', 'reinforce', 'marginal']), default: 'likelihood' },
        help: 'what is made small; the last two need --alignment hard',
      },
      'input-feeding': { kind: 'flag', help: 'what the decoder read enters its next step (luong only)' },
      backwards: {
        ...{ kind: 'flag', needs: { option: 'alignment', oneOf: EITHER_WAY } },
        help:
          'writes the last symbol first; npm run evaluate and npm run pronounce let such a model and one that begins ' +
          "with the first judge each other's answers",
      },
      embedding: size(embedding, 'numbers of a symbol'),
      encoder: size(encoder, "the encoder's units in each direction"),
      decoder: size(decoder, "the decoder's units"),
      units: size(units, 'of the readout and the additive scores'),
      'encoder-layers': size(1, 'how many BiLSTMs read the source, one on top of the other'),
    }),
    ...inGroup('How to learn', {
      batch: size(batch, batchOf),
      'learning-rate': { kind: positiveNumber(), default: learningRate, help: 'the highest one' },
      seed: { kind: FROM_ZERO, default: 1, help: 'initial weights, order of the examples and all draws' },
      schedule: {
        ...{ kind: choice(['linear', 'cosine', 'constant']), default: 'linear' },
        help: 'how the rate falls; only a constant one lets a training with --checkpoints be prolonged',
      },
      'final-rate': {
        ...{ kind: positiveNumber(), defaultText: 'a tenth of --learning-rate', help: 'to what it falls' },
        needs: { option: 'schedule', oneOf: ['linear', 'cosine'] },
      },
      'warm-up': { kind: FROM_ZERO, default: 0, help: 'over how many steps it rises at the start' },
      clip: {
        ...{ kind: positiveNumber(), default: clip, defaultText: clip === undefined ? 'any' : String(clip) },
        help: 'longest gradient, all weights together',
      },
      'label-smoothing': {
        ...{ kind: shareBelowOne, default: 0 },
        help: 'share of probability given to all symbols alike (not with --loss reinforce)',
      },
      dropout: {
        ...{ kind: shareBelowOne, default: 0 },
        help:
          "share of the embeddings, of what one encoder layer hands to the next, and of the readout's input that is " +
          'dropped in training (not with --loss reinforce)',
      },
      patience: {
        ...{ kind: COUNT, defaultText: 'trains to the end, keeps the last' },
        help: `ends after N epochs in a row without ${watched}, and keeps the weights of the best epoch`,
      },
    }),
    ...inGroup('How long, and what to keep', {
      seconds: { kind: positiveNumber(), help: 'ends this run of the training after so many seconds' },
      checkpoints: {
        ...{ kind: ownFolder, keepsResults: true },
        help: 'saves now and then, and goes on from there when started again',
      },
      save: { kind: newFolder, keepsResults: true, help: 'saves the trained model in a new folder' },
      'checkpoint-seconds': {
        ...{ kind: FROM_ZERO, default: 60, keepsResults: true, help: 'how often: 0 is after each step' },
      },
      record: {
        ...{ kind: 'flag', keepsResults: true },
        help: `adds the figures to ${results}, unless Ctrl-C ended the training`,
      },
    }),
  } satisfies OptionTable;
}

function size(usual: number, help: string): { kind: Kind<number>; default: number; help: string } {
  return { kind: COUNT, default: usual, help };
}

/** @throws {UsageError} when shared options do not fit together. */
export function encoderDecoderTraining(values: SharedValues): EncoderDecoderTraining {
  const attention = attentionTraining(values);
  requireFitting(values);
  requireFittingRates(values);
  const { checkpoints, checkpointSeconds, ...rest } = values;
  return {
    ...rest,
    ...attention,
    // Rounded, or a tenth of 0.003 would not be 0.0003.
    finalRate: rest.finalRate ?? Number((rest.learningRate / 10).toPrecision(12)),
    checkpoint: checkpoints === undefined ? undefined : { folder: checkpoints, everySeconds: checkpointSeconds },
  };
}

function requireFitting(values: SharedValues): void {
  const { loss, alignment, order, inputFeeding, score, encoder, decoder, dropout, labelSmoothing } = values;
  if (inputFeeding && (order !== 'luong' || loss !== 'likelihood')) {
    throw new UsageError('--input-feeding needs --order luong and --loss likelihood');
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
}

function requireFittingRates({ learningRate, finalRate = 0 }: SharedValues): void {
  if (finalRate <= learningRate) return;
  throw new UsageError(`--final-rate must be at most --learning-rate, ${learningRate}, got ${finalRate}`);
}
