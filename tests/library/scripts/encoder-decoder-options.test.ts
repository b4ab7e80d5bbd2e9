import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { readCommandLine } from '../../../scripts/command-line/command';
import { maximumSteps } from '../../../scripts/g2p-figures';
import { unknownSymbols } from '../../../scripts/lexicons';
import { encoderDecoderOptions, encoderDecoderTraining } from '../../../scripts/train/encoder-decoder';
import { buildModel, keepBest, learningOf, recipeOf } from '../../../scripts/train/encoder-decoder-model';
import { g2p } from '../../../scripts/train/g2p';
import { buildVocabularies } from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { EarlyStopping } from '../../../src/training';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encoder-decoder-options-'));
after(() => fs.rmSync(folder, { recursive: true }));

const DEFAULTS = {
  ...{ embedding: 4, encoder: 4, decoder: 8, units: 4, batch: 2, learningRate: 0.01 },
  ...{ batchOf: 'examples', watched: 'a lower figure', results: 'results/task.json' },
};
const COMMAND = { line: 'npm run train -- task', about: 'Trains.', options: encoderDecoderOptions(DEFAULTS) };

function read(...args: string[]) {
  return encoderDecoderTraining(readCommandLine(COMMAND, args).values);
}

/** The learning rates of the first steps. */
function rates(steps: number, ...args: string[]): number[] {
  const { schedule } = learningOf(read(...args), steps);
  return Array.from({ length: 4 }, (_, step) => Number(schedule(step).toFixed(6)));
}

describe('the learning rate', () => {
  test('of a constant schedule rises over the warm-up, and then stays', () => {
    assert.deepEqual(rates(4, '--schedule', 'constant'), [0.01, 0.01, 0.01, 0.01]);
    const warm = ['--schedule', 'constant', '--warm-up', '1'];
    assert.deepEqual(rates(4, ...warm), [0.005, 0.01, 0.01, 0.01]);
    assert.deepEqual(rates(1, ...warm), rates(4, ...warm), 'however long the training is: it may be prolonged');
    assert.equal(recipeOf(read(...warm), { epochs: 1 }).warmUp, 1);
    assert.equal(recipeOf(read('--schedule', 'constant'), { epochs: 1 }).warmUp, undefined);
  });

  test('never comes out other than asked for in silence', () => {
    const usage = (message: RegExp) => ({ name: 'UsageError', message });
    assert.throws(
      () => rates(4, '--warm-up', '4'),
      usage(/--warm-up must be below the 4 steps of the training, got 4/),
    );
    const constant = () => read('--schedule', 'constant', '--final-rate', '0.001');
    assert.throws(constant, usage(/--final-rate needs --schedule linear or cosine, got constant/));
    assert.throws(
      () => read('--final-rate', '0.02'),
      usage(/--final-rate must be at most --learning-rate, 0\.01, got/),
    );
  });
});

test('folders in which a training could not be saved at its end are refused at its start', () => {
  const [own, file] = [path.join(folder, 'own'), path.join(folder, 'file')];
  fs.writeFileSync(file, '');
  const both = { name: 'UsageError', message: /--checkpoints and --save both name .*own\/; give each a folder/ };
  assert.throws(() => read('--checkpoints', own, '--save', `${own}/`), both);
  for (const option of ['--checkpoints', '--save']) {
    assert.throws(() => read(option, file), { name: 'UsageError', message: /file is a file; name a folder/ });
  }
  assert.throws(
    () => g2p.run(['--save', own, '--save-small', own]),
    /--save and --save-small both name .*own; give each a folder/,
  );
});

test('without a whole epoch, none is said to have been kept', (context) => {
  const log = context.mock.method(console, 'log', () => undefined);
  const weight = tf.variable(tf.scalar(1));
  const early = new EarlyStopping([weight], { patience: 1 });
  keepBest(early, String);
  assert.equal(log.mock.callCount(), 0);
  early.record(0.5);
  keepBest(early, (lowest) => `a figure of ${lowest}`);
  assert.deepEqual(log.mock.calls[0].arguments, ['kept: the epoch with a figure of 0.5']);
  early.dispose();
  weight.dispose();
});

test('the location score has a place for each letter of the longest word, held-out words too', () => {
  const [short, long] = ['cat', 'concatenate'].map((word) => ({ source: [...word], target: ['K'] }));
  const { description } = buildModel(read('--score', 'location'), buildVocabularies([short]), [short, long]);
  assert.equal((description.attention as { maximumKeys?: number }).maximumKeys, 11);
});

describe('words of an own lexicon', () => {
  test('may be spoken as long as their longest pronunciation, and longer; those of CMUdict as ever', () => {
    const word = (length: number) => ({ word: 'a', pronunciations: [['A'], new Array<string>(length).fill('A')] });
    assert.equal(maximumSteps([word(32)]), 48);
    assert.equal(maximumSteps([word(60), word(2)]), 76);
  });

  test('with letters or phones that were not trained on are pointed out', () => {
    const vocabularies = buildVocabularies([{ source: [...'cat'], target: ['K', 'A', 'T'] }]);
    const known = { word: 'tac', pronunciations: [['T', 'A', 'K']] };
    assert.deepEqual(unknownSymbols('test', [known], vocabularies), []);
    const strange = { word: 'ñaña', pronunciations: [['NY', 'A', 'NY', 'A']] };
    assert.deepEqual(unknownSymbols('test', [known, strange], vocabularies), [
      '1 of the 2 test words have letters not trained on (ñ): they are all read as one unknown letter',
      '1 of the 2 test words have phones not trained on (NY): they cannot be written',
    ]);
  });
});
