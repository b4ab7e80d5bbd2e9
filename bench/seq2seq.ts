/**
 * What a whole training step and a whole decoding cost, against the same thing as one usually writes it with
 * TensorFlow.js.
 */
import { dateExamples } from '../src/datasets';
import { characterTokens } from '../src/text';
import { adam } from '../src/training';
import {
  buildVocabularies,
  createSeq2Seq,
  decodeTeacherForced,
  disposeSeq2Seq,
  encode,
  sequenceLoss,
  seq2SeqVariables,
  translate,
} from '../src/seq2seq';
import type { Seq2SeqDescription, Seq2SeqModel } from '../src/seq2seq';
import { specialIds } from '../src/seq2seq/description';
import { tf } from '../src/tensorflow';
import { layersEncoder, LayersEncoded, layersLoss } from './layers-model';
import { median } from './table';
import { ratio } from './turns';
import type { Task } from './workers';

/** One line of the table. */
export interface BenchRow {
  /** What was measured. */
  name: string;
  /** Median milliseconds of the usual way. */
  usual: number;
  /** Median milliseconds of this library. */
  ours: number;
  /** How many times faster: the median of the rounds' ratios. */
  ratio: number;
  /** How many interleaved rounds. */
  rounds: number;
}

/** How much is in a batch. */
export interface BatchSize {
  examples: number;
  sourceSymbols: number;
  targetSymbols: number;
}

/** A batch of numbered symbols, without padding. */
interface Words {
  /** `[batch, source symbols]`. */
  source: tf.Tensor2D;
  /** `[batch, target symbols]`. */
  targets: tf.Tensor2D;
}

const SENTENCES: BatchSize = { examples: 64, sourceSymbols: 20, targetSymbols: 20 };
const VOCABULARY = 40;

const VOCABULARIES = { sourceVocabulary: VOCABULARY, targetVocabulary: VOCABULARY };
const SIZES = { ...VOCABULARIES, embeddingUnits: 64, encoderUnits: 64, decoderUnits: 128 };
const GENERAL = { order: 'luong', attention: { score: 'general', alignment: { kind: 'soft' } } } as const;

const BAHDANAU: Seq2SeqDescription = {
  ...SIZES,
  order: 'bahdanau',
  attention: { score: 'additive', units: 128, alignment: { kind: 'soft' } },
};
/** Soft attention in Luong's order. */
export const LUONG: Seq2SeqDescription = { ...SIZES, ...GENERAL };

/**
 * A whole training step: embedding, BiLSTM of 64 units a direction, attention decoder of 128 units, batch 64, 20 source
 * and 20 target symbols, loss, gradients, Adam.
 */
export async function benchTrainingStep(rounds = 12): Promise<BenchRow[]> {
  return [
    await compareTrainingStep('training step, Luong order', LUONG, SENTENCES, rounds),
    await compareTrainingStep('training step, Bahdanau order', BAHDANAU, SENTENCES, rounds),
  ];
}

async function compareTrainingStep(
  name: string,
  description: Seq2SeqDescription,
  size: BatchSize,
  rounds: number,
): Promise<BenchRow> {
  const words = randomWords(size, VOCABULARY);
  const model = createSeq2Seq(description, { seed: 1 });
  const usualModel = createSeq2Seq(description, { seed: 1 });
  const ours = oursStep(model, words);
  const usual = usualStep(usualModel, words);
  const difference = Math.abs(ours() - usual());
  if (!(difference < 1e-4)) throw new Error(`${name}: the two losses differ by ${difference}`);
  const row = await interleave(name, { usual, ours }, rounds);
  tf.dispose([words.source, words.targets]);
  disposeSeq2Seq(model);
  disposeSeq2Seq(usualModel);
  return row;
}

/** A training step in Luong's order as a task for other processes. */
export function trainingStepTask(description: Seq2SeqDescription, size: BatchSize): Task {
  const { embeddingUnits, encoderUnits, encoderLayers = 1, decoderUnits } = description;
  const { examples, sourceSymbols, targetSymbols } = size;
  const sizes = [embeddingUnits, encoderUnits, encoderLayers, decoderUnits];
  return { what: 'trainingStep', shape: [examples, sourceSymbols, targetSymbols, VOCABULARY, ...sizes] };
}

/** What {@link trainingStepTask} asks for, of this library or of layers of TensorFlow.js. */
export function trainingStepRun(shape: number[], computing: 'ours' | 'layers'): () => void {
  const [examples, sourceSymbols, targetSymbols, vocabulary, ...sizes] = shape;
  const [embeddingUnits, encoderUnits, encoderLayers, decoderUnits] = sizes;
  const description: Seq2SeqDescription = {
    ...{ sourceVocabulary: vocabulary, targetVocabulary: vocabulary },
    ...{ embeddingUnits, encoderUnits, encoderLayers, decoderUnits },
    ...GENERAL,
  };
  const model = createSeq2Seq(description, { seed: 1 });
  const words = randomWords({ examples, sourceSymbols, targetSymbols }, vocabulary);
  return computing === 'ours' ? oursStep(model, words) : usualStep(model, words);
}

function randomWords({ examples, sourceSymbols, targetSymbols }: BatchSize, vocabulary: number): Words {
  const draw = (symbols: number, seed: number) =>
    tf.randomUniform([examples, symbols], 4, vocabulary, 'int32', seed) as tf.Tensor2D;
  return { source: draw(sourceSymbols, 1), targets: draw(targetSymbols, 2) };
}

function oursStep(model: Seq2SeqModel, { source, targets }: Words): () => number {
  return trainingStep(model, adam({ learningRate: 1e-3 }), () =>
    sequenceLoss(decodeTeacherForced(model, encode(model, source), targets).logits, targets),
  );
}

function usualStep(model: Seq2SeqModel, words: Words): () => number {
  return trainingStep(model, tf.train.adam(1e-3), usualLoss(model, words));
}

/** A whole step: loss, gradients, new weights; gives the loss. */
export function trainingStep(model: Seq2SeqModel, optimizer: tf.Optimizer, loss: () => tf.Scalar): () => number {
  const variables = seq2SeqVariables(model);
  return () => {
    const { value, grads } = tf.variableGrads(loss, variables);
    optimizer.applyGradients(grads);
    const number = value.dataSync()[0];
    tf.dispose([value, grads]);
    return number;
  };
}

/**
 * The same model as one writes it with layers. Bahdanau's decoder is no layer of TensorFlow.js: there it is a loop that
 * does everything at each step.
 */
function usualLoss(model: Seq2SeqModel, { source, targets }: Words): () => tf.Scalar {
  if (model.description.order === 'luong') {
    const loss = layersLoss(model);
    return () => loss({ source, targets });
  }
  const encoder = layersEncoder(model);
  return () => loopLoss(model, encoder(source), targets);
}

/** Bahdanau's decoder step by step, and the loss. */
function loopLoss(
  { description, weights }: Seq2SeqModel,
  { memory, initialState }: LayersEncoded,
  targets: tf.Tensor2D,
): tf.Scalar {
  const [examples, sourceSymbols, width] = memory.shape;
  const targetSymbols = targets.shape[1];
  const matrix = (name: string) => weights[name] as tf.Tensor as tf.Tensor2D;
  const flatMemory = memory.reshape([examples * sourceSymbols, width]) as tf.Tensor2D;
  const keys = tf.matMul(flatMemory, matrix('score.Wk')).add(weights['score.b']).reshape(memory.shape);
  let [h, c] = initialState;

  const attend = () => {
    const pairs = tf.tanh(tf.add(tf.matMul(h as tf.Tensor2D, matrix('score.Wq')).expandDims(1), keys));
    const column = weights['score.v'].expandDims(1) as tf.Tensor2D;
    const scores = tf
      .matMul(pairs.reshape([examples * sourceSymbols, width]) as tf.Tensor2D, column)
      .reshape([examples, sourceSymbols]);
    return tf.sum(tf.mul(tf.softmax(scores).expandDims(2), memory), 1); // [batch, memory width]
  };
  const cell = (input: tf.Tensor) => {
    const gates = tf
      .matMul(input as tf.Tensor2D, matrix('decoder.kernel'))
      .add(tf.matMul(h as tf.Tensor2D, matrix('decoder.recurrentKernel')))
      .add(weights['decoder.bias']);
    const [i, f, g, o] = tf.split(gates, 4, 1);
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
  };

  let loss: tf.Tensor = tf.scalar(0);
  let previous: tf.Tensor1D = tf.fill([examples], specialIds(description).startId, 'int32');
  for (let t = 0; t < targetSymbols; t += 1) {
    const context = attend();
    cell(tf.concat([tf.gather(weights['target.embedding'], previous), context], 1));
    const features = tf.concat([h, context], 1) as tf.Tensor2D;
    const logits = tf.matMul(features, matrix('readout.kernel')).add(weights['readout.bias']);
    previous = targets.slice([0, t], [examples, 1]).reshape([examples]);
    loss = tf.add(loss, tf.losses.softmaxCrossEntropy(tf.oneHot(previous, VOCABULARY), logits));
  }
  return loss.div(targetSymbols);
}

const DATES = 1000;
const SYMBOLS = 10;
/** How many strings the usual way writes in a round; its time is per string anyway. */
const USUAL_STRINGS = 2;

/**
 * Decoding 1,000 dates, ten symbols each: batched greedy search, which encodes once and then takes one decoder step a
 * symbol, against what the date example of TensorFlow.js does: for each string and each symbol, the whole model again.
 * Milliseconds are per string.
 */
export async function benchDecoding(rounds = 10): Promise<BenchRow[]> {
  const examples = dateExamples({ split: 'test', count: DATES });
  const pairs = examples.map(({ source, target }) => ({
    source: characterTokens(source),
    target: characterTokens(target),
  }));
  const vocabularies = buildVocabularies(pairs);
  const description: Seq2SeqDescription = {
    sourceVocabulary: vocabularies.source.size,
    targetVocabulary: vocabularies.target.size,
    ...{ embeddingUnits: 64, encoderUnits: 32, decoderUnits: 64 },
    order: 'luong',
    attention: { score: 'dot', alignment: { kind: 'soft' } },
  };
  const model = createSeq2Seq(description, { seed: 1 });
  forbidEnd(model, vocabularies.target.endId);
  const sources = pairs.map(({ source }) => source);
  const longest = Math.max(...sources.map(({ length }) => length));
  const usualModel = usualDateModel(description, longest);

  const ours = () => {
    const written = translate(model, vocabularies, sources, { maximumSteps: SYMBOLS });
    if (written.some(({ tokens }) => tokens.length !== SYMBOLS)) throw new Error('not all ten symbols were written');
  };
  const usual = () => {
    for (const source of sources.slice(0, USUAL_STRINGS)) {
      writeByRunningAgain(usualModel, vocabularies.source.encode(source), longest);
    }
  };
  const row = await interleave('greedy search, a date', { usual, ours }, rounds);
  disposeSeq2Seq(model);
  usualModel.dispose();
  const [usualTime, oursTime] = [row.usual / USUAL_STRINGS, row.ours / DATES];
  return [{ ...row, usual: usualTime, ours: oursTime, ratio: (row.ratio / USUAL_STRINGS) * DATES }];
}

/** An untrained model might end at once; both sides must write all symbols. */
function forbidEnd({ weights }: Seq2SeqModel, endId: number): void {
  tf.tidy(() => {
    const bias = weights['readout.bias'];
    bias.assign(bias.sub(tf.oneHot(tf.scalar(endId, 'int32'), bias.size).mul(1e4)) as tf.Tensor1D);
  });
}

/** The architecture of TensorFlow.js' date example, at its sizes: two LSTMs of 64, dot attention, two dense layers. */
function usualDateModel(
  { sourceVocabulary, targetVocabulary, embeddingUnits, decoderUnits }: Seq2SeqDescription,
  longest: number,
): tf.LayersModel {
  const lstm = () =>
    tf.layers.lstm({ units: decoderUnits, returnSequences: true, recurrentInitializer: 'glorotUniform' });
  const encoderInput = tf.input({ shape: [longest] });
  const decoderInput = tf.input({ shape: [SYMBOLS] });
  const embed = (inputDim: number, inputLength: number) =>
    tf.layers.embedding({ inputDim, outputDim: embeddingUnits, inputLength, maskZero: true });
  const encoder = lstm().apply(embed(sourceVocabulary, longest).apply(encoderInput)) as tf.SymbolicTensor;
  const decoder = lstm().apply(embed(targetVocabulary, SYMBOLS).apply(decoderInput)) as tf.SymbolicTensor;
  const scores = tf.layers.dot({ axes: [2, 2] }).apply([decoder, encoder]);
  const weights = tf.layers.activation({ activation: 'softmax' }).apply(scores) as tf.SymbolicTensor;
  const context = tf.layers.dot({ axes: [2, 1] }).apply([weights, encoder]) as tf.SymbolicTensor;
  const both = tf.layers.concatenate().apply([context, decoder]);
  const dense = (units: number, activation: 'tanh' | 'softmax') =>
    tf.layers.timeDistributed({ layer: tf.layers.dense({ units, activation }) });
  const output = dense(targetVocabulary, 'softmax').apply(dense(decoderUnits, 'tanh').apply(both));
  return tf.model({ inputs: [encoderInput, decoderInput], outputs: output as tf.SymbolicTensor });
}

/** One string, ten symbols: after each symbol the whole model runs again. */
function writeByRunningAgain(model: tf.LayersModel, source: number[], longest: number): number[] {
  const padded = [...source, ...new Array<number>(longest - source.length).fill(0)];
  const written = new Array<number>(SYMBOLS).fill(0);
  written[0] = 2; // the start symbol
  const symbols: number[] = [];
  for (let place = 0; place < SYMBOLS; place += 1) {
    const symbol = tf.tidy(() => {
      const inputs = [tf.tensor2d([padded]), tf.tensor2d([written])];
      const output = model.predict(inputs) as tf.Tensor3D; // [1, symbols, vocabulary]
      return output.slice([0, place, 0], [1, 1, -1]).argMax(2).dataSync()[0];
    });
    symbols.push(symbol);
    if (place + 1 < SYMBOLS) written[place + 1] = symbol;
  }
  return symbols;
}

/** What takes turns. */
interface Contestants {
  usual: () => unknown;
  ours: () => unknown;
}

async function interleave(name: string, { usual, ours }: Contestants, rounds: number): Promise<BenchRow> {
  const contestants = [usual, ours];
  const times = contestants.map((): number[] => []);
  for (let round = -2; round < rounds; round += 1) {
    for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const start = performance.now();
      await contestants[which]();
      if (round >= 0) times[which].push(performance.now() - start);
    }
  }
  const [usualTimes, oursTimes] = times;
  return { name, usual: median(usualTimes), ours: median(oursTimes), ratio: ratio(usualTimes, oursTimes), rounds };
}
