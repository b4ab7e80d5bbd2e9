/** Bad input: an error that names the argument, what it got and what it expected, before any operation has run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as attention from '../../../src/attention';
import { ALIGNMENT_KINDS, ALIGNMENT_VARIANTS, ALIGNMENTS, ParameterRecord } from '../../../src/attention/kinds';
import { ShapeError } from '../../../src/shapes';
import { tf } from '../../../src/tensorflow';
import { assertClose } from './checks';

const scores = tf.zeros<tf.Rank.R3>([2, 3, 4]);
const probabilities = tf.fill<tf.Rank.R3>([2, 3, 4], 0.5);
const matrix = tf.zeros<tf.Rank.R2>([3, 4]);
const query = tf.zeros<tf.Rank.R3>([2, 3, 5]);
const keys = tf.zeros<tf.Rank.R3>([2, 4, 5]);
const wide = tf.zeros<tf.Rank.R3>([2, 4, 6]);
const otherBatch = tf.zeros<tf.Rank.R3>([3, 4, 5]);
const vector = tf.zeros<tf.Rank.R1>([2]);
const square = tf.zeros<tf.Rank.R2>([5, 5]);
const toUnits = tf.zeros<tf.Rank.R2>([5, 2]);
const asRank3 = matrix as unknown as tf.Tensor3D;

type Align = (input: tf.Tensor3D, mask?: tf.Tensor2D) => tf.Tensor;
const positions = tf.ones<tf.Rank.R2>([2, 3]);
const alignments: Record<string, Align> = {
  ...Object.fromEntries(
    ALIGNMENT_KINDS.flatMap((kind): [string, Align][] => {
      const variant = ALIGNMENT_VARIANTS.find((each) => each.kind === kind)!;
      const name = `${kind}Alignment` as const;
      // Chunkwise takes where to stop and what to look at; the others one of them.
      const own = attention[name] as (...inputs: unknown[]) => tf.Tensor;
      const inputs = (x: tf.Tensor3D) => (kind === 'chunkwise' ? [x, scores] : [x]);
      return [
        [name, (x, mask) => own(...inputs(x), { ...variant, positions, mask })],
        [`align ${kind}`, (x, mask) => attention.align(variant, x, { mask, positions })],
        [
          `alignStep ${kind}`,
          (x, mask) => attention.alignStep(variant, x, attention.alignmentState(), { mask, positions }).weights,
        ],
      ];
    }),
  ),
  monotonicDecision: (x, mask) => attention.monotonicDecision(x, { mask }),
  maskedSoftmax: (x, mask) => attention.maskedSoftmax(x, mask),
};

/** Each range that is known of a parameter, by one value that lies outside it. */
const outOfRange = ALIGNMENT_KINDS.flatMap((kind) => {
  const variant = ALIGNMENT_VARIANTS.find((each) => each.kind === kind)!;
  return Object.entries<ParameterRecord>(ALIGNMENTS[kind].parameters).flatMap(([name, record]) => {
    const wrong: unknown[] = [
      ...(record.minimum === undefined ? [] : [record.minimum - 1, NaN]),
      ...(record.above === undefined ? [] : [record.above, NaN]),
      ...(record.whole ? [record.minimum! + 0.5] : []),
      ...(record.choices ? ['another'] : []),
    ];
    return wrong.map((value): [string, () => unknown, RegExp] => [
      `align ${kind}, ${name} ${String(value)}`,
      () => attention.align({ ...variant, [name]: value } as attention.Alignment, scores, { positions }),
      new RegExp(`^${name} must be .*, got '?${String(value)}'?$`),
    ]);
  });
});

const WRONG_MASKS: [string, tf.Tensor2D, RegExp][] = [
  ['another length', tf.ones([2, 5]), /^mask must have shape \[2, 4\], got \[2, 5\]$/],
  ['another batch', tf.ones([1, 4]), /^mask must have shape \[2, 4\], got \[1, 4\]$/],
  ['another rank', tf.ones([4]) as unknown as tf.Tensor2D, /^mask must have rank 2, got rank 1 with shape \[4\]$/],
  ['penalties', tf.fill([2, 4], -1e9), /^mask must hold only 1 \(real position\) and 0 \(padding\), got -1000000000$/],
];

const cases: [string, () => unknown, RegExp][] = [
  ...outOfRange,
  ...Object.entries(alignments).flatMap(([name, align]): typeof cases => [
    [
      `${name}, rank 2`,
      () => align(asRank3),
      /^(scores|probabilities) must have rank 3, got rank 2 with shape \[3, 4\]$/,
    ],
    [
      `${name}, nothing`,
      () => align(undefined as unknown as tf.Tensor3D),
      /^(scores|probabilities) must be a tensor of rank 3, got undefined$/,
    ],
    ...WRONG_MASKS.map(([problem, mask, message]): (typeof cases)[number] => [
      `${name}, mask of ${problem}`,
      () => align(probabilities, mask),
      message,
    ]),
  ]),
  [
    'maskedSoftmax, a window of another shape',
    () => attention.maskedSoftmax(scores, undefined, tf.ones([4, 3], 'bool')),
    /^window must have shape \[3, 4\], got \[4, 3\]$/,
  ],
  [
    'maskedSoftmax, a window of another batch',
    () => attention.maskedSoftmax(scores, undefined, tf.ones([5, 3, 4], 'bool')),
    /^window must have shape \[2, 3, 4\], got \[5, 3, 4\]$/,
  ],
  [
    'coverageLoss, penalties for a mask',
    () => attention.coverageLoss(scores, { queryMask: tf.fill([2, 3], -1e9) }),
    /^queryMask must hold only 1 \(real position\) and 0 \(padding\), got -1000000000$/,
  ],
  [
    'lastStates, an odd width',
    () => attention.lastStates(scores.slice([0, 0, 0], [2, 3, 3])),
    /^states must have an even width, a half for each direction, got shape \[2, 3, 3\]$/,
  ],
  [
    'lastStates, no step',
    () => attention.lastStates(tf.zeros([2, 0, 4])),
    /^states must hold at least one step, got shape \[2, 0, 4\]$/,
  ],
  [
    'local-m, radius -1',
    () => attention.localMonotonicAlignment(scores, { radius: -1 }),
    /^radius must be >= 0, got -1$/,
  ],
  [
    'local-m, radius NaN',
    () => attention.localMonotonicAlignment(scores, { radius: NaN }),
    /^radius must be >= 0, got NaN$/,
  ],
  [
    'local-p, radius -0.5',
    () => attention.localPredictiveAlignment(scores, { radius: -0.5, positions }),
    /^radius must be >= 0, got -0.5$/,
  ],
  [
    'local-p, a position left of the source',
    () => attention.localPredictiveAlignment(scores, { radius: 1, positions: tf.fill([2, 3], -0.25) }),
    /^positions must lie between 0 and the number of keys, 4, got -0.25$/,
  ],
  [
    'local-p, a position right of the source',
    () => attention.localPredictiveAlignment(scores, { radius: 1, positions: tf.fill([2, 3], 4.5) }),
    /^positions must lie between 0 and the number of keys, 4, got 4.5$/,
  ],
  [
    'local-p, NaN',
    () => attention.localPredictiveAlignment(scores, { radius: 1, positions: tf.fill([2, 3], NaN) }),
    /^positions must lie between 0 and the number of keys, 4, got NaN$/,
  ],
  [
    'local-p, a position too many',
    () => attention.localPredictiveAlignment(scores, { radius: 1, positions: tf.ones([2, 4]) }),
    /^positions must have shape \[2, 3\], got \[2, 4\]$/,
  ],
  [
    'local-p by name, no positions',
    () => attention.align({ kind: 'localPredictive', radius: 1 }, scores),
    /^positions must be a tensor of rank 2, got undefined$/,
  ],
  ...[0, -1, NaN].map((temperature): (typeof cases)[number] => [
    `gumbel, temperature ${temperature}`,
    () => attention.gumbelAlignment(scores, { temperature }),
    new RegExp(`^temperature must be above 0, got ${temperature}$`),
  ]),
  [
    'hard, another mode',
    () => attention.hardAlignment(scores, { mode: 'best' as 'argmax' }),
    /^mode must be 'argmax' or 'sample', got 'best'$/,
  ],
  [
    'monotonic, scores instead of probabilities',
    () => attention.monotonicAlignment(tf.fill([2, 3, 4], 1.5)),
    /^probabilities must lie between 0 and 1, got 1.5: scores go through tf.sigmoid first$/,
  ],
  ...[0, 1.5].map((chunk): (typeof cases)[number] => [
    `chunkwise, chunk ${chunk}`,
    () => attention.chunkwiseAlignment(probabilities, scores, { chunk }),
    new RegExp(`^chunk must be a whole number >= 1, got ${chunk}$`),
  ]),
  [
    'chunkwise, scores of another shape',
    () => attention.chunkwiseAlignment(probabilities, tf.zeros([2, 3, 5]), { chunk: 2 }),
    /^scores must have shape \[2, 3, 4\], got \[2, 3, 5\]$/,
  ],
  [
    'an alignment without a kind',
    () => attention.align({} as attention.Alignment, scores),
    /^alignment must be a record whose kind is one of soft, .*, got {}$/,
  ],
  [
    'monotonic by name, negative noise',
    () => attention.align({ kind: 'monotonic', noise: -1 }, scores),
    /^noise must be >= 0, got -1$/,
  ],
  ['dotScore, rank', () => attention.dotScore(asRank3, keys), /^query must have rank 3, got rank 2/],
  ['dotScore, width', () => attention.dotScore(query, wide), /^keys must have shape \[2, any, 5\], got \[2, 4, 6\]$/],
  [
    'dotScore, batch',
    () => attention.dotScore(query, otherBatch),
    /^keys must have shape \[2, any, 5\], got \[3, 4, 5\]$/,
  ],
  ['scaledDotScore, width', () => attention.scaledDotScore(query, wide), /^keys must have shape \[2, any, 5\]/],
  [
    'generalScore, W',
    () => attention.generalScore(query, wide, { W: square }),
    /^W must have shape \[5, 6\], got \[5, 5\]$/,
  ],
  [
    'additiveScore, Wq',
    () => attention.additiveScore(query, keys, { Wq: square, Wk: toUnits, v: vector }),
    /^Wq must have shape \[5, 2\], got \[5, 5\]$/,
  ],
  [
    'additiveScore, Wk',
    () => attention.additiveScore(query, wide, { Wq: toUnits, Wk: toUnits, v: vector }),
    /^Wk must have shape \[6, 2\], got \[5, 2\]$/,
  ],
  [
    'additiveScore, b',
    () => attention.additiveScore(query, keys, { Wq: toUnits, Wk: toUnits, v: vector, b: tf.zeros([3]) }),
    /^b must have shape \[2\], got \[3\]$/,
  ],
  [
    'concatScore, W',
    () => attention.concatScore(query, keys, { W: toUnits, v: vector }),
    /^W must have shape \[10, 2\], got \[5, 2\]$/,
  ],
  [
    'locationScore, W',
    () => attention.locationScore(query, { W: matrix }),
    /^W must have shape \[5, any\], got \[3, 4\]$/,
  ],
  [
    'score location, too few columns',
    () => attention.score('location', query, keys, { W: tf.zeros([5, 3]) }),
    /^W of score 'location' has 3 columns, too few for 4 keys: create it with a larger maximumKeys$/,
  ],
  [
    'score, unknown',
    () => attention.score('cosine' as 'dot', query, keys, {}),
    /^score must be one of dot, .*, got 'cosine'$/,
  ],
  [
    'createScoreWeights, location without a length',
    () => attention.createScoreWeights('location', { queryWidth: 2, keyWidth: 2 }),
    /^score 'location' needs maximumKeys, the length of the longest source, got undefined$/,
  ],
  [
    'createScoreWeights, dot with two widths',
    () => attention.createScoreWeights('dot', { queryWidth: 2, keyWidth: 3 }),
    /^score 'dot' needs queries and keys of one width, got 2 and 3: use 'general'$/,
  ],
  [
    'createScoreWeights, no units',
    () => attention.createScoreWeights('additive', { queryWidth: 2, keyWidth: 3, units: 0 }),
    /^units must be a whole number >= 1, got 0$/,
  ],
  [
    'prepareKeys, a bias of one number',
    () => attention.prepareKeys('additive', keys, { Wq: square, Wk: square, v: tf.ones([5]), b: tf.ones([1]) }),
    /^b must have shape \[5\], got \[1\]$/,
  ],
  [
    'prepareKeys, additive without v',
    () => attention.prepareKeys('additive', keys, { Wq: square, Wk: square } as never),
    /^v must be a tensor of rank 1, got undefined$/,
  ],
  [
    'readValues, keys',
    () => attention.readValues(scores, tf.zeros([2, 5, 6])),
    /^values must have shape \[2, 4, any\], got/,
  ],
  ['readValues, rank', () => attention.readValues(asRank3, keys), /^weights must have rank 3, got rank 2/],
  [
    'predictPositions, lengths',
    () => attention.predictPositions(query, { Wp: toUnits, vp: vector, lengths: tf.zeros([3]) }),
    /^lengths must have shape \[2\], got \[3\]$/,
  ],
  [
    'predictPositions, a negative length',
    () => attention.predictPositions(query, { Wp: toUnits, vp: vector, lengths: tf.tensor1d([1, -1]) }),
    /^lengths must be >= 0, got -1$/,
  ],
  [
    'predictPositions, Wp',
    () => attention.predictPositions(query, { Wp: square, vp: vector, lengths: vector }),
    /^Wp must have shape \[5, 2\], got \[5, 5\]$/,
  ],
  ['coverageLoss, rank', () => attention.coverageLoss(asRank3), /^weights must have rank 3, got rank 2/],
  [
    'coverageLoss, mask',
    () => attention.coverageLoss(scores, { queryMask: tf.ones([2, 4]) }),
    /^queryMask must have shape \[2, 3\], got \[2, 4\]$/,
  ],
];

describe('bad input', () => {
  for (const [name, run, message] of cases) {
    test(name, () => assert.throws(run, { message }));
  }

  test('nothing has run and nothing is left when an error is thrown', async () => {
    const wrong = tf.ones<tf.Rank.R2>([2, 5]);
    const before = tf.memory().numTensors;
    const { kernels } = await tf.profile(() => {
      for (const align of Object.values(alignments)) assert.throws(() => align(probabilities, wrong), ShapeError);
      assert.throws(() => attention.additiveScore(query, keys, { Wq: square, Wk: square, v: vector }), ShapeError);
      assert.throws(() => attention.predictPositions(query, { Wp: square, vp: vector, lengths: vector }), ShapeError);
      assert.throws(() => attention.localMonotonicAlignment(scores, { radius: -1 }), RangeError);
      assert.throws(() => attention.gumbelAlignment(scores, { temperature: 0 }), RangeError);
      assert.throws(() => attention.monotonicAlignment(keys.shape as unknown as tf.Tensor3D), ShapeError);
      return [];
    });
    assert.deepEqual(
      kernels.map((kernel) => kernel.name),
      [],
    );
    assert.equal(tf.memory().numTensors, before);
  });

  test('the edges of what is allowed are allowed', () => {
    const edge = tf.tensor2d([
      [0, 4, 2],
      [4, 0, 1],
    ]);
    assertClose(attention.localPredictiveAlignment(scores, { radius: 0, positions: edge }).sum(-1), [
      [1, 0, 1],
      [0, 1, 1],
    ]);
    for (const value of [0, 1]) attention.monotonicAlignment(tf.fill([2, 3, 4], value));
  });
});
