import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tf } from '../../../src/tensorflow';
import { SeededRandom } from '../../../src/training/random';
import { train, trainableVariables, type TrainOptions } from '../../../src/training/train';
import { adam } from '../../../src/training/adam';
import { clipByGlobalNorm, haveFiniteSquares } from '../../../src/training/gradients';
import { onBackend } from '../close-to';
import { constantRate, cosineDecay, linearDecay } from '../../../src/training/schedules';
import type { NamedTensor, Optimizer } from '../../../src/training/optimizer';
import type { Progress, ProgressState } from '../../../src/training/progress';

interface Example {
  x: tf.Tensor2D;
  y: tf.Tensor2D;
}

const TRUE_WEIGHTS = [[2], [-1], [0.5]];

/** Linear regression: small enough to see that it learns, with an order of batches and a dropout that must be seeded. */
function regression(overrides: Partial<TrainOptions<Example>> = {}) {
  const weights = tf.variable(tf.zeros([3, 1]));
  const data = new SeededRandom(11);
  const rows = Array.from({ length: 32 }, () => [data.normal(), data.normal(), data.normal()]);
  const options: TrainOptions<Example> = {
    variables: [weights],
    optimizer: tf.train.adam(0.05),
    *batches(_epoch, random) {
      const order = random.shuffle(rows);
      for (let start = 0; start < order.length; start += 8) {
        const x = tf.tensor2d(order.slice(start, start + 8));
        yield { x, y: tf.matMul(x, tf.tensor2d(TRUE_WEIGHTS)) as tf.Tensor2D };
      }
    },
    loss: ({ x, y }, { seed }) => {
      const dropped = tf.dropout(x, 0.05, undefined, seed);
      return tf.losses.meanSquaredError(y, dropped.matMul(weights as unknown as tf.Tensor2D)) as tf.Scalar;
    },
    epochs: 3,
    seed: 0,
    progress: false,
    ...overrides,
  };
  return { weights, options, run: () => train(options) };
}

test('training learns, and its history tells losses, epochs and time', async () => {
  const { weights, run } = regression({ epochs: 60, evaluate: (epoch) => ({ doubled: 2 * epoch }) });
  const history = await run();
  assert.equal(history.losses.length, 240);
  assert.equal(history.end, 'finished');
  assert.deepEqual(
    history.epochs.map(({ epoch, step }) => [epoch, step]),
    Array.from({ length: 60 }, (_, epoch) => [epoch, 4 * (epoch + 1)]),
  );
  assert.equal(history.epochs[7].metrics.doubled, 14);
  const mean = history.losses.slice(4, 8).reduce((a, b) => a + b) / 4;
  assert.ok(Math.abs(history.epochs[1].loss - mean) < 1e-12);
  assert.ok(history.seconds > 0 && history.epochs[59].seconds <= history.seconds);
  assert.ok(history.epochs[59].loss < history.epochs[0].loss / 5);
  const learnt = Array.from(await weights.data());
  TRUE_WEIGHTS.flat().forEach((value, index) => assert.ok(Math.abs(learnt[index] - value) < 0.25));
  assert.deepEqual(JSON.parse(JSON.stringify(history)), history);
});

test('the same seed gives the same numbers, another seed others, 0 is a seed', async () => {
  const run = async (seed: number) => {
    const { weights, run } = regression({ seed });
    return { losses: (await run()).losses, weights: Array.from(await weights.data()) };
  };
  assert.deepEqual(await run(0), await run(0));
  assert.notDeepEqual((await run(0)).losses, (await run(1)).losses);
});

test('each step has its own dropout seed and each epoch its own order', async () => {
  const seeds: number[] = [];
  const firsts: number[] = [];
  const { options, run } = regression({ epochs: 3 });
  const { loss } = options;
  options.loss = (batch, context) => {
    seeds.push(context.seed);
    if (context.step % 4 === 0) firsts.push(batch.x.dataSync()[0]);
    return loss(batch, context);
  };
  await run();
  assert.equal(new Set(seeds).size, 12);
  assert.equal(new Set(firsts).size, 3);
});

test('one step is the gradient step that one would write by hand', async () => {
  const weight = tf.variable(tf.scalar(3));
  await train({
    variables: [weight],
    optimizer: tf.train.sgd(0.1),
    batches: () => [null],
    loss: () => weight.square().asScalar(),
    steps: 2,
    seed: 0,
    progress: false,
  });
  assert.ok(Math.abs(weight.dataSync()[0] - 3 * 0.8 * 0.8) < 1e-6);
});

test('no tensor is left over, and batches that lived before are left alone', async () => {
  const { run } = regression({ epochs: 1 });
  await run(); // Adam makes its moments once
  const fixed = tf.ones([2, 3]);
  const weights = tf.variable(tf.zeros([3, 1]));
  const optimizer = tf.train.adam(0.1);
  const options: TrainOptions<tf.Tensor> = {
    variables: [weights],
    optimizer,
    batches: () => [fixed, fixed],
    loss: (batch) =>
      tf
        .matMul(batch as tf.Tensor2D, weights as unknown as tf.Tensor2D)
        .square()
        .mean()
        .asScalar(),
    steps: 1,
    seed: 0,
    progress: false,
    clipNorm: 1,
    learningRate: constantRate(0.1),
  };
  await train(options);
  const before = tf.memory().numTensors;
  await train({ ...options, steps: 25 });
  assert.equal(tf.memory().numTensors, before);
  assert.equal(fixed.isDisposed, false);
});

test('batches that make all tensors at once are refused, because nobody would free them', async () => {
  const { run } = regression({ batches: () => [{ x: tf.ones([1, 3]), y: tf.ones([1, 1]) }] });
  await assert.rejects(run(), /batches made 2 tensors before the first step.*generator/);
});

test('a loss that is not a number ends the training, names the step and leaves the variables as they were', async () => {
  const { weights, options, run } = regression({ steps: 9, epochs: undefined });
  const { loss } = options;
  let before: number[] = [];
  options.loss = (batch, context) => {
    if (context.step < 6) return loss(batch, context);
    before = Array.from(weights.dataSync());
    return loss(batch, context).mul(NaN).asScalar();
  };
  const tensors = tf.memory().numTensors;
  await assert.rejects(run(), {
    name: 'LossError',
    message: /the loss is NaN at step 6 \(epoch 1\).*as they were before this step.*smaller learning rate/,
  });
  assert.deepEqual(Array.from(weights.dataSync()), before);
  assert.ok(before.some((value) => value !== 0));
  assert.equal(process.listenerCount('SIGINT'), 0);
  assert.ok(tf.memory().numTensors <= tensors + 6, 'only the moments of Adam are new');
});

/** The state of an optimizer, as the list of its numbers. */
async function stateOf(optimizer: Optimizer): Promise<unknown[]> {
  const stateful = optimizer as unknown as { getWeights(): Promise<NamedTensor[]> };
  return (await stateful.getWeights()).map(({ name, tensor }) => [name, Array.from(tensor.dataSync())]);
}

/** Finite themselves; their gradients are not. */
const BROKEN_LOSSES: Record<string, (weights: tf.Variable) => tf.Tensor> = {
  'the square root of 0': (weights) => weights.mul(0).relu().sqrt().mean(),
  'the norm of zeros': (weights) => tf.norm(weights.sub(weights)),
  'a branch of where': (weights) => tf.where(tf.onesLike(weights).cast('bool'), 1, weights.mul(0).log()).mean(),
};
const OPTIMIZERS: Record<string, () => Optimizer> = {
  adam: () => adam({ learningRate: 0.1 }),
  'adam with clipNorm': () => adam({ learningRate: 0.1, clipNorm: 1 }),
  'tf.train.adam': () => tf.train.adam(0.1),
  'tf.train.momentum': () => tf.train.momentum(0.1, 0.9),
};
for (const [what, brokenLoss] of Object.entries(BROKEN_LOSSES)) {
  for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
    test(`a gradient that is not finite stops ${name} before the step: ${what}`, async () => {
      const whole = tf.variable(tf.tensor1d([1, -2]));
      const broken = tf.variable(tf.tensor1d([3, 4]));
      const options = {
        variables: [whole, broken],
        optimizer: optimizer(),
        batches: () => [null],
        loss: () => whole.square().mean().add(broken.square().mean()),
        seed: 0,
        progress: false,
        learningRate: (step: number) => 0.1 / (step + 1),
        clipNorm: name === 'tf.train.adam' ? 1 : undefined,
      };
      await train({ ...options, steps: 3 });
      const before = [whole.arraySync(), broken.arraySync(), ...(await stateOf(options.optimizer))];
      const sentences: string[] = [];
      const progress: Progress = { update: () => {}, finish: (_state, sentence) => sentences.push(sentence) };
      const loss = () => whole.square().mean().add(brokenLoss(broken));
      await assert.rejects(train({ ...options, loss, steps: 1, progress }), {
        name: 'LossError',
        message:
          /^the loss is [\d.]+, but the gradient of variables\[1\] \(.*, shape \[2\]\) holds (NaN|-?Infinity) at step 0 \(epoch 0\).* as they were before this step\. .*tf\.norm of 0/,
      });
      assert.deepEqual([whole.arraySync(), broken.arraySync(), ...(await stateOf(options.optimizer))], before);
      assert.deepEqual(sentences, [], 'it is not called finished');
    });
  }
}

test('a step that leads beyond float32 ends the training with an error, at its end too', async () => {
  for (const more of [{ steps: 1 }, { epochs: 1 }, { steps: 9, stop: () => true }]) {
    const weights = tf.variable(tf.tensor1d([1, 1]));
    const evaluate = () => assert.fail('there is nothing to evaluate');
    const options = { optimizer: tf.train.sgd(1e30), loss: () => weights.mul(1e10).sum(), batches: () => [null] };
    await assert.rejects(train({ ...options, variables: [weights], seed: 0, progress: false, evaluate, ...more }), {
      name: 'LossError',
      message:
        /^after step 0 \(epoch 0\), variables\[0\] \(.*\) holds -Infinity: a step was too large.*smaller learning/,
    });
  }
});

test('a loss that breaks because an earlier step was too large says so', async () => {
  const weights = tf.variable(tf.tensor1d([1, 1]));
  const options = { optimizer: tf.train.sgd(1e30), loss: () => weights.mul(1e10).sum(), batches: () => [null, null] };
  await assert.rejects(train({ ...options, variables: [weights], seed: 0, progress: false, epochs: 1 }), {
    name: 'LossError',
    message: /^the loss is -Infinity at step 1 .*Before this step, variables\[0\] \(.*\) holds -Infinity already/,
  });
});

test('a gradient whose square is beyond float32 is refused, and shortened by clipNorm', async () => {
  for (const clipNorm of [undefined, 1]) {
    const weights = tf.variable(tf.tensor1d([1, 1]));
    const other = tf.variable(tf.tensor1d([1]));
    const options = { optimizer: adam({ learningRate: 0.1 }), batches: () => [null], seed: 0, progress: false };
    const loss = () => tf.add(weights.mul(tf.tensor1d([1e20, 0])).sum(), other.sum());
    const run = train({ ...options, variables: [weights, other], steps: 1, clipNorm, loss });
    if (clipNorm === undefined) {
      await assert.rejects(run, { name: 'LossError', message: /^the gradients are so large .* Try clipNorm$/ });
    } else {
      await run;
      assert.ok(Math.abs(weights.dataSync()[0] - 0.9) < 1e-6);
    }
    assert.equal(weights.dataSync()[1], 1);
  }
});

test('a variable that the loss does not use is named', async () => {
  const { options, run } = regression();
  options.variables = [...options.variables, tf.variable(tf.zeros([5, 2]), true, 'forgotten')];
  await assert.rejects(run(), /variables\[1\] \(forgotten, shape \[5, 2\]\) has no gradient/);
});

test('a loss that is not a scalar is refused with what to do', async () => {
  const { run } = regression({ loss: ({ x }) => tf.sum(x, 1) });
  await assert.rejects(run(), /loss must return a scalar tensor, got a tensor of shape \[8\]: take the mean/);
  const forgotten = regression({ loss: () => undefined as unknown as tf.Tensor });
  await assert.rejects(forgotten.run(), /loss must return a scalar tensor, got undefined/);
});

test('the type of a batch follows from what the generator yields', async () => {
  const weight = tf.variable(tf.scalar(1));
  await train({
    variables: [weight],
    optimizer: tf.train.sgd(0.1),
    *batches(epoch, random) {
      yield { x: tf.scalar(random.uniform()), epoch };
    },
    loss: ({ x, epoch }, { step }) => tf.mul(weight, x).add(epoch.toFixed(0).length + step),
    steps: 1,
    seed: 0,
    progress: false,
  });
});

test('steps end in the middle of an epoch, and the history says so', async () => {
  const { run } = regression({ steps: 6, epochs: undefined, evaluate: async () => ({ accuracy: 0.5 }) });
  const history = await run();
  assert.equal(history.losses.length, 6);
  assert.deepEqual(
    history.epochs.map(({ epoch, step, metrics }) => [epoch, step, metrics.accuracy]),
    [
      [0, 4, 0.5],
      [1, 6, 0.5],
    ],
  );
});

test('the option stop and the time budget end the training', async () => {
  const stopped = await regression({ stop: ({ losses }) => losses.length === 5 }).run();
  assert.deepEqual([stopped.losses.length, stopped.end], [5, 'stopped']);
  const { options, run } = regression({ epochs: 1000000, timeBudgetSeconds: 0.2 });
  assert.equal(options.timeBudgetSeconds, 0.2);
  const budget = await run();
  assert.equal(budget.end, 'time budget');
  assert.ok(budget.seconds >= 0.2 && budget.seconds < 5);
});

test('the learning rate of each step reaches the optimizer', async () => {
  for (const optimizer of [tf.train.sgd(1), tf.train.momentum(1, 0)]) {
    const weight = tf.variable(tf.scalar(0));
    await train({
      variables: [weight],
      optimizer,
      batches: () => [null],
      loss: () => weight.mul(-1).asScalar(),
      learningRate: (step) => [0.5, 0.25, 0.125][step],
      steps: 3,
      seed: 0,
      progress: false,
    });
    assert.ok(Math.abs(weight.dataSync()[0] - 0.875) < 1e-6);
  }
});

test('a learning rate that is no rate is refused at its step, from a schedule and set by hand', async () => {
  for (const rate of [NaN, -1, Infinity, 1e39]) {
    for (const optimizer of [adam({ learningRate: 0.1 }), tf.train.sgd(0.1)]) {
      const { weights, options, run } = regression({ optimizer, steps: 9, epochs: undefined });
      let before: number[] = [];
      options.learningRate = (step) => {
        before = Array.from(weights.dataSync());
        return step < 3 ? 0.1 : rate;
      };
      const message = `the learning rate of step 3 must be a number >= 0, got ${rate}`;
      await assert.rejects(run(), (error: Error) => error.name === 'RangeError' && error.message.startsWith(message));
      assert.deepEqual(Array.from(weights.dataSync()), before);
    }
    const byHand = tf.train.sgd(0.1);
    const { options, run } = regression({ optimizer: byHand, steps: 9, epochs: undefined });
    options.stop = ({ losses }) => {
      if (losses.length === 2) (byHand as unknown as { learningRate: number }).learningRate = rate;
      return false;
    };
    await assert.rejects(run(), /^RangeError: the learning rate of step 2 must be a number >= 0, got/);
    await assert.rejects(regression({ optimizer: tf.train.adam(rate) }).run(), /the learning rate of step 0 must be/);
  }
});

test('clipping shortens the common gradient and keeps its direction', () => {
  const gradients = [
    { name: 'a', tensor: tf.tensor1d([3, 0]) },
    { name: 'b', tensor: tf.scalar(4) },
  ];
  const values = (maximum: number) =>
    clipByGlobalNorm(gradients, maximum).map(({ name, tensor }) => [
      name,
      Array.from(tensor.dataSync(), (value) => Number(value.toFixed(6))),
    ]);
  assert.deepEqual(values(1), [
    ['a', [0.6, 0]],
    ['b', [0.8]],
  ]);
  assert.deepEqual(values(10), [
    ['a', [3, 0]],
    ['b', [4]],
  ]);
  assert.deepEqual(values(Infinity), values(10), 'no limit');
  const nothing = [{ name: 'a', tensor: tf.zeros([2]) }];
  assert.deepEqual(Array.from(clipByGlobalNorm(nothing, 1)[0].tensor.dataSync()), [0, 0]);
  assert.throws(() => clipByGlobalNorm(gradients, 0), /maximum must be a number > 0, got 0/);
  assert.throws(() => clipByGlobalNorm(gradients, 1e-46), /maximum must be .* got 1e-46, which is 0 in float32/);
  assert.deepEqual(clipByGlobalNorm([], 1), []);
});

test('clipping works where squares are beyond float32, and hides no number that is not finite', () => {
  const clip = (values: number[][], maximum: number) =>
    tf.tidy(() => {
      const gradients = values.map((each, index) => ({ name: `${index}`, tensor: tf.tensor1d(each) }));
      return clipByGlobalNorm(gradients, maximum).map(({ tensor }) => Array.from(tensor.dataSync()));
    });
  const near = (actual: number[][], expected: number[][]) =>
    actual.flat().forEach((value, index) => {
      const wanted = expected.flat()[index];
      assert.ok(Math.abs(value - wanted) <= 1e-6 * Math.abs(wanted), `expected ${wanted}, got ${value}`);
    });
  near(clip([[1e20, 0], [2, -1]], 1), [[1, 0], [2e-20, -1e-20]]); // prettier-ignore
  near(clip([[2.4e38, 0], [-3.2e38]], 5), [[3, 0], [-4]]);
  near(clip([[3e20], [4e20]], 1e21), [[3e20], [4e20]]);
  near(clip([[3e-25], [4e-25]], 1e-25), [[0.6e-25], [0.8e-25]]);
  near(clip([[3e-25], [4e-25]], 1), [[3e-25], [4e-25]]);
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.deepEqual(clip([[value, 1], [2]], 1), [[NaN, NaN], [NaN]]);
  }
});

test('a model of layers is trained through its variables', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3], useBias: false })] });
  const { run } = regression({
    variables: trainableVariables(model),
    loss: ({ x, y }) => tf.losses.meanSquaredError(y, model.apply(x) as tf.Tensor) as tf.Scalar,
    epochs: 60,
  });
  await run();
  const learnt = model.getWeights()[0].dataSync();
  TRUE_WEIGHTS.flat().forEach((value, index) => assert.ok(Math.abs(learnt[index] - value) < 0.2));
});

test('schedules warm up, fall and stay', () => {
  const linear = linearDecay({ peak: 1, steps: 14, warmUpSteps: 4, final: 0.1 });
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((step) => Number(linear(step).toFixed(6))),
    [0.2, 0.4, 0.6, 0.8, 1],
  );
  assert.ok(Math.abs(linear(9) - 0.55) < 1e-12);
  assert.equal(linear(14), 0.1);
  assert.equal(linear(1000), 0.1);
  const cosine = cosineDecay({ peak: 2, steps: 100 });
  assert.equal(cosine(0), 2);
  assert.ok(Math.abs(cosine(25) - (1 + Math.SQRT1_2)) < 1e-12);
  assert.ok(Math.abs(cosine(50) - 1) < 1e-12);
  assert.ok(cosine(100) < 1e-12);
  assert.equal(constantRate(0.3)(77), 0.3);
  assert.throws(() => linearDecay({ peak: -1, steps: 5 }), /peak must be a number >= 0, got -1/);
  assert.throws(() => cosineDecay({ peak: 1, steps: 5, warmUpSteps: 5 }), /warmUpSteps must be .* got 5/);
  assert.throws(() => constantRate(NaN), /rate must be/);
});

test('wrong options are named before anything runs', async () => {
  await assert.rejects(regression({ epochs: undefined }).run(), /give either epochs or steps/);
  await assert.rejects(regression({ steps: 3 }).run(), /got epochs: 3 and steps: 3/);
  await assert.rejects(regression({ epochs: 0 }).run(), /epochs must be a positive integer, got 0/);
  for (const clipNorm of [0, -1, NaN, 1e-46]) {
    await assert.rejects(regression({ clipNorm }).run(), /clipNorm must be a number > 0, got/);
  }
  await assert.rejects(regression({ variables: [] }).run(), /variables must hold at least one variable/);
  await assert.rejects(regression({ seed: 0.5 }).run(), /seed must be an integer, got 0.5/);
  await assert.rejects(regression({ batches: () => [] }).run(), /batches gave no batch for epoch 0/);
});

test('progress is told each step, and an unknown number of steps becomes known after an epoch', async () => {
  const states: ProgressState[] = [];
  const sentences: string[] = [];
  const progress: Progress = {
    update: (state) => states.push(state),
    finish: (_state, sentence) => sentences.push(sentence),
  };
  await regression({ epochs: 2, progress, evaluate: () => ({ accuracy: 0.25 }) }).run();
  assert.equal(states.length, 8);
  assert.deepEqual([states[0].steps, states[7].steps], [undefined, 8]);
  assert.deepEqual([states[0].metrics, states[7].metrics], [undefined, { accuracy: 0.25 }]);
  assert.match(sentences.join(), /^Finished: 8 steps in \d+ s\.$/);
});

for (const backend of ['tensorflow', 'cpu']) {
  describe(`numbers that an optimizer can work with, on ${backend}`, () => {
    onBackend(backend);

    test('are finite and have finite squares, in every place of every tensor', () => {
      const holds = (...values: number[]) =>
        tf.tidy(() => haveFiniteSquares([tf.ones([40, 30]), tf.scalar(-3), tf.tensor2d(values, [values.length, 1])]));
      assert.ok(holds(1e18, -1e18, 0, 1e-40));
      for (const value of [NaN, Infinity, -Infinity, 1e20, -1e20]) {
        for (const place of [0, 17, 63]) {
          const values = Array.from({ length: 64 }, (_, index) => (index === place ? value : 1));
          assert.ok(!holds(...values), `${value} at ${place}`);
        }
      }
    });
  });
}
