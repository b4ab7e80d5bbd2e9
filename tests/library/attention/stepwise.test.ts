import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  align,
  alignmentState,
  alignStep,
  prepareKeys,
  score,
  SCORE_KINDS,
  scorePrepared,
  selectAlignmentState,
} from '../../../src/attention';
import { tf } from '../../../src/tensorflow';
import { assertClose, assertNoLeak, onBackends, randomTensor } from './checks';
import { ALIGNMENTS, contextFor, nameOf, Variant, weightsFor } from './variants';

const [BATCH, QUERIES, KEYS] = [4, 4, 5];
const MASK = [
  [1, 1, 1, 1, 1],
  [1, 1, 1, 0, 0],
  [0, 0, 1, 1, 1],
  [0, 0, 0, 0, 0],
];

function stepByStep(variant: Variant, scores: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
  const context = contextFor(variant, mask, QUERIES);
  let state = alignmentState();
  const rows: tf.Tensor3D[] = [];
  for (let t = 0; t < QUERIES; t++) {
    const result = alignStep(variant, tf.slice(scores, [0, t, 0], [-1, 1, -1]), state, {
      ...context,
      positions: context.positions && tf.slice(context.positions, [0, t], [-1, 1]),
    });
    rows.push(result.weights);
    state = result.state;
  }
  return tf.concat(rows, 1);
}

onBackends((backend) => {
  describe(`one step at a time on ${backend}`, () => {
    const mask = tf.tensor2d(MASK);
    const scores = randomTensor([BATCH, QUERIES, KEYS], 5, 2) as tf.Tensor3D;

    for (const variant of ALIGNMENTS) {
      test(`${nameOf(variant)}: weights and gradients equal those of all steps at once`, () => {
        const context = contextFor(variant, mask, QUERIES);
        assertClose(stepByStep(variant, scores, mask), align(variant, scores, context), 1e-6, 'weights');
        const probe = randomTensor([BATCH, QUERIES, KEYS], 6);
        const [batched] = tf.grads((x) =>
          align(variant, x as tf.Tensor3D, context)
            .mul(probe)
            .sum(),
        )([scores]);
        const [stepped] = tf.grads((x) =>
          stepByStep(variant, x as tf.Tensor3D, mask)
            .mul(probe)
            .sum(),
        )([scores]);
        assertClose(stepped, batched, 1e-5, 'gradients');
      });

      test(`${nameOf(variant)}: a step leaves its weights and its memory, nothing else`, () => {
        const first = tf.slice(scores, [0, 0, 0], [-1, 1, -1]);
        const context = { ...contextFor(variant, mask, 1) };
        const { state } = alignStep(variant, first, alignmentState(), context);
        assertNoLeak(() => alignStep(variant, first, alignmentState(), context));
        assertNoLeak(() => alignStep(variant, first, state, context));
      });

      test(`${nameOf(variant)}: beams that swap places go on from each other's state`, () => {
        const first = tf.slice(scores, [0, 0, 0], [2, 1, -1]);
        const second = tf.slice(scores, [0, 1, 0], [2, 1, -1]);
        const full = tf.ones<tf.Rank.R2>([2, KEYS]);
        const context = { decision: variant.decision, positions: tf.tensor2d([[1], [1]]), mask: full };
        const one = alignStep({ ...variant, seed: 1 } as Variant, first, alignmentState(), context);
        const swap = tf.tensor1d([1, 0], 'int32');
        const swapped = selectAlignmentState(one.state, swap);
        assert.equal(swapped.step, 1);
        if (!one.state.memory || !swapped.memory) return;
        const straight = alignStep(variant, second, one.state, context).weights;
        const crossed = alignStep(variant, tf.reverse(second, 0), swapped, context).weights;
        if (!('noise' in variant)) assertClose(tf.reverse(crossed, 0), straight, 1e-6);
      });
    }

    test('a step takes one query only', () => {
      assert.throws(() => alignStep({ kind: 'soft' }, scores, alignmentState()), {
        message: 'scores must have shape [4, 1, 5], got [4, 4, 5]',
      });
    });
  });

  describe(`prepared keys on ${backend}`, () => {
    const query = randomTensor([BATCH, QUERIES, 3], 1) as tf.Tensor3D;
    const keys = randomTensor([BATCH, KEYS, 3], 2) as tf.Tensor3D;

    test('concat: a query of another width than W was made for is refused', () => {
      const weights = weightsFor('concat', 3, KEYS);
      const prepared = prepareKeys('concat', keys, weights);
      for (const width of [2, 4]) {
        const other = randomTensor([BATCH, QUERIES, width], 1) as tf.Tensor3D;
        const message = `query must have shape [any, any, 3], got [${BATCH}, ${QUERIES}, ${width}]`;
        assert.throws(() => scorePrepared('concat', other, prepared, weights), { name: 'ShapeError', message });
      }
    });

    for (const kind of SCORE_KINDS) {
      test(`${kind}: the same scores and gradients as without preparation`, () => {
        const weights = weightsFor(kind, 3, KEYS + 2);
        const probe = randomTensor([BATCH, QUERIES, KEYS], 7);
        const plain = (q: tf.Tensor, k: tf.Tensor) => score(kind, q as tf.Tensor3D, k as tf.Tensor3D, weights);
        const prepared = (q: tf.Tensor, k: tf.Tensor) =>
          scorePrepared(kind, q as tf.Tensor3D, prepareKeys(kind, k as tf.Tensor3D, weights), weights);
        assertClose(prepared(query, keys), plain(query, keys), 1e-6);
        if (kind === 'location') return; // the keys do not enter its scores
        const gradients = (run: typeof plain) => tf.grads((q, k) => run(q, k).mul(probe).sum())([query, keys]);
        gradients(prepared).forEach((gradient, i) => assertClose(gradient, gradients(plain)[i], 1e-5));
      });
    }
  });
});
