import { ShapeError } from '../shapes';
import { tf } from '../tensorflow';
import { claimFolder } from './claim';
import { CheckpointError } from './checkpoint';
import { clipByGlobalNorm, haveFiniteSquares, notFiniteNumber } from './gradients';
import { listenForInterrupt, nextTurn, type Interrupt } from './interrupt';
import { LossError } from './loss-error';
import { requireNorm, requireRate } from './numbers';
import { rateOf, setLearningRate, type NamedTensor, type Optimizer } from './optimizer';
import { chooseProgress, readableTime, silentProgress, type Progress, type ProgressState } from './progress';
import { SeededRandom, stepSeed } from './random';
import { resumeTraining, saveTraining, type Resumable } from './resume';
import type { LearningRateSchedule } from './schedules';

/** What a loss function is told beside its batch. */
export interface StepContext {
  /** The step, 0 the first. */
  step: number;
  /** A seed for this step's dropout: another one at each step, the same one in each run. */
  seed: number;
}

/** Options of {@link train}. */
export interface TrainOptions<Batch> {
  /** What is trained: variables of your own, or those of layers by {@link trainableVariables}. */
  variables: readonly tf.Variable[];
  /** One of `tf.train`, or this library's Adam. */
  optimizer: Optimizer;
  /**
   * The batches of an epoch (0 the first), in an order drawn from `random`, which differs from epoch to epoch and repeats
   * from run to run. Best a generator function: tensors that it makes are freed after the step that uses them, tensors
   * that existed before are left alone.
   */
  batches: (epoch: number, random: SeededRandom) => Iterable<Batch>;
  /** The loss of a batch: a scalar, computed from `variables`. */
  loss: (batch: Batch, context: StepContext) => tf.Tensor;
  /** How many times to go through all batches. Give this or `steps`. */
  epochs?: number | undefined;
  /** How many steps to make, over as many epochs as that takes. Give this or `epochs`. */
  steps?: number | undefined;
  /** Any integer: decides the order of batches and the dropout. */
  seed: number;
  /** The learning rate of each step. Default: the optimizer's own, unchanged. */
  learningRate?: LearningRateSchedule | undefined;
  /** Shortens gradients to this common norm: {@link clipByGlobalNorm}. Default: no clipping. */
  clipNorm?: number | undefined;
  /** Figures on held-out data, computed after each epoch and at the end. */
  evaluate?: ((epoch: number) => Record<string, number> | Promise<Record<string, number>>) | undefined;
  /** `false` for silence, or a display of your own. Default: what suits the place, {@link chooseProgress}. */
  progress?: boolean | Progress | undefined;
  /** Asked after each step and each epoch: true ends the training, for instance when the loss is low enough. */
  stop?: ((history: TrainingHistory) => boolean) | undefined;
  /** Ends the training after the first step that goes beyond so many seconds of this run. */
  timeBudgetSeconds?: number | undefined;
  /** Saves the training now and then, and goes on from there when it is started again. Default: no checkpoints. */
  checkpoint?: CheckpointOptions | undefined;
}

/** Where and how often {@link train} saves itself. */
export interface CheckpointOptions {
  /** A folder for this training alone. If it holds a checkpoint, the training goes on from the newest one. */
  folder: string;
  /** Seconds between two checkpoints; 0 saves after each step. One more is written at the end. Default: 60. */
  everySeconds?: number | undefined;
  /** Plain data that decides the numbers (sizes, data file, ...): going on with other data is refused. */
  config?: Record<string, unknown> | undefined;
  /** Variables that change but are not trained by gradients, such as a running mean. */
  otherVariables?: readonly tf.Variable[] | undefined;
}

/** How an epoch went. */
export interface EpochRecord {
  /** The epoch, 0 the first. */
  epoch: number;
  /** Steps done since the start. */
  step: number;
  /** Mean loss of the epoch's steps. */
  loss: number;
  /** What `evaluate` returned. */
  metrics: Record<string, number>;
  /** Seconds since the start, evaluation included. */
  seconds: number;
}

/** Why a training ended. */
export type TrainingEnd = 'finished' | 'interrupted' | 'stopped' | 'time budget';

/** How a training went: plain data, for plots and for JSON. */
export interface TrainingHistory {
  /** The loss of each step, before the step's update. */
  losses: number[];
  /** One record for each epoch that ended, and one for the epoch in which the training ended. */
  epochs: EpochRecord[];
  /** Seconds in all. */
  seconds: number;
  /** Why it ended. */
  end: TrainingEnd;
}

/** How many of the last losses the progress line averages. */
const SMOOTHING = 50;
const LOOK_FOR_ZEROS =
  'Try a smaller learning rate or clipNorm, and look for log(0), a division by zero, or the square root or tf.norm of 0 ' +
  'in the loss: the gradient of the last two is not finite there';

/**
 * The training loop: draw a batch, compute loss and gradients, update the variables; again and again.
 *
 * The same seed gives the same numbers. After each step the event loop gets its turn, so an interrupt (Ctrl-C, or the
 * square button of a notebook) ends the training after the present step: the variables are whole and the history so far
 * is returned. A second Ctrl-C ends the process.
 *
 * With `checkpoint`, a training that was interrupted, or whose process was killed, goes on where its newest checkpoint
 * stands, and comes to the same numbers as one that ran through.
 *
 * @returns the losses, the figures of each epoch, the time, and why the training ended.
 * @throws {LossError} when the loss or a gradient is not finite: the message names the step; variables and optimizer are
 *     as they were before it. Also when a step has led a variable beyond float32. What is not finite is never saved.
 * @throws {ShapeError} when the loss is not a scalar.
 * @throws {RangeError} when an option has a wrong value; the message names it.
 * @throws {CheckpointError} when the newest checkpoint is damaged, belongs to another training, or has learned longer
 *     than is asked for; and when another training is at work in its folder.
 * @see Every lesson that trains a model.
 */
export async function train<Batch>(options: TrainOptions<Batch>): Promise<TrainingHistory> {
  checkOptions(options);
  const claim = options.checkpoint && claimFolder(options.checkpoint.folder);
  try {
    const interrupt = await listenForInterrupt();
    try {
      return await new TrainingRun(options, interrupt).run();
    } finally {
      interrupt.release();
    }
  } finally {
    claim?.release();
  }
}

/** Where a training stands: all that changes, beside variables and optimizer. Plain data, kept in checkpoints. */
interface Position {
  /** The present epoch. */
  epoch: number;
  /** Steps done in it. */
  epochSteps: number;
  /** Known after the first epoch. */
  stepsPerEpoch?: number | undefined;
  /** The loss of each step. */
  losses: number[];
  /** The epochs that are complete. */
  epochs: EpochRecord[];
  /** Seconds in all, earlier runs included. */
  seconds: number;
}

/** One call of {@link train}: the loop and what it must remember. */
class TrainingRun<Batch> {
  private readonly options: TrainOptions<Batch>;
  private readonly interrupt: Interrupt;
  private position: Position = { epoch: 0, epochSteps: 0, losses: [], epochs: [], seconds: 0 };
  private readonly random: SeededRandom;
  private readonly progress: Progress;
  private readonly start = performance.now();
  private earlierSeconds = 0;
  private earlierSteps = 0;
  private lastSaved = performance.now();
  private savedStep = -1;

  constructor(options: TrainOptions<Batch>, interrupt: Interrupt) {
    this.options = options;
    this.interrupt = interrupt;
    this.random = new SeededRandom(options.seed);
    this.progress = chosenProgress(options.progress);
  }

  async run(): Promise<TrainingHistory> {
    await this.resume();
    try {
      let end = this.step > 0 ? this.endAfterEpoch() : this.limitReached();
      while (end === null) end = await this.runEpoch();
      return await this.conclude(end);
    } catch (error) {
      if (this.step > 0) this.progress.finish(this.state(), `Ended by an error at step ${this.step}.`);
      throw error;
    }
  }

  private get step(): number {
    return this.position.losses.length;
  }

  private runSeconds(): number {
    return (performance.now() - this.start) / 1000;
  }

  /** From the present place to the end of the epoch, or to the end of the training. */
  private async runEpoch(): Promise<TrainingEnd | null> {
    const { position } = this;
    const batches = drawBatches(this.options, position.epoch, this.random)[Symbol.iterator]();
    // After a resumption: these batches have had their steps. Drawing them again leads to the same next one.
    for (let done = 0; done < position.epochSteps; done++) tf.tidy(() => void batches.next());
    for (;;) {
      const loss = this.takeStep(batches);
      if (loss === null) break;
      position.losses.push(loss);
      position.epochSteps += 1;
      position.seconds = this.earlierSeconds + this.runSeconds();
      this.progress.update(this.state());
      await nextTurn();
      const end = this.endAfterStep();
      if (end !== null) {
        batches.return?.();
        return end;
      }
      await this.saveWhenDue();
    }
    if (position.epochSteps === 0) throw new RangeError(`batches gave no batch for epoch ${position.epoch}`);
    this.requireFiniteVariables();
    position.epochs.push(await this.describeEpoch());
    position.stepsPerEpoch = position.epochSteps;
    position.epoch += 1;
    position.epochSteps = 0;
    await this.saveWhenDue();
    return this.endAfterEpoch();
  }

  /** One step, or null when the epoch has no batch left. Frees every tensor that it made. */
  private takeStep(batches: Iterator<Batch>): number | null {
    const { variables, optimizer, seed, learningRate, clipNorm } = this.options;
    const { step } = this;
    const taken: { loss: number | null } = { loss: null };
    tf.tidy(() => {
      const { value: batch, done } = batches.next();
      if (done) return;
      const rate = learningRate ? learningRate(step) : rateOf(optimizer);
      requireRate(`the learning rate of step ${step}`, rate);
      const context = { step, seed: stepSeed(seed, step) };
      const { value, grads } = tf.variableGrads(() => requireScalar(this.options.loss(batch, context)), [...variables]);
      const [loss = NaN] = value.dataSync();
      if (!Number.isFinite(loss)) throw this.brokenStep(`the loss is ${loss}`, LOOK_FOR_ZEROS);
      const gradients = namedGradients(variables, grads);
      const usable = clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm);
      if (!haveFiniteSquares(usable.map(({ tensor }) => tensor))) throw this.brokenGradients(gradients, loss);
      if (learningRate) setLearningRate(optimizer, rate);
      optimizer.applyGradients(usable);
      taken.loss = loss;
    });
    return taken.loss;
  }

  private brokenGradients(gradients: readonly NamedTensor[], loss: number): LossError {
    for (const [index, { tensor }] of gradients.entries()) {
      const number = notFiniteNumber(tensor);
      if (number === undefined) continue;
      const variable = describeVariable(this.options.variables, index);
      return this.brokenStep(`the loss is ${loss}, but the gradient of ${variable} holds ${number}`, LOOK_FOR_ZEROS);
    }
    return this.brokenStep('the gradients are so large that float32 cannot hold their square', 'Try clipNorm');
  }

  private brokenStep(what: string, advice: string): LossError {
    const broken = this.brokenVariable();
    const state = broken
      ? `Before this step, ${broken} already: an earlier step was too large.`
      : 'The variables and the optimizer are as they were before this step.';
    return new LossError(
      `${what} at step ${this.step} (epoch ${this.position.epoch}): training cannot go on. ${state} ${advice}`,
    );
  }

  /** What is wrong with a variable, or undefined when all of them are finite. */
  private brokenVariable(): string | undefined {
    const { variables } = this.options;
    if (haveFiniteSquares(variables)) return undefined;
    for (const [index, variable] of variables.entries()) {
      const number = notFiniteNumber(variable);
      if (number !== undefined) return `${describeVariable(variables, index)} holds ${number}`;
    }
    return undefined;
  }

  /** A step from finite gradients can still lead beyond float32, which only the variables show. */
  private requireFiniteVariables(): void {
    const broken = this.brokenVariable();
    if (!broken) return;
    throw new LossError(
      `after step ${this.step - 1} (epoch ${this.position.epoch}), ${broken}: a step was too large, and nothing is ` +
        'saved of it. Try a smaller learning rate or clipNorm',
    );
  }

  private endAfterStep(): TrainingEnd | null {
    if (this.interrupt.requested) return 'interrupted';
    if (this.step >= (this.options.steps ?? Infinity)) return 'finished';
    if (this.runSeconds() > (this.options.timeBudgetSeconds ?? Infinity)) return 'time budget';
    return this.stopAsked();
  }

  private endAfterEpoch(): TrainingEnd | null {
    return this.limitReached() ?? (this.interrupt.requested ? 'interrupted' : this.stopAsked());
  }

  private stopAsked(): TrainingEnd | null {
    return this.options.stop?.(this.history('finished')) ? 'stopped' : null;
  }

  private limitReached(): TrainingEnd | null {
    const { steps = Infinity, epochs = Infinity } = this.options;
    return this.step >= steps || this.position.epoch >= epochs ? 'finished' : null;
  }

  private async describeEpoch(withEvaluation = true): Promise<EpochRecord> {
    const { position } = this;
    const { epoch } = position;
    const metrics = (withEvaluation && (await this.options.evaluate?.(epoch))) || {};
    position.seconds = this.earlierSeconds + this.runSeconds();
    const loss = mean(position.losses.slice(-position.epochSteps));
    return { epoch, step: this.step, loss, metrics, seconds: position.seconds };
  }

  private async conclude(end: TrainingEnd): Promise<TrainingHistory> {
    await this.save();
    const history = this.history(end);
    if (this.position.epochSteps > 0) history.epochs.push(await this.describeEpoch(end !== 'interrupted'));
    history.seconds = this.position.seconds;
    this.progress.finish(this.state(history), closingSentence(history));
    return history;
  }

  private history(end: TrainingEnd): TrainingHistory {
    const { losses, epochs, seconds } = this.position;
    return { losses, epochs: [...epochs], seconds, end };
  }

  private state(history = this.history('finished')): ProgressState {
    const { steps = Infinity, epochs = Infinity, timeBudgetSeconds = Infinity } = this.options;
    const total = Math.min(steps, epochs * (this.position.stepsPerEpoch ?? Infinity));
    const seconds = this.runSeconds();
    const speed = (this.step - this.earlierSteps) / seconds;
    const remaining = Math.min((total - this.step) / speed, timeBudgetSeconds - seconds);
    return {
      step: this.step,
      steps: total < Infinity ? total : undefined,
      epoch: Math.min(this.position.epoch + 1, epochs),
      loss: mean(history.losses.slice(-SMOOTHING)),
      speed,
      remaining: remaining < Infinity ? Math.max(0, remaining) : undefined,
      metrics: history.epochs.at(-1)?.metrics,
    };
  }

  private async saveWhenDue(): Promise<void> {
    const { checkpoint } = this.options;
    if (checkpoint && performance.now() - this.lastSaved >= (checkpoint.everySeconds ?? 60) * 1000) await this.save();
  }

  private async save(): Promise<void> {
    this.requireFiniteVariables();
    const resumable = this.resumable();
    if (resumable && this.step > this.savedStep) await saveTraining(resumable, this.step, this.position);
    this.savedStep = this.step;
    this.lastSaved = performance.now();
  }

  private async resume(): Promise<void> {
    const resumable = this.resumable();
    const saved = resumable && ((await resumeTraining(resumable)) as Position | null);
    if (!saved) return;
    this.requireWithinLimits(resumable.folder, saved);
    this.requireSavedWhole(resumable.folder, saved);
    this.position = { ...saved, epochs: saved.epochs.map(withNumbers) };
    this.earlierSeconds = saved.seconds;
    this.earlierSteps = this.step;
    this.savedStep = this.step;
  }

  /** What has learned longer than is asked for now would be measured as if it had not. */
  private requireWithinLimits(folder: string, { losses, epoch, epochSteps }: Position): void {
    const { steps = Infinity, epochs = Infinity } = this.options;
    const begun = epoch + Number(epochSteps > 0);
    if (losses.length <= steps && begun <= epochs) return;
    const [stand, asked] = losses.length > steps ? [`step ${losses.length}`, steps] : [`epoch ${begun}`, epochs];
    throw new CheckpointError(
      `the checkpoints in ${folder} stand at ${stand}, beyond the ${asked} asked for: ` +
        'ask for at least as many, or use another folder to start anew',
    );
  }

  private requireSavedWhole(folder: string, { losses }: Position): void {
    const broken = this.brokenVariable();
    if (!broken) return;
    throw new CheckpointError(
      `in the newest checkpoint in ${folder}, of step ${losses.length}, ${broken}: training cannot go on from it. ` +
        'Delete its folder to go on from the one before it, or use another folder to start anew',
    );
  }

  private resumable(): Resumable | null {
    const { checkpoint, variables, optimizer, seed } = this.options;
    if (!checkpoint) return null;
    const { folder, config = {}, otherVariables = [] } = checkpoint;
    return { folder, variables: [...variables, ...otherVariables], optimizer, config: { seed, ...config } };
  }
}

/** JSON knows no NaN and no infinity: a figure that was one of them comes back as null. */
function withNumbers(record: EpochRecord): EpochRecord {
  const metrics = Object.entries(record.metrics).map(([name, value]) => [name, (value as number | null) ?? NaN]);
  return { ...record, metrics: Object.fromEntries(metrics) as EpochRecord['metrics'] };
}

/** The variables of a layer or model that training changes: what {@link train} takes as `variables`. */
export function trainableVariables(layer: tf.layers.Layer): tf.Variable[] {
  return layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
}

function drawBatches<Batch>({ batches }: TrainOptions<Batch>, epoch: number, random: SeededRandom): Iterable<Batch> {
  const before = tf.memory().numTensors;
  const drawn = batches(epoch, random.fork(`epoch ${epoch}`));
  const made = tf.memory().numTensors - before;
  if (made > 0) {
    throw new Error(
      `batches made ${made} tensors before the first step: nobody would free them. Make batches a generator ` +
        '(function*) that makes the tensors of one batch at a time, or make them all once before train()',
    );
  }
  return drawn;
}

function requireScalar(loss: tf.Tensor): tf.Scalar {
  if (loss?.shape?.length === 0) return loss as tf.Scalar;
  const got = loss?.shape ? `a tensor of shape [${loss.shape.join(', ')}]` : String(loss);
  throw new ShapeError(`loss must return a scalar tensor, got ${got}: take the mean over the batch`);
}

function namedGradients(variables: readonly tf.Variable[], gradients: tf.NamedTensorMap): NamedTensor[] {
  return variables.map(({ name }, index) => {
    const tensor = gradients[name] as tf.Tensor | undefined;
    if (tensor) return { name, tensor };
    throw new Error(
      `${describeVariable(variables, index)} has no gradient: the loss does not depend on it. ` +
        'Use it in the loss, or leave it out of variables',
    );
  });
}

function describeVariable(variables: readonly tf.Variable[], index: number): string {
  const { name, shape } = variables[index]!;
  return `variables[${index}] (${name}, shape [${shape.join(', ')}])`;
}

function chosenProgress(progress: boolean | Progress = true): Progress {
  if (typeof progress === 'object') return progress;
  return progress ? chooseProgress() : silentProgress;
}

function closingSentence({ losses, seconds, end }: TrainingHistory): string {
  const count = `${losses.length} ${losses.length === 1 ? 'step' : 'steps'} in ${readableTime(seconds)}`;
  switch (end) {
    case 'finished':
      return `Finished: ${count}.`;
    case 'interrupted':
      return `Interrupted after ${count}. The model is intact and keeps what it has learnt.`;
    case 'stopped':
      return `Stopped after ${count}, as the option stop asked.`;
    case 'time budget':
      return `The time budget is used up: ${count}.`;
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function checkOptions<Batch>(options: TrainOptions<Batch>): void {
  const { variables, epochs, steps, clipNorm, timeBudgetSeconds, checkpoint } = options;
  if (variables.length === 0) throw new RangeError('variables must hold at least one variable, got none');
  if ((epochs === undefined) === (steps === undefined)) {
    throw new RangeError(`give either epochs or steps, got epochs: ${epochs} and steps: ${steps}`);
  }
  for (const [name, count] of Object.entries({ epochs, steps })) {
    if (count !== undefined && (!Number.isInteger(count) || count < 1)) {
      throw new RangeError(`${name} must be a positive integer, got ${count}`);
    }
  }
  if (clipNorm !== undefined) requireNorm('clipNorm', clipNorm);
  if (timeBudgetSeconds !== undefined && !(timeBudgetSeconds > 0)) {
    throw new RangeError(`timeBudgetSeconds must be a number > 0, got ${timeBudgetSeconds}`);
  }
  const everySeconds = checkpoint?.everySeconds;
  if (everySeconds !== undefined && !(everySeconds >= 0)) {
    throw new RangeError(`checkpoint.everySeconds must be a number >= 0, got ${everySeconds}`);
  }
}
