import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../../../src/tensorflow';
import { SeededRandom } from '../../../src/training/random';
import { train, trainableVariables, type TrainOptions } from '../../../src/training/train';
import { clipByGlobalNorm } from '../../../src/training/gradients';
import { constantRate, cosineDecay, linearDecay } from '../../../src/training/schedules';
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
    message: /the loss is NaN at step 6 \(epoch 1\).*smaller learning rate/,
  });
  assert.deepEqual(Array.from(weights.dataSync()), before);
  assert.ok(before.some((value) => value !== 0));
  assert.equal(process.listenerCount('SIGINT'), 0);
  assert.ok(tf.memory().numTensors <= tensors + 6, 'only the moments of Adam are new');
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
  await assert.rejects(regression({ clipNorm: 0 }).run(), /clipNorm must be a number > 0, got 0/);
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
