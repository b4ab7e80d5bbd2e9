import type { AlignmentState } from '../attention/alignments/rule';
import { lstmSequence } from '../recurrent/lstm-sequence';
import { lstmStep } from '../recurrent/lstm-step';
import { eachStep } from '../recurrent/lstm-stepwise';
import type { LstmState } from '../recurrent/lstm-types';
import { requireShape, ShapeError } from '../shapes';
import { tf } from '../tensorflow';
import { attendAtOnce, attendStep, type AttendOptions, firstAttentionState } from './attention';
import { bahdanauSequence, hasBahdanauSequence } from './bahdanau-sequence';
import { specialIds } from './description';
import { type DropoutOptions, dropOut } from './dropout';
import type { Encoded } from './encoder';
import { requireIds } from './ids';
import { withoutPadding } from '../without-padding';
import { lstmWeights, matrix, type Seq2SeqModel, vector } from './model';

/** Where a decoder stands between two steps. */
export type DecoderState = {
  /** The LSTM's state, each `[batch, units]`. */
  lstm: LstmState;
  /** What the alignment remembers of earlier steps. */
  attention: AlignmentState;
  /** With input feeding: the attentional vector of the step before, `[batch, units]`. */
  fed?: tf.Tensor2D | undefined;
};

/** What one decoder step gives. */
export type DecoderStep = {
  /** Before the softmax over symbols, `[batch, target vocabulary]`. */
  logits: tf.Tensor2D;
  /** The weights with which the memory was read in this very step, `[batch, keys]`; none without attention. */
  weights?: tf.Tensor2D | undefined;
  /** Where local-p predicted to look, `[batch]`; none for the other alignments. */
  positions?: tf.Tensor1D | undefined;
  /** Goes into the next step. */
  state: DecoderState;
};

/** What {@link decodeTeacherForced} gives. */
export type TeacherForced = {
  /** `[batch, time, target vocabulary]`. */
  logits: tf.Tensor3D;
  /** The weights with which the memory was read, `[batch, time, keys]`; none without attention. */
  weights?: tf.Tensor3D | undefined;
  /** Where local-p predicted to look, `[batch, time]`; none for the other alignments. */
  positions?: tf.Tensor2D | undefined;
};

/** Options of {@link decodeTeacherForced}. */
export interface TeacherForcedOptions extends AttendOptions, DropoutOptions {
  /**
   * `fast` takes the form that needs fewest operations: all steps at once in Luong's order, one fused recurrence for
   * Bahdanau's additive score with softmax. `stepwise` walks through {@link decoderStep}'s own arithmetic, whatever the
   * model: slower, the same numbers. Default: `fast`.
   */
  form?: 'fast' | 'stepwise' | undefined;
}

/** The state before the first symbol. */
export function firstDecoderState(model: Seq2SeqModel, encoded: Encoded): DecoderState {
  const { inputFeeding, decoderUnits } = model.description;
  const { h, c } = encoded.initialState;
  return tf.tidy(() => ({
    lstm: { h: h.clone(), c: c.clone() },
    attention: firstAttentionState(),
    fed: inputFeeding ? (tf.zeros([h.shape[0], decoderUnits]) as tf.Tensor2D) : undefined,
  }));
}

/**
 * One step of the decoder: reads the symbol before, says how likely each symbol is next.
 *
 * Luong's order: LSTM, then attention with the new state as query. Bahdanau's: attention with the old state as query,
 * then the LSTM, which reads the context beside the symbol.
 *
 * @param symbols `[batch]` int32, the symbol before (at the first step the start symbol).
 * @throws {ShapeError} when `symbols` is not one id for each example.
 * @throws {TypeError} when the ids are not int32.
 * @throws {RangeError} when an id is not in the target vocabulary.
 * @see Luong, Pham & Manning 2015, section 3; Bahdanau, Cho & Bengio 2015, section 3.1. Lessons 05 and 06.
 */
export function decoderStep(
  model: Seq2SeqModel,
  encoded: Encoded,
  symbols: tf.Tensor1D,
  state: DecoderState,
  options: AttendOptions = {},
): DecoderStep {
  requireShape('symbols', symbols, [encoded.memory.shape[0]]);
  requireIds('symbols', symbols, model.description.targetVocabulary);
  return tf.tidy(() => {
    const x = tf.gather(matrix(model, 'target.embedding'), symbols); // [batch, embedding]
    const { features, ...step } = advance(model, encoded, x, state, options);
    return { logits: readout(model, features), ...step }; // logits [batch, vocabulary]
  });
}

/**
 * The decoder under teacher forcing: at each step it reads the true symbol before, whatever it would have written
 * itself.
 *
 * @param targets `[batch, time]` int32: what it should write, the end symbol included, padded on the right.
 * @throws {ShapeError} when `targets` is not `[batch, time]` of the same batch as `encoded`, or holds no step.
 * @throws {TypeError} when the ids are not int32.
 * @throws {RangeError} when an id is not in the target vocabulary.
 * @see Lesson 05, "Soft attention".
 */
export function decodeTeacherForced(
  model: Seq2SeqModel,
  encoded: Encoded,
  targets: tf.Tensor2D,
  { form = 'fast', ...options }: TeacherForcedOptions = {},
): TeacherForced {
  requireShape('targets', targets, [encoded.memory.shape[0], null]);
  if (targets.shape[1] === 0) throw new ShapeError('targets must hold at least one step, got none');
  requireIds('targets', targets, model.description.targetVocabulary);
  return tf.tidy(() => {
    const { order, inputFeeding } = model.description;
    if (form === 'fast' && order === 'luong' && !inputFeeding) return decodeAtOnce(model, encoded, targets, options);
    const x = embedPreviousSymbols(model, targets, options); // [batch, time, embedding]
    if (form === 'stepwise') return decodeStepwise(model, encoded, x, options);
    if (isBahdanauClassic(model) && hasBahdanauSequence()) return decodeBahdanau(model, encoded, x, options);
    return decodeStepwise(model, encoded, x, options);
  });
}

/** The targets one place to the right, the start symbol before them, as embeddings `[batch, time, embedding]`. */
function embedPreviousSymbols(model: Seq2SeqModel, targets: tf.Tensor2D, options: DropoutOptions): tf.Tensor3D {
  const [batch, time] = targets.shape;
  const { startId } = specialIds(model.description);
  const start = tf.fill([batch, 1], startId, 'int32');
  const previous = tf.concat([start, targets.slice([0, 0], [batch, time - 1])], 1); // [batch, time]
  const embedded = tf.gather(matrix(model, 'target.embedding'), previous.toInt()) as tf.Tensor as tf.Tensor3D;
  return dropOut(embedded, options, 'target');
}

/** What a step computes before the readout. */
interface Advance {
  /** What the readout reads, `[batch, features]`. */
  features: tf.Tensor2D;
  weights?: tf.Tensor2D | undefined;
  positions?: tf.Tensor1D | undefined;
  state: DecoderState;
}

/** One step, from an embedded symbol `[batch, embedding]` to what the readout reads. */
function advance(
  model: Seq2SeqModel,
  encoded: Encoded,
  x: tf.Tensor2D,
  state: DecoderState,
  options: AttendOptions,
): Advance {
  const lstm = lstmWeights(model, 'decoder');
  const attends = model.description.attention !== 'none';
  if (model.description.order === 'bahdanau') {
    if (!attends) {
      const { h, c } = lstmStep(x, state.lstm, lstm); // each [batch, units]
      return { features: h, state: { ...state, lstm: { h, c } } };
    }
    const read = attendStep(model, encoded, state.lstm.h, state.attention, options);
    const { h, c } = lstmStep(tf.concat([x, read.context], 1), state.lstm, lstm);
    const features = tf.concat([h, read.context], 1); // [batch, units + memory width]
    const positions = read.positions as tf.Tensor1D | undefined;
    return { features, weights: read.weights, positions, state: { lstm: { h, c }, attention: read.state } };
  }
  const input = state.fed ? tf.concat([x, state.fed], 1) : x; // [batch, embedding (+ units)]
  const { h, c } = lstmStep(input, state.lstm, lstm);
  if (!attends) {
    const features = attentionalVector(model, h);
    return { features, state: { ...state, lstm: { h, c }, fed: state.fed && features } };
  }
  const read = attendStep(model, encoded, h, state.attention, options);
  const features = attentionalVector(model, tf.concat([read.context, h], 1)); // [batch, units]
  const next = { lstm: { h, c }, attention: read.state, fed: state.fed && features };
  return { features, weights: read.weights, positions: read.positions as tf.Tensor1D | undefined, state: next };
}

/** Luong's equation 5: `tanh(Wc [context; h])`, for any number of rows. */
function attentionalVector(model: Seq2SeqModel, contextAndState: tf.Tensor2D): tf.Tensor2D {
  return tf.tanh(tf.matMul(contextAndState, matrix(model, 'attentional.kernel'))) as tf.Tensor2D;
}

/** `[rows, features]` to `[rows, vocabulary]`. */
export function readout(model: Seq2SeqModel, features: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(features, matrix(model, 'readout.kernel')).add(vector(model, 'readout.bias'));
}

function decodeStepwise(
  model: Seq2SeqModel,
  encoded: Encoded,
  x: tf.Tensor3D,
  options: TeacherForcedOptions,
): TeacherForced {
  const [batch, time] = x.shape;
  let state = firstDecoderState(model, encoded);
  const features: tf.Tensor2D[] = [];
  const weights: tf.Tensor2D[] = [];
  const positions: tf.Tensor1D[] = [];
  for (const symbol of eachStep(x)) {
    const step = advance(model, encoded, symbol, state, options);
    state = step.state;
    features.push(step.features);
    if (step.weights) weights.push(step.weights);
    if (step.positions) positions.push(step.positions);
  }
  const rows = tf.stack(features, 1).reshape([batch * time, -1]) as tf.Tensor2D; // [batch * time, features]
  return {
    logits: readout(model, dropOut(rows, options, 'readout')).reshape([batch, time, -1]), // [batch, time, vocabulary]
    weights: weights.length > 0 ? (tf.stack(weights, 1) as tf.Tensor3D) : undefined, // [batch, time, keys]
    positions: positions.length > 0 ? (tf.stack(positions, 1) as tf.Tensor2D) : undefined, // [batch, time]
  };
}

/** Luong's order without input feeding: nothing that was read changes the states, so all steps are one. */
function decodeAtOnce(
  model: Seq2SeqModel,
  encoded: Encoded,
  targets: tf.Tensor2D,
  options: TeacherForcedOptions,
): TeacherForced {
  const states = luongStates(model, encoded, targets, options); // [batch, time, units]
  if (model.description.attention === 'none') return { logits: luongReadout(model, states, options) };
  const { context, weights, positions } = attendAtOnce(model, encoded, states, options);
  const logits = luongReadout(model, tf.concat([context, states], 2), options); // [batch, time, vocabulary]
  return { logits, weights, positions: positions as tf.Tensor2D | undefined };
}

/** The decoder's state after each true symbol before, `[batch, time, units]`: what Luong's order queries with. */
export function luongStates(
  model: Seq2SeqModel,
  encoded: Encoded,
  targets: tf.Tensor2D,
  options: DropoutOptions = {},
): tf.Tensor3D {
  const x = embedPreviousSymbols(model, targets, options); // [batch, time, embedding]
  return lstmSequence(x, lstmWeights(model, 'decoder'), { initialState: encoded.initialState }).outputs;
}

/** Context and state side by side, `[batch, time, memory width + units]`, to logits `[batch, time, vocabulary]`. */
export function luongReadout(
  model: Seq2SeqModel,
  contextAndState: tf.Tensor3D,
  options: DropoutOptions = {},
): tf.Tensor3D {
  const [batch, time, width] = contextAndState.shape;
  const features = attentionalVector(model, contextAndState.reshape([batch * time, width]));
  return readout(model, dropOut(features, options, 'readout')).reshape([batch, time, -1]);
}

function isBahdanauClassic({ description: { order, attention } }: Seq2SeqModel): boolean {
  if (order !== 'bahdanau' || attention === 'none') return false;
  return attention.score === 'additive' && attention.alignment.kind === 'soft';
}

function decodeBahdanau(model: Seq2SeqModel, encoded: Encoded, x: tf.Tensor3D, options: DropoutOptions): TeacherForced {
  const [batch, time] = x.shape;
  const { mask, initialState } = encoded;
  const memory = withoutPadding(encoded.memory, mask);
  const keys = withoutPadding(encoded.prepared!.keys, mask);
  const score = { Wq: matrix(model, 'score.Wq'), v: vector(model, 'score.v') };
  const run = bahdanauSequence(x, memory, keys, { ...score, lstm: lstmWeights(model, 'decoder') }, initialState, mask);
  const features = tf.concat([run.states, run.contexts], 2).reshape([time * batch, -1]) as tf.Tensor2D;
  const logits = readout(model, dropOut(features, options, 'readout')).reshape([time, batch, -1]) as tf.Tensor3D; // [time, batch, vocabulary]
  return {
    logits: tf.transpose(logits, [1, 0, 2]), // [batch, time, vocabulary]
    weights: tf.transpose(run.weights, [1, 0, 2]), // [batch, time, keys]
  };
}
