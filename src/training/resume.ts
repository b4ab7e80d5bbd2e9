import type * as nodePath from 'node:path';
import { lazyNodeModule } from '../node-module';
import { tf } from '../tensorflow';
import { CheckpointError, readCheckpoint, writeCheckpoint } from './checkpoint';
import { notFiniteNumber } from './gradients';
import { LossError } from './loss-error';
import type { NamedTensor, Optimizer } from './optimizer';

const path = lazyNodeModule<typeof nodePath>('node:path');

/** What a checkpoint of a training is taken from and put back into. */
export interface Resumable {
  /** Where the checkpoints lie. */
  folder: string;
  /** The trained variables, and all others that change meanwhile, always in the same order. */
  variables: readonly tf.Variable[];
  /** Its moments and its count of steps are part of the state. */
  optimizer: Optimizer;
  /** What must be the same when the training goes on. Plain data. */
  config: Record<string, unknown>;
}

/** An optimizer that gives its state away: those of `tf.train` (but adamax), and this library's Adam. */
interface StatefulOptimizer {
  getWeights(): Promise<NamedTensor[]>;
  setWeights(weights: NamedTensor[]): Promise<void>;
  /** Powers of the decay rates that tf.train.adam keeps beside its weights. */
  accBeta1?: tf.Variable | undefined;
  accBeta2?: tf.Variable | undefined;
}

/** The powers are multiplied up step by step, which `setWeights` does not repeat to the last bit. */
const POWERS = ['accBeta1', 'accBeta2'] as const;

/**
 * Writes variables, optimizer and `progress` (plain data) as the checkpoint of a step.
 *
 * @throws {LossError} when the optimizer's state is not finite: nothing could go on from it.
 * @throws {CheckpointError} when the checkpoint cannot be written.
 */
export async function saveTraining(
  { folder, variables, optimizer, config }: Resumable,
  step: number,
  progress: unknown,
): Promise<void> {
  const weights = await stateful(optimizer).getWeights();
  const powers = POWERS.flatMap((name) => {
    const tensor = stateful(optimizer)[name];
    return tensor ? [{ name, tensor }] : [];
  });
  try {
    const broken = weights.find(({ tensor }) => notFiniteNumber(tensor) !== undefined);
    if (broken) {
      throw new LossError(
        `before step ${step}, the optimizer's ${broken.name} is no longer finite: training cannot go on, and nothing is ` +
          'saved of it. Try clipNorm',
      );
    }
    writeCheckpoint(folder, {
      step,
      state: { config, progress },
      tensors: {
        variables: variables.map((variable) => ({ name: variable.name, tensor: variable })),
        optimizer: [...weights, ...powers],
      },
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // From another machine, whose trainings cannot be seen from here.
    throw new CheckpointError(
      `another training has written a later checkpoint into ${folder} meanwhile: ${error.message}`,
      {
        cause: error,
      },
    );
  } finally {
    // Variables are the optimizer's own; the rest was made for us.
    tf.dispose(weights.map(({ tensor }) => tensor).filter((tensor) => !(tensor instanceof tf.Variable)));
  }
}

/**
 * Puts the newest checkpoint of the folder back into variables and optimizer.
 *
 * @returns the `progress` of {@link saveTraining}, or null when the folder holds no checkpoint.
 * @throws {CheckpointError} when the checkpoint is damaged, or was made with another configuration or other variables.
 */
export async function resumeTraining({ folder, variables, optimizer, config }: Resumable): Promise<unknown> {
  const checkpoint = readCheckpoint(folder);
  if (!checkpoint) return null;
  const saved = checkpoint.state as { config?: Record<string, unknown>; progress: unknown };
  try {
    if (!saved.config) {
      throw new CheckpointError(`${path.resolve(folder)} holds a saved model, not the checkpoints of a training`);
    }
    requireSameConfig(folder, saved.config, config);
    const { variables: savedVariables = [], optimizer: savedOptimizer = [] } = checkpoint.tensors;
    requireSameVariables(folder, savedVariables, variables);
    const pairs = savedVariables.map(({ name, tensor }, index) => ({ name, tensor, variable: variables[index]! }));
    for (const { variable, tensor } of pairs) variable.assign(tensor);
    // TensorFlow.js counts automatic names up, so the same variable may have another name in this process.
    const present = new Map(pairs.map(({ name, variable }) => [name, variable.name]));
    await restoreOptimizer(optimizer, savedOptimizer, present);
    return saved.progress;
  } finally {
    for (const group of Object.values(checkpoint.tensors)) tf.dispose(group.map(({ tensor }) => tensor));
  }
}

/** `present` tells the names that the variables have in this process. */
async function restoreOptimizer(
  optimizer: Optimizer,
  saved: readonly NamedTensor[],
  present: ReadonlyMap<string, string>,
): Promise<void> {
  const isPower = ({ name }: NamedTensor) => (POWERS as readonly string[]).includes(name);
  const renamed = saved
    .filter((entry) => !isPower(entry))
    .map(({ name, tensor }) => {
      const slash = name.lastIndexOf('/');
      const owner = present.get(name.slice(0, slash));
      return { name: slash > 0 && owner !== undefined ? owner + name.slice(slash) : name, tensor };
    });
  const replaced = await stateful(optimizer).getWeights();
  await stateful(optimizer).setWeights(renamed);
  tf.dispose(replaced.map(({ tensor }) => tensor));
  for (const { name, tensor } of saved.filter(isPower)) {
    stateful(optimizer)[name as (typeof POWERS)[number]]?.assign(tensor);
  }
}

function stateful(optimizer: Optimizer): StatefulOptimizer {
  const candidate = optimizer as Partial<StatefulOptimizer>;
  if (typeof candidate.getWeights !== 'function' || typeof candidate.setWeights !== 'function') {
    throw new TypeError(
      `${optimizer.constructor.name} cannot be saved in a checkpoint: it has no getWeights() and setWeights()`,
    );
  }
  return candidate as StatefulOptimizer;
}

function requireSameConfig(folder: string, saved: Record<string, unknown>, config: Record<string, unknown>): void {
  for (const key of new Set([...Object.keys(saved), ...Object.keys(config)])) {
    const [before, now] = [saved[key], config[key]].map((value) => JSON.stringify(value) ?? 'nothing');
    if (before !== now) {
      throw new CheckpointError(
        `the checkpoints in ${folder} were made with ${key} ${before}, and now it is ${now}. ` +
          `Use the same ${key} to go on, or another folder to start anew.`,
      );
    }
  }
}

function requireSameVariables(folder: string, saved: readonly NamedTensor[], variables: readonly tf.Variable[]): void {
  const describe = (tensors: ReadonlyArray<tf.Tensor>) =>
    tensors.map(({ shape, dtype }) => `${dtype} [${shape.join(', ')}]`);
  const before = describe(saved.map(({ tensor }) => tensor));
  const now = describe(variables);
  const different = before.findIndex((text, index) => text !== now[index]);
  if (before.length === now.length && different < 0) return;
  const difference =
    before.length === now.length
      ? `variable ${different} was ${before[different]} and is ${now[different]}`
      : `there were ${before.length} variables and are ${now.length}`;
  throw new CheckpointError(
    `the checkpoints in ${path.resolve(folder)} are of another model: ${difference}. ` +
      'Build the same model to go on, or use another folder to start anew.',
  );
}
