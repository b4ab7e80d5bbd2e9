/**
 * One model or several that write together: at each step the log-probabilities of all are averaged, so that a symbol is
 * written when it is likely to most of them (their geometric mean, made to sum to one again).
 *
 * The searches are written for this: a single model is an ensemble of one.
 *
 * @see Sutskever, Vinyals & Le 2014, section 3.6; Toshniwal & Livescu 2016, section 4, for phones.
 */
import { tf } from '../tensorflow';
import { type DecoderState, decoderStep, decodeTeacherForced, firstDecoderState } from './decoder';
import { specialIds } from './description';
import { encode, type Encoded } from './encoder';
import type { Seq2SeqModel } from './model';

/** One model, or several with the same vocabularies. */
export type OneOrMoreModels = Seq2SeqModel | readonly Seq2SeqModel[];

/** What one step of all members gives. */
export type EnsembleStep = {
  /** `[rows, target vocabulary]`. */
  logProbabilities: tf.Tensor2D;
  /** The mean of the members' weights, `[rows, keys]`; none when a member has no attention. */
  weights?: tf.Tensor2D | undefined;
  /** The mean of the places where local-p members predict to look, `[rows]`; none when a member is no local-p. */
  positions?: tf.Tensor1D | undefined;
  /** Of each member, for the next step. */
  states: DecoderState[];
};

/**
 * The members as a list.
 *
 * @throws {RangeError} when there is none, or two of them have vocabularies of different sizes, other special ids, or
 *   write in other directions.
 */
export function membersOf(models: OneOrMoreModels): readonly Seq2SeqModel[] {
  const members = 'weights' in models ? [models] : models;
  requireSameVocabularies(members);
  const backwards = members.map(({ description }) => Boolean(description.backwards));
  const stranger = backwards.findIndex((each) => each !== backwards[0]);
  if (stranger >= 0) {
    throw new RangeError(
      `models must write in one direction to share their steps: models[${stranger}] has backwards ` +
        `${backwards[stranger]}, models[0] ${backwards[0]}; agreementSearch brings both directions together`,
    );
  }
  return members;
}

/** @throws {RangeError} when there is no model, or two have vocabularies of different sizes or other special ids. */
export function requireSameVocabularies(models: readonly Seq2SeqModel[]): void {
  if (models.length === 0) throw new RangeError('models must hold at least one model, got none');
  const [first, ...others] = models.map(({ description }) => {
    const { sourceVocabulary, targetVocabulary } = description;
    return JSON.stringify({ sourceVocabulary, targetVocabulary, ...specialIds(description) });
  });
  const stranger = others.findIndex((other) => other !== first);
  if (stranger >= 0) {
    throw new RangeError(
      `models must share their vocabularies: models[${stranger + 1}] has ${others[stranger]}, models[0] ${first}`,
    );
  }
}

/** The source as each member reads it. */
export function encodeEach(members: readonly Seq2SeqModel[], source: tf.Tensor2D, mask?: tf.Tensor2D): Encoded[] {
  return members.map((model) => encode(model, source, mask));
}

/** The state of each member before the first symbol. */
export function firstStates(members: readonly Seq2SeqModel[], encoded: readonly Encoded[]): DecoderState[] {
  return members.map((model, index) => firstDecoderState(model, encoded[index]!));
}

/**
 * One step of all members, decided as at test time.
 *
 * @param symbols `[rows]` int32, the symbol before.
 */
export function stepEach(
  members: readonly Seq2SeqModel[],
  encoded: readonly Encoded[],
  symbols: tf.Tensor1D,
  states: readonly DecoderState[],
): EnsembleStep {
  return tf.tidy(() => {
    const steps = members.map((model, index) =>
      decoderStep(model, encoded[index]!, symbols, states[index]!, { decision: true }),
    );
    const logs = steps.map(({ logits }) => tf.logSoftmax(logits)); // each [rows, vocabulary]
    const weights = steps.flatMap((step) => step.weights ?? []); // each [rows, keys]
    const positions = steps.flatMap((step) => step.positions ?? []); // each [rows]
    return {
      logProbabilities: logs.length === 1 ? logs[0]! : tf.logSoftmax(mean(logs)),
      weights: weights.length === members.length ? mean(weights) : undefined,
      positions: positions.length === members.length ? mean(positions) : undefined,
      states: steps.map(({ state }) => state),
    };
  });
}

/**
 * All steps of all members on the way of given sequences, decided as at test time: how likely each symbol is at each.
 *
 * @param targets `[rows, time]` int32, in the order of writing, the end symbol included, padded on the right.
 * @returns the mean of the members' log-probabilities, `[rows, time, target vocabulary]`; for one member they sum to one,
 *   for several a softmax sees to that, as to any logits; the mean of the members' weights, `[rows, time, keys]`,
 *   none when a member has no attention; and that of their predicted positions, `[rows, time]`, as in {@link stepEach}.
 */
export function followEach(
  members: readonly Seq2SeqModel[],
  encoded: readonly Encoded[],
  targets: tf.Tensor2D,
): { logits: tf.Tensor3D; weights: tf.Tensor3D | undefined; positions: tf.Tensor2D | undefined } {
  return tf.tidy(() => {
    const forced = members.map((model, index) =>
      decodeTeacherForced(model, encoded[index]!, targets, { decision: true }),
    );
    const logs = forced.map(({ logits }) => tf.logSoftmax(logits) as tf.Tensor3D); // each [rows, time, vocabulary]
    const weights = forced.flatMap((each) => each.weights ?? []); // each [rows, time, keys]
    const positions = forced.flatMap((each) => each.positions ?? []); // each [rows, time]
    return {
      logits: mean(logs),
      weights: weights.length === members.length ? mean(weights) : undefined,
      positions: positions.length === members.length ? mean(positions) : undefined,
    };
  });
}

function mean<T extends tf.Tensor>(tensors: T[]): T {
  return tensors.length === 1 ? tensors[0]! : tf.addN(tensors).div(tensors.length);
}
