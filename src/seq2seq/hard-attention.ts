/**
 * Two ways to train a decoder that reads one single position at each step. (The third, straight-through Gumbel, is an
 * alignment: `{ kind: 'gumbel', temperature: 1, straightThrough: true }` with the usual loss.)
 *
 * In Luong's order without input feeding, what is read at one step changes no other step. So each target step is a game
 * of its own: choose a position, get the log-probability of the true symbol as reward. That keeps REINFORCE simple and
 * makes its yardstick, the exact marginal, affordable.
 */
import { gumbelNoise } from '../attention/seeded-noise';
import { maskValues, requireShape, ShapeError } from '../shapes';
import { tf } from '../tensorflow';
import { scoresAndContext } from './attention';
import { luongReadout, luongStates, readout } from './decoder';
import { type DropoutOptions, dropOut } from './dropout';
import { encode, type Encoded } from './encoder';
import { requireIds } from './ids';
import { sequenceLoss, type SequenceLossOptions, symbolLogProbabilities } from './loss';
import { matrix, type Seq2SeqModel } from './model';
import type { Seq2SeqBatch } from './text-pairs';

/** What a state is expected to be worth: a linear function of it, learnt beside the model. */
export type RewardBaseline = {
  /** `[units, 1]`. */
  kernel: tf.Variable<tf.Rank.R2>;
  /** `[1]`. */
  bias: tf.Variable<tf.Rank.R1>;
};

/** Options of {@link reinforceLoss}. */
export interface ReinforceOptions {
  /** Of the positions that are drawn, 0 included; another one at each step. */
  seed: number;
  /** Subtracted from the reward: changes no expectation, calms the gradient. Default: none. */
  baseline?: RewardBaseline | undefined;
  /** How much undecidedness is worth: keeps the choice from freezing too early. Default: 0.01. */
  entropyWeight?: number | undefined;
}

/** A baseline that expects nothing yet; its two variables go to the optimizer beside the model's. */
export function createRewardBaseline({ description }: Seq2SeqModel): RewardBaseline {
  return tf.tidy(() => ({
    kernel: tf.variable(tf.zeros<tf.Rank.R2>([description.decoderUnits, 1])),
    bias: tf.variable(tf.zeros<tf.Rank.R1>([1])),
  }));
}

/**
 * REINFORCE: draws a position at each step and makes it likelier in as far as it did better than expected.
 *
 * The value is that of the game (minus the reward, plus the baseline's error, minus the entropy's bonus); its gradient
 * is an unbiased estimate of the gradient of the expected one.
 *
 * @throws {Error} when the model is not of Luong's order with attention and without input feeding.
 * @throws {RangeError} when `entropyWeight` is negative or a source has no real position.
 * @see Xu et al. 2015, section 4.1; Williams 1992. Lesson 07.
 */
export function reinforceLoss(
  model: Seq2SeqModel,
  batch: Seq2SeqBatch,
  { seed, ...options }: ReinforceOptions,
): tf.Scalar {
  return tf.tidy(() => {
    const { encoded, states, logPolicy } = positionPolicy(model, batch);
    const noise = gumbelNoise(logPolicy.shape, seed, 0, batch.mask); // [batch, time, keys]
    const choice = tf.oneHot(tf.argMax(constant(logPolicy).add(noise), 2).toInt(), Math.max(2, logPolicy.shape[2]));
    const position = choice.slice([0, 0, 0], logPolicy.shape).cast('float32') as tf.Tensor3D;
    return reinforceSurrogate(model, batch, { encoded, states, logPolicy }, position, options);
  });
}

/** The policy of each step and what it was computed from. */
export interface PositionPolicy {
  encoded: Encoded;
  /** `[batch, time, units]`. */
  states: tf.Tensor3D;
  /** Log-probability of reading each position, `[batch, time, keys]`, hugely negative on padding. */
  logPolicy: tf.Tensor3D;
}

/** With which probability each step of a teacher-forced decoder reads each position. */
export function positionPolicy(
  model: Seq2SeqModel,
  { source, mask, targets }: Seq2SeqBatch,
  options: DropoutOptions = {},
): PositionPolicy {
  const { order, inputFeeding, attention } = model.description;
  if (order !== 'luong' || inputFeeding || attention === 'none') {
    throw new Error("this loss needs Luong's order with attention and without input feeding");
  }
  requireShape('targets', targets, [source.shape[0], null]);
  if (targets.shape[1] === 0) throw new ShapeError('targets must hold at least one step, got none');
  requireIds('targets', targets, model.description.targetVocabulary);
  requireRealPositions(mask);
  const encoded = encode(model, source, mask, options);
  const states = luongStates(model, encoded, targets, options); // [batch, time, units]
  const { scores } = scoresAndContext(model, encoded, states, {}); // [batch, time, keys]
  const padding = mask.sub(1).mul(1e9).expandDims(1); // [batch, 1, keys]
  return { encoded, states, logPolicy: tf.logSoftmax(scores.add<tf.Tensor3D>(padding)) };
}

/**
 * What {@link reinforceLoss} computes for given positions.
 *
 * @param position the position read at each step, one-hot `[batch, time, keys]`.
 */
export function reinforceSurrogate(
  model: Seq2SeqModel,
  { targets }: Seq2SeqBatch,
  { encoded, states, logPolicy }: PositionPolicy,
  position: tf.Tensor3D,
  { baseline, entropyWeight = 0.01 }: Omit<ReinforceOptions, 'seed'> = {},
): tf.Scalar {
  if (!(entropyWeight >= 0)) throw new RangeError(`entropyWeight must be a number >= 0, got ${entropyWeight}`);
  const context = tf.matMul(position, encoded.memory) as tf.Tensor3D; // [batch, time, memory width]
  const logits = luongReadout(model, tf.concat([context, states], 2)); // [batch, time, vocabulary]
  const reward = symbolLogProbabilities(logits, targets); // [batch, time]
  const expected = baseline && expectedReward(constant(states), baseline); // [batch, time]
  const advantage = constant(expected ? reward.sub(expected) : reward); // to the gradient, a number
  const logChosen = tf.sum(logPolicy.mul(position), 2); // [batch, time]
  const entropy = tf.sum(logPolicy.exp().mul(logPolicy), 2).neg(); // [batch, time]
  const objective = reward.add(advantage.mul(logChosen)).add(entropy.mul(entropyWeight));
  const baselineError = expected ? expected.sub(constant(reward)).square() : tf.scalar(0); // [batch, time]
  const surrogate = meanOverSymbols(model, baselineError.sub(objective) as tf.Tensor2D, targets);
  const correction = meanOverSymbols(model, constant(advantage.mul(logChosen)) as tf.Tensor2D, targets);
  return surrogate.add(correction); // the value of the game, the gradient of the surrogate
}

/**
 * The exact marginal: the log-probability of each symbol, summed over all positions that could have been read. What
 * REINFORCE can only sample, computed: its yardstick.
 *
 * `log p(y_t) = log sum_s p(read s) p(y_t | read s)`. Costs `[batch, time, keys, units]` numbers.
 *
 * @param options label smoothing, soft targets, dropout, and the seed of all that is drawn; another one at each step.
 * @throws {Error} when the model is not of Luong's order with attention and without input feeding.
 * @throws {RangeError} when a source has no real position, or an option is not in [0, 1).
 * @see Deng et al. 2018, "Latent Alignment and Variational Attention", section 3. Lesson 07.
 */
export function exactMarginalLoss(
  model: Seq2SeqModel,
  batch: Seq2SeqBatch,
  { labelSmoothing, softTargets, softShare, ...options }: DropoutOptions & Omit<SequenceLossOptions, 'paddingId'> = {},
): tf.Scalar {
  return tf.tidy(() => {
    const policy = positionPolicy(model, batch, options);
    const forEachPosition = logProbabilitiesForEachPosition(model, policy, options); // [batch, time, keys, vocabulary]
    const joint = forEachPosition.add(policy.logPolicy.expandDims(3)); // [batch, time, keys, vocabulary]
    const marginal = tf.logSumExp(joint, 2) as tf.Tensor3D; // [batch, time, vocabulary]
    // Log-probabilities are logits as well: their softmax is themselves.
    const { paddingId } = model.description;
    return sequenceLoss(marginal, batch.targets, { labelSmoothing, softTargets, softShare, paddingId });
  });
}

/** The log-probability of each symbol, were this position read: `[batch, time, keys, vocabulary]`. */
export function logProbabilitiesForEachPosition(
  model: Seq2SeqModel,
  { encoded, states }: PositionPolicy,
  options: DropoutOptions = {},
): tf.Tensor4D {
  const [batch, time, units] = states.shape;
  const [, keys, memoryWidth] = encoded.memory.shape;
  // The attentional vector's product, taken apart: keys and states meet only in a sum.
  const [forContext, forState] = tf.split(matrix(model, 'attentional.kernel'), [memoryWidth, units], 0) as [
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const flatMemory = encoded.memory.reshape([batch * keys, memoryWidth]) as tf.Tensor2D;
  const flatStates = states.reshape([batch * time, units]) as tf.Tensor2D;
  const fromContext = tf.matMul(flatMemory, forContext).reshape([batch, 1, keys, units]);
  const fromState = tf.matMul(flatStates, forState).reshape([batch, time, 1, units]);
  const features = fromContext.add(fromState).tanh(); // [batch, time, keys, units]
  const read = options.dropout ? features.mul(dropOut(tf.ones([batch, time, 1, units]), options, 'readout')) : features;
  const logits = readout(model, read.reshape([-1, units]) as tf.Tensor2D); // [batch * time * keys, vocabulary]
  return tf.logSoftmax(logits).reshape([batch, time, keys, -1]) as tf.Tensor4D;
}

function expectedReward(states: tf.Tensor3D, { kernel, bias }: RewardBaseline): tf.Tensor2D {
  const [batch, time, units] = states.shape;
  const flat = states.reshape([batch * time, units]) as tf.Tensor2D;
  return tf.matMul(flat, kernel).add(bias).reshape([batch, time]);
}

/** The mean over all real target symbols, padding left out. */
function meanOverSymbols({ description }: Seq2SeqModel, perSymbol: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  const real = tf.notEqual(targets, description.paddingId ?? 0); // [batch, time]
  return tf.sum(tf.where(real, perSymbol, 0)).div(tf.maximum(tf.sum(real.cast('float32')), 1));
}

/** The same numbers, cut off from the gradient. */
function constant<T extends tf.Tensor>(tensor: T): T {
  return tf.tensor(tensor.dataSync(), tensor.shape) as T;
}

function requireRealPositions(mask: tf.Tensor2D): void {
  const [batch, keys] = mask.shape;
  const values = maskValues(mask);
  for (let row = 0; row < batch; row += 1) {
    if (!values.subarray(row * keys, (row + 1) * keys).includes(1)) {
      throw new RangeError(`source ${row} has no real position: nothing could be read`);
    }
  }
}
