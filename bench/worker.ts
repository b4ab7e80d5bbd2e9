/**
 * Measures what it is asked for, one run at a time, so that several such processes can take turns.
 *
 * Reads a line of JSON from standard input (a {@link Task}), writes one with the milliseconds of one run.
 */
import readline from 'node:readline';
import { bidirectional, LstmWeights } from '../src/recurrent';
import { tf } from '../src/tensorflow';
import { trainingStepRun } from './seq2seq';
import { wordTrainingRun } from './word-training';
import type { Task, TaskResult } from './workers';

const runs = new Map<string, () => void>();

function measure(task: Task): TaskResult {
  const key = JSON.stringify(task);
  let run = runs.get(key);
  if (!run) {
    run = prepare(task);
    for (let round = 0; round < 3; round++) run();
    runs.set(key, run);
  }
  const cpu = process.cpuUsage();
  const start = performance.now();
  run();
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds, cpuMilliseconds: (user + system) / 1000 };
}

function prepare(task: Task): () => void {
  switch (task.what) {
    case 'matmul':
      return matmul(task.shape[0]);
    case 'ours':
      return oursBidirectional(task.shape);
    case 'trainingStep':
      return trainingStepRun(task.shape, 'ours');
    case 'layersTrainingStep':
      return trainingStepRun(task.shape, 'layers');
    case 'wordTraining':
      return wordTrainingRun(task.shape, task.words!);
    case 'layers':
      return layersBidirectional(task.shape);
  }
}

function matmul(size: number): () => void {
  const [a, b] = [0, 1].map(() => tf.randomNormal([size, size]) as tf.Tensor2D);
  return () => tf.matMul(a, b).dispose();
}

/** Forward, then backward with the gradients of the input and of all weights. */
function gradientRun(outputs: () => tf.Tensor, probe: tf.Tensor, variables: tf.Variable[]): () => void {
  return () => {
    const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(outputs(), probe)) as tf.Scalar, variables);
    value.dataSync();
    tf.dispose([value, grads]);
  };
}

function oursBidirectional([batch, time, features, units]: number[]): () => void {
  const variable = (shape: number[]) => tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 0.1)));
  const x = variable([batch, time, features]);
  const [forward, backward] = [0, 1].map(() => ({
    kernel: variable([features, 4 * units]),
    recurrentKernel: variable([units, 4 * units]),
    bias: variable([4 * units]),
  }));
  const probe = tf.randomNormal([batch, time, 2 * units]);
  const run = () =>
    bidirectional(x as tf.Tensor as tf.Tensor3D, forward as object as LstmWeights, backward as object as LstmWeights);
  const variables = [x, ...Object.values(forward), ...Object.values(backward)];
  return gradientRun(() => run().outputs, probe, variables);
}

function layersBidirectional([batch, time, features, units]: number[]): () => void {
  const x = tf.tidy(() => tf.variable(tf.randomNormal([batch, time, features])));
  const layer = tf.layers.bidirectional({
    layer: tf.layers.lstm({
      units,
      returnSequences: true,
      recurrentActivation: 'sigmoid',
      recurrentInitializer: 'glorotUniform',
    }) as tf.RNN,
    mergeMode: 'concat',
  });
  const probe = tf.randomNormal([batch, time, 2 * units]);
  tf.dispose(layer.apply(x) as tf.Tensor);
  const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return gradientRun(() => layer.apply(x) as tf.Tensor, probe, [x, ...weights]);
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(JSON.stringify(measure(JSON.parse(line) as Task)) + '\n');
});
