import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { STUDIES } from '../../../scripts/study/rows';
import { studyRuns, studyTable, withTable } from '../../../scripts/study/table';
import { recordedRuns, RecordedRun } from '../../../src/datasets/recorded-runs';

const root = path.join(__dirname, '../../..');
const run = (command: string, testWer: number): RecordedRun => ({
  ...{ command, model: 'm', seed: 1, epochs: 2, commit: 'c', seconds: 1, parameters: 1 },
  metrics: { testWer, testPer: testWer / 4 },
});

test('a study trains each row with each seed, the first seed of all rows first, under the recorded commands', () => {
  const runs = studyRuns(STUDIES.g2p, 2);
  assert.equal(runs.length, 2 * STUDIES.g2p.rows.length);
  assert.equal(new Set(runs.map(({ command }) => command)).size, runs.length);
  assert.equal(runs[1].command, 'npm run train -- g2p --epochs 2');
  assert.deepEqual(runs[1].args, ['g2p', '--epochs', '2', '--seed', '1']);
  assert.equal(runs[STUDIES.g2p.rows.length].command, 'npm run train -- g2p --score none --seed 2 --epochs 2');
  const recorded = recordedRuns('dates').map(({ command }) => command);
  const [first] = [studyRuns(STUDIES.dates, 1).map(({ command }) => command)];
  assert.deepEqual(
    first.filter((command) => !recorded.includes(command)),
    [],
    'the first seed of each row of dates is recorded',
  );
});

test('the table has the mean and the range of the seeds, and no row without a run', () => {
  const table = studyTable(
    STUDIES.g2p,
    [
      run('npm run train -- g2p --score none --epochs 2', 0.6),
      run('npm run train -- g2p --epochs 2', 0.44),
      run('npm run train -- g2p --seed 2 --epochs 2', 0.48),
      run('npm run train -- g2p --seed 9 --epochs 2', 0.1),
      run('npm run train -- g2p', 0.2),
    ],
    3,
  );
  assert.deepEqual(table.split('\n'), [
    '| alignment | WER % | PER % | seeds |',
    '| --- | --- | --- | --- |',
    '| no attention (baseline) | 60.0 | 15.0 | 1 |',
    '| soft | 46.0 (44.0 to 48.0) | 11.5 (11.0 to 12.0) | 2 |',
    '',
    `So far, 3 of the study's ${3 * STUDIES.g2p.rows.length} trainings have been made.`,
  ]);
});

test('a table takes the place of the one between the marks', () => {
  const text = 'a\n<!-- study g2p -->\n\nold\n\n<!-- /study g2p -->\nb\n';
  assert.equal(withTable(text, 'g2p', 'new'), 'a\n<!-- study g2p -->\n\nnew\n\n<!-- /study g2p -->\nb\n');
  assert.throws(() => withTable('a', 'g2p', 'new'), /no place for the table: <!-- study g2p -->/);
});

for (const study of Object.values(STUDIES)) {
  test(`the README's table of ${study.task} is the one of the recorded runs`, () => {
    const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
    const table = studyTable(study, recordedRuns(study.task), 3);
    assert.equal(readme, withTable(readme, study.task, table), `npm run study -- ${study.task} --table --write`);
  });
}

test('npm run study tells a wrong option in one line, status 2', () => {
  const study = (...args: string[]) =>
    spawnSync(process.execPath, ['--require', 'ts-node/register/transpile-only', 'scripts/study.ts', ...args], {
      ...{ cwd: root, encoding: 'utf8' },
    });
  const { status, stderr } = study('g2p', '--seeds', '0');
  assert.equal(status, 2);
  assert.equal(stderr, 'npm run study: --seeds must be a whole number of at least 1, got 0\n');
});
