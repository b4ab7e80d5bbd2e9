/** Padding may hold anything, NaN and Infinity too: results and gradients are as if it held zeros. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as attention from '../../../src/attention';
import * as recurrent from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { ALL_BACKENDS, assertClose, onBackends, randomTensor } from './checks';
import { ALIGNMENTS, contextFor, nameOf, weightsFor } from './variants';

const WIDTH = 4;
const MASKS = {
  'on the right': [
    [1, 1, 1, 0, 0],
    [1, 0, 0, 0, 0],
  ],
  'anywhere, and a row without a real position': [
    [0, 1, 0, 1, 1],
    [0, 0, 0, 0, 0],
  ],
};
const three = (tensor: tf.Tensor) => tensor as tf.Tensor3D;
const square = (seed: number) => randomTensor([WIDTH, WIDTH], seed) as tf.Tensor2D;
const query = randomTensor([2, 3, WIDTH], 1) as tf.Tensor3D;

type Run = (source: tf.Tensor3D, mask: tf.Tensor2D, weight: tf.Tensor2D) => tf.Tensor;

const cases: Record<string, Run> = {
  attentionPooling: (values, mask, Wk) => {
    const weights = { Wk, b: tf.zeros<tf.Rank.R1>([WIDTH]), v: randomTensor([WIDTH], 2) as tf.Tensor1D };
    return attention.attentionPooling(values, weights, { mask }).pooled;
  },
  meanPooling: (values, mask, W) => tf.matMul(attention.meanPooling(values, { mask }), W),
  maxPooling: (values, mask, W) => tf.matMul(attention.maxPooling(values, { mask }), W),
  multiHeadSelfAttention: (values, mask, Wq) =>
    attention.multiHeadSelfAttention(
      values,
      { Wq, Wk: square(2), Wv: square(3), Wo: square(4) },
      { heads: 2, mask, causal: true },
    ).output,
  coverageLoss: (values, mask, W) =>
    attention.coverageLoss(values, { queryMask: mask }).mul(W.square().sum()) as tf.Tensor,
};
for (const kind of attention.SCORE_KINDS) {
  const weights = (W: tf.Tensor2D) => ({ ...weightsFor(kind, WIDTH, 5), ...(kind === 'general' && { W }) }) as never;
  cases[`score ${kind}`] = (source, mask, W) => {
    const scores = attention.score(kind, tf.matMul(query, W.expandDims(0).tile([2, 1, 1])), source, weights(W));
    return attention.readValues(attention.softAlignment(scores, { mask }), source);
  };
  cases[`scorePrepared ${kind}`] = (source, mask, W) => {
    const prepared = attention.prepareKeys(kind, source, weights(W));
    const asked = tf.matMul(query, W.expandDims(0).tile([2, 1, 1])) as tf.Tensor3D;
    const scores = attention.scorePrepared(kind, asked, prepared, weights(W));
    return attention.readValues(attention.softAlignment(scores, { mask }), source);
  };
}
cases['score additive, its weights'] = (source, mask, Wk) => {
  const weights = { ...weightsFor('additive', WIDTH, 5), Wk: Wk.slice([0, 0], [WIDTH, 3]) as tf.Tensor2D };
  const scores = attention.score('additive', query, source, weights);
  return attention.readValues(attention.softAlignment(scores, { mask }), source);
};
for (const variant of ALIGNMENTS) {
  cases[`align ${nameOf(variant)}`] = (source, mask, W) => {
    const scores = attention.generalScore(query, source, { W });
    return attention.readValues(attention.align(variant, scores, contextFor(variant, mask, 3)), source);
  };
}

const lstm = (kernel: tf.Tensor2D): recurrent.LstmWeights => ({
  kernel,
  recurrentKernel: randomTensor([1, 4], 5) as tf.Tensor2D,
  bias: randomTensor([4], 6) as tf.Tensor1D,
});
for (const goBackwards of [false, true]) {
  cases[`lstmSequence, goBackwards ${goBackwards}`] = (x, mask, W) =>
    recurrent.lstmSequence(x, lstm(W), { mask, goBackwards }).outputs;
  cases[`lstmSequenceStepwise, goBackwards ${goBackwards}`] = (x, mask, W) =>
    recurrent.lstmSequenceStepwise(x, lstm(W), { mask, goBackwards }).outputs;
}
cases.bidirectional = (x, mask, W) => recurrent.bidirectional(x, lstm(W), lstm(square(9)), { mask }).outputs;

onBackends((backend) => {
  describe(`padding that holds anything on ${backend}`, () => {
    for (const [name, run] of Object.entries(cases)) {
      for (const [where, rows] of Object.entries({
        ...MASKS,
        ...(name.startsWith('align') ? {} : { 'everywhere': [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]] }), // prettier-ignore
      })) {
        test(`${name}, padding ${where}`, () => {
          const mask = tf.tensor2d(rows);
          const real = randomTensor([2, 5, WIDTH], 7) as tf.Tensor3D;
          const cover = mask.cast('bool').expandDims(2);
          const compute = (content: number | tf.Tensor) => {
            const source = tf.where(cover, real, content) as tf.Tensor3D;
            const shape = run(source, mask, square(8)).shape;
            const probe = randomTensor(shape, 10);
            const loss = (x: tf.Tensor, W: tf.Tensor) =>
              run(three(x), mask, W as tf.Tensor2D)
                .mul(probe)
                .sum();
            return [run(source, mask, square(8)), ...tf.grads(loss)([source, square(8)])];
          };
          const expected = compute(0);
          const mixed = tf.tensor1d([NaN, Infinity, -Infinity, 0]);
          for (const content of [NaN, Infinity, -Infinity, mixed]) {
            compute(content).forEach((tensor, index) => {
              const what = `${['result', 'gradient of the source', 'gradient of a weight'][index]}, ${String(content)},`;
              assertClose(tensor, expected[index]!, 1e-6, what);
            });
          }
        });
      }
    }

    test('what is real and no number is not hidden', () => {
      const source = tf.tensor3d([[[1], [NaN]]]);
      const one = tf.ones<tf.Rank.R3>([1, 1, 1]);
      assert.ok(Number.isNaN(attention.dotScore(one, source).dataSync()[1]));
      assert.ok(Number.isNaN(attention.meanPooling(source, { mask: tf.ones([1, 2]) }).dataSync()[0]));
      assert.ok(Number.isNaN(attention.readValues(tf.fill([1, 1, 2], 0.5), source).dataSync()[0]));
      const scores = tf.tensor3d([[[1, NaN, -Infinity]]]);
      for (const mask of [undefined, tf.ones<tf.Rank.R2>([1, 3])]) {
        assert.ok(Number.isNaN(attention.softAlignment(scores, { mask }).dataSync()[0]));
      }
      const probabilities = tf.tensor3d([[[0.5, NaN]]]);
      assert.throws(
        () => attention.monotonicAlignment(probabilities),
        /probabilities must lie between 0 and 1, got NaN/,
      );
      const mask = tf.tensor2d([[1, 0]]);
      assertClose(attention.monotonicAlignment(probabilities, { mask }), [[[0.5, 0]]], 0);
    });

    test('the layer Attention: padding of the source and of the queries', () => {
      const mask = tf.tensor2d([[1, 1, 0, 0, 0]]);
      const queryMask = tf.tensor2d([[1, 0, 1]]);
      const layer = new attention.Attention({ seed: 1 });
      const weights = () => layer.trainableWeights.map((weight) => weight.read());
      const compute = (content: number) => {
        const source = tf.where(mask.cast('bool').expandDims(2), randomTensor([1, 5, WIDTH], 1), content);
        const asks = tf.where(queryMask.cast('bool').expandDims(2), randomTensor([1, 3, WIDTH], 2), content);
        const apply = () => layer.apply([asks, source], { mask: [queryMask, mask] }) as tf.Tensor;
        const context = apply();
        const { grads } = tf.variableGrads(() => apply().square().sum(), weights() as tf.Variable[]);
        return [context, ...Object.values(grads)];
      };
      const expected = compute(0);
      for (const content of [NaN, Infinity]) {
        compute(content).forEach((tensor, index) => assertClose(tensor, expected[index]!, 1e-6, `result ${index}`));
      }
    });
  });
}, ALL_BACKENDS);
