/**
 * No example, no query, no key: an empty result or a clear error from every function that takes tensors, on every
 * backend. Handed on to a backend, an empty tensor ends in an error that names no argument, or in damaged memory.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as attention from '../../../src/attention';
import * as metrics from '../../../src/metrics';
import * as recurrent from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { ALL_BACKENDS, assertClose, onBackends, randomTensor } from './checks';
import { ALIGNMENTS, nameOf, weightsFor } from './variants';

const WIDTH = 4;
const UNITS = 7;

interface Sizes {
  batch: number;
  queries: number;
  keys: number;
}

const VALID: Sizes = { batch: 2, queries: 3, keys: 5 };
const EMPTY: Record<string, Sizes> = {
  'no example': { ...VALID, batch: 0 },
  'no query': { ...VALID, queries: 0 },
  'no key': { ...VALID, keys: 0 },
  'neither query nor key': { ...VALID, queries: 0, keys: 0 },
  'nothing at all': { batch: 0, queries: 0, keys: 0 },
};

type Inputs = Record<string, (sizes: Sizes) => number[]>;

/** A function under test: what it is given, and what comes out. */
interface Case {
  inputs: Inputs;
  run: (inputs: Record<string, tf.Tensor>, sizes: Sizes) => tf.Tensor | tf.Tensor[];
  /** What it may say in place of a result. */
  error?: RegExp;
  /** Where nothing is differentiated. */
  withoutGradient?: boolean;
}

const three = (tensor: tf.Tensor) => tensor as tf.Tensor3D;
const scores: Inputs = { scores: ({ batch, queries, keys }) => [batch, queries, keys] };
const values: Inputs = { values: ({ batch, keys }) => [batch, keys, WIDTH] };
const query: Inputs = { query: ({ batch, queries }) => [batch, queries, WIDTH] };
const maskOf = ({ batch, keys }: Sizes) => tf.ones<tf.Rank.R2>([batch, keys]);
const positionsOf = ({ batch, queries }: Sizes, keys: number) => tf.fill<tf.Rank.R2>([batch, queries], keys / 2);
const square = (seed: number) => randomTensor([WIDTH, WIDTH], seed) as tf.Tensor2D;

const cases: Record<string, Case> = {};

for (const kind of attention.SCORE_KINDS) {
  const weights = () => weightsFor(kind, WIDTH, 6);
  const inputs = kind === 'location' ? query : { ...query, ...values };
  const keysOf = (i: Record<string, tf.Tensor>, { batch, keys }: Sizes) => three(i.values ?? tf.ones([batch, keys, 1]));
  cases[`score ${kind}`] = {
    inputs,
    run: (i, sizes) => attention.score(kind, three(i.query), keysOf(i, sizes), weights()),
  };
  cases[`scorePrepared ${kind}`] = {
    inputs,
    run: (i, sizes) => {
      const prepared = attention.prepareKeys(kind, keysOf(i, sizes), weights());
      return attention.scorePrepared(kind, three(i.query), prepared, weights());
    },
  };
}
cases.locationScore = {
  inputs: query,
  run: (i, { keys }) => attention.locationScore(three(i.query), { W: randomTensor([WIDTH, keys], 1) as tf.Tensor2D }),
};
for (const variant of ALIGNMENTS) {
  for (const masked of [false, true]) {
    const contextOf = (sizes: Sizes) => ({
      ...(masked && { mask: maskOf(sizes) }),
      positions: positionsOf(sizes, sizes.keys),
      decision: variant.decision,
    });
    cases[`align ${nameOf(variant)}${masked ? ', with a mask' : ''}`] = {
      inputs: scores,
      run: (i, sizes) => attention.align(variant, three(i.scores), contextOf(sizes)),
    };
    cases[`alignStep ${nameOf(variant)}${masked ? ', with a mask' : ''}`] = {
      inputs: { scores: ({ batch, keys }) => [batch, 1, keys] },
      run: (i, sizes) => {
        const context = contextOf({ ...sizes, queries: 1 });
        const first = attention.alignStep(variant, three(i.scores), attention.alignmentState(), context);
        const rows = tf.range(0, sizes.batch, 1, 'int32') as tf.Tensor1D;
        const state = attention.selectAlignmentState(first.state, rows);
        return attention.alignStep(variant, three(i.scores), state, context).weights;
      },
    };
  }
}
const probabilitiesOf = (i: Record<string, tf.Tensor>) => tf.sigmoid(three(i.scores));
Object.assign(cases, {
  monotonicAlignment: { inputs: scores, run: (i) => attention.monotonicAlignment(probabilitiesOf(i)) },
  monotonicDecision: { inputs: scores, run: (i) => attention.monotonicDecision(probabilitiesOf(i)) },
  chunkwiseAlignment: {
    inputs: scores,
    run: (i) => attention.chunkwiseAlignment(probabilitiesOf(i), three(i.scores), { chunk: 2 }),
  },
  'maskedSoftmax, a window': {
    inputs: scores,
    run: (i, { queries, keys }) =>
      attention.maskedSoftmax(three(i.scores), undefined, tf.ones([queries, keys], 'bool')),
  },
  coverageLoss: { inputs: scores, run: (i) => attention.coverageLoss(tf.softmax(three(i.scores))) },
  'coverageLoss, a mask': {
    inputs: scores,
    run: (i, { batch, queries }) => attention.coverageLoss(three(i.scores), { queryMask: tf.ones([batch, queries]) }),
  },
  readValues: {
    inputs: { ...scores, ...values },
    run: (i) => attention.readValues(three(i.scores), three(i.values)),
  },
  predictPositions: {
    inputs: query,
    run: (i, { batch, keys }) =>
      attention.predictPositions(three(i.query), {
        Wp: square(1),
        vp: randomTensor([WIDTH], 2) as tf.Tensor1D,
        lengths: tf.fill([batch], keys),
      }),
  },
  lengthsOf: { inputs: {}, run: (_, sizes) => attention.lengthsOf(maskOf(sizes)), withoutGradient: true },
  gumbelNoise: {
    inputs: {},
    run: (_, { batch, queries, keys }) => attention.gumbelNoise([batch, queries, keys], 0),
    withoutGradient: true,
  },
  normalNoise: {
    inputs: {},
    run: (_, { batch, queries, keys }) => attention.normalNoise([batch, queries, keys], 0),
    withoutGradient: true,
  },
  'attentionPooling, a context vector': {
    inputs: values,
    run: (i, sizes) => {
      const weights = { Wk: square(1), b: tf.zeros<tf.Rank.R1>([WIDTH]), v: randomTensor([WIDTH], 2) as tf.Tensor1D };
      return Object.values(attention.attentionPooling(three(i.values), weights, { mask: maskOf(sizes) }));
    },
  },
  attentionPooling: {
    inputs: values,
    run: (i) => {
      const weights = { Wk: randomTensor([WIDTH, 1], 1) as tf.Tensor2D, b: tf.zeros<tf.Rank.R1>([1]) };
      return Object.values(attention.attentionPooling(three(i.values), weights));
    },
  },
  AttentionPooling: {
    inputs: values,
    run: (i) => new attention.AttentionPooling({ seed: 0 }).apply(i.values) as tf.Tensor,
  },
  Attention: {
    inputs: { ...query, ...values },
    run: (i) => new attention.Attention({ seed: 0, returnWeights: true }).apply([i.query, i.values]) as tf.Tensor[],
  },
  'Attention, local-p and a mask': {
    inputs: { ...query, ...values },
    run: (i, sizes) =>
      new attention.Attention({ seed: 0, score: 'general', alignment: { kind: 'localPredictive', radius: 1 } }).apply([
        i.query,
        i.values,
        maskOf(sizes),
      ]) as tf.Tensor,
  },
  multiHeadSelfAttention: {
    inputs: values,
    run: (i, sizes) => {
      const weights = { Wq: square(1), Wk: square(2), Wv: square(3), Wo: square(4) };
      return Object.values(
        attention.multiHeadSelfAttention(three(i.values), weights, { heads: 4, mask: maskOf(sizes), causal: true }),
      );
    },
  },
  MultiHeadSelfAttention: {
    inputs: values,
    run: (i) => new attention.MultiHeadSelfAttention({ heads: 4, seed: 0 }).apply(i.values) as tf.Tensor,
  },
  AddSinusoidalPositions: {
    inputs: values,
    run: (i) => new attention.AddSinusoidalPositions().apply(i.values) as tf.Tensor,
  },
  PaddingMask: {
    inputs: {},
    run: (_, sizes) => new attention.PaddingMask().apply(maskOf(sizes)) as tf.Tensor,
    withoutGradient: true,
  },
  meanPooling: { inputs: values, run: (i) => attention.meanPooling(three(i.values)) },
  'meanPooling, a mask': {
    inputs: values,
    run: (i, sizes) => attention.meanPooling(three(i.values), { mask: maskOf(sizes) }),
  },
  maxPooling: { inputs: values, run: (i) => attention.maxPooling(three(i.values)) },
  'maxPooling, a mask': {
    inputs: values,
    run: (i, sizes) => attention.maxPooling(three(i.values), { mask: maskOf(sizes) }),
  },
  lastStates: {
    inputs: values,
    run: (i) => attention.lastStates(three(i.values)),
    error: /^states must hold at least one step, got shape/,
  },
  alignmentSharpness: {
    inputs: scores,
    run: (i) => Object.values(metrics.alignmentSharpness(tf.softmax(three(i.scores)))),
  },
} satisfies Record<string, Case>);

const lstm = (seed: number): recurrent.LstmWeights => ({
  kernel: randomTensor([WIDTH, 4 * UNITS], seed) as tf.Tensor2D,
  recurrentKernel: randomTensor([UNITS, 4 * UNITS], seed + 1) as tf.Tensor2D,
  bias: randomTensor([4 * UNITS], seed + 2) as tf.Tensor1D,
});
const noSequence = /^x must hold at least one example and one step, got shape \[/;
Object.assign(cases, {
  lstmSequence: {
    inputs: values,
    run: (i) => recurrent.lstmSequence(three(i.values), lstm(1)).outputs,
    error: noSequence,
  },
  lstmSequenceStepwise: {
    inputs: values,
    run: (i) => recurrent.lstmSequenceStepwise(three(i.values), lstm(1)).outputs,
    error: noSequence,
  },
  bidirectional: {
    inputs: values,
    run: (i) => recurrent.bidirectional(three(i.values), lstm(1), lstm(4)).outputs,
    error: noSequence,
  },
  FusedLSTM: {
    inputs: values,
    run: (i) => {
      const layer = new recurrent.FusedLSTM({ units: UNITS, recurrentInitializer: 'ones', kernelInitializer: 'ones' });
      return layer.apply(i.values) as tf.Tensor;
    },
    error: noSequence,
  },
  lstmStep: {
    inputs: { x: ({ batch }) => [batch, WIDTH], h: ({ batch }) => [batch, UNITS], c: ({ batch }) => [batch, UNITS] },
    run: ({ x, h, c }) => {
      const step = recurrent.lstmStep(x as tf.Tensor2D, { h, c } as recurrent.LstmState, lstm(1));
      return [step.h, step.c];
    },
  },
} satisfies Record<string, Case>);

const inputsOf = ({ inputs }: Case, sizes: Sizes) =>
  Object.entries(inputs).map(([name, shape], index) => [name, randomTensor(shape(sizes), index)] as const);

/** The sum of all numbers, also where there are none: even the backends' own sum must not be asked then. */
function sum(tensor: tf.Tensor): tf.Scalar {
  if (tensor.size > 0) return tf.sum(tensor);
  const operation = tf.customGrad((x) => ({ value: tf.scalar(0), gradFunc: () => tf.zeros((x as tf.Tensor).shape) }));
  return operation(tensor) as tf.Scalar;
}

/** The shapes that come out when nothing is empty, with their sizes of this test exchanged for others. */
function shapesAt(reference: tf.Tensor[], sizes: Sizes): number[][] {
  const names: Record<number, number> = {
    [VALID.batch]: sizes.batch,
    [VALID.queries]: sizes.queries,
    [VALID.keys]: sizes.keys,
  };
  return reference.map(({ shape }) => shape.map((size) => names[size] ?? size));
}

onBackends((backend) => {
  describe(`nothing to look at on ${backend}`, () => {
    const compute = (each: Case, sizes: Sizes) => [each.run(Object.fromEntries(inputsOf(each, sizes)), sizes)].flat();
    const before: Record<string, number[][]> = {};
    const shapes: Record<string, tf.Tensor[]> = {};

    test('every function gives values where there is something', () => {
      for (const [name, each] of Object.entries(cases)) {
        shapes[name] = compute(each, VALID);
        before[name] = shapes[name].map((tensor) => Array.from(tensor.dataSync()));
      }
    });

    for (const [name, each] of Object.entries(cases)) {
      for (const [what, sizes] of Object.entries(EMPTY)) {
        test(`${name}, ${what}`, () => {
          const inputs = inputsOf(each, sizes);
          let results: tf.Tensor[];
          try {
            results = compute(each, sizes);
          } catch (error) {
            if (!each.error) throw error;
            assert.match((error as Error).message, each.error);
            return;
          }
          assert.deepEqual(
            results.map(({ shape }) => shape),
            shapesAt(shapes[name], sizes),
          );
          for (const result of results) {
            assert.ok(result.dataSync().every(Number.isFinite), `not finite: ${result.toString()}`);
          }
          if (each.withoutGradient) return;
          const gradients = tf.grads((...all: tf.Tensor[]) => {
            const named = Object.fromEntries(inputs.map(([input], index) => [input, all[index]]));
            return tf.addN([each.run(named, sizes)].flat().map(sum));
          })(inputs.map(([, tensor]) => tensor));
          gradients.forEach((gradient, index) => {
            assert.deepEqual(gradient.shape, inputs[index][1].shape);
            assert.ok(gradient.dataSync().every(Number.isFinite));
          });
        });
      }
    }

    test('and the same values again afterwards', () => {
      for (const [name, each] of Object.entries(cases)) {
        compute(each, VALID).forEach((tensor, index) =>
          assertClose(Array.from(tensor.dataSync()), before[name][index], 1e-6, name),
        );
      }
    });
  });
}, ALL_BACKENDS);
