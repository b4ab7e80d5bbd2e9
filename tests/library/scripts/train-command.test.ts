import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { recordedRuns } from '../../../src/datasets/recorded-runs';

const root = path.join(__dirname, '../../..');

function run(script: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const preload = ['--require', 'ts-node/register/transpile-only'];
  return spawnSync(process.execPath, [...preload, `scripts/${script}.ts`, ...args], { cwd: root, encoding: 'utf8' });
}

describe('npm run train', () => {
  test('help for the command and for the task', () => {
    const { status, stdout } = run('train', '--help');
    assert.equal(status, 0);
    assert.match(stdout, /npm run train -- TASK.*glosses/s);
    assert.match(run('train', 'glosses', '--help').stdout, /--pooling NAME.*--needle.*--seed N/s);
  });

  const mistakes: [string[], RegExp][] = [
    [['glosse'], /^npm run train: unknown task glosse; there is .*glosses/],
    [['glosses', '--poling', 'max'], /^npm run train: Unknown option '--poling'; .*--help lists them\n$/],
    [['glosses', '--pooling', 'maximum'], /--pooling must be one of last, mean, max, .*, got maximum\n$/],
    [['glosses', '--seed', 'one'], /--seed must be a whole number of at least 0, got one\n$/],
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
