import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { loadQuantised, loadSeq2Seq } from '../../../src/seq2seq';
import { fullDiskBelow } from './full-disk';

const root = path.join(__dirname, '../../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'train-g2p-'));
after(() => fs.rmSync(folder, { recursive: true }));

const lexicon = path.join(folder, 'tiny.dict');
fs.writeFileSync(lexicon, 'CAT  K AE1 T\nDOG  D AO1 G\nDOG(1)  D AA1 G\nBAT  B AE1 T\n;;; a comment\nTAG  T AE1 G\n');
const held = path.join(folder, 'held.dict');
fs.writeFileSync(held, 'GAT  G AE1 T\nBAG  B AE1 G\n');

const SIZES = ['--embedding', '4', '--encoder', '4', '--decoder', '8', '--batch', '2'];
const PRELOAD = ['--require', 'ts-node/register/transpile-only'];
const OWN = ['--train-file', lexicon, '--dev-file', held, '--test-file', held];

function train(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = [...PRELOAD, 'scripts/train.ts', 'g2p', ...SIZES, ...args];
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
}

test('npm run train -- g2p learns from an own lexicon, and saves the model twice', () => {
  const [large, small] = ['large', 'small'].map((name) => path.join(folder, name));
  const { status, stdout, stderr } = train(...OWN, '--epochs', '2', '--save', large, '--save-small', small);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^luong, general score, soft .*, 4 words with 5 pronunciations, 3 steps an epoch, seed 1\n/);
  assert.match(stdout, /^epoch 1: dev WER [\d.]+ %, PER [\d.]+ %\nepoch 2: dev WER/m);
  assert.match(stdout, /6 steps, .*^dev: WER .*^test: WER [\d.]+ %, PER [\d.]+ % \(macro [\d.]+ %\), 2 words\n/ms);
  assert.deepEqual(loadQuantised(small).model.description, loadSeq2Seq(large).model.description);
  assert.deepEqual(
    loadQuantised(small).vocabularies!.source.toJSON().tokens.sort(),
    [...'abcdgkot'].filter((c) => c !== 'k'),
  );
});

test('a malformed line is named with its file and line, status 2', () => {
  const wrong = path.join(folder, 'wrong.dict');
  fs.writeFileSync(wrong, 'CAT  K AE1 T\n\nDOG\n');
  const { status, stdout, stderr } = train('--train-file', wrong);
  assert.equal(status, 2);
  assert.match(stderr, /^npm run train: .*wrong\.dict, line 3: expected a word, blanks and its phones, got "DOG"\n$/);
  assert.equal(stdout, '');
  fs.writeFileSync(wrong, Buffer.from('CAT  K AE1 T\ncaf\xe9  K AE1 F EY0\n', 'latin1'));
  assert.match(train('--train-file', wrong).stderr, /wrong\.dict, line 2: expected text in UTF-8, got another/);
  for (const mark of ['', '\uFEFF']) {
    fs.writeFileSync(wrong, Buffer.from(`${mark}CAT  K AE1 T\n`, 'utf16le'));
    assert.match(train('--train-file', wrong).stderr, /wrong\.dict, line 1: expected text in UTF-8, got .*UTF-16.*\n$/);
  }
  fs.writeFileSync(wrong, 'cat\t0.99\tk ae t\n');
  const scores = train(...OWN.slice(0, -2), '--test-file', wrong);
  assert.match(scores.stderr, /^npm run train: .*wrong\.dict, line 1: .*got the number 0\.99 in .*; leave out scores/);
  fs.writeFileSync(wrong, ';;; nothing\n');
  assert.match(train('--train-file', wrong).stderr, /--train-file .*wrong\.dict holds no words\n$/);
});

test('what cannot be saved on a full disk is kept elsewhere, after the figures, and one line each says where', () => {
  const full = path.join(folder, 'full');
  const kept = path.join(folder, 'kept');
  for (const each of [full, kept]) fs.mkdirSync(each);
  const save = ['--save', path.join(full, 'large'), '--save-small', path.join(full, 'small')];
  const command = [
    '--require',
    fullDiskBelow(full, folder),
    ...PRELOAD,
    'scripts/train.ts',
    'g2p',
    ...SIZES,
    ...OWN,
    ...save,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, '--epochs', '1'], {
    ...{ cwd: root, encoding: 'utf8', env: { ...process.env, TMPDIR: kept } },
  });
  assert.equal(status, 2, stderr);
  assert.match(stdout, /^test: WER .*\n$/m);
  const lines = stderr.split('\n').filter((line) => line.includes('--save'));
  assert.equal(lines.length, 2, stderr);
  assert.doesNotMatch(stderr, /^ +at /m);
  for (const [option, load] of [
    ['save', loadSeq2Seq],
    ['save-small', loadQuantised],
  ] as const) {
    const line = lines.find((each) => each.includes(`--${option} `)) ?? '';
    const place = /could not be written: .*ENOSPC.*; what was learned is kept in (.*)$/.exec(line)?.[1] ?? '';
    assert.ok(place.startsWith(kept), line);
    assert.ok(load(option === 'save' ? path.dirname(place) : place).vocabularies);
  }
  assert.deepEqual(
    fs.readdirSync(full, { recursive: true }).filter((name) => String(name).includes('.')),
    [],
  );
});

test('a training that cannot go on says so in one line, status 2', () => {
  const runaway = train(...OWN, '--learning-rate', '1e38', '--clip', '1e38');
  assert.equal(runaway.status, 2, runaway.stderr);
  assert.match(runaway.stderr, /^npm run train: the loss is NaN at step \d+ .*smaller learning rate/m);
  assert.doesNotMatch(runaway.stderr, /\n\s+at /);
});

test('test words that were learnt from are pointed out', () => {
  const { status, stderr } = train('--train-file', lexicon, '--test-file', lexicon, '--epochs', '1');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /4 of the 4 test words are training words too/);
});

test('a teacher is learnt from, by its share; one that does not fit, or would change nothing, is refused', () => {
  const [teacher, turned, foreign] = ['teacher', 'turned', 'foreign'].map((name) => path.join(folder, `${name}-model`));
  assert.equal(train(...OWN, '--epochs', '8', '--save-small', teacher).status, 0);
  const outcome = (...args: string[]) => {
    const { status, stdout, stderr } = train(...OWN, '--epochs', '1', '--seed', '2', ...args);
    assert.equal(status, 0, stderr);
    return /last loss ([\d.]+)/.exec(stdout)![1];
  };
  const alone = outcome();
  assert.equal(outcome('--teacher', teacher, '--teacher-share', '0'), alone);
  assert.notEqual(outcome('--teacher', teacher), alone);
  const refused = (...args: string[]) => train(...OWN, '--epochs', '1', ...args).stderr;
  assert.match(refused('--teacher-share', '0.5'), /^npm run train: --teacher-share needs --teacher: /);
  assert.match(
    refused('--teacher', teacher, '--teacher-share', '1.5'),
    /--teacher-share must be at least 0 and at most 1/,
  );
  assert.match(
    refused('--teacher', teacher, '--alignment', 'hard', '--loss', 'reinforce'),
    /--teacher needs --loss likelihood or marginal, got reinforce\n$/,
  );
  assert.match(
    refused('--from', teacher, '--epochs', '0', '--teacher', teacher),
    /--epochs 0 trains nothing: leave out --teacher\n$/,
  );
  assert.match(refused('--teacher', path.join(folder, 'none')), /^npm run train: there is no model in .*none\n$/);
  assert.equal(train(...OWN, '--epochs', '1', '--backwards', '--save-small', turned).status, 0);
  assert.match(
    refused('--teacher', turned),
    /--teacher .*turned-model writes the other way: a teacher must go the way/,
  );
  assert.equal(train('--train-file', held, '--epochs', '1', '--save-small', foreign).status, 0);
  assert.match(
    refused('--teacher', foreign),
    /--teacher .*foreign-model knows other letters or phones than the training/,
  );
  const checkpoints = ['--checkpoints', path.join(folder, 'taught-checkpoints')];
  outcome('--teacher', teacher, ...checkpoints);
  assert.match(refused('--seed', '2', ...checkpoints), /taught-checkpoints were made with teachers \["\w+"\]/);
});

test('an added lexicon is learnt from too, and letters and phones stay those of the training words', () => {
  const [alone, saved, wrong] = ['alone', 'saved', 'more.dict'].map((name) => path.join(folder, 'more-' + name));
  const more = path.join(folder, 'more.dict');
  fs.writeFileSync(more, 'TAB  T AE1 B\nTAT  T AE1 T\nGAT  G AE1 T\n');
  assert.equal(train(...OWN, '--epochs', '1', '--save-small', alone).status, 0);
  const { status, stdout, stderr } = train(
    ...[...OWN, '--more-train-file', more, '--epochs', '1', '--save-small', saved],
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /, 7 words with 8 pronunciations, 4 steps an epoch, /);
  assert.match(stderr, /1 of the 2 dev words are training words too/);
  const vocabulariesOf = (model: string) => JSON.stringify(loadQuantised(model).vocabularies);
  assert.equal(vocabulariesOf(saved), vocabulariesOf(alone));

  fs.writeFileSync(wrong, 'TAB  T AE1 V\n');
  const refused = train(...OWN, '--more-train-file', wrong);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /gives "tab" the phone V, which none of the training words has; write it with/);
});

test('killed and started again, it ends with the same figures and weights as in one go', async () => {
  const whole = path.join(folder, 'whole');
  const figures = (stdout: string) => /last loss [\d.]+[^]*/.exec(stdout)?.[0].replace(/saved.*/g, '');
  const through = train(...OWN, '--epochs', '12', '--save-small', whole);
  assert.equal(through.status, 0, through.stderr);

  const pieces = path.join(folder, 'pieces');
  const checkpoints = ['--checkpoints', path.join(folder, 'checkpoints'), '--checkpoint-seconds', '0'];
  const args = [...OWN, '--epochs', '12', ...checkpoints, '--save-small', pieces];
  const child = spawn(process.execPath, [...PRELOAD, 'scripts/train.ts', 'g2p', ...SIZES, ...args], { cwd: root });
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => String(text).includes('epoch 4:') && child.kill('SIGKILL'));
    child.on('exit', () => resolve());
  });
  assert.equal(child.signalCode, 'SIGKILL');
  const rest = train(...args);
  assert.equal(rest.status, 0, rest.stderr);
  assert.doesNotMatch(rest.stdout, /epoch 3:/, 'it does not begin anew');
  assert.equal(figures(rest.stdout), figures(through.stdout));
  const sums = [whole, pieces].map((each) => fs.readFileSync(path.join(each, 'SHA256SUMS'), 'utf8'));
  assert.equal(sums[1], sums[0]);
});

test('with a constant learning rate it may be prolonged, and ends as in one go', () => {
  const sums = ['at-once', 'prolonged'].map((name) => {
    const constant = (epochs: number) => {
      const save = ['--save-small', path.join(folder, `${name}-${epochs}`)];
      const checkpoints = ['--checkpoints', path.join(folder, `${name}-checkpoints`)];
      const rate = ['--schedule', 'constant', '--encoder-layers', '2', '--bucket-targets'];
      const { status, stderr } = train(...OWN, ...rate, '--epochs', String(epochs), ...checkpoints, ...save);
      assert.equal(status, 0, stderr);
    };
    if (name === 'prolonged') constant(2);
    constant(4);
    return fs.readFileSync(path.join(folder, `${name}-4`, 'SHA256SUMS'), 'utf8');
  });
  assert.equal(sums[1], sums[0]);
  const others = ['--schedule', 'constant', '--encoder-layers', '2', '--epochs', '5'];
  const { stderr } = train(...OWN, ...others, '--checkpoints', path.join(folder, 'prolonged-checkpoints'));
  assert.match(stderr, /prolonged-checkpoints were made with bucketTargets true/);
});

test('--patience ends it when the dev words no longer gain, and keeps the best epoch, killed in between or not', async () => {
  const args = [...OWN, '--learning-rate', '0.05', '--epochs', '60', '--patience', '3'];
  const [whole, pieces] = ['patient', 'patient-pieces'].map((name) => path.join(folder, name));
  const { status, stdout, stderr } = train(...args, '--save-small', whole);
  assert.equal(status, 0, stderr);
  const pers = [...stdout.matchAll(/^epoch \d+: dev .*PER ([\d.]+) %/gm)].map(([, per]) => Number(per));
  const lowest = Math.min(...pers);
  assert.equal(pers.length, pers.indexOf(lowest) + 1 + 3, 'three epochs after the first of the best');
  assert.ok(pers.at(-1)! > lowest, `the last epoch, ${pers.at(-1)}, shall differ from the best, ${lowest}`);
  assert.match(stdout, new RegExp(`^kept: the epoch with a dev PER of ${lowest.toFixed(1)} %\n`, 'm'));
  assert.match(stdout, new RegExp(`^dev: .* PER ${lowest.toFixed(1)}\\d %`, 'm'));

  const checkpoints = ['--checkpoints', path.join(folder, 'patient-checkpoints'), '--checkpoint-seconds', '0'];
  const resumed = [...args, ...checkpoints, '--save-small', pieces];
  const child = spawn(process.execPath, [...PRELOAD, 'scripts/train.ts', 'g2p', ...SIZES, ...resumed], { cwd: root });
  const stopAt = new RegExp(`epoch ${pers.indexOf(lowest) + 2}:`);
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => stopAt.test(String(text)) && child.kill('SIGKILL'));
    child.on('exit', () => resolve());
  });
  assert.equal(child.signalCode, 'SIGKILL');
  const rest = train(...resumed);
  assert.equal(rest.status, 0, rest.stderr);
  const sums = [whole, pieces].map((each) => fs.readFileSync(path.join(each, 'SHA256SUMS'), 'utf8'));
  assert.equal(sums[1], sums[0]);

  const otherDev = train(...resumed.slice(0, -2), '--dev-file', lexicon);
  assert.match(
    otherDev.stderr,
    /were made with devWords "\w+", and now it is "\w+"/,
    'the best was the best elsewhere',
  );

  const without = train('--train-file', lexicon, '--patience', '1');
  assert.deepEqual([without.status, without.stdout], [2, '']);
  assert.match(without.stderr, /--patience watches the dev words, and there are none: give --dev-file too\n$/);
});

test('figures of own words are not recorded among those of CMUdict', () => {
  const recorded = fs.readFileSync(path.join(root, 'results/g2p.json'), 'utf8');
  const { status, stderr } = train(...OWN, '--epochs', '1', '--record');
  assert.equal(status, 2);
  assert.match(stderr, /--record adds to results\/g2p.json, .* CMUdict: leave it out with --train-file/);
  assert.equal(fs.readFileSync(path.join(root, 'results/g2p.json'), 'utf8'), recorded);
});

test('starts from a saved model of the same kind, and refuses another kind by name', () => {
  const model = path.join(folder, 'started-from');
  assert.equal(train(...OWN, '--epochs', '6', '--save', model).status, 0);
  const loss = (...args: string[]) => {
    const { status, stdout, stderr } = train(...OWN, '--epochs', '1', ...args);
    assert.equal(status, 0, stderr);
    return Number(/last loss ([\d.]+)/.exec(stdout)![1]);
  };
  const [fresh, further] = [loss(), loss('--from', model)];
  assert.ok(further < fresh - 0.05, `${further} after training on, ${fresh} after fresh weights`);
  const [other, mean] = ['started-from-too', 'started-from-both'].map((name) => path.join(folder, name));
  assert.equal(train(...OWN, '--epochs', '1', '--from', model, '--save', other).status, 0);
  const both = train(...OWN, '--from', model, '--from', other, '--epochs', '0', '--save', mean);
  assert.equal(both.status, 0, both.stderr);
  assert.match(both.stdout, /^dev: WER .*^test: WER .*^saved: /ms);
  const learned = train(...OWN, '--from', model, '--epochs', '0', '--record').stderr;
  assert.match(learned, /--epochs 0 trains nothing: leave out --record/);
  const [first, second, between] = [model, other, mean].map((each) => loadSeq2Seq(each).model.weights);
  for (const [name, weights] of Object.entries(between)) {
    const [a, b] = [first, second].map((each) => each[name].dataSync());
    const difference = weights.dataSync().map((value, index) => Math.abs(value - (a[index] + b[index]) / 2));
    assert.ok(Math.max(...difference) < 1e-6, name);
  }
  const refused = (...args: string[]) => train(...OWN, '--epochs', '1', '--from', model, ...args).stderr;
  assert.match(refused('--encoder-layers', '2'), /holds a model with other encoderLayers: there not given, here 2; /);
  assert.match(refused('--score', 'dot'), /holds a model with other attention: there \{"score":"general"/);
  assert.match(refused('--train-file', held), /holds a model with other sourceVocabulary: there \d+, here \d+; /);

  const small = path.join(folder, 'started-from-small');
  const checkpoints = ['--checkpoints', path.join(folder, 'from-checkpoints')];
  loss('--from', model, '--save-small', small, ...checkpoints);
  assert.ok(loss('--from', small) < fresh - 0.05, 'a model of one byte a weight serves too');
  assert.match(refused(...checkpoints, '--from', small), /from-checkpoints were made with from "\w+", and now it is "/);
  assert.match(train('--from', path.join(folder, 'none')).stderr, /^npm run train: there is no model in .*none\n$/);
});

test('a model that writes backwards starts from one that does not, and they judge each other', () => {
  const [forwards, backwards] = ['forwards', 'backwards'].map((name) => path.join(folder, name));
  assert.equal(train(...OWN, '--epochs', '6', '--save', forwards).status, 0);
  const turned = train(...OWN, '--epochs', '6', '--backwards', '--from', forwards, '--save-small', backwards);
  assert.equal(turned.status, 0, turned.stderr);
  assert.match(turned.stdout, /forwards: a model that writes the other way; .*^luong, backwards, .*^test: WER/ms);
  const untrained = train(...OWN, '--from', backwards, '--epochs', '0', '--save', path.join(folder, 'turned'));
  assert.equal(untrained.status, 2);
  assert.match(untrained.stderr, /holds a model with other backwards: there true, here not given; give it the same/);
  assert.equal(loadQuantised(backwards).model.description.backwards, true);
  const models = ['--model', forwards, '--model', backwards];
  const command = [...PRELOAD, 'scripts/evaluate.ts', 'g2p', ...models, '--test-file', held, '--beam', '2'];
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  assert.match(stdout, /forwards \+ .*backwards, .*held\.dict, beam 2 in both directions, [\d.]+ s\nWER /, stderr);
  const mixed = train(...OWN, '--backwards', '--from', forwards, '--from', backwards, '--epochs', '0').stderr;
  assert.match(mixed, /forwards holds a model with other backwards: there not given, here true; give it the same/);
});

describe('npm run evaluate -- g2p', () => {
  const evaluate = (...args: string[]) =>
    spawnSync(process.execPath, [...PRELOAD, 'scripts/evaluate.ts', 'g2p', ...args], { cwd: root, encoding: 'utf8' });

  test('prints what the training printed, greedily and with a beam', () => {
    const model = path.join(folder, 'evaluated');
    const trained = train(...OWN, '--epochs', '2', '--save', model);
    const [line] = /WER .*, 2 words/.exec(trained.stdout.slice(trained.stdout.indexOf('test:')))!;
    const greedy = evaluate('--model', model, '--test-file', held);
    assert.equal(greedy.status, 0, greedy.stderr);
    assert.match(greedy.stdout, /evaluated, .*held\.dict, greedy, [\d.]+ s\n/);
    assert.ok(greedy.stdout.includes(line), `${greedy.stdout} has ${line}`);
    const twice = evaluate('--model', model, '--model', model, '--test-file', held, '--beam', '3');
    assert.match(twice.stdout, /evaluated \+ .*evaluated, .*beam 3.*\nWER /, twice.stderr);
  });

  const mistakes: [string[], RegExp][] = [
    [[], /^npm run evaluate: --model is missing: give the folder of a model\n$/],
    [['--model', 'nothing'], /^npm run evaluate: there is no model in .*nothing\n$/],
    [['--model', 'models', '--part', 'train'], /--part must be one of dev, test, got train\n$/],
    [
      ['--model', 'models', '--part', 'dev', '--test-file', held],
      /--part is of CMUdict's words and --test-file of .*\n$/,
    ],
    [
      ['--model', 'models', '--beam', '-1'],
      /^npm run evaluate: --beam needs a value, and one that begins with - is written --beam=-1; .* lists them\n$/,
    ],
    [['--model', 'models', '--beam', '0'], /--beam must be a whole number of at least 1, got 0\n$/],
  ];
  for (const [args, message] of mistakes) {
    test(`one line and status 2 for: ${args.join(' ')}`, () => {
      const { status, stderr } = evaluate(...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
    });
  }
});
