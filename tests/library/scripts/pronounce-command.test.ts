import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { parseLexicon } from '../../../src/datasets/cmudict';
import { loadPublishedModel, pronounce } from '../../../src/seq2seq';
import { fullDiskBelow } from './full-disk';

const root = path.join(__dirname, '../../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pronounce-'));
after(() => fs.rmSync(folder, { recursive: true }));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = ['--require', 'ts-node/register/transpile-only', 'scripts/pronounce.ts', ...args];
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
}

const GLOBAL = ['--model', 'models/g2p-global'];

describe('npm run pronounce', () => {
  test("writes a lexicon that is read as CMUdict's are, in the order of the words, each word once", () => {
    const { status, stdout, stderr } = run('Readiness', 'tat', "Millville's", 'readiness', ...GLOBAL);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    const lexicon = parseLexicon(stdout, 'stdout');
    assert.deepEqual(
      lexicon.map(({ word }) => word),
      ['readiness', 'tat', "millville's"],
    );
    const model = loadPublishedModel('g2p-global');
    for (const [index, { word, pronunciations }] of lexicon.entries()) {
      const { phones, probability } = pronounce(word, model);
      assert.deepEqual(pronunciations, [phones]);
      assert.ok(stdout.split('\n')[index].endsWith(`  # ${probability.toFixed(2)}`), stdout);
    }
  });

  test('reads words from a file, leaves out the doubtful and the unreadable and says so, and overwrites nothing', () => {
    const [words, output] = ['words.txt', 'more.dict'].map((name) => path.join(folder, name));
    fs.writeFileSync(words, '\uFEFFtat\r\nKöln\r\nqzxqjx\r\n');
    const args = ['--words', words, ...GLOBAL, '--least-probability', '0.5', '--output', output];
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '');
    assert.match(fs.readFileSync(output, 'utf8'), /^tat {2}T AE T {2}# 0\.\d\d\n$/);
    assert.match(stderr, /^1 of 3 words have letters .*; left out: köln\n1 of 2 words are less probable .*: qzxqjx\n$/);
    assert.ok(!fs.existsSync(`${output}.unfinished`));

    const again = run(...args);
    assert.equal(again.status, 2);
    assert.match(
      again.stderr,
      /^npm run pronounce: --output .*more\.dict exists already: name a new file, or delete it\n$/,
    );
  });

  test('an output that cannot be made is refused before the work', () => {
    const { status, stderr, stdout } = run('tat', ...GLOBAL, '--output', path.join(folder, 'nowhere', 'more.dict'));
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /--output .*more\.dict cannot be made: there is no folder .*nowhere\n$/);
  });

  test('on a full disk the lexicon is on the screen in place of the file, and one line says so', () => {
    const output = path.join(folder, 'full', 'more.dict');
    fs.mkdirSync(path.dirname(output));
    const preload = [
      '--require',
      fullDiskBelow(path.dirname(output), folder),
      '--require',
      'ts-node/register/transpile-only',
    ];
    const args = [...preload, 'scripts/pronounce.ts', 'tat', ...GLOBAL, '--output', output];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    assert.equal(status, 2, stderr);
    assert.match(stdout, /^tat {2}T AE T {2}# 0\.\d\d\n$/);
    assert.match(
      stderr,
      /^npm run pronounce: --output .*more\.dict could not be written: ENOSPC.*; the lexicon is above\n$/,
    );
    assert.deepEqual(fs.readdirSync(path.dirname(output)), []);
  });

  // Linux alone has a file that is always full.
  if (fs.existsSync('/dev/full')) {
    test('a screen that is a file on a full disk is named in one line', () => {
      const full = fs.openSync('/dev/full', 'w');
      const command = ['--require', 'ts-node/register/transpile-only', 'scripts/pronounce.ts', 'tat', ...GLOBAL];
      const { status, stderr } = spawnSync(process.execPath, command, {
        ...{ cwd: root, encoding: 'utf8', stdio: ['ignore', full, 'pipe'] },
      });
      fs.closeSync(full);
      assert.equal(status, 2);
      assert.match(stderr, /^npm run pronounce: the output could not be written: ENOSPC.*\n$/);
    });
  }

  test('several models write together', () => {
    const { stdout } = run('tat', ...GLOBAL, '--model', 'models/g2p-local-m', '--beam', '2');
    assert.match(stdout, /^tat {2}T AE T {2}# 0\.\d\d\n$/);
  });

  test('tells how it is used', () => {
    assert.match(run('--help').stdout, /^npm run pronounce -- WORD .*--least-probability P/s);
  });

  const latin = path.join(folder, 'latin.txt');
  fs.writeFileSync(latin, Buffer.from('tat\ncaf\xe9\n', 'latin1'));
  const empty = path.join(folder, 'empty.txt');
  fs.writeFileSync(empty, '\n');
  const mistakes: [string[], RegExp][] = [
    [[], /^npm run pronounce: there is no word: give words, or a file of words with --words\n$/],
    [[''], /^npm run pronounce: there is no word: give words, or a file of words with --words\n$/],
    [[' ', '\t'], /there is no word: give words/],
    [['tat', '--bean', '2'], /^npm run pronounce: Unknown option '--bean'; .*--help lists them\n$/],
    [['tat', '--beam', '0'], /--beam must be a whole number of at least 1, got 0\n$/],
    [['tat', '--least-probability', '1'], /--least-probability must be at least 0 and below 1, got 1\n$/],
    [['tat', '--model', 'nothing'], /there is no model in .*nothing\n$/],
    [['--words', 'nothing.txt'], /--words nothing\.txt: there is no such file\n$/],
    [['--words', latin], /--words .*latin\.txt, line 2: expected text in UTF-8, got another encoding\n$/],
    [['--words', empty], /--words .*empty\.txt holds no words\n$/],
    [['東京', ...GLOBAL], /there is no word left to pronounce\n$/],
  ];
  for (const [args, message] of mistakes) {
    test(`status 2 and what to do for: ${args.join(' ') || 'nothing'}`, () => {
      const { status, stdout, stderr } = run(...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, '');
    });
  }
});
