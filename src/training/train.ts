import { tf } from '../tensorflow';
import { clipByGlobalNorm } from './gradients';
import { listenForInterrupt, nextTurn } from './interrupt';
import { setLearningRate, type NamedGradient, type Optimizer } from './optimizer';
import { chooseProgress, readableTime, silentProgress, type Progress, type ProgressState } from './progress';
import { SeededRandom, stepSeed } from './random';
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
  /** The loss of a batch: a scalar tensor, computed from `variables`. */
  loss: (batch: Batch, context: StepContext) => tf.Scalar;
  /** How many times to go through all batches. Give this or `steps`. */
  epochs?: number;
  /** How many steps to make, over as many epochs as that takes. Give this or `epochs`. */
  steps?: number;
  /** Any integer: decides the order of batches and the dropout. */
  seed: number;
  /** The learning rate of each step. Default: the optimizer's own, unchanged. */
  learningRate?: LearningRateSchedule;
  /** Shortens gradients to this common norm: {@link clipByGlobalNorm}. Default: no clipping. */
  clipNorm?: number;
  /** Figures on held-out data, computed after each epoch and at the end. */
  evaluate?: (epoch: number) => Record<string, number> | Promise<Record<string, number>>;
  /** `false` for silence, or a display of your own. Default: what suits the place, {@link chooseProgress}. */
  progress?: boolean | Progress;
  /** Asked after each step: true ends the training, for instance when the loss is low enough. */
  stop?: (history: TrainingHistory) => boolean;
  /** Ends the training after the first step that goes beyond so many seconds. */
  timeBudgetSeconds?: number;
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

/**
 * The training loop: draw a batch, compute loss and gradients, update the variables; again and again.
 *
 * The same seed gives the same numbers. After each step the event loop gets its turn, so an interrupt (Ctrl-C, or the
 * square button of a notebook) ends the training after the present step: the variables are whole and the history so far
 * is returned. A second Ctrl-C ends the process.
 *
 * @returns the losses, the figures of each epoch, the time, and why the training ended.
 * @throws {Error} when the loss is not a finite number: the message names the step; the variables are as they were
 *     before that step.
 * @throws {RangeError} when an option has a wrong value; the message names it.
 * @see Lesson 03 builds the same loop in ten lines before it uses this one.
 */
export async function train<Batch>(options: TrainOptions<Batch>): Promise<TrainingHistory> {
  checkOptions(options);
  const { variables, optimizer, epochs = Infinity, steps = Infinity, seed, learningRate, clipNorm } = options;
  const random = new SeededRandom(seed);
  const history: TrainingHistory = { losses: [], epochs: [], seconds: 0, end: 'finished' };
  const progress = chosenProgress(options.progress);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let epoch = 0;
  let batchesPerEpoch: number | undefined;

  /** One step, or null when the epoch has no batch left. Frees every tensor that it made. */
  const takeStep = (batches: Iterator<Batch>, step: number): number | null => {
    const taken: { loss: number | null } = { loss: null };
    tf.tidy(() => {
      const { value: batch, done } = batches.next();
      if (done) return;
      if (learningRate) setLearningRate(optimizer, learningRate(step));
      const context = { step, seed: stepSeed(seed, step) };
      const { value, grads } = tf.variableGrads(() => options.loss(batch, context), [...variables]);
      const loss = value.dataSync()[0];
      if (!Number.isFinite(loss)) throw notFinite(loss, step, epoch);
      const gradients = namedGradients(variables, grads);
      optimizer.applyGradients(clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm));
      taken.loss = loss;
    });
    return taken.loss;
  };

  const state = (): ProgressState => {
    const step = history.losses.length;
    const recent = history.losses.slice(-SMOOTHING);
    const total = Math.min(steps, epochs * (batchesPerEpoch ?? Infinity));
    const known = total < Infinity;
    const speed = step / seconds();
    const left = Math.min((total - step) / speed, (options.timeBudgetSeconds ?? Infinity) - seconds());
    return {
      step,
      steps: known ? total : undefined,
      epoch: epoch + 1,
      loss: mean(recent),
      speed,
      remaining: left < Infinity ? Math.max(0, left) : undefined,
      metrics: history.epochs.at(-1)?.metrics,
    };
  };

  const interrupt = await listenForInterrupt();
  try {
    const ending = (): TrainingEnd | null => {
      if (interrupt.requested) return 'interrupted';
      if (history.losses.length >= steps) return 'finished';
      if (seconds() > (options.timeBudgetSeconds ?? Infinity)) return 'time budget';
      if (options.stop?.(history)) return 'stopped';
      return null;
    };

    let end: TrainingEnd | null = null;
    for (epoch = 0; epoch < epochs && end === null; epoch++) {
      const first = history.losses.length;
      const batches = drawBatches(options, epoch, random)[Symbol.iterator]();
      for (;;) {
        const loss = takeStep(batches, history.losses.length);
        if (loss === null) break;
        history.losses.push(loss);
        history.seconds = seconds();
        progress.update(state());
        await nextTurn();
        end = ending();
        if (end !== null) break;
      }
      if (end === null) batchesPerEpoch = history.losses.length - first;
      else batches.return?.();
      if (history.losses.length === first) throw new RangeError(`batches gave no batch for epoch ${epoch}`);

      const metrics = (end === 'interrupted' ? undefined : await options.evaluate?.(epoch)) ?? {};
      history.seconds = seconds();
      const step = history.losses.length;
      history.epochs.push({ epoch, step, loss: mean(history.losses.slice(first)), metrics, seconds: history.seconds });
    }
    epoch -= 1;
    history.end = end ?? 'finished';
    progress.finish(state(), closingSentence(history));
    return history;
  } catch (error) {
    if (history.losses.length > 0) progress.finish(state(), `Ended by an error at step ${history.losses.length}.`);
    throw error;
  } finally {
    interrupt.release();
  }
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

function namedGradients(variables: readonly tf.Variable[], gradients: tf.NamedTensorMap): NamedGradient[] {
  return variables.map(({ name, shape }, index) => {
    const tensor = gradients[name] as tf.Tensor | undefined;
    if (tensor) return { name, tensor };
    throw new Error(
      `variables[${index}] (${name}, shape [${shape.join(', ')}]) has no gradient: the loss does not depend on it. ` +
        'Use it in the loss, or leave it out of variables',
    );
  });
}

function chosenProgress(progress: boolean | Progress = true): Progress {
  if (typeof progress === 'object') return progress;
  return progress ? chooseProgress() : silentProgress;
}

function notFinite(loss: number, step: number, epoch: number): Error {
  return new Error(
    `the loss is ${loss} at step ${step} (epoch ${epoch}): training cannot go on. The variables are as they were before ` +
      'this step. Try a smaller learning rate or clipNorm, and look for log(0) or a division by zero in the loss',
  );
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
  const { variables, epochs, steps, clipNorm, timeBudgetSeconds } = options;
  if (variables.length === 0) throw new RangeError('variables must hold at least one variable, got none');
  if ((epochs === undefined) === (steps === undefined)) {
    throw new RangeError(`give either epochs or steps, got epochs: ${epochs} and steps: ${steps}`);
  }
  for (const [name, count] of Object.entries({ epochs, steps })) {
    if (count !== undefined && (!Number.isInteger(count) || count < 1)) {
      throw new RangeError(`${name} must be a positive integer, got ${count}`);
    }
  }
  for (const [name, number] of Object.entries({ clipNorm, timeBudgetSeconds })) {
    if (number !== undefined && !(number > 0)) throw new RangeError(`${name} must be a number > 0, got ${number}`);
  }
}
