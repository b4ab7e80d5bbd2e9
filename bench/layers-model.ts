/** The encoder-decoder of `src/seq2seq` as layers of TensorFlow.js, to compare with. */
import type { Seq2SeqBatch, Seq2SeqModel } from '../src/seq2seq';
import { encoderLayerNames, specialIds } from '../src/seq2seq/description';
import { tf } from '../src/tensorflow';

/** Added to the scores of padding, so that softmax gives it nothing. */
const HIDDEN = -1e9;

/** A padded batch; without mask, all source positions are real. */
type Batch = Omit<Seq2SeqBatch, 'mask'> & Partial<Pick<Seq2SeqBatch, 'mask'>>;

/** What the encoder gives. */
export interface LayersEncoded {
  /** `[batch, keys, 2 * encoderUnits]`. */
  memory: tf.Tensor3D;
  /** The decoder's first h and c, each `[batch, decoderUnits]`. */
  initialState: tf.Tensor[];
}

/** Embedding, BiLSTMs and the bridge to the decoder as layers that compute with the model's own weights. */
export function layersEncoder(model: Seq2SeqModel): (source: tf.Tensor2D, mask?: tf.Tensor2D) => LayersEncoded {
  const { sourceVocabulary, embeddingUnits, encoderUnits, decoderUnits } = model.description;
  const embedding = holding(model, embed(sourceVocabulary, embeddingUnits), [null, null], ['source.embedding']);
  const layers = encoderLayerNames(model.description).map((name, index) => {
    const layer = tf.layers.bidirectional({ layer: lstm(encoderUnits) as tf.RNN, mergeMode: 'concat' });
    const names = [...lstmNames(`${name}.forward`), ...lstmNames(`${name}.backward`)];
    return holding(model, layer, [null, null, index === 0 ? embeddingUnits : 2 * encoderUnits], names);
  });
  const concatenate = tf.layers.concatenate();
  const [bridgeH, bridgeC] = (['h', 'c'] as const).map((part) =>
    holding(
      model,
      tf.layers.dense({ units: decoderUnits, activation: part === 'h' ? 'tanh' : undefined }),
      [null, 2 * encoderUnits],
      [`bridge.${part}.kernel`, `bridge.${part}.bias`],
    ),
  );
  return (source, mask) => {
    const [batch, keys] = source.shape;
    let below = apply(embedding, source);
    let states: tf.Tensor[] = [];
    for (const layer of layers) [below, ...states] = layer.apply(below, { mask }) as tf.Tensor[];
    const [, forwardC, , backwardC] = states;
    // In TensorFlow.js, a layer's returned output state and its last output are one: take it from the sequence.
    const last = (position: number, half: number) =>
      below.slice([0, position, half * encoderUnits], [batch, 1, encoderUnits]).reshape([batch, encoderUnits]);
    return {
      memory: below as tf.Tensor3D,
      initialState: [
        apply(bridgeH, apply(concatenate, [last(keys - 1, 0), last(0, 1)])),
        apply(bridgeC, apply(concatenate, [forwardC, backwardC])),
      ],
    };
  };
}

/**
 * The loss of a batch under teacher forcing, in Luong's order with the `general` score and softmax over all positions, in
 * layers from the embeddings to the readout.
 *
 * The layers are applied one by one: in a `tf.model`, TensorFlow.js 4.22 refuses a bidirectional layer that gives its
 * states to another one.
 */
export function layersLoss(model: Seq2SeqModel): (batch: Batch) => tf.Scalar {
  const { targetVocabulary, embeddingUnits, encoderUnits, decoderUnits } = model.description;
  const { startId, paddingId } = specialIds(model.description);
  const memoryUnits = 2 * encoderUnits;
  const encoder = layersEncoder(model);
  const embedding = holding(model, embed(targetVocabulary, embeddingUnits), [null, null], ['target.embedding']);
  const decoder = holding(model, lstm(decoderUnits), [null, null, embeddingUnits], lstmNames('decoder'));
  const query = tf.layers.dense({ units: memoryUnits, useBias: false });
  holding(model, query, [null, decoderUnits], ['score.W']);
  const [compare, read] = [
    [2, 2],
    [2, 1],
  ].map((axes) => tf.layers.dot({ axes: axes as [number, number] }));
  const softmax = tf.layers.activation({ activation: 'softmax' });
  const concatenate = tf.layers.concatenate();
  const attentional = tf.layers.dense({ units: decoderUnits, useBias: false, activation: 'tanh' });
  holding(model, attentional, [null, memoryUnits + decoderUnits], ['attentional.kernel']);
  const readout = tf.layers.dense({ units: targetVocabulary });
  holding(model, readout, [null, decoderUnits], ['readout.kernel', 'readout.bias']);

  return ({ source, mask, targets }) => {
    const [batch, time] = targets.shape;
    const { memory, initialState } = encoder(source, mask);
    const start = tf.fill([batch, 1], startId, 'int32');
    const previous = tf.concat([start, targets.slice([0, 0], [batch, time - 1])], 1); // [batch, time]
    const [states] = decoder.apply(apply(embedding, previous), { initialState }) as tf.Tensor[]; // [batch, time, units]
    const scores = apply(compare, [apply(query, states), memory]); // [batch, time, keys]
    const visible = mask ? scores.add(tf.sub(1, mask).mul(HIDDEN).expandDims(1)) : scores;
    const context = apply(read, [apply(softmax, visible), memory]); // [batch, time, 2 * encoderUnits]
    const logits = apply(readout, apply(attentional, apply(concatenate, [context, states])));
    const real = tf.notEqual(targets, paddingId).cast('float32').flatten(); // [batch * time]
    const truth = tf.oneHot(targets.flatten().toInt(), targetVocabulary); // [batch * time, vocabulary]
    const rows = logits.reshape([batch * time, targetVocabulary]);
    const sum = tf.losses.softmaxCrossEntropy(truth, rows, real, 0, tf.Reduction.SUM);
    return tf.div(sum, tf.sum(real)) as tf.Scalar;
  };
}

/** Builds a layer for inputs of that shape and lets it compute with the very variables that the optimizer updates. */
function holding<T extends tf.layers.Layer>(
  { weights }: Seq2SeqModel,
  layer: T,
  inputShape: (number | null)[],
  names: string[],
): T {
  layer.build(inputShape);
  layer.built = true;
  layer.weights.forEach((weight, position) => {
    (weight as unknown as { val: tf.Variable }).val.dispose();
    (weight as unknown as { val: tf.Variable }).val = weights[names[position]];
  });
  return layer;
}

function apply(layer: tf.layers.Layer, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return layer.apply(inputs) as tf.Tensor;
}

function embed(inputDim: number, outputDim: number): tf.layers.Layer {
  return tf.layers.embedding({ inputDim, outputDim });
}

function lstm(units: number): tf.layers.Layer {
  return tf.layers.lstm({
    units,
    recurrentActivation: 'sigmoid',
    recurrentInitializer: 'glorotUniform',
    returnSequences: true,
    returnState: true,
  });
}

function lstmNames(prefix: string): string[] {
  return ['kernel', 'recurrentKernel', 'bias'].map((part) => `${prefix}.${part}`);
}
