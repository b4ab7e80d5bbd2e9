// npm run study -- TASK: trains every alignment with one recipe and several seeds, and makes the table.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runsSoFar } from '../src/datasets/recorded-runs';
import { Study, STUDIES } from './study/rows';
import { StudyRun, studyRuns, studyTable, withTable } from './study/table';
import { runCommand } from './train/command';
import { Task, UsageError, wholeNumber } from './train/task';

const README = path.join(__dirname, '..', 'README.md');

function studyTask(study: Study, summary: string): Task {
  const { task } = study;
  return {
    name: task,
    summary,
    help: `npm run study -- ${task} [options]

Trains ${study.rows.length} ways to attend with one recipe, one training after the other, and adds each to
results/${task}.json. What is there already is not trained again, so you can stop at any time and
go on later. Prints the table at the end.

  --seeds N   how many trainings a row gets (default 3)
  --table     trains nothing: prints the table of what is recorded
  --write     puts the table into README.md`,
    options: {
      seeds: { type: 'string', default: '3' },
      table: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
    run(options) {
      const seeds = wholeNumber('seeds', String(options.seeds), 1);
      if (!options.table) trainMissing(study, seeds);
      const table = studyTable(study, runsSoFar(task), seeds);
      console.log(table);
      if (options.write) fs.writeFileSync(README, withTable(fs.readFileSync(README, 'utf8'), task, table));
      return Promise.resolve();
    },
  };
}

function trainMissing(study: Study, seeds: number): void {
  const isRecorded = ({ command }: StudyRun) => runsSoFar(study.task).some((run) => run.command === command);
  const missing = studyRuns(study, seeds).filter((run) => !isRecorded(run));
  missing.forEach((run, index) => {
    console.log(`${index + 1} of ${missing.length}: ${run.command}`);
    const train = ['--require', 'ts-node/register/transpile-only', path.join(__dirname, 'train.ts')];
    const { status } = spawnSync(process.execPath, [...train, ...run.args, '--record'], { stdio: 'inherit' });
    if (status !== 0 || !isRecorded(run))
      throw new UsageError(`stopped: "${run.command}" did not end with its figures`);
  });
}

const purpose = 'Trains every alignment with one recipe and several seeds, and makes the table.';
const tasks = [
  studyTask(STUDIES.dates, 'dates in any format to year-month-day'),
  studyTask(STUDIES.g2p, 'the words of CMUdict to their phones'),
];
void runCommand({ command: 'npm run study', purpose, tasks }, process.argv.slice(2));
