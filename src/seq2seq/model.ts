import type { LstmWeights } from '../recurrent/lstm-types';
import { tf } from '../tensorflow';
import { SeededRandom } from '../training/random';
import { attentionWeightShapes } from './attention';
import { checkDescription, encoderLayerNames, memoryUnits, type Seq2SeqDescription } from './description';

/** All weights of a model by name: plain variables, ready for any optimizer. */
export type Seq2SeqWeights = Readonly<Record<string, tf.Variable>>;

/** An encoder-decoder: what it is, and its weights. The functions of this folder do the rest. */
export interface Seq2SeqModel {
  /** What it is built of: sizes, score, alignment, order. */
  readonly description: Readonly<Seq2SeqDescription>;
  /** Its weights by name. */
  readonly weights: Seq2SeqWeights;
}

/**
 * Builds an encoder-decoder with fresh weights, the same ones for the same seed.
 *
 * Matrices are drawn from Glorot & Bengio's uniform distribution, biases are zero but for the forget gates' (one, so
 * that a young LSTM remembers), embeddings are small.
 *
 * @throws {RangeError} when the description does not describe a model; the message names the field.
 * @example
 * const model = createSeq2Seq({
 *   sourceVocabulary: 60, targetVocabulary: 16, embeddingUnits: 16, encoderUnits: 32, decoderUnits: 64,
 *   order: 'luong', attention: { score: 'general', alignment: { kind: 'soft' } },
 * }, { seed: 1 });
 * @see Lesson 05, "Soft attention".
 */
export function createSeq2Seq(description: Seq2SeqDescription, { seed }: { seed: number }): Seq2SeqModel {
  checkDescription(description);
  const random = new SeededRandom(seed);
  const weights = tf.tidy(() => {
    const variables: Record<string, tf.Variable> = {};
    for (const [name, shape] of Object.entries(weightShapes(description))) {
      variables[name] = tf.variable(initialValue(name, shape, random.fork(name).tensorSeed()));
    }
    return variables;
  });
  return { description: { ...description }, weights };
}

/** Frees a model's weights. */
export function disposeSeq2Seq(model: Seq2SeqModel): void {
  tf.dispose(Object.values(model.weights));
}

/** The model's weights as a list, for an optimizer. */
export function seq2SeqVariables(model: Seq2SeqModel): tf.Variable[] {
  return Object.values(model.weights);
}

/** The name and shape of each weight of a model. */
export function weightShapes(description: Seq2SeqDescription): Record<string, number[]> {
  const { sourceVocabulary, targetVocabulary, embeddingUnits, decoderUnits, attention } = description;
  const memory = memoryUnits(description);
  const attends = attention !== 'none';
  const luong = description.order === 'luong';
  const contextUnits = attends ? memory : 0;
  const fedBack = luong ? (description.inputFeeding ? decoderUnits : 0) : contextUnits;
  return {
    'source.embedding': [sourceVocabulary, embeddingUnits],
    ...encoderShapes(description),
    'bridge.h.kernel': [memory, decoderUnits],
    'bridge.h.bias': [decoderUnits],
    'bridge.c.kernel': [memory, decoderUnits],
    'bridge.c.bias': [decoderUnits],
    'target.embedding': [targetVocabulary, embeddingUnits],
    ...lstmShapes('decoder', embeddingUnits + fedBack, decoderUnits),
    ...(attends ? attentionWeightShapes(attention, decoderUnits, memory) : {}),
    ...(luong ? { 'attentional.kernel': [contextUnits + decoderUnits, decoderUnits] } : {}),
    'readout.kernel': [luong ? decoderUnits : decoderUnits + contextUnits, targetVocabulary],
    'readout.bias': [targetVocabulary],
  };
}

/** The weight of that name, of rank 2. */
export function matrix({ weights }: Seq2SeqModel, name: string): tf.Tensor2D {
  return weights[name] as tf.Tensor as tf.Tensor2D;
}

/** The weight of that name, of rank 1. */
export function vector({ weights }: Seq2SeqModel, name: string): tf.Tensor1D {
  return weights[name] as tf.Tensor as tf.Tensor1D;
}

/** The three weights of one LSTM. */
export function lstmWeights(model: Seq2SeqModel, name: string): LstmWeights {
  return {
    kernel: matrix(model, `${name}.kernel`),
    recurrentKernel: matrix(model, `${name}.recurrentKernel`),
    bias: vector(model, `${name}.bias`),
  };
}

function encoderShapes(description: Seq2SeqDescription): Record<string, number[]> {
  const { embeddingUnits, encoderUnits } = description;
  return Object.assign(
    {},
    ...encoderLayerNames(description).map((name, layer) => {
      const features = layer === 0 ? embeddingUnits : memoryUnits(description);
      return {
        ...lstmShapes(`${name}.forward`, features, encoderUnits),
        ...lstmShapes(`${name}.backward`, features, encoderUnits),
      };
    }),
  ) as Record<string, number[]>;
}

function lstmShapes(name: string, features: number, units: number): Record<string, number[]> {
  return {
    [`${name}.kernel`]: [features, 4 * units],
    [`${name}.recurrentKernel`]: [units, 4 * units],
    [`${name}.bias`]: [4 * units],
  };
}

function initialValue(name: string, shape: number[], seed: number): tf.Tensor {
  if (name.endsWith('.embedding')) return tf.randomUniform(shape, -0.1, 0.1, 'float32', seed);
  const [rows = 1, columns = 1] = shape;
  if (shape.length === 2) {
    const limit = Math.sqrt(6 / (rows + columns));
    return tf.randomUniform(shape, -limit, limit, 'float32', seed);
  }
  if (name.endsWith('.v') || name.endsWith('.vp')) {
    const limit = Math.sqrt(6 / (rows + 1));
    return tf.randomUniform(shape, -limit, limit, 'float32', seed);
  }
  const isLstm = name.startsWith('encoder.') || name.startsWith('decoder.');
  return isLstm ? forgetBias(rows / 4) : tf.zeros(shape);
}

/** The gates' biases in the order input, forget, candidate, output: one for the forget gate, zero for the others. */
function forgetBias(units: number): tf.Tensor1D {
  return tf.concat([tf.zeros([units]), tf.ones([units]), tf.zeros([2 * units])]) as tf.Tensor1D;
}
