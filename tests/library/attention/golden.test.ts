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
  parameters: Record<string, number[]>;
  output: number[];
  probe: number[];
  gradients: Record<string, number[]>;
  radius: number;
  chunk: number;
}

interface Golden {
  mask: number[][];
  maskWithEmptyRow: number[][];
  scores: Record<string, Case>;
  alignments: Record<string, Case>;
  reading?: Record<string, Case>;
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

/** How each case is computed: with our function of the same name. */
function compute(name: string, golden: Golden, { radius, chunk }: Case): (inputs: Named) => tf.Tensor {
  const mask = tf.tensor2d(golden.mask);
  const empty = tf.tensor2d(golden.maskWithEmptyRow);
  const functions: Record<string, (inputs: never) => tf.Tensor> = {
    dot: (i: { query: tf.Tensor3D; keys: tf.Tensor3D }) => attention.dotScore(i.query, i.keys),
    scaledDot: (i: { query: tf.Tensor3D; keys: tf.Tensor3D }) => attention.scaledDotScore(i.query, i.keys),
    general: (i: { query: tf.Tensor3D; keys: tf.Tensor3D } & attention.GeneralScoreWeights) =>
      attention.generalScore(i.query, i.keys, i),
    additive: (i: { query: tf.Tensor3D; keys: tf.Tensor3D } & attention.AdditiveScoreWeights) =>
      attention.additiveScore(i.query, i.keys, i),
    concat: (i: { query: tf.Tensor3D; keys: tf.Tensor3D } & attention.ConcatScoreWeights) =>
      attention.concatScore(i.query, i.keys, i),
    location: (i: { query: tf.Tensor3D } & attention.LocationScoreWeights) => attention.locationScore(i.query, i),
    soft: (i: { scores: tf.Tensor3D }) => attention.softAlignment(i.scores, { mask }),
    softEmptyRow: (i: { scores: tf.Tensor3D }) => attention.softAlignment(i.scores, { mask: empty }),
    localMonotonic: (i: { scores: tf.Tensor3D }) => attention.localMonotonicAlignment(i.scores, { mask, radius }),
    localPredictive: (i: { scores: tf.Tensor3D; positions: tf.Tensor2D }) =>
      attention.localPredictiveAlignment(i.scores, { mask, radius, positions: i.positions }),
    monotonic: (i: { probabilities: tf.Tensor3D }) => attention.monotonicAlignment(i.probabilities, { mask }),
    chunkwise: (i: { probabilities: tf.Tensor3D; scores: tf.Tensor3D }) =>
      attention.chunkwiseAlignment(i.probabilities, i.scores, { mask, chunk }),
    forward: (i: { scores: tf.Tensor3D }) => attention.forwardAlignment(i.scores, { mask }),
    forwardEmptyRow: (i: { scores: tf.Tensor3D }) => attention.forwardAlignment(i.scores, { mask: empty }),
    coverage: (i: { scores: tf.Tensor3D }) => attention.coverageAlignment(i.scores, { mask }),
  };
  assert.ok(name in functions, `no function for the case ${name}`);
  return functions[name] as (inputs: Named) => tf.Tensor;
}

onBackends((backend) => {
  for (const file of files) {
    const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as Golden;
    describe(`reference values of ${path.relative(ROOT, file)} on ${backend}`, () => {
      for (const [name, golden_case] of Object.entries({ ...golden.scores, ...golden.alignments })) {
        test(name, () => {
          const named = { ...golden_case.inputs, ...golden_case.parameters };
          const names = Object.keys(named);
          const inputs = names.map((input) => tf.tensor(named[input]));
          const run = compute(name, golden, golden_case);
          const asNamed = (tensors: tf.Tensor[]) => Object.fromEntries(names.map((input, i) => [input, tensors[i]]));
          assertClose(run(asNamed(inputs)), golden_case.output, 1e-5, 'output');
          const probe = tf.tensor(golden_case.probe);
          const gradients = tf.grads((...all: tf.Tensor[]) => run(asNamed(all)).mul(probe).sum())(inputs);
          names.forEach((input, i) => {
            assertClose(gradients[i], golden_case.gradients[input], 1e-5, `gradient of ${input}`);
          });
        });
      }
    });
  }
});
