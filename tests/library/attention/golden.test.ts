import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as attention from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import { assertClose, onBackends } from './checks';

/** A case of the generators: inputs, the output, a random weighting of it, and the gradients of the weighted sum. */
interface Case {
  inputs: Record<string, number[]>;
  parameters?: Record<string, number[]>;
  output: number[];
  probe: number[];
  gradients: Record<string, number[]>;
  radius: number;
  chunk: number;
  heads: number;
  lengths: number[];
}

/** One file: the shared generator writes scores and alignments apart, ours writes all cases together. */
interface Golden {
  mask: number[][];
  maskWithEmptyRow: number[][];
  scores?: Record<string, Case>;
  alignments?: Record<string, Case>;
  cases?: Record<string, Case>;
}

type Named = Record<string, tf.Tensor>;

const ROOT = path.resolve(__dirname, '../../..');
const OWN = path.join(__dirname, 'golden');
const SHARED = path.join(ROOT, '../shared/golden/golden.json');

const files = fs
  .readdirSync(OWN)
  .filter((name) => name.endsWith('.json'))
  .map((name) => path.join(OWN, name));
if (fs.existsSync(SHARED)) files.push(SHARED);

/** How a case is computed: with our function of the same name. */
function compute(name: string, golden: Golden, { radius, chunk, heads, lengths }: Case): (i: Named) => tf.Tensor {
  const withoutSuffix = name.replace('EmptyRow', '');
  const mask = tf.tensor2d(name === withoutSuffix ? golden.mask : golden.maskWithEmptyRow);
  const three = (tensor: tf.Tensor) => tensor as tf.Tensor3D;
  const weights = <T>(inputs: Named) => inputs as unknown as T;
  const selfAttention = (causal: boolean) => (i: Named) =>
    attention.multiHeadSelfAttention(three(i.sequence), weights(i), { heads, causal, mask }).output;
  const functions: Record<string, (inputs: Named) => tf.Tensor> = {
    dot: (i) => attention.dotScore(three(i.query), three(i.keys)),
    scaledDot: (i) => attention.scaledDotScore(three(i.query), three(i.keys)),
    general: (i) => attention.generalScore(three(i.query), three(i.keys), weights(i)),
    additive: (i) => attention.additiveScore(three(i.query), three(i.keys), weights(i)),
    concat: (i) => attention.concatScore(three(i.query), three(i.keys), weights(i)),
    location: (i) => attention.locationScore(three(i.query), weights(i)),
    soft: (i) => attention.softAlignment(three(i.scores), { mask }),
    localMonotonic: (i) => attention.localMonotonicAlignment(three(i.scores), { mask, radius }),
    localPredictive: (i) =>
      attention.localPredictiveAlignment(three(i.scores), { mask, radius, positions: i.positions as tf.Tensor2D }),
    predictPositions: (i) =>
      attention.predictPositions(three(i.query), { ...weights<PositionWeights>(i), lengths: tf.tensor1d(lengths) }),
    monotonic: (i) => attention.monotonicAlignment(three(i.probabilities), { mask }),
    chunkwise: (i) => attention.chunkwiseAlignment(three(i.probabilities), three(i.scores), { mask, chunk }),
    forward: (i) => attention.forwardAlignment(three(i.scores), { mask }),
    coverage: (i) => attention.coverageAlignment(three(i.scores), { mask }),
    sparsemax: (i) => attention.sparsemaxAlignment(three(i.scores), { mask }),
    coverageLoss: (i) => attention.coverageLoss(three(i.weights)),
    reading: (i) => attention.readValues(three(i.weights), three(i.values)),
    pooling: (i) => attention.attentionPooling(three(i.values), weights(i), { mask }).pooled,
    selfAttention: selfAttention(false),
    causalSelfAttention: selfAttention(true),
  };
  assert.ok(withoutSuffix in functions, `no function for the case ${name}`);
  return functions[withoutSuffix];
}

type PositionWeights = { Wp: tf.Tensor2D; vp: tf.Tensor1D };

onBackends((backend) => {
  for (const file of files) {
    const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as Golden;
    describe(`reference values of ${path.relative(ROOT, file)} on ${backend}`, () => {
      for (const [name, reference] of Object.entries({ ...golden.scores, ...golden.alignments, ...golden.cases })) {
        test(name, () => {
          const named = { ...reference.inputs, ...reference.parameters };
          const names = Object.keys(named);
          const inputs = names.map((input) => tf.tensor(named[input]));
          const run = compute(name, golden, reference);
          const asNamed = (tensors: tf.Tensor[]) => Object.fromEntries(names.map((input, i) => [input, tensors[i]]));
          assertClose(run(asNamed(inputs)), reference.output, 1e-5, 'output');
          const probe = tf.tensor(reference.probe);
          const gradients = tf.grads((...all: tf.Tensor[]) => run(asNamed(all)).mul(probe).sum())(inputs);
          names.forEach((input, i) => {
            assertClose(gradients[i], reference.gradients[input], 1e-5, `gradient of ${input}`);
          });
        });
      }
    });
  }
});
