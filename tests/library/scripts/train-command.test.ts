import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { ALIGNMENT_KINDS, ALIGNMENTS } from '../../../src/attention/kinds';
import { TextClassifier } from '../../../scripts/train/text-classifier';
import { recordedRuns } from '../../../src/datasets/recorded-runs';
import { loadWordVectors } from '../../../src/embeddings/store';
import { tf } from '../../../src/tensorflow';
import { padSequences } from '../../../src/text';
import { closeTo } from '../close-to';

const root = path.join(__dirname, '../../..');

function run(script: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const preload = ['--require', 'ts-node/register/transpile-only'];
  return spawnSync(process.execPath, [...preload, `scripts/${script}.ts`, ...args], { cwd: root, encoding: 'utf8' });
}

const eitherWay = ALIGNMENT_KINDS.filter((kind) => !ALIGNMENTS[kind].walksOn);

describe('npm run train', () => {
  test('help for the command and for the task', () => {
    const { status, stdout } = run('train', '--help');
    assert.equal(status, 0);
    assert.match(stdout, /npm run train -- TASK.*glosses/s);
    assert.match(run('train', 'glosses', '--help').stdout, /--pooling NAME.*--needle.*--seed N/s);
  });

  const mistakes: [string[], RegExp][] = [
    [['glosse'], /^npm run train: unknown task glosse; there is .*glosses/],
    [['dates', '--score', 'cosine'], /--score must be one of dot, scaledDot, .*, none, got cosine\n$/],
    [['dates', '--learning-rate', '0'], /--learning-rate must be a number above 0, got 0\n$/],
    [['dates', '--loss', 'marginal'], /--loss marginal needs --alignment hard, --order luong and a score\n$/],
    [['dates', '--score', 'dot', '--decoder', '8'], /--score dot needs --decoder twice --encoder, got 8 and 32\n$/],
    [
      ['dates', '--input-feeding', '--order', 'bahdanau'],
      /--input-feeding needs --order luong and --loss likelihood\n$/,
    ],
    [
      ['dates', '--backwards', '--alignment', 'forward'],
      new RegExp(`--backwards needs --alignment ${eitherWay.join(', ')}, got forward\n$`),
    ],
    [['dates', '--schedule', 'step'], /--schedule must be one of linear, cosine, constant, got step\n$/],
    [
      ['dates', '--alignment', 'hard', '--loss', 'reinforce', '--dropout', '0.1'],
      /--dropout and --label-smoothing need --loss likelihood or marginal, got reinforce\n$/,
    ],
    [['dates', '--radius', '3'], /--radius needs --alignment localMonotonic or localPredictive, got soft\n$/],
    [
      ['dates', '--noise', '1', '--alignment', 'forward'],
      /--noise needs --alignment monotonic or chunkwise, got forward/,
    ],
    [
      ['dates', '--score', 'none', '--alignment', 'forward'],
      /--score none is no attention at all: leave out --alignment, got forward\n$/,
    ],
    [['dates', '--save', 'README.md/model'], /--save README\.md\/model cannot be made: .*README\.md is a file\n$/],
    [['embeddings', '--save', 'README.md'], /--save README\.md is a file; name a folder\n$/],
    [['dates', '--patience', '0'], /--patience must be a whole number of at least 1, got 0\n$/],
    [['dates', '--save', 'src'], /--save src is not empty; name a new folder\n$/],
    [
      ['g2p', '--alignment', 'sharp'],
      new RegExp(`--alignment must be one of ${ALIGNMENT_KINDS.join(', ')}, got sharp\n$`),
    ],
    [['g2p', '--label-smoothing', '1'], /--label-smoothing must be at least 0 and below 1, got 1\n$/],
    [['g2p', '--schedule', 'step'], /--schedule must be one of linear, cosine, constant, got step\n$/],
    [['g2p', '--epochs', '0'], /--epochs must be a whole number of at least 1, got 0\n$/],
    [['g2p', '--train-file', 'none.dict'], /--train-file none\.dict: there is no such file\n$/],
    [['g2p', '--save-small', 'src'], /--save-small src is not empty; name a new folder\n$/],
    [
      ['embeddings', '--texts', 'brown,web'],
      /--texts must list some of brown, state-of-the-union, glosses, got web\n$/,
    ],
    [['embeddings', '--window', '0'], /--window must be a whole number of at least 1, got 0\n$/],
    [['embeddings', '--save', 'src'], /--save src is not empty; name a new folder\n$/],
    [['glosses', '--poling', 'max'], /^npm run train: Unknown option '--poling'; .*--help lists them\n$/],
    [['glosses', '--pooling', 'maximum'], /--pooling must be one of last, mean, max, .*, got maximum\n$/],
    [['glosses', '--seed', 'one'], /--seed must be a whole number of at least 0, got one\n$/],
    [['glosses', '--learning-rate', '0'], /--learning-rate must be a number above 0, got 0\n$/],
    [['glosses', '--epochs', '0'], /--epochs must be a whole number of at least 1, got 0\n$/],
  ];
  for (const [args, message] of mistakes) {
    test(`one line and status 2 for: ${args.join(' ')}`, () => {
      const { status, stderr, stdout } = run('train', ...args);
      assert.equal(status, 2);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1);
      assert.equal(stdout, '');
    });
  }
});

test('npm run train -- dates trains, prints held-out figures, saves, and goes on from a checkpoint', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'train-dates-'));
  const sizes = ['--encoder', '4', '--decoder', '8', '--embedding', '4', '--train', '200', '--test', '40'];
  const save = ['--save', path.join(folder, 'model'), '--checkpoints', path.join(folder, 'checkpoints')];
  const constant = ['--schedule', 'constant'];
  const first = run('train', 'dates', ...sizes, ...constant, '--steps', '3', ...save);
  assert.equal(first.status, 0, first.stderr);
  assert.match(
    first.stdout,
    /^luong, general score, soft alignment, likelihood, \d+ parameters, 200 strings, seed 1\n/,
  );
  assert.match(first.stdout, /^epoch 1: dev exact [\d.]+ %, [\d.]+ % of characters wrong$/m);
  assert.match(first.stdout, /3 steps, .*held-out dates: [\d.]+ % exact \(95 % interval .*, 40 strings\n/s);
  assert.match(first.stdout, /saved: .*model/);
  const more = run('train', 'dates', ...sizes, ...constant, '--steps', '5', ...save.slice(2));
  assert.match(more.stdout, /5 steps, .*held-out dates/s, more.stderr);
  for (const another of [
    ['--seed', '2'],
    ['--batch', '32'],
    ['--dropout', '0.5'],
    ['--schedule', 'linear'],
  ]) {
    const refused = run('train', 'dates', ...sizes, ...constant, ...another, ...save.slice(2));
    assert.equal(refused.status, 2, `a checkpoint of another training is refused: ${another.join(' ')}`);
    assert.equal(refused.stderr.trim().split('\n').length, 1, refused.stderr);
  }
  const hard = ['--alignment', 'hard', '--loss', 'reinforce'];
  assert.match(run('train', 'dates', ...sizes, ...hard, '--steps', '2').stdout, /2 steps, .*held-out dates/s);
  const fed = run('train', 'dates', ...sizes, '--input-feeding', '--steps', '2');
  assert.match(fed.stdout, /^luong, input feeding, general score, .*held-out dates/s, fed.stderr);
  fs.rmSync(folder, { recursive: true });
});

test('npm run train -- dates ends when its dev dates no longer gain, and learns with dropout and a schedule', () => {
  const sizes = ['--encoder', '4', '--decoder', '8', '--embedding', '4', '--train', '128', '--test', '40'];
  const learning = ['--learning-rate', '0.05', '--schedule', 'cosine', '--warm-up', '4', '--clip', '1'];
  const regular = ['--dropout', '0.2', '--label-smoothing', '0.1'];
  const args = [...sizes, ...learning, ...regular, '--steps', '80', '--patience', '2'];
  const { status, stdout, stderr } = run('train', 'dates', ...args);
  assert.equal(status, 0, stderr);
  const wrong = [...stdout.matchAll(/^epoch \d+: dev .*, ([\d.]+) % of characters wrong$/gm)].map(([, share]) => share);
  const lowest = Math.min(...wrong.map(Number));
  assert.ok(wrong.length < 40, 'it ended early');
  assert.ok(stdout.includes(`kept: the epoch with ${lowest.toFixed(1)} % of the dev characters wrong\n`), stdout);
});

describe('the self-attention model of npm run train -- glosses', () => {
  const tokens = [2, 3, 4, 5];
  const logits = (positions: boolean, ids: number[], padding = 0): tf.Tensor => {
    const pooling = positions ? 'self-attention' : 'self-attention-without-positions';
    const classifier = new TextClassifier(8, 3, pooling, 1);
    const padded = padSequences([ids], { length: ids.length + padding });
    return classifier.logits(padded.tokens, padded.mask);
  };

  test('padding changes nothing', () => closeTo(logits(true, tokens, 5), logits(true, tokens), 1e-5));

  test('knows the order of the words by their positions alone', () => {
    const turned = [...tokens].reverse();
    closeTo(logits(false, turned), logits(false, tokens), 1e-5);
    assert.ok(logits(true, turned).sub(logits(true, tokens)).abs().max().dataSync()[0] > 1e-3);
  });
});

describe('npm run datasets', () => {
  test('refuses what it does not know', () => {
    const { status, stderr } = run('datasets', '--all');
    assert.equal(status, 2);
    assert.match(stderr, /unknown option --all/);
  });
});

describe('recorded runs', () => {
  test('an unknown task is named', () => {
    assert.throws(() => recordedRuns('nothing'), /there is no results\/nothing\.json/);
  });
});

test('npm run train -- embeddings trains, prints figures with their chance level, and saves vectors that load', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'train-embeddings-'));
  const save = ['--save', path.join(folder, 'vectors'), '--words', '50'];
  const { status, stdout, stderr } = run(
    'train',
    ...['embeddings', '--texts', 'brown', '--dimensions', '4', '--epochs', '1', '--minimum-count', '50', ...save],
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^brown, seed 0: same-hypernym triplets [\d.]+ % \(chance 50 %, \d+ triplets\); analogies @1/);
  assert.match(stdout, /saved: .*vectors\n$/);
  assert.equal(loadWordVectors(path.join(folder, 'vectors')).size, 50);
  const evaluated = run('evaluate', 'embeddings', '--model', path.join(folder, 'vectors'));
  assert.match(evaluated.stdout, /vectors: same-hypernym triplets none \(chance 50 %, 0 triplets\); .*; 50 words\n$/);
  const missing = run('evaluate', 'embeddings', '--model', 'nothing');
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /^npm run evaluate: cannot read nothing\/manifest\.json: .*\n$/);
  fs.rmSync(folder, { recursive: true });
});
