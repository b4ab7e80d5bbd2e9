import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createRewardBaseline,
  decodeTeacherForced,
  encode,
  exactMarginalLoss,
  reinforceLoss,
  Seq2SeqModel,
  seq2SeqVariables,
  symbolLogProbabilities,
} from '../../../src/seq2seq';
import {
  logProbabilitiesForEachPosition,
  PositionPolicy,
  positionPolicy,
  reinforceSurrogate,
} from '../../../src/seq2seq/hard-attention';
import { tf } from '../../../src/tensorflow';
import { assertClose, assertGradients, assertNoLeak, GENERAL, tinyBatch, tinyModel } from './models';

const HARD = { score: 'general', alignment: { kind: 'hard', mode: 'argmax' } } as const;

/** One example of two steps over three positions: nine ways to read it. */
function tinyGame() {
  return {
    source: tf.tensor2d([[4, 7, 6, 0]], [1, 4], 'int32'),
    mask: tf.tensor2d([[1, 1, 1, 0]]),
    targets: tf.tensor2d([[5, 3]], [1, 2], 'int32'),
  };
}
type Game = ReturnType<typeof tinyGame>;

const PATHS = [0, 1, 2].flatMap((first) => [0, 1, 2].map((second) => [first, second]));

/** The log-probability of the true symbol, were this position read: `[batch, time, keys]`. */
function likelihoodOfEachPosition(model: Seq2SeqModel, policy: PositionPolicy, targets: tf.Tensor2D): tf.Tensor3D {
  const logProbabilities = logProbabilitiesForEachPosition(model, policy); // [batch, time, keys, vocabulary]
  const truth = tf.oneHot(targets, logProbabilities.shape[3]).expandDims(2); // [batch, time, 1, vocabulary]
  return tf.sum(logProbabilities.mul(truth), 3);
}

function oneHotPath(path: number[]): tf.Tensor3D {
  return tf.tensor3d([path.map((place) => [0, 1, 2, 3].map((position) => (position === place ? 1 : 0)))]);
}

/** The probability of each path. */
function pathProbabilities(model: Seq2SeqModel, game: Game): number[] {
  const logPolicy = tf.tidy(() => positionPolicy(model, game).logPolicy.arraySync())[0];
  return PATHS.map(([first, second]) => Math.exp(logPolicy[0][first] + logPolicy[1][second]));
}

/** The expected log-probability of the true symbols, minus sign, by summing over positions: what REINFORCE descends. */
function expectedLoss(model: Seq2SeqModel, game: Game, entropyWeight: number): tf.Scalar {
  return tf.tidy(() => {
    const policy = positionPolicy(model, game);
    const probabilities = policy.logPolicy.exp();
    const reward = tf.sum(probabilities.mul(likelihoodOfEachPosition(model, policy, game.targets)), 2);
    const entropy = tf.sum(probabilities.mul(policy.logPolicy), 2).neg();
    return tf.mean(reward.add(entropy.mul(entropyWeight))).neg() as tf.Scalar;
  });
}

for (const withBaseline of [false, true]) {
  for (const entropyWeight of [0, 0.3]) {
    const name = `${withBaseline ? 'with' : 'without'} baseline, entropy ${entropyWeight}`;
    test(`the expectation of REINFORCE's gradient is the exact gradient (${name})`, () => {
      const model = tinyModel({ attention: HARD });
      const game = tinyGame();
      const baseline = createRewardBaseline(model);
      baseline.kernel.assign(tf.tensor2d([0.5, -1, 2, 0.3], [4, 1]));
      baseline.bias.assign(tf.tensor1d([-1.5]));
      const variables = seq2SeqVariables(model);
      const exact = tf.variableGrads(() => expectedLoss(model, game, entropyWeight), variables).grads;
      const probabilities = pathProbabilities(model, game);
      assert.ok(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) < 1e-5);
      const sums = variables.map(({ shape }) => tf.zeros(shape));
      PATHS.forEach((path, index) => {
        const { grads } = tf.variableGrads(() => {
          const policy = positionPolicy(model, game);
          const options = { entropyWeight, baseline: withBaseline ? baseline : undefined };
          return reinforceSurrogate(model, game, policy, oneHotPath(path), options);
        }, variables);
        variables.forEach((variable, place) => {
          sums[place] = sums[place].add(grads[variable.name].mul(probabilities[index]));
        });
      });
      Object.entries(model.weights).forEach(([weight, variable], place) => {
        assertClose(sums[place], exact[variable.name], 2e-5, `gradient of ${weight}`);
      });
    });
  }
}

test("the mean of many drawn gradients comes within three standard errors of the exact one's", () => {
  const model = tinyModel({ attention: HARD });
  const game = tinyGame();
  const score = model.weights['score.W'];
  const exact = tf.variableGrads(() => expectedLoss(model, game, 0), [score]).grads[score.name].dataSync();
  const draws = Array.from({ length: 120 }, (_, seed) =>
    tf.tidy(
      () =>
        tf
          .variableGrads(() => reinforceLoss(model, game, { seed, entropyWeight: 0 }), [score])
          .grads[score.name].dataSync() as Float32Array,
    ),
  );
  const beyond = exact.filter((value, place) => {
    const values = draws.map((gradient) => gradient[place]);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1);
    return Math.abs(mean - value) > 3 * Math.sqrt(variance / values.length) + 1e-7;
  });
  assert.equal(beyond.length, 0, `${beyond.length} of ${exact.length} entries are off`);
});

test('the entropy bonus makes choices less decided', () => {
  const model = tinyModel({ attention: HARD });
  const game = tinyGame();
  const entropy = () =>
    tf.tidy(() => {
      const { logPolicy } = positionPolicy(model, game);
      return logPolicy.exp().mul(logPolicy).sum().neg().dataSync()[0];
    });
  const before = entropy();
  const optimizer = tf.train.sgd(0.002);
  for (let seed = 0; seed < 10; seed += 1) {
    optimizer.minimize(() => reinforceLoss(model, game, { seed, entropyWeight: 50 }), false, [
      model.weights['score.W'],
    ]);
  }
  assert.ok(entropy() > before, `${before} before, ${entropy()} after`);
});

test('the baseline learns the expected reward and changes nothing else', () => {
  const model = tinyModel({ attention: HARD });
  const game = tinyGame();
  const baseline = createRewardBaseline(model);
  const { grads } = tf.variableGrads(() => reinforceLoss(model, game, { seed: 0, baseline }), [
    baseline.kernel,
    baseline.bias,
  ] as unknown as tf.Variable[]);
  // The reward is a log-probability, below 0, and the baseline starts at 0: descent must lower it.
  assert.ok(grads[baseline.bias.name].dataSync()[0] > 0);
});

test('the same seed draws the same positions, 0 included, another seed others', () => {
  const model = tinyModel({ attention: HARD });
  const batch = tinyBatch();
  const loss = (seed: number) => reinforceLoss(model, batch, { seed }).dataSync()[0];
  assert.equal(loss(0), loss(0));
  assert.ok(new Set([0, 1, 2, 3, 4].map(loss)).size > 1);
});

test('the value of a REINFORCE loss is minus the reward of what was read', () => {
  const model = tinyModel({ attention: HARD });
  const game = tinyGame();
  PATHS.forEach((path) => {
    const [value, byHand] = tf.tidy(() => {
      const policy = positionPolicy(model, game);
      const likelihood = likelihoodOfEachPosition(model, policy, game.targets).arraySync()[0];
      const surrogate = reinforceSurrogate(model, game, policy, oneHotPath(path), { entropyWeight: 0 });
      return [surrogate.dataSync()[0], -(likelihood[0][path[0]] + likelihood[1][path[1]]) / 2];
    });
    assert.ok(Math.abs(value - byHand) < 1e-5, `${value}, ${byHand}`);
  });
});

test('the exact marginal equals the sum over all readings', () => {
  const model = tinyModel({ attention: HARD });
  const game = tinyGame();
  const probabilities = pathProbabilities(model, game);
  const likelihood = tf.tidy(
    () => likelihoodOfEachPosition(model, positionPolicy(model, game), game.targets).arraySync()[0],
  );
  const total = PATHS.reduce(
    (sum, [first, second], index) =>
      sum + probabilities[index] * Math.exp(likelihood[0][first] + likelihood[1][second]),
    0,
  );
  const loss = exactMarginalLoss(model, game).dataSync()[0];
  assert.ok(Math.abs(loss - -Math.log(total) / 2) < 1e-5, `${loss}, ${-Math.log(total) / 2}`);
});

test('the likelihood of a position is what the decoder says when it reads just that position', () => {
  const model = tinyModel({ attention: HARD });
  const batch = tinyBatch();
  tf.tidy(() => {
    const policy = positionPolicy(model, batch);
    const chosen = tf.argMax(policy.logPolicy, 2).arraySync() as number[][];
    const each = likelihoodOfEachPosition(model, policy, batch.targets).arraySync();
    const { logits } = decodeTeacherForced(model, encode(model, batch.source, batch.mask), batch.targets);
    const found = symbolLogProbabilities(logits, batch.targets).arraySync();
    chosen.forEach((row, example) =>
      row.forEach((position, time) => {
        assert.ok(Math.abs(each[example][time][position] - found[example][time]) < 1e-5);
      }),
    );
  });
});

test('by Jensen, the marginal is never worse than the expected log-probability; gradients are right', () => {
  const model = tinyModel({ attention: HARD });
  const game = tinyGame();
  const marginal = exactMarginalLoss(model, game).dataSync()[0];
  assert.ok(marginal <= expectedLoss(model, game, 0).dataSync()[0]);
  assertGradients(model, () => exactMarginalLoss(model, tinyBatch()));
});

test('the exact marginal with label smoothing is the cross-entropy with the smoothed truth', () => {
  const model = tinyModel({ attention: HARD });
  const game = tinyGame();
  const labelSmoothing = 0.3;
  const byHand = tf.tidy(() => {
    const policy = positionPolicy(model, game);
    const each = logProbabilitiesForEachPosition(model, policy).exp().arraySync()[0]; // [time][keys][vocabulary]
    const read = policy.logPolicy.exp().arraySync()[0]; // [time][keys]
    const symbols = each[0][0].map((_, symbol) => symbol);
    const truths = game.targets.arraySync()[0];
    const surprise = truths.map((truth, time) =>
      symbols.reduce((sum, symbol) => {
        const wanted = (symbol === truth ? 1 - labelSmoothing : 0) + labelSmoothing / symbols.length;
        const said = read[time].reduce((mixture, weight, key) => mixture + weight * each[time][key][symbol], 0);
        return sum - wanted * Math.log(said);
      }, 0),
    );
    return (surprise[0] + surprise[1]) / 2;
  });
  const loss = exactMarginalLoss(model, game, { labelSmoothing }).dataSync()[0];
  assert.ok(Math.abs(loss - byHand) < 1e-5, `${loss}, ${byHand}`);
  assert.throws(() => exactMarginalLoss(model, game, { labelSmoothing: 1 }), /labelSmoothing must be at least 0/);
});

test('the exact marginal with dropout repeats with its seed and has right gradients', () => {
  const model = tinyModel({ attention: HARD, encoderLayers: 2 });
  const batch = tinyBatch();
  const loss = (seed: number, dropout: number) => exactMarginalLoss(model, batch, { seed, dropout });
  const [plain, none, one, again, two] = [
    exactMarginalLoss(model, batch),
    ...[loss(1, 0), loss(1, 0.4), loss(1, 0.4), loss(2, 0.4)],
  ].map((scalar) => scalar.dataSync()[0]);
  assert.equal(plain, none);
  assert.equal(one, again);
  assert.equal(new Set([plain, one, two]).size, 3);
  assertGradients(model, () => loss(1, 0.4));
  assertNoLeak('exactMarginalLoss', () => loss(1, 0.4));
  assert.throws(() => loss(1, 1), /dropout must be at least 0 and below 1, got 1/);
});

test('what dropout drops from the readout of one position, it drops from that of all', () => {
  const model = tinyModel({ attention: HARD });
  // With a readout that lets one unit through at a time, a dropped unit says nothing at all: all symbols alike.
  const { kernel, bias } = { kernel: model.weights['readout.kernel'], bias: model.weights['readout.bias'] };
  kernel.assign(tf.tensor2d([[1, 2, 3, 4, 5, 6, 7], ...Array.from({ length: 3 }, () => Array<number>(7).fill(0))]));
  bias.assign(tf.zeros([7]));
  const each = tf.tidy(() => {
    const policy = positionPolicy(model, tinyBatch());
    return logProbabilitiesForEachPosition(model, policy, { dropout: 0.5, seed: 3 }).arraySync();
  });
  const silent = each.flatMap((example) =>
    example.map((step) => step.map((symbols) => Math.max(...symbols) - Math.min(...symbols) < 1e-6)),
  );
  for (const step of silent) assert.equal(new Set(step).size, 1);
  assert.equal(new Set(silent.flat()).size, 2);
});

test('nothing leaks', () => {
  const model = tinyModel({ attention: HARD });
  const batch = tinyBatch();
  const baseline = createRewardBaseline(model);
  assertNoLeak('reinforceLoss', () => reinforceLoss(model, batch, { seed: 1, baseline }));
  assertNoLeak('exactMarginalLoss', () => exactMarginalLoss(model, batch));
  assertNoLeak('createRewardBaseline', () => {
    const { kernel, bias } = createRewardBaseline(model);
    return [kernel, bias];
  });
});

test('what these losses cannot do is refused', () => {
  const { source, targets } = tinyBatch();
  const mask = tf.tensor2d([
    [1, 1, 1, 1, 1],
    [0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0],
  ]);
  const batch = { source, targets, mask };
  assert.throws(() => exactMarginalLoss(tinyModel(), batch), /source 1 has no real position/);
  const bahdanau = tinyModel({ order: 'bahdanau', attention: GENERAL });
  assert.throws(() => exactMarginalLoss(bahdanau, tinyBatch()), /needs Luong's order with attention/);
  assert.throws(() => reinforceLoss(tinyModel({ inputFeeding: true }), tinyBatch(), { seed: 1 }), /input feeding/);
  const negative = () => reinforceLoss(tinyModel(), tinyBatch(), { seed: 1, entropyWeight: -1 });
  assert.throws(negative, /entropyWeight must be a number >= 0, got -1/);
});
