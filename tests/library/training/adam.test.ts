import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Adam, adam, AdamOptions, NamedTensor } from '../../../src/training';
import { tf } from '../../../src/tensorflow';
import { closeTo, onBackend, random } from '../close-to';
import { recordNativeCalls } from '../native-calls';

/** A variable that alone holds its content. */
function variable(shape: number[], seed: number): tf.Variable {
  return tf.tidy(() => tf.variable(random(shape, seed)));
}

/** Two variables and a loss with curvature that differs along each direction. */
function problem() {
  const [a, b] = [variable([3, 4], 1), variable([4], 2)];
  const x = tf.keep(random([8, 3], 3));
  const y = tf.keep(random([8, 4], 4));
  const loss = () =>
    tf.mean(
      tf.square(
        tf
          .tanh(tf.matMul(x, a as tf.Tensor2D).add(b))
          .sub(y)
          .mul(3),
      ),
    ) as tf.Scalar;
  return { a, b, loss, dispose: () => tf.dispose([a, b, x, y]) };
}

/**
 * `tf.train.adam`, ours, and the same in double precision, over the same gradients. (Were each to compute its own
 * gradients, the loss would amplify rounding.)
 */
function compare(options: AdamOptions, steps: number, rate: (step: number) => number = () => options.learningRate) {
  const [mine, theirs] = [variable([6], 1), variable([6], 1)];
  const start = Array.from(mine.dataSync());
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  const optimizer = adam(options);
  const reference = tf.train.adam(learningRate, beta1, beta2, epsilon) as tf.AdamOptimizer;
  const exact = { value: start, first: start.map(() => 0), second: start.map(() => 0) };
  for (let step = 1; step <= steps; step++) {
    const gradient = random([6], 100 + step);
    optimizer.learningRate = rate(step);
    (reference as unknown as { learningRate: number }).learningRate = rate(step);
    optimizer.applyGradients([{ name: mine.name, tensor: gradient }]);
    reference.applyGradients([{ name: theirs.name, tensor: gradient }]);
    gradient.dataSync().forEach((g, index) => {
      exact.first[index] = beta1 * exact.first[index] + (1 - beta1) * g;
      exact.second[index] = beta2 * exact.second[index] + (1 - beta2) * g * g;
      const size = Math.sqrt(exact.second[index] / (1 - beta2 ** step)) + epsilon;
      exact.value[index] -= (rate(step) * exact.first[index]) / (1 - beta1 ** step) / size;
    });
    gradient.dispose();
  }
  closeTo(mine, theirs, 1e-6);
  closeTo(mine, exact.value, 1e-6);
  tf.dispose([mine, theirs]);
  optimizer.dispose();
  reference.dispose();
}

for (const backend of ['tensorflow', 'cpu', 'wasm']) {
  describe(`adam on ${backend}`, () => {
    onBackend(backend);

    test('equals tf.train.adam over many steps', () => compare({ learningRate: 0.01, epsilon: 1e-7 }, 60));

    test('equals tf.train.adam with other constants', () =>
      compare({ learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }, 30));

    test('takes a new learning rate before each step', () =>
      compare({ learningRate: 0.02, epsilon: 1e-7 }, 20, (step) => 0.02 / step));

    test('clipNorm shortens all gradients together, and leaves short ones alone', () => {
      const apply = (clipNorm: number | undefined, gradient: number[]) => {
        const variable = tf.variable(tf.tensor1d([0, 0]));
        // Adam's step hardly depends on the gradient's length, so let epsilon dominate: step = rate * gradient / epsilon.
        const optimizer = adam({ learningRate: 1, epsilon: 1e6, clipNorm });
        const tensor = tf.tensor1d(gradient);
        optimizer.applyGradients([{ name: variable.name, tensor }]);
        const moved = Array.from(variable.dataSync(), (value) => value * -1e6);
        tf.dispose([variable, tensor]);
        optimizer.dispose();
        return moved;
      };
      closeTo(apply(5, [30, 40]), [3, 4], 1e-4);
      closeTo(apply(50, [30, 40]), [30, 40], 1e-3);
      closeTo(apply(undefined, [30, 40]), [30, 40], 1e-3);
      closeTo(apply(Infinity, [30, 40]), [30, 40], 1e-3);
      closeTo(apply(5, [0, 0]), [0, 0], 0);
    });

    test('a variable assigned from outside is moved from its new place', () => {
      const variable = tf.variable(tf.tensor1d([1, 2]));
      const optimizer = adam({ learningRate: 0.1 });
      const gradient = tf.tensor1d([1, -1]);
      optimizer.applyGradients({ [variable.name]: gradient });
      closeTo(variable, [0.9, 2.1], 1e-6);
      tf.tidy(() => variable.assign(tf.tensor1d([10, 20])));
      optimizer.applyGradients({ [variable.name]: gradient });
      closeTo(variable, [9.9, 20.1], 1e-5);
      tf.dispose([variable, gradient]);
      optimizer.dispose();
    });

    test('a state taken and set again continues to the same numbers, by name and by position', async () => {
      const straight = problem();
      const stopped = problem();
      const renamed = problem();
      const [first, second, third, fourth] = [0, 1, 2, 3].map(() => adam({ learningRate: 0.05 }));
      for (let step = 0; step < 8; step++) first.minimize(straight.loss, false, [straight.a, straight.b]);
      for (let step = 0; step < 5; step++) second.minimize(stopped.loss, false, [stopped.a, stopped.b]);
      const state = await second.getState();
      assert.deepEqual(
        state.map(({ name }) => name),
        ['iter', `${stopped.a.name}/m`, `${stopped.b.name}/m`, `${stopped.a.name}/v`, `${stopped.b.name}/v`],
      );
      renamed.a.assign(stopped.a);
      renamed.b.assign(stopped.b);
      await third.setState(state);
      await fourth.setState(state);
      tf.dispose(state.map(({ tensor }) => tensor));
      const untouched = await third.getState(); // before its first step it gives back what it was given
      assert.equal(untouched.length, 5);
      tf.dispose(untouched.map(({ tensor }) => tensor));
      for (let step = 5; step < 8; step++) third.minimize(stopped.loss, false, [stopped.a, stopped.b]);
      for (let step = 5; step < 8; step++) fourth.minimize(renamed.loss, false, [renamed.a, renamed.b]);
      assert.equal(third.iterations, 8);
      for (const each of [stopped, renamed]) {
        assert.deepEqual(each.a.arraySync(), straight.a.arraySync());
        assert.deepEqual(each.b.arraySync(), straight.b.arraySync());
      }
      for (const each of [straight, stopped, renamed, first, second, third, fourth]) each.dispose();
    });

    test('trains a layers model', async () => {
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
      const optimizer = adam({ learningRate: 0.1 });
      model.compile({ optimizer, loss: 'meanSquaredError' });
      const x = random([32, 2], 5);
      const y = tf.tidy(() => x.sum(1, true).mul(2).add(1));
      const before = (await model.trainOnBatch(x, y)) as number;
      for (let step = 0; step < 150; step++) await model.trainOnBatch(x, y);
      const after = (await model.trainOnBatch(x, y)) as number;
      assert.ok(after < before / 100, `the loss went from ${before} to ${after}`);
      tf.dispose([x, y]);
      model.dispose();
      optimizer.dispose();
    });

    test('leaks no tensor, neither in a step nor when disposed of', async () => {
      const { a, b, loss, dispose } = problem();
      const start = tf.memory().numTensors;
      const optimizer = adam({ learningRate: 0.1, clipNorm: 1 });
      optimizer.minimize(loss, false, [a, b]);
      const afterOne = tf.memory().numTensors;
      for (let step = 0; step < 10; step++) optimizer.minimize(loss, false, [a, b]);
      assert.equal(tf.memory().numTensors, afterOne);
      const state = await optimizer.getState();
      await optimizer.setState(state);
      tf.dispose(state.map(({ tensor }) => tensor));
      optimizer.minimize(loss, false, [a, b]);
      optimizer.dispose();
      assert.equal(tf.memory().numTensors, start);
      dispose();
    });
  });
}

test('on the native backend the native update runs, and leaves no native handle behind', async () => {
  const { a, b, loss, dispose } = problem();
  tf.dispose(loss()); // values made in JavaScript move to the native side at their first use
  const { operations, handles } = await recordNativeCalls(async () => {
    const optimizer = adam({ learningRate: 0.1, clipNorm: 1 });
    for (let step = 0; step < 3; step++) optimizer.minimize(loss, false, [a, b]);
    const state = await optimizer.getState();
    await optimizer.setState(state);
    tf.dispose(state.map(({ tensor }) => tensor));
    optimizer.minimize(loss, false, [a, b]);
    optimizer.dispose();
  });
  assert.equal(operations.filter((name) => name === 'ResourceApplyAdam').length, 8);
  assert.equal(operations.filter((name) => name === 'VarHandleOp').length, 12);
  assert.equal(operations.filter((name) => name === 'DestroyResourceOp').length, 12);
  assert.equal(handles, 0);
  dispose();
});

test('saving a model with its optimizer leaves nothing behind, however often', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
  const optimizer = adam({ learningRate: 0.1 });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const [x, y] = [random([8, 4], 1), random([8, 3], 2)];
  const save = async () => {
    let saved: tf.io.ModelArtifacts | undefined;
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(handler, { includeOptimizer: true });
    return saved!.weightSpecs!.filter(({ group }) => group === 'optimizer').length;
  };
  await model.trainOnBatch(x, y);
  const start = tf.memory().numTensors;
  assert.equal(await save(), 5, 'the count of steps, and two moments for kernel and bias');
  const { handles } = await recordNativeCalls(async () => {
    for (let time = 0; time < 5; time++) await save();
  });
  assert.equal(handles, 0, 'each save gives back what the one before it took');
  await model.trainOnBatch(x, y);
  assert.equal(tf.memory().numTensors, start, 'a step gives back what the last save took');
  await optimizer.setWeights(await optimizer.getWeights());
  const again = await optimizer.getState();
  assert.deepEqual(again.map(({ tensor }) => tensor.shape), [[], [4, 3], [3], [4, 3], [3]]); // prettier-ignore
  tf.dispose([x, y, ...again.map(({ tensor }) => tensor)]);
  model.dispose();
  optimizer.dispose();
});

test('is saved with a model and loaded again', () => {
  const optimizer = adam({ learningRate: 0.3, beta1: 0.5, clipNorm: 2 });
  const copy = Adam.fromConfig(
    Adam as unknown as tf.serialization.SerializableConstructor<Adam>,
    JSON.parse(JSON.stringify(optimizer.getConfig())) as tf.serialization.ConfigDict,
  );
  assert.ok(copy instanceof Adam);
  assert.deepEqual(copy.getConfig(), optimizer.getConfig());
});

test('options out of range are named, those that float32 cannot tell from them included', () => {
  const wrong: [Partial<AdamOptions>, RegExp][] = [
    [{ learningRate: Number.NaN }, /^RangeError: learningRate must be a number >= 0, got NaN$/],
    [{ learningRate: -1 }, /learningRate must be a number >= 0, got -1$/],
    [{ learningRate: 1e39 }, /learningRate must be a number >= 0, got 1e\+39, which is Infinity in float32$/],
    [{ beta1: 1 }, /^RangeError: beta1 must be a number of at least 0 and below 1, got 1$/],
    [{ beta1: 1 - 1e-9 }, /beta1 must be .*, got 0\.999999999, which is 1 in float32$/],
    [{ beta2: -1 }, /beta2 must be/],
    [{ beta2: NaN }, /beta2 must be/],
    [{ epsilon: 0 }, /epsilon must be a number of at least 1e-30, got 0$/],
    [{ epsilon: 1e-46 }, /epsilon must be a number of at least 1e-30, got 1e-46, which is 0 in float32$/],
    [{ epsilon: Infinity }, /epsilon must be/],
    [{ clipNorm: 0 }, /^RangeError: clipNorm must be a number > 0, got 0$/],
    [{ clipNorm: NaN }, /clipNorm must be/],
  ];
  for (const [options, message] of wrong) assert.throws(() => adam({ learningRate: 0.1, ...options }), message);
});

test('a learning rate set later is checked as well, and the old one stays', () => {
  const optimizer = adam({ learningRate: 0.1 });
  for (const rate of [NaN, -1, Infinity]) {
    assert.throws(() => (optimizer.learningRate = rate), /^RangeError: learningRate must be a number >= 0, got/);
  }
  assert.equal(optimizer.learningRate, 0.1);
  assert.equal(optimizer.getConfig().learningRate, 0.1);
});

test('the smallest epsilon and a gradient of zero give no division by zero', () => {
  const variable = tf.variable(tf.tensor1d([1, 1]));
  const optimizer = adam({ learningRate: 0.1, epsilon: 1e-30, beta2: 0.9999999 });
  const gradient = tf.tensor1d([0, 1]);
  optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);
  closeTo(variable, [1, 0.9], 1e-3);
  tf.dispose([variable, gradient]);
  optimizer.dispose();
});

test('a gradient of another shape is refused before any variable moves', () => {
  const [first, second] = [tf.variable(tf.tensor1d([1])), tf.variable(tf.tensor1d([1, 2]))];
  const optimizer = adam({ learningRate: 0.1 });
  const gradient = tf.tensor1d([1]);
  const apply = () => optimizer.applyGradients({ [first.name]: gradient, [second.name]: gradient });
  assert.throws(apply, /the gradient of .* must have shape \[2\], got \[1\]/);
  assert.deepEqual([first.arraySync(), second.arraySync(), optimizer.iterations], [[1], [1, 2], 0]);
  tf.dispose([first, second, gradient]);
});

test('a state that does not fit is refused', async () => {
  const optimizer = adam({ learningRate: 0.1 });
  const tensors = [tf.scalar(3, 'int32'), tf.zeros([3]), tf.zeros([3])];
  const state = ['iter', 'w/m', 'w/v'].map((name, index): NamedTensor => ({ name, tensor: tensors[index] }));
  await assert.rejects(optimizer.setState(state.slice(1)), /state must be what getState\(\) returns/);
  await optimizer.setState(state);
  const variable = tf.variable(tf.zeros([2]));
  const other = tf.variable(tf.zeros([3]));
  const gradient = tf.zeros([2]);
  assert.throws(() => optimizer.applyGradients({ [variable.name]: gradient }), /its moments have \[3\]/);
  assert.throws(
    () => optimizer.applyGradients({ [variable.name]: gradient, [other.name]: gradient }),
    /moments for 1 variables .* gradients for 2/,
  );
  assert.throws(() => adam({ learningRate: 1 }).applyGradients({ nobody: gradient }), /no variable of that name/);
  optimizer.dispose();
  tf.dispose([...tensors, variable, other, gradient]);
});
