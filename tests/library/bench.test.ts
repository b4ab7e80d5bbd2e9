import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { layersLoss } from '../../bench/layers-model';
import { formatTable, median } from '../../bench/table';
import { Worker } from '../../bench/workers';
import { createSeq2Seq, seq2SeqVariables, teacherForcingLoss } from '../../src/seq2seq';
import { tf } from '../../src/tensorflow';
import { closeTo } from './close-to';

const root = path.resolve(__dirname, '../..');

function bench(...args: string[]) {
  const command = ['--require', 'ts-node/register/transpile-only', 'scripts/bench.ts', ...args];
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
}

test('npm run bench: an option that is wrong is named in one line, with exit status 2', () => {
  for (const [args, message] of [
    [['--fast'], /^npm run bench: Unknown option '--fast'; .*--help/],
    [['--only', 'lstm,gru'], /^npm run bench: --only gru: there is no such benchmark, only lstm, /],
    [['--rounds', '3'], /^npm run bench: --rounds must be a whole number of at least 10, got 3; /],
    [['--json', 'no/such/folder/file.json'], /^npm run bench: --json no\/such\/folder\/file.json: there is no folder /],
  ] as [string[], RegExp][]) {
    const { status, stdout, stderr } = bench(...args);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1);
    assert.equal(status, 2);
    assert.equal(stdout, '');
  }
});

test('npm run bench -- --help names every benchmark', () => {
  const { status, stdout } = bench('--help');
  assert.equal(status, 0);
  assert.match(stdout, /--only NAME.*lstm/);
});

test(
  'a worker measures ours, tf.layers, a matrix product, a training step and one on words',
  { timeout: 120_000 },
  async () => {
    const worker = Worker.tensorflow(1);
    try {
      for (const task of [
        { what: 'matmul', shape: [16] },
        { what: 'ours', shape: [2, 3, 4, 5] },
        { what: 'layers', shape: [2, 3, 4, 5] },
        { what: 'trainingStep', shape: [2, 3, 4, 6, 5, 2, 1, 4] },
        { what: 'layersTrainingStep', shape: [2, 3, 4, 6, 5, 2, 1, 4] },
        { what: 'wordTraining', shape: [4, 3, 1, 5], words: { computing: 'ours', batching: 'alike' } },
        { what: 'wordTraining', shape: [4, 3, 2, 5], words: { computing: 'layers', batching: 'longest' } },
      ] as const) {
        const { milliseconds, cpuMilliseconds } = await worker.measure({ ...task, shape: [...task.shape] });
        assert.ok(milliseconds > 0 && cpuMilliseconds > 0, JSON.stringify(task));
      }
    } finally {
      worker.stop();
    }
  },
);

test('the layers of TensorFlow.js to compare with compute the same loss and gradients, padding and all', () => {
  for (const encoderLayers of [1, 2]) {
    tf.tidy(() => {
      const model = createSeq2Seq(
        {
          ...{
            sourceVocabulary: 9,
            targetVocabulary: 8,
            embeddingUnits: 3,
            encoderUnits: 4,
            encoderLayers,
            decoderUnits: 5,
          },
          ...{ order: 'luong', attention: { score: 'general', alignment: { kind: 'soft' } } },
        },
        { seed: 1 },
      );
      const batch = {
        source: tf.tensor2d([4, 5, 6, 7, 8, 4, 0, 0], [2, 4], 'int32'),
        mask: tf.tensor2d([1, 1, 1, 1, 1, 1, 0, 0], [2, 4]),
        targets: tf.tensor2d([4, 5, 3, 6, 3, 0], [2, 3], 'int32'),
      };
      const variables = seq2SeqVariables(model);
      const layers = layersLoss(model);
      const ours = tf.variableGrads(() => teacherForcingLoss(model, batch), variables);
      const theirs = tf.variableGrads(() => layers(batch), variables);
      closeTo(theirs.value, ours.value, 1e-6);
      assert.deepEqual(Object.keys(theirs.grads).sort(), Object.keys(ours.grads).sort());
      for (const [name, gradient] of Object.entries(ours.grads)) {
        closeTo(theirs.grads[name], gradient, 1e-6, name);
      }
    });
  }
});

test('without PyTorch the comparison is left out, with the reason', { timeout: 60_000 }, async () => {
  const before = process.env.PYTHON;
  process.env.PYTHON = path.join(root, 'no-python');
  try {
    assert.match(String(await Worker.torch(1)), /^PyTorch is not compared: .*no-python.* Set PYTHON/);
  } finally {
    if (before === undefined) delete process.env.PYTHON;
    else process.env.PYTHON = before;
  }
});

test('a table is text with its columns below each other', () => {
  assert.equal(
    formatTable({
      title: 'T',
      columns: ['what', 'ms'],
      rows: [
        { what: 'a', ms: 1.234 },
        { what: 'long', ms: null },
      ],
      notes: ['n'],
    }),
    ['T', '', 'what    ms', '----  ----', 'a     1.23', 'long     -', '', 'n'].join('\n'),
  );
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});
