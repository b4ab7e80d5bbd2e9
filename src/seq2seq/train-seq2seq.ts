import { bucketBatches } from '../text/batches';
import { adam } from '../training/adam';
import { type LearningRateSchedule, linearDecay } from '../training/schedules';
import { train, type TrainingHistory, type TrainOptions } from '../training/train';
import { tf } from '../tensorflow';
import { decodeTeacherForced } from './decoder';
import type { DropoutOptions } from './dropout';
import { encode } from './encoder';
import { requireFittingVocabularies } from './fitting';
import { sequenceLoss, type SequenceLossOptions } from './loss';
import { type Seq2SeqModel, seq2SeqVariables } from './model';
import { batchOfPairs, type Seq2SeqBatch, type Seq2SeqVocabularies, type TextPair } from './text-pairs';

/** Options of {@link trainSeq2Seq}. */
export interface TrainSeq2SeqOptions extends Pick<
  TrainOptions<Seq2SeqBatch>,
  'checkpoint' | 'clipNorm' | 'evaluate' | 'progress' | 'stop' | 'timeBudgetSeconds'
> {
  /** What to learn from. */
  pairs: readonly TextPair[];
  /** Of both sides, as {@link buildVocabularies} makes them. */
  vocabularies: Seq2SeqVocabularies;
  /** How many steps to make. */
  steps: number;
  /** Decides the order of the examples and all that is drawn. */
  seed: number;
  /** Default: 64. */
  batchSize?: number | undefined;
  /** The learning rate at the start; it falls in a straight line to a tenth. Default: 0.005. */
  learningRate?: number | undefined;
  /** The learning rate of each step, in place of that line. */
  schedule?: LearningRateSchedule | undefined;
  /**
   * Sources whose lengths are the same, rounded up to multiples of this, share a batch: saves time on padding where lengths say little about
   * the task. Dates of one length are of one format, so batches sorted by length teach badly. Default: all share.
   */
  bucketWidth?: number | undefined;
  /** Whether the targets of a batch shall be of like length as well. Default: false, only its sources are. */
  bucketTargets?: boolean | undefined;
  /** Passed on to {@link sequenceLoss}. Default: 0. */
  labelSmoothing?: number | undefined;
  /** Passed on to {@link teacherForcingLoss}. Default: 0. */
  dropout?: number | undefined;
  /** The loss of a batch. Default: {@link teacherForcingLoss}. */
  loss?: ((model: Seq2SeqModel, batch: Seq2SeqBatch, seed: number) => tf.Scalar) | undefined;
  /** Trained beside the model's weights, such as the baseline of {@link reinforceLoss}. */
  otherVariables?: readonly tf.Variable[] | undefined;
}

/**
 * The usual loss: encode, decode under teacher forcing, cross-entropy of the true symbols.
 *
 * @param options label smoothing, soft targets, dropout, and the seed of all that is drawn; another one at each step.
 */
export function teacherForcingLoss(
  model: Seq2SeqModel,
  { source, mask, targets }: Seq2SeqBatch,
  { labelSmoothing, softTargets, softShare, ...options }: DropoutOptions & Omit<SequenceLossOptions, 'paddingId'> = {},
): tf.Scalar {
  return tf.tidy(() => {
    const { logits } = decodeTeacherForced(model, encode(model, source, mask, options), targets, options);
    const { paddingId } = model.description;
    return sequenceLoss(logits, targets, { labelSmoothing, softTargets, softShare, paddingId });
  });
}

/**
 * Trains an encoder-decoder on pairs of tokens with Adam.
 *
 * @returns the losses and the figures of each epoch.
 * @throws {RangeError} when an option has a wrong value, or the vocabularies are of other sizes than the model's.
 * @see Lesson 05, "Soft attention".
 */
export async function trainSeq2Seq(model: Seq2SeqModel, options: TrainSeq2SeqOptions): Promise<TrainingHistory> {
  const { vocabularies, steps, seed, batchSize = 64, learningRate = 5e-3, labelSmoothing, dropout } = options;
  const { checkpoint, clipNorm, evaluate, progress, stop, timeBudgetSeconds, otherVariables = [] } = options;
  if (options.pairs.length === 0) throw new RangeError('pairs must hold at least one pair, got none');
  requireFittingVocabularies(model.description, vocabularies);
  const pairs = model.description.backwards ? options.pairs.map(backwards) : options.pairs;
  const buckets = bucketOfEach(pairs, options);
  const loss =
    options.loss ??
    ((_, batch, stepSeed) => teacherForcingLoss(model, batch, { seed: stepSeed, labelSmoothing, dropout }));
  const optimizer = adam({ learningRate });
  try {
    return await train<Seq2SeqBatch>({
      ...{ checkpoint, clipNorm, evaluate, progress, stop, timeBudgetSeconds, steps, seed },
      variables: [...seq2SeqVariables(model), ...otherVariables],
      optimizer,
      learningRate: options.schedule ?? linearDecay({ peak: learningRate, final: learningRate / 10, steps }),
      *batches(_epoch, random) {
        for (const indices of bucketBatches(buckets, { batchSize, random })) {
          yield batchOfPairs(
            indices.map((index) => pairs[index]!),
            vocabularies,
          );
        }
      },
      loss: (batch, context) => loss(model, batch, context.seed),
    });
  } finally {
    optimizer.dispose(); // its moments lie in native memory, which nothing else would free
  }
}

function backwards({ source, target }: TextPair): TextPair {
  return { source, target: [...target].reverse() };
}

/** A number for each pair: pairs of one bucket have the same, and it rises with the length. */
export function bucketOfEach(
  pairs: readonly TextPair[],
  { bucketWidth, bucketTargets = false }: Pick<TrainSeq2SeqOptions, 'bucketWidth' | 'bucketTargets'>,
): number[] {
  if (bucketWidth === undefined) {
    if (bucketTargets) throw new RangeError('bucketTargets needs a bucketWidth');
    return pairs.map(() => 0);
  }
  if (!Number.isInteger(bucketWidth) || bucketWidth < 1) {
    throw new RangeError(`bucketWidth must be a positive integer, got ${bucketWidth}`);
  }
  const bucket = (tokens: readonly string[]) => Math.ceil(tokens.length / bucketWidth);
  if (!bucketTargets) return pairs.map(({ source }) => bucket(source));
  const targetBuckets = 1 + pairs.reduce((most, { target }) => Math.max(most, bucket(target)), 0);
  return pairs.map(({ source, target }) => bucket(source) * targetBuckets + bucket(target));
}
