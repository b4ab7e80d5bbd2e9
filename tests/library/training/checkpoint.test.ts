import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, mock, test } from 'node:test';
import { tf } from '../../../src/tensorflow';
import { adam } from '../../../src/training/adam';
import { readCheckpoint, writeCheckpoint } from '../../../src/training/checkpoint';
import type { ProgressState } from '../../../src/training/progress';
import { SeededRandom } from '../../../src/training/random';
import type { Optimizer } from '../../../src/training/optimizer';
import { train, type TrainOptions } from '../../../src/training/train';
import { describeResult, toyTraining } from './toy-training';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-checkpoints-'));
after(() => fs.rmSync(scratch, { recursive: true }));
let count = 0;
const newFolder = () => path.join(scratch, String(count++));

function write(folder: string, step: number, value = step): string {
  const tensor = tf.fill([2, 3], value);
  const place = writeCheckpoint(folder, { step, state: { step }, tensors: { variables: [{ name: 'w', tensor }] } });
  tensor.dispose();
  return place;
}

test('what is written is read again, bit by bit', () => {
  const folder = newFolder();
  const tensors = [
    {
      name: 'a',
      tensor: tf.tensor2d([
        [0.1, -0],
        [1e-42, 3e38],
      ]),
    },
    { name: 'b', tensor: tf.scalar(-7, 'int32') },
    { name: 'c', tensor: tf.tensor1d([true, false, true], 'bool') },
    { name: 'd', tensor: tf.zeros([0, 4]) },
  ];
  writeCheckpoint(folder, { step: 12, state: { text: 'é', list: [1.5] }, tensors: { variables: tensors, empty: [] } });
  const read = readCheckpoint(folder)!;
  assert.equal(read.step, 12);
  assert.deepEqual(read.state, { text: 'é', list: [1.5] });
  assert.deepEqual(read.tensors.empty, []);
  read.tensors.variables.forEach(({ name, tensor }, index) => {
    assert.equal(name, tensors[index].name);
    assert.deepEqual([tensor.shape, tensor.dtype], [tensors[index].tensor.shape, tensors[index].tensor.dtype]);
    assert.deepEqual(tensor.dataSync(), tensors[index].tensor.dataSync());
  });
});

test('the newest is read, by number and not by spelling, and the one before it is kept', () => {
  const folder = newFolder();
  assert.equal(readCheckpoint(folder), null);
  for (const step of [9, 100, 200000000]) write(folder, step);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['step-00000100', 'step-200000000']);
  assert.equal(readCheckpoint(folder)!.step, 200000000);
});

test('a step that is not above the newest one is refused, so that nothing is lost in silence', () => {
  const folder = newFolder();
  write(folder, 5);
  for (const step of [5, 4]) assert.throws(() => write(folder, step), /step must be above .* step-00000005; got/);
  assert.deepEqual(readCheckpoint(folder)!.state, { step: 5 });
});

test('a step that no folder could be named by is refused', () => {
  for (const step of [-1, 1.5, NaN, 2 ** 60])
    assert.throws(() => write(newFolder(), step), /step must be a whole number/);
});

test('a checkpoint of another version is whole: nobody is told to delete it', () => {
  const folder = newFolder();
  const manifest = path.join(write(folder, 1), 'manifest.json');
  fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace('checkpoint 1', 'checkpoint 2'));
  assert.throws(
    () => readCheckpoint(folder),
    (error: Error) => {
      assert.equal(error.name, 'CheckpointError');
      assert.match(
        error.message,
        /manifest\.json was written by another version .* "attention-notebooks checkpoint 2", /,
      );
      assert.doesNotMatch(error.message, /[Dd]elete|^the checkpoint/);
      return true;
    },
  );
});

type Damage = [name: string, damage: (place: string) => void, message: RegExp];
const flip = (place: string, name: string) => {
  const bytes = fs.readFileSync(path.join(place, name));
  bytes[Math.floor(bytes.length / 2)] ^= 1;
  fs.writeFileSync(path.join(place, name), bytes);
};
const DAMAGES: Damage[] = [
  [
    'truncated',
    (place) => fs.truncateSync(path.join(place, 'variables.bin'), 10),
    /variables\.bin has 10 bytes, expected 24/,
  ],
  [
    'altered',
    (place) => flip(place, 'variables.bin'),
    /variables\.bin has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}/,
  ],
  ['its state altered', (place) => flip(place, 'state.json'), /state\.json has SHA-256/],
  [
    'without a file',
    (place) => fs.rmSync(path.join(place, 'variables.bin')),
    /variables\.bin is missing, expected 24 bytes/,
  ],
  ['without manifest', (place) => fs.rmSync(path.join(place, 'manifest.json')), /manifest\.json is missing/],
  [
    'with half a manifest',
    (place) => fs.truncateSync(path.join(place, 'manifest.json'), 40),
    /manifest\.json is not JSON/,
  ],
  [
    'of another format',
    (place) => fs.writeFileSync(path.join(place, 'manifest.json'), '{"format":"x"}'),
    /has the format "x", expected/,
  ],
];
for (const [name, damage, message] of DAMAGES) {
  test(`a checkpoint ${name} is refused, and the message says what to do`, () => {
    const folder = newFolder();
    write(folder, 1);
    const place = write(folder, 2);
    damage(place);
    const tensors = tf.memory().numTensors;
    assert.throws(
      () => readCheckpoint(folder),
      (error: Error) => {
        assert.equal(error.name, 'CheckpointError');
        assert.match(error.message, message);
        assert.ok(error.message.includes(place));
        assert.match(error.message, /Delete the folder .* to go on from the checkpoint before it, step-00000001\./);
        return true;
      },
    );
    assert.equal(tf.memory().numTensors, tensors);
    fs.rmSync(place, { recursive: true });
    assert.equal(readCheckpoint(folder)!.step, 1);
    damage(path.join(folder, 'step-00000001'));
    assert.throws(() => readCheckpoint(folder), /to start from the beginning\./);
  });
}

for (const failing of ['mkdirSync', 'writeSync', 'fsyncSync', 'renameSync'] as const) {
  test(`when the disk is full at ${failing}, the old checkpoint stays and nothing half-written is left`, () => {
    const folder = newFolder();
    write(folder, 1);
    const original = fs[failing] as (...args: unknown[]) => unknown;
    let calls = 0;
    const full = mock.method(fs, failing, (...args: unknown[]) => {
      calls += 1;
      // The first mkdir is the folder that is there already.
      if (calls >= 2 || failing === 'renameSync')
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return original(...args);
    });
    try {
      assert.throws(
        () => write(folder, 2),
        /step 2 could not be written to .*ENOSPC.* The earlier one, step-00000001, is untouched\./,
      );
    } finally {
      full.mock.restore();
    }
    assert.deepEqual(fs.readdirSync(folder), ['step-00000001']);
    assert.equal(readCheckpoint(folder)!.step, 1);
  });
}

test('what killed processes left is cleared away, what living ones write is not', () => {
  const folder = newFolder();
  const dead = spawnSync(process.execPath, ['-e', '0']).pid;
  fs.mkdirSync(path.join(folder, `.writing-${dead}-aa`), { recursive: true });
  fs.mkdirSync(path.join(folder, `.writing-${process.pid}-bb`));
  write(folder, 1);
  assert.deepEqual(fs.readdirSync(folder).sort(), [`.writing-${process.pid}-bb`, 'step-00000001']);
});

const OPTIMIZERS: Record<string, () => Optimizer> = {
  adam: () => adam({ learningRate: 0.05 }),
  'tf.train.adam': () => tf.train.adam(0.05),
  'tf.train.momentum': () => tf.train.momentum(0.01, 0.9),
  'tf.train.rmsprop': () => tf.train.rmsprop(0.01),
  'tf.train.adagrad': () => tf.train.adagrad(0.1),
  'tf.train.sgd': () => tf.train.sgd(0.05),
};
for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
  test(`with ${name}, a training that stops and goes on comes to the same bits as one that runs through`, async () => {
    const whole = toyTraining({ optimizer: optimizer() });
    const expected = await whole.run();
    const folder = newFolder();
    let last: Awaited<ReturnType<typeof train>> | undefined;
    let variables: tf.Variable[] = [];
    // Within an epoch, at an epoch's last step, and at once again; an epoch has 4 steps.
    for (const stopAt of [2, 4, 5, 11, Infinity]) {
      const part = toyTraining({
        optimizer: optimizer(),
        checkpoint: { folder },
        stop: ({ losses }) => losses.length >= stopAt,
      });
      last = await part.run();
      variables = part.variables;
    }
    assert.deepEqual(last!.losses, expected.losses);
    variables.forEach((variable, index) => {
      assert.deepEqual(variable.dataSync(), whole.variables[index].dataSync());
    });
    const plain = (history: typeof expected) =>
      history.epochs.map(({ epoch, step, loss, metrics }) => ({ epoch, step, loss, metrics }));
    assert.deepEqual(plain(last!), plain(expected));
  });
}

test('a finished training that is started again does nothing and tells its history', async () => {
  const folder = newFolder();
  const first = await toyTraining({ checkpoint: { folder } }).run();
  const again = toyTraining({ checkpoint: { folder }, loss: () => assert.fail('no step is to be made') });
  const history = await again.run();
  assert.deepEqual(history.losses, first.losses);
  assert.deepEqual(history.epochs, first.epochs);
  assert.equal(history.end, 'finished');
});

test('a figure that is not a number is one after resuming too, and the training goes on', async () => {
  const folder = newFolder();
  const evaluate = () => ({ perplexity: Infinity, accuracy: NaN, loss: 1 });
  await toyTraining({ epochs: 1, evaluate, checkpoint: { folder } }).run();
  const lines: string[] = [];
  const progress = {
    update: ({ metrics = {} }: ProgressState) => void lines.push(JSON.stringify(Object.keys(metrics))),
    finish: ({ metrics = {} }: ProgressState) => void lines.push(Object.values(metrics).map(String).join()),
  };
  const { epochs } = await toyTraining({ epochs: 2, evaluate, checkpoint: { folder }, progress }).run();
  assert.deepEqual(epochs[0].metrics, { perplexity: NaN, accuracy: NaN, loss: 1 });
  assert.equal(lines.at(-1), 'Infinity,NaN,1');
});

test('more epochs can be asked for later', async () => {
  const folder = newFolder();
  await toyTraining({ epochs: 1, checkpoint: { folder } }).run();
  const longer = await toyTraining({ epochs: 3, checkpoint: { folder } }).run();
  assert.deepEqual(longer.losses, (await toyTraining({ epochs: 3 }).run()).losses);
});

test('a checkpoint that has learned longer than is asked for is refused', async () => {
  const folder = newFolder();
  await toyTraining({ epochs: 3, checkpoint: { folder } }).run();
  await assert.rejects(toyTraining({ epochs: 2, checkpoint: { folder } }).run(), {
    name: 'CheckpointError',
    message: /stand at epoch 3, beyond the 2 asked for: ask for at least as many, or use another folder/,
  });
  const shorter = toyTraining({ steps: 5, epochs: undefined, checkpoint: { folder } });
  await assert.rejects(shorter.run(), /stand at step 12, beyond the 5 asked/);
  assert.equal((await toyTraining({ epochs: 3, checkpoint: { folder } }).run()).losses.length, 12);
});

test('two trainings in one folder: the second is refused before it begins, the first goes on', async () => {
  const folder = newFolder();
  const second = () => toyTraining({ checkpoint: { folder } }).run();
  let refused = 0;
  const evaluate = async () => {
    await assert.rejects(second(), {
      name: 'CheckpointError',
      message: /another training \(process \d+\) writes its checkpoints into .*: give each a folder of its own/,
    });
    refused += 1;
    return {};
  };
  const first = await toyTraining({ epochs: 2, evaluate, checkpoint: { folder } }).run();
  assert.equal(refused, 2);
  assert.equal(first.losses.length, 8);
  assert.ok(
    fs.readdirSync(folder).every((name) => name.startsWith('step-')),
    'the claim is gone',
  );
  await second();
});

test('the claim of a killed training, of a like-numbered process, or cut short is no obstacle; a living one is', async () => {
  const folder = newFolder();
  fs.mkdirSync(folder);
  const claim = path.join(folder, '.training');
  const dead = spawnSync(process.execPath, ['-e', '0']).pid;
  const host = os.hostname();
  for (const left of [
    JSON.stringify({ pid: dead, host }),
    JSON.stringify({ pid: process.pid, host, began: '1' }),
    '{"pi',
  ]) {
    fs.writeFileSync(claim, left);
    await toyTraining({ checkpoint: { folder } }).run();
    assert.ok(!fs.existsSync(claim));
  }
});

test('a training from another machine that wrote a later checkpoint ends this one in a clear error', async () => {
  const folder = newFolder();
  const evaluate = () => {
    write(folder, 1000);
    return {};
  };
  await assert.rejects(toyTraining({ epochs: 1, evaluate, checkpoint: { folder } }).run(), {
    name: 'CheckpointError',
    message: /another training has written a later checkpoint into .* meanwhile: .*step-00001000/,
  });
});

test('a folder of something else is named', async () => {
  const folder = newFolder();
  writeCheckpoint(folder, { step: 1, state: { description: {} }, tensors: {} });
  await assert.rejects(toyTraining({ checkpoint: { folder } }).run(), {
    name: 'CheckpointError',
    message: /holds a saved model, not the checkpoints of a training$/,
  });
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  const write = (place: string) => () => writeCheckpoint(place, { step: 1, state: {}, tensors: {} });
  assert.throws(() => readCheckpoint(file), { name: 'CheckpointError', message: /file is a file; name the folder/ });
  assert.throws(write(path.join(file, 'below')), { name: 'CheckpointError', message: /below could not be made/ });
});

test('variables that are not trained by gradients are saved too', async () => {
  const folder = newFolder();
  const mean = tf.variable(tf.scalar(5));
  await toyTraining({ checkpoint: { folder, otherVariables: [mean] } }).run();
  mean.assign(tf.scalar(0));
  await toyTraining({ checkpoint: { folder, otherVariables: [mean] } }).run();
  assert.equal(mean.dataSync()[0], 5);
});

test('a checkpoint of another training is refused', async () => {
  const folder = newFolder();
  const config = { units: 3 };
  await toyTraining({ checkpoint: { folder, config } }).run();
  const start = (overrides: Partial<TrainOptions<never>>) =>
    toyTraining({ checkpoint: { folder, config }, ...(overrides as object) }).run();
  await assert.rejects(
    start({ seed: 1 }),
    /were made with seed 0, and now it is 1\. Use the same seed to go on, or another folder/,
  );
  await assert.rejects(start({ checkpoint: { folder, config: { units: 4 } } }), /made with units 3, and now it is 4/);
  await assert.rejects(
    start({ variables: [tf.variable(tf.zeros([3, 2]))] }),
    /are of another model: there were 2 variables and are 1/,
  );
  const other = [tf.variable(tf.zeros([3, 2])), tf.variable(tf.zeros([1]))];
  await assert.rejects(start({ variables: other }), /variable 0 was float32 \[3, 1\] and is float32 \[3, 2\]/);
});

test('saving and resuming leave no tensor behind', async () => {
  for (const make of [() => adam({ learningRate: 0.05 }), () => tf.train.adam(0.05)]) {
    const folder = newFolder();
    const optimizer = make();
    const { variables } = toyTraining();
    const run = (epochs: number) =>
      toyTraining({ variables, optimizer, epochs, checkpoint: { folder, everySeconds: 0 } }, variables).run();
    await run(1);
    await run(2);
    const before = tf.memory().numTensors;
    await run(6);
    assert.equal(tf.memory().numTensors, before);
  }
});

type Breaking = [optimizer: () => Optimizer, rate: number, breaks: (loss: tf.Tensor) => tf.Tensor, message: RegExp];
const BREAKINGS: Record<string, Breaking> = {
  'a gradient that is not finite': [
    () => adam({ learningRate: 0.05 }),
    0.05,
    (loss) => loss.add(loss.mul(0).relu().sqrt()),
    /the gradient of variables\[0\] .* holds NaN at step 6 \(epoch 1\)/,
  ],
  'a step beyond float32': [
    () => tf.train.sgd(0.05),
    1e38,
    (loss) => loss.mul(1e3),
    /after step 6 \(epoch 1\), variables\[0\] .* holds -?Infinity/,
  ],
};
for (const [what, [optimizer, rate, breaks, message]] of Object.entries(BREAKINGS)) {
  test(`nothing is saved of ${what}, and the training goes on from the checkpoint before it`, async () => {
    const folder = newFolder();
    const { options, run } = toyTraining({ optimizer: optimizer(), checkpoint: { folder, everySeconds: 0 } });
    const { loss } = options;
    options.learningRate = (step) => (step < 6 ? 0.05 : rate);
    options.loss = (batch, context) => (context.step < 6 ? loss(batch, context) : breaks(loss(batch, context)));
    await assert.rejects(run(), { name: 'LossError', message });
    const checkpoint = readCheckpoint(folder)!;
    assert.equal(checkpoint.step, 6);
    for (const { name, tensor } of Object.values(checkpoint.tensors).flat()) {
      assert.ok(tensor.dataSync().every(Number.isFinite), `${name} is finite`);
    }
    const learningRate = () => 0.05;
    const expected = toyTraining({ optimizer: optimizer(), learningRate });
    const mended = toyTraining({ optimizer: optimizer(), learningRate, checkpoint: { folder } });
    assert.deepEqual((await mended.run()).losses, (await expected.run()).losses);
    mended.variables.forEach((variable, index) => {
      assert.deepEqual(variable.dataSync(), expected.variables[index].dataSync());
    });
  });
}

test('a checkpoint that holds what is not finite is refused, and the message says what to do', async () => {
  const folder = newFolder();
  const { variables, run } = toyTraining({ epochs: 1, checkpoint: { folder } });
  await run();
  const { state, tensors, step } = readCheckpoint(folder)!;
  const broken = tensors.variables.map((entry) => ({ ...entry, tensor: entry.tensor.mul(NaN) }));
  writeCheckpoint(folder, { step: step + 1, state, tensors: { ...tensors, variables: broken } });
  await assert.rejects(toyTraining({ checkpoint: { folder } }, variables).run(), {
    name: 'CheckpointError',
    message: /^in the newest checkpoint in .*, variables\[0\] .* holds NaN: training cannot go on from it\. Delete its/,
  });
});

test("an optimizer's state that is no longer finite is not saved", async () => {
  const folder = newFolder();
  const optimizer = tf.train.adagrad(0.05, Infinity); // its steps are 0: the variables alone show nothing
  await assert.rejects(toyTraining({ optimizer, checkpoint: { folder } }).run(), {
    name: 'LossError',
    message: /the optimizer's .* is no longer finite: training cannot go on, and nothing is saved of it/,
  });
  assert.equal(readCheckpoint(folder), null);
});

test('an optimizer without state to give is refused', async () => {
  const optimizer: Optimizer = { applyGradients: () => {} };
  await assert.rejects(
    toyTraining({ optimizer, checkpoint: { folder: newFolder() } }).run(),
    /Object cannot be saved in a checkpoint: it has no getWeights/,
  );
});

test('a training killed at any moment, again and again, comes to the same bits', async () => {
  const script = path.join(__dirname, 'toy-training-process.ts');
  const run = (folder: string, killAfter?: number) =>
    new Promise<{ output: string; killed: boolean }>((resolve, reject) => {
      const child = spawn(process.execPath, ['--require', 'ts-node/register/transpile-only', script, folder]);
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        // The clock starts with the first step: before it there is nothing to lose.
        if (output === '' && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
        output += data.toString();
      });
      child.stderr.on('data', (data: Buffer) => process.stderr.write(data));
      child.on('error', reject);
      child.on('exit', (_code, signal) => resolve({ output, killed: signal === 'SIGKILL' }));
    });
  const result = (output: string) => /result (.*)/.exec(output)?.[1] ?? assert.fail(`no result in ${output}`);

  const random = new SeededRandom(0);
  const folder = newFolder();
  let kills = 0;
  for (let attempt = 0; attempt < 3; attempt++) {
    const { killed } = await run(folder, 20 + random.integer(250));
    if (killed) kills += 1;
  }
  assert.ok(kills >= 2, `only ${kills} of 3 were killed before they ended`);
  const { variables, run: runThrough } = toyTraining({ epochs: 25 });
  const { losses } = await runThrough();
  assert.equal(result((await run(folder)).output), describeResult(variables, losses));
});
