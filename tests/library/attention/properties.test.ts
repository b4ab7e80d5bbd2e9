/** What must hold for every score with every alignment, at every shape. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { align, AlignContext, readValues, score, SCORE_KINDS } from '../../../src/attention';
import { ALIGNMENTS as RECORDS } from '../../../src/attention/kinds';
import { tf } from '../../../src/tensorflow';
import { assertClose, assertGradients, assertNoLeak, onBackends, randomTensor } from './checks';
import { ALIGNMENTS, contextFor, draws, isDifferentiable, nameOf, Variant, weightsFor } from './variants';

const WIDTH = 3;
type Weights = number[][][];

/** Random shapes and masks: right padding, left padding, holes, rows without any real position. */
const problems = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    queries: fc.integer({ min: 1, max: 5 }),
    keys: fc.integer({ min: 1, max: 6 }),
    seed: fc.nat(),
  })
  .chain(({ batch, keys, ...rest }) =>
    fc
      .array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: keys, maxLength: keys }), {
        minLength: batch,
        maxLength: batch,
      })
      .map((mask) => ({ batch, keys, mask, ...rest })),
  );
type Problem = typeof problems extends fc.Arbitrary<infer T> ? T : never;

const scoresOf = ({ batch, queries, keys, seed }: Problem) =>
  randomTensor([batch, queries, keys], seed, 2) as tf.Tensor3D;

function check(run: (problem: Problem) => void, runs = 25): void {
  fc.assert(
    fc.property(problems, (problem) => {
      tf.engine().startScope();
      try {
        run(problem);
      } finally {
        tf.engine().endScope();
      }
    }),
    { numRuns: runs, seed: 1 },
  );
}

const run = (variant: Variant, scores: tf.Tensor3D, context: AlignContext): Weights =>
  align(variant, scores, context).arraySync();

/** Where a position stands among the real ones. */
const place = (real: number[], s: number) => real.slice(0, s).reduce((count, r) => count + r, 0);

/** Whether this row must look somewhere: it has a real position it can reach. */
function mustLook(variant: Variant, real: number[], t: number): boolean {
  if (variant.kind === 'localMonotonic')
    return real.some((r, s) => r && Math.abs(place(real, s) - t) <= variant.radius);
  return real.some((r) => r === 1);
}

function assertWeights(variant: Variant, weights: Weights, mask: number[][]): void {
  weights.forEach((example, b) =>
    example.forEach((row, t) => {
      row.forEach((weight, s) => {
        assert.ok(weight >= 0, `weight ${weight}`);
        if (!mask[b][s]) assert.equal(weight, 0, 'padding has weight');
      });
      const sum = row.reduce((total, weight) => total + weight, 0);
      if (!mustLook(variant, mask[b], t)) assert.equal(sum, 0, 'a row that may look nowhere');
      else if (RECORDS[variant.kind].rowSum === '1') assert.ok(Math.abs(sum - 1) < 1e-5, `sum ${sum}`);
      else assert.ok(sum <= 1 + 1e-5, `sum ${sum}`);
    }),
  );
}

onBackends((backend) => {
  for (const variant of ALIGNMENTS) {
    describe(`${nameOf(variant)} on ${backend}`, () => {
      test('weights are at least 0, are 0 on padding, and sum to what the formula says', () => {
        check((problem) => {
          const context = contextFor(variant, tf.tensor2d(problem.mask), problem.queries);
          const scores = scoresOf(problem);
          assertWeights(variant, run(variant, scores, context), problem.mask);
          // Far below and far apart, where a mask made of large negative numbers or a vanishing sum would show.
          assertWeights(variant, run(variant, scores.sub(1e5), context), problem.mask);
          assertWeights(variant, run(variant, scores.sign().mul(1e4), context), problem.mask);
        });
      });

      test('longer padding, and padding that holds 1e9, change nothing', () => {
        check((problem) => {
          const { batch, queries, mask } = problem;
          const scores = scoresOf(problem);
          const context = contextFor(variant, tf.tensor2d(mask), queries);
          const before = align(variant, scores, context);
          const longerMask = tf.tensor2d(mask.map((row) => [...row, 0, 0]));
          const longer = tf.concat([scores, tf.fill([batch, queries, 2], 1e9)], 2) as tf.Tensor3D;
          const wild = tf.where(longerMask.expandDims(1).cast('bool'), longer, 1e9) as tf.Tensor3D;
          const after = align(variant, wild, { ...context, mask: longerMask });
          assertClose(tf.slice(after, [0, 0, 0], before.shape), before, 1e-6);
          assert.equal(tf.slice(after, [0, 0, problem.keys]).sum().arraySync(), 0);
        });
      });

      test('padding is as if it were not there, wherever it stands', () => {
        check((problem) => {
          const { batch, queries, keys, mask } = problem;
          const scores = scoresOf(problem);
          const context = contextFor(variant, tf.tensor2d(mask), queries);
          const weights = run(variant, scores, context);
          // The same with the real positions in front.
          const order = mask.map((row) => [1, 0].flatMap((r) => row.flatMap((real, s) => (real === r ? [s] : []))));
          const inFront = scores.arraySync().map((rows, b) => rows.map((row) => order[b].map((s) => row[s])));
          const maskInFront = mask.map((row, b) => order[b].map((s) => row[s]));
          const packed = run(variant, tf.tensor3d(inFront, [batch, queries, keys]), {
            ...context,
            mask: tf.tensor2d(maskInFront),
          });
          const expected = weights.map((rows, b) => rows.map((row) => order[b].map((s) => row[s])));
          assertClose(packed, expected, 1e-6);
        });
      });

      test('a batch of n equals n batches of one', () => {
        check((problem) => {
          const { batch, queries, mask } = problem;
          const scores = scoresOf(problem);
          const context = contextFor(variant, tf.tensor2d(mask), queries);
          const together = align(variant, scores, context);
          // What is drawn depends on the place in the batch; only the first example can be compared.
          for (let b = 0; b < (draws(variant) ? 1 : batch); b++) {
            const alone = align(variant, tf.slice(scores, [b, 0, 0], [1, -1, -1]), {
              ...context,
              mask: tf.tensor2d([mask[b]]),
              positions: context.positions && tf.slice(context.positions, [b, 0], [1, -1]),
            });
            assertClose(alone, tf.slice(together, [b, 0, 0], [1, -1, -1]), 1e-6);
          }
        });
      });

      test('a bool mask, an int mask and a float mask are one mask', () => {
        check((problem) => {
          const mask = tf.tensor2d(problem.mask);
          const context = contextFor(variant, mask, problem.queries);
          const weights = run(variant, scoresOf(problem), context);
          for (const type of ['bool', 'int32'] as const) {
            assert.deepEqual(
              run(variant, scoresOf(problem), { ...context, mask: mask.cast(type) as tf.Tensor2D }),
              weights,
            );
          }
        }, 10);
      });

      test('rows without a real position give zero contexts and zero gradients', () => {
        const scores = randomTensor([2, 3, 4], 3) as tf.Tensor3D;
        const values = randomTensor([2, 4, WIDTH], 4) as tf.Tensor3D;
        const context = contextFor(
          variant,
          tf.tensor2d([
            [0, 0, 0, 0],
            [1, 1, 1, 1],
          ]),
          3,
        );
        const read = (x: tf.Tensor, v: tf.Tensor) =>
          readValues(align(variant, x as tf.Tensor3D, context), v as tf.Tensor3D);
        assertClose(tf.slice(read(scores, values), 0, 1), tf.zeros([1, 3, WIDTH]), 0);
        for (const gradient of tf.grads((x, v) => read(x, v).square().sum())([scores, values])) {
          assertClose(tf.slice(gradient, 0, 1), tf.zeros([1, ...gradient.shape.slice(1)]), 0);
        }
      });

      test('scores of +-1e4 give finite weights and finite gradients', () => {
        check((problem) => {
          const scores = scoresOf(problem).sign().mul<tf.Tensor3D>(1e4);
          const context = contextFor(variant, tf.tensor2d(problem.mask), problem.queries);
          const probe = randomTensor(scores.shape, 1);
          const weights = align(variant, scores, context);
          const [gradient] = tf.grads((x) =>
            align(variant, x as tf.Tensor3D, context)
              .mul(probe)
              .sum(),
          )([scores]);
          for (const tensor of [weights, gradient]) {
            assert.ok(tensor.dataSync().every(Number.isFinite), `not finite: ${tensor.toString()}`);
          }
        });
      });

      test('a row of -Infinity looks nowhere, with a mask and without, and makes no NaN', () => {
        const forbidden = tf.fill<tf.Rank.R3>([2, 1, 4], -Infinity);
        for (const mask of [
          undefined,
          tf.ones<tf.Rank.R2>([2, 4]),
          tf.tensor2d([
            [0, 1, 1, 0],
            [1, 1, 0, 0],
          ]),
        ]) {
          const context = { ...contextFor(variant, tf.ones([2, 4]), 1), mask };
          assertClose(align(variant, forbidden, context), tf.zeros([2, 1, 4]), 0);
          const [gradient] = tf.grads((x) =>
            align(variant, x as tf.Tensor3D, context)
              .square()
              .sum(),
          )([forbidden]);
          assertClose(gradient, tf.zeros([2, 1, 4]), 0);
        }
      });

      if (isDifferentiable(variant)) {
        test('gradients equal numeric ones', () => {
          const mask = tf.tensor2d([
            [1, 1, 1, 1],
            [1, 1, 1, 0],
            [0, 1, 1, 0],
            [1, 0, 0, 1],
            [0, 0, 0, 0],
          ]);
          const scores = randomTensor([5, 3, 4], 8);
          const context = contextFor(variant, mask, 3);
          assertGradients((x) => align(variant, x as tf.Tensor3D, context), [scores]);
        });
      } else {
        test('gives the scores no slope, or none in the sum of a row, and asking for it does no harm', () => {
          const scores = randomTensor([1, 3, 4], 8) as tf.Tensor3D;
          const context = contextFor(variant, tf.ones([1, 4]), 3);
          const [gradient] = tf.grads((x) => align(variant, x as tf.Tensor3D, context).sum())([scores]);
          assertClose(gradient, tf.zeros([1, 3, 4]), 1e-6);
        });
      }

      test('leaves no tensor behind, forwards and backwards', () => {
        const scores = randomTensor([2, 3, 4], 8) as tf.Tensor3D;
        const context = contextFor(
          variant,
          tf.tensor2d([
            [1, 1, 1, 1],
            [1, 1, 0, 0],
          ]),
          3,
        );
        assertNoLeak(() => align(variant, scores, context));
        assertNoLeak(() =>
          tf.grads((x) =>
            align(variant, x as tf.Tensor3D, context)
              .square()
              .sum(),
          )([scores]),
        );
      });

      test('reproduces itself; a seed, 0 included, decides what is drawn', () => {
        const scores = tf.zeros([2, 6, 8]) as tf.Tensor3D;
        const context = contextFor(variant, tf.ones([2, 8]), 6);
        const withSeed = (seed: number) => run(variant, scores, { ...context, seed });
        assert.deepEqual(withSeed(0), withSeed(0));
        if (!draws(variant)) return;
        for (const other of [1, 2, 2 ** 31]) assert.notDeepEqual(withSeed(0), withSeed(other));
        const free = { ...variant, seed: undefined } as Variant;
        assert.notDeepEqual(run(free, scores, context), run(free, scores, context), 'without a seed, fresh draws');
      });
    });
  }

  describe(`windows and directions on ${backend}`, () => {
    test('nothing outside the window of local-m and local-p', () => {
      check((problem) => {
        const mask = tf.tensor2d(problem.mask);
        for (const kind of ['localMonotonic', 'localPredictive'] as const) {
          const variant = { kind, radius: (problem.seed % 7) / 2 };
          const context = contextFor(variant, mask, problem.queries);
          const centres = kind === 'localPredictive' ? context.positions?.arraySync() : undefined;
          run(variant, scoresOf(problem), context).forEach((example, b) =>
            example.forEach((row, t) =>
              row.forEach((weight, s) => {
                const distance = Math.abs(place(problem.mask[b], s) - (centres?.[b][t] ?? t));
                if (distance > variant.radius) assert.equal(weight, 0);
              }),
            ),
          );
        }
      });
    });

    test('the expected position of monotonic never goes back while nothing is lost', () => {
      check((problem) => {
        const scores = scoresOf(problem);
        const probabilities = tf.sigmoid(scores).arraySync();
        // The last position stops everybody, so no weight is lost and the mean position means something.
        for (const row of probabilities.flat()) row[problem.keys - 1] = 1;
        for (const decision of [false, true]) {
          const context = { probabilities: tf.tensor3d(probabilities), decision };
          for (const rows of run({ kind: 'monotonic' }, scores, context)) {
            const means = rows.map((row) => row.reduce((sum, weight, s) => sum + weight * s, 0));
            means.forEach((mean, t) => assert.ok(t === 0 || mean >= means[t - 1] - 1e-5, `back: ${means.join(' ')}`));
          }
        }
      });
    });

    test('monotonic: the weight that lies at or before a position never grows, lost or not', () => {
      check((problem) => {
        const context = { mask: tf.tensor2d(problem.mask) };
        for (const rows of run({ kind: 'monotonic' }, scoresOf(problem), context)) {
          for (let t = 1; t < rows.length; t++) {
            for (let s = 0; s < problem.keys; s++) {
              const upTo = (row: number[]) => row.slice(0, s + 1).reduce((sum, weight) => sum + weight, 0);
              assert.ok(upTo(rows[t]) <= upTo(rows[t - 1]) + 1e-6);
            }
          }
        }
      });
    });

    test('forward: the weights are the shares of all paths that only stay or step by one', () => {
      check((problem) => {
        const scores = scoresOf(problem).arraySync();
        const weights = run({ kind: 'forward' }, tf.tensor3d(scores), { mask: tf.tensor2d(problem.mask) });
        problem.mask.forEach((real, b) => {
          let paths = new Map([[[real.indexOf(1)], 1]]);
          for (let t = 0; t < problem.queries && real.includes(1); t++) {
            const longer = new Map<number[], number>();
            for (const [path, share] of paths) {
              const here = path[path.length - 1];
              for (const next of [here, real.indexOf(1, here + 1)]) {
                if (next >= 0) longer.set([...path, next], share * Math.exp(scores[b][t][next]));
              }
            }
            paths = longer;
            const total = [...paths.values()].reduce((sum, share) => sum + share, 0);
            const expected = Array<number>(problem.keys).fill(0);
            for (const [path, share] of paths) expected[path[path.length - 1]] += share / total;
            assertClose(weights[b][t], expected, 1e-5, `step ${t}`);
          }
        });
      });
    });

    test('forward: no path goes back, yet the mean may, when later content speaks for a slower path', () => {
      const scores = tf.tensor3d([[[0, 1], [3, 0]]]); // prettier-ignore
      const [rows] = run({ kind: 'forward' }, scores, {});
      assert.ok(rows[1][1] < rows[0][1], `weights of position 1: ${rows[0][1]}, then ${rows[1][1]}`);
    });
  });

  describe(`every score with every alignment on ${backend}`, () => {
    for (const kind of SCORE_KINDS) {
      test(`${kind}: padding in the keys, or in the batch beside it, changes no context`, () => {
        for (const variant of ALIGNMENTS) {
          const [queries, keys] = [3, 4];
          const query = randomTensor([2, queries, WIDTH], 1) as tf.Tensor3D;
          const source = randomTensor([2, keys, WIDTH], 2) as tf.Tensor3D;
          const mask = [
            [1, 1, 1, 1],
            [1, 1, 0, 0],
          ];
          const weights = weightsFor(kind, WIDTH, keys + 3);
          const attend = (values: tf.Tensor3D, rows: number[][]) => {
            const context = contextFor(variant, tf.tensor2d(rows), queries);
            return readValues(align(variant, score(kind, query, values, weights), context), values);
          };
          const plain = attend(source, mask);
          const padded = tf.concat([source, tf.fill([2, 2, WIDTH], 1e9)], 1) as tf.Tensor3D;
          assertClose(
            attend(
              padded,
              mask.map((row) => [...row, 0, 0]),
            ),
            plain,
            1e-5,
            nameOf(variant),
          );
          assert.ok(plain.dataSync().every(Number.isFinite));
        }
      });

      test(`${kind}: gradients equal numeric ones, through soft alignment and the reading`, () => {
        const weights = weightsFor(kind, WIDTH, 4);
        const names = Object.keys(weights);
        const tensors = Object.values(weights) as tf.Tensor[];
        const mask = tf.tensor2d([
          [1, 1, 1, 1],
          [1, 1, 0, 0],
        ]);
        const inputs = [randomTensor([2, 2, WIDTH], 1), randomTensor([2, 4, WIDTH], 2), ...tensors];
        assertGradients((query, source, ...all) => {
          const named = Object.fromEntries(names.map((name, i) => [name, all[i]])) as never;
          const scores = score(kind, query as tf.Tensor3D, source as tf.Tensor3D, named);
          return readValues(align({ kind: 'soft' }, scores, { mask }), source as tf.Tensor3D);
        }, inputs);
      });

      test(`${kind}: leaves no tensor behind, and a batch of n equals n batches of one`, () => {
        const weights = weightsFor(kind, WIDTH, 4);
        const query = randomTensor([2, 2, WIDTH], 1) as tf.Tensor3D;
        const source = randomTensor([2, 4, WIDTH], 2) as tf.Tensor3D;
        assertNoLeak(() => score(kind, query, source, weights));
        const together = score(kind, query, source, weights);
        for (let b = 0; b < 2; b++) {
          const alone = score(kind, tf.slice(query, b, 1), tf.slice(source, b, 1), weights);
          assertClose(alone, tf.slice(together, b, 1), 1e-6);
        }
      });
    }
  });
});
