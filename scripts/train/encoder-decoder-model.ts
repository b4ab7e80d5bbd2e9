/** From the shared options of the command line to a model and its loss; the tasks that train one use it. */
import { createHash } from 'node:crypto';
import { SCORES } from '../../src/attention/kinds';
import { recordRun } from '../../src/datasets/recorded-runs';
import {
  createRewardBaseline,
  createSeq2Seq,
  disposeSeq2Seq,
  exactMarginalLoss,
  isQuantised,
  loadQuantised,
  loadSeq2Seq,
  meanOfModels,
  reinforceLoss,
  Seq2SeqDescription,
  Seq2SeqModel,
  Seq2SeqBatch,
  seq2SeqVariables,
  Seq2SeqVocabularies,
  softTargets,
  teacherForcingLoss,
  TextPair,
  TrainSeq2SeqOptions,
} from '../../src/seq2seq';
import { constantRate, cosineDecay, EarlyStopping, LearningRateSchedule, linearDecay } from '../../src/training';
import type { TrainingHistory } from '../../src/training';
import { alignmentOf } from './attention-options';
import type { EncoderDecoderTraining } from './encoder-decoder';
import { UsageError } from '../command-line/usage-error';
import { currentCommit } from './current-commit';

/**
 * A fresh model of the sizes, score and alignment that were asked for.
 *
 * @param pairs all that it shall read, held-out ones too: the location score must know the longest.
 */
export function buildModel(
  training: EncoderDecoderTraining,
  vocabularies: Seq2SeqVocabularies,
  pairs: readonly TextPair[],
): Seq2SeqModel {
  const description: Seq2SeqDescription = {
    sourceVocabulary: vocabularies.source.size,
    targetVocabulary: vocabularies.target.size,
    embeddingUnits: training.embedding,
    encoderUnits: training.encoder,
    ...(training.encoderLayers > 1 && { encoderLayers: training.encoderLayers }),
    decoderUnits: training.decoder,
    order: training.order,
    ...(training.inputFeeding && { inputFeeding: true }),
    ...(training.backwards && { backwards: true }),
    attention: attentionOf(training, pairs),
  };
  return createSeq2Seq(description, { seed: training.seed });
}

/**
 * The model that {@link buildModel} makes, with the weights of a saved one if that was asked for, or the mean of several.
 *
 * @throws {UsageError} when a saved one is of other sizes, attention or vocabularies; the message names the difference.
 * @throws {CheckpointError} when there is no saved model, or a damaged one.
 */
export function modelToTrain(
  training: EncoderDecoderTraining & { from: string[]; epochs: number },
  vocabularies: Seq2SeqVocabularies,
  pairs: readonly TextPair[],
): Seq2SeqModel {
  const fresh = buildModel(training, vocabularies, pairs);
  if (training.from.length === 0) return fresh;
  const models = training.from.map((folder) => {
    const { model, vocabularies: known } = (isQuantised(folder) ? loadQuantised : loadSeq2Seq)(folder);
    // One model that writes the other way is a good start too: it knows how to read. Without training it is none, and a
    // mean of both kinds neither.
    const turns = training.epochs > 0 && training.from.length === 1;
    const direction = turns ? { backwards: fresh.description.backwards } : {};
    if (turns && model.description.backwards !== fresh.description.backwards) {
      console.log(
        `--from ${folder}: a model that writes the other way; it knows how to read, and learns to write anew`,
      );
    }
    const there = { ...model.description, vocabularies: known, ...direction };
    requireSame(folder, there, { ...fresh.description, vocabularies });
    return model;
  });
  const { weights } = meanOfModels(models);
  [fresh, ...models].forEach(disposeSeq2Seq);
  return { description: fresh.description, weights };
}

function requireSame(folder: string, saved: Record<string, unknown>, wanted: Record<string, unknown>): void {
  for (const field of new Set([...Object.keys(saved), ...Object.keys(wanted)])) {
    const [there, here] = [saved[field], wanted[field]].map((value) => JSON.stringify(value) ?? 'not given');
    if (there === here) continue;
    const values = field === 'vocabularies' ? '' : `: there ${there}, here ${here}`;
    throw new UsageError(`--from ${folder} holds a model with other ${field}${values}; give it the same options`);
  }
}

/** A short name of a model's weights as they are now, for checkpoints. */
export function weightsName({ weights }: Seq2SeqModel): string {
  const hash = createHash('sha256');
  for (const weight of Object.values(weights)) hash.update(weight.dataSync());
  return hash.digest('hex').slice(0, 12);
}

/** How many numbers a model learns. */
export function parameterCount(model: Seq2SeqModel): number {
  return seq2SeqVariables(model).reduce((sum, { size }) => sum + size, 0);
}

/** Models to learn from, and how much their word counts beside the targets. */
export interface Teachers {
  models: readonly Seq2SeqModel[];
  share: number;
}

/** The loss that was asked for, as options of `trainSeq2Seq`. */
export function lossOf(
  { loss, labelSmoothing, dropout }: EncoderDecoderTraining,
  model: Seq2SeqModel,
  { models: teachers, share: softShare }: Teachers = { models: [], share: 0 },
): Partial<TrainSeq2SeqOptions> {
  const taught = (batch: Seq2SeqBatch) =>
    teachers.length === 0 ? {} : { softTargets: softTargets(teachers, batch), softShare };
  if (loss !== 'reinforce') {
    const lossOfBatch = loss === 'marginal' ? exactMarginalLoss : teacherForcingLoss;
    return {
      loss: (trained, batch, seed) => lossOfBatch(trained, batch, { seed, labelSmoothing, dropout, ...taught(batch) }),
    };
  }
  const baseline = createRewardBaseline(model);
  return {
    loss: (trained, batch, seed) => reinforceLoss(trained, batch, { seed, baseline }),
    otherVariables: [baseline.kernel, baseline.bias],
  };
}

/** All that the options say about learning, but the loss, as options of `trainSeq2Seq`. */
export function learningOf(training: EncoderDecoderTraining, steps: number) {
  const { seed, batch: batchSize, learningRate, seconds, clip: clipNorm } = training;
  const schedule = scheduleOf(training, steps);
  return {
    steps,
    seed,
    batchSize,
    learningRate,
    schedule,
    clipNorm,
    timeBudgetSeconds: seconds,
  };
}

/**
 * What of it decides the numbers: a checkpoint of another recipe is refused. A constant learning rate does not depend on
 * how long the training will be, so such a training may be prolonged.
 *
 * @param length how long: steps or epochs.
 */
export function recipeOf(training: EncoderDecoderTraining, length: Record<string, number>): Record<string, unknown> {
  const { batch, learningRate, schedule, warmUp, finalRate, labelSmoothing, dropout, clip = null, loss } = training;
  const rise = warmUp > 0 ? { warmUp } : {};
  const decay = schedule === 'constant' ? rise : { ...length, warmUp, finalRate };
  const watched = training.patience === undefined ? {} : { earlyStopping: true };
  return { batch, learningRate, schedule, ...decay, labelSmoothing, dropout, clip, loss, ...watched };
}

function scheduleOf(training: EncoderDecoderTraining, steps: number): LearningRateSchedule {
  const { schedule, learningRate: peak, finalRate, warmUp } = training;
  if (schedule === 'constant') return warmUp === 0 ? constantRate(peak) : riseTo(peak, warmUp);
  if (warmUp >= steps)
    throw new UsageError(`--warm-up must be below the ${steps} steps of the training, got ${warmUp}`);
  const decay = { peak, steps, final: finalRate, warmUpSteps: warmUp };
  return schedule === 'linear' ? linearDecay(decay) : cosineDecay(decay);
}

/** Warm-up, then a decay to where it begins: it does not depend on how long the training will be. */
function riseTo(peak: number, warmUpSteps: number): LearningRateSchedule {
  return linearDecay({ peak, final: peak, steps: warmUpSteps + 1, warmUpSteps });
}

/** Ends the training when the figure of the epochs no longer falls, if that was asked for. */
export function earlyStoppingOf({ patience }: EncoderDecoderTraining, model: Seq2SeqModel): EarlyStopping | undefined {
  return patience === undefined ? undefined : new EarlyStopping(seq2SeqVariables(model), { patience });
}

/** Goes back to the best epoch and says which. Without any, as after an early Ctrl-C, the weights stay as they are. */
export function keepBest(early: EarlyStopping | undefined, describe: (lowest: number) => string): void {
  if (!early || early.lowest === Infinity) return;
  early.restoreBest();
  console.log(`kept: the epoch with ${describe(early.lowest)}`);
}

/** What is trained, in words. */
export function nameOf(training: EncoderDecoderTraining): string {
  const { order, inputFeeding, backwards, encoderLayers, score, alignment, loss } = training;
  const layers = encoderLayers > 1 ? `, ${encoderLayers} encoder layers` : '';
  const start = (inputFeeding ? `${order}, input feeding` : order) + (backwards ? ', backwards' : '') + layers;
  return score === 'none' ? `${start}, no attention` : `${start}, ${score} score, ${alignment} alignment, ${loss}`;
}

/** Runs `train`, and prints how many steps and how much time it took. */
export async function timed(train: () => Promise<TrainingHistory>): Promise<TrainingHistory> {
  const cpu = process.cpuUsage();
  const history = await train();
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${history.losses.length} steps, ${history.seconds.toFixed(1)} s, ` +
      `${((user + system) / 1e6).toFixed(1)} s of processor time, last loss ${history.losses.at(-1)?.toFixed(4)}`,
  );
  return history;
}

/** What {@link recordTraining} writes down beside the options. */
export interface Outcome {
  command: string;
  parameters: number;
  /** Passes over the training data, parts of one included. */
  epochs: number;
  history: TrainingHistory;
  metrics: Record<string, number>;
}

/** Adds the figures to `results/TASK.json`, where the lessons read them; not those of an interrupted training. */
export function recordTraining(
  task: string,
  training: EncoderDecoderTraining,
  { command, parameters, epochs, history, metrics }: Outcome,
): void {
  if (history.end === 'interrupted') return console.log('not recorded: the training was interrupted');
  recordRun(task, {
    ...{ command, model: nameOf(training), seed: training.seed, epochs, commit: currentCommit() },
    ...{ seconds: Math.round(history.seconds), parameters, metrics },
  });
}

function attentionOf(training: EncoderDecoderTraining, pairs: readonly TextPair[]): Seq2SeqDescription['attention'] {
  const { score, units } = training;
  if (score === 'none') return 'none';
  const longest = pairs.reduce((length, { source }) => Math.max(length, source.length), 0);
  const maximumKeys = 'maximumKeys' in SCORES[score].needs ? longest : undefined;
  return { score, units, maximumKeys, alignment: alignmentOf(training) };
}
