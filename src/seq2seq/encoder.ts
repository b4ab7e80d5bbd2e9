import type { PreparedKeys } from '../attention/scores/rule';
import { bidirectional, type BidirectionalResult } from '../recurrent/bidirectional';
import type { LstmState } from '../recurrent/lstm-types';
import { maskValues, requireRank, requireShape, ShapeError } from '../shapes';
import { tf } from '../tensorflow';
import { prepareMemory } from './attention';
import { encoderLayerNames } from './description';
import { type DropoutOptions, dropOut } from './dropout';
import { requireIds } from './ids';
import { lstmWeights, matrix, type Seq2SeqModel, vector } from './model';

/** What the encoder hands to the decoder. */
export type Encoded = {
  /** One vector for each source position, `[batch, keys, 2 * encoderUnits]`: what attention reads. */
  memory: tf.Tensor3D;
  /** The memory as the score wants its keys, computed once for all steps; none without attention. */
  prepared?: PreparedKeys | undefined;
  /** 1 for a real source position, 0 for padding, `[batch, keys]`; left out when all are real. */
  mask?: tf.Tensor2D | undefined;
  /** The decoder's first state, each `[batch, decoderUnits]`. */
  initialState: LstmState;
};

/**
 * Reads the source: embedding, then one BiLSTM or several on top of each other, so that the vector of each position knows
 * both its sides.
 *
 * The decoder starts from the last states of both directions of the highest one: its output through a layer with tanh, its cell through a
 * layer of its own (a cell is not an output: it may be larger than 1).
 *
 * @param source `[batch, keys]` int32 ids.
 * @param mask `[batch, keys]`, 1 = real, 0 = padding. Default: all real.
 * @throws {ShapeError} when `source` is not of rank 2, is empty, or `mask` has another shape.
 * @param options dropout, in training.
 * @throws {TypeError} when the ids are not int32.
 * @throws {RangeError} when an id is not in the source vocabulary, `mask` holds anything but 0 and 1, or `dropout` is not
 *   in [0, 1).
 * @see Lesson 05, "Soft attention".
 */
export function encode(
  model: Seq2SeqModel,
  source: tf.Tensor2D,
  mask?: tf.Tensor2D,
  options: DropoutOptions = {},
): Encoded {
  requireRank('source', source, 2);
  if (source.size === 0) {
    throw new ShapeError(
      `source must hold at least one example and one position, got shape [${source.shape.join(', ')}]`,
    );
  }
  if (mask) requireShape('mask', mask, source.shape);
  requireIds('source', source, model.description.sourceVocabulary);
  return tf.tidy(() => {
    const embedded = tf.gather(matrix(model, 'source.embedding'), source) as tf.Tensor as tf.Tensor3D;
    const x = dropOut(embedded, options, 'source'); // [batch, keys, embedding]
    const { outputs, forwardState, backwardState } = encoderLayers(model, x, mask, options);
    const lastH = tf.concat([forwardState.h, backwardState.h], 1); // [batch, 2 * encoderUnits]
    const lastC = tf.concat([forwardState.c, backwardState.c], 1); // [batch, 2 * encoderUnits]
    const h = tf.matMul(lastH, matrix(model, 'bridge.h.kernel')).add(vector(model, 'bridge.h.bias')).tanh();
    const c = tf.matMul(lastC, matrix(model, 'bridge.c.kernel')).add(vector(model, 'bridge.c.bias'));
    return {
      memory: outputs, // [batch, keys, 2 * encoderUnits]
      prepared: prepareMemory(model, outputs),
      mask: mask?.clone(), // the result owns all its tensors
      initialState: { h, c } as LstmState, // each [batch, decoderUnits]
    };
  });
}

/** The first BiLSTM reads `x`, `[batch, keys, embedding]`, each later one the outputs of the one before. */
function encoderLayers(
  model: Seq2SeqModel,
  x: tf.Tensor3D,
  mask: tf.Tensor2D | undefined,
  options: DropoutOptions,
): BidirectionalResult {
  const [lowest, ...higher] = encoderLayerNames(model.description);
  const read = (input: tf.Tensor3D, name: string) =>
    bidirectional(input, lstmWeights(model, `${name}.forward`), lstmWeights(model, `${name}.backward`), { mask });
  return higher.reduce(
    (below, name, layer) => read(dropOut(below.outputs, options, layer), name), // outputs [batch, keys, 2 * encoderUnits]
    read(x, lowest),
  );
}

/** For each example, the place after its last real source position; all positions when there is no mask. */
export function sourceLengths(source: tf.Tensor2D, mask?: tf.Tensor2D): number[] {
  const [batch, keys] = source.shape;
  if (!mask) return new Array<number>(batch).fill(keys);
  const real = maskValues(mask);
  return Array.from(
    { length: batch },
    (_, example) => 1 + real.subarray(example * keys, (example + 1) * keys).lastIndexOf(1),
  );
}
