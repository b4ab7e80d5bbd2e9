// npm run study -- TASK: trains every alignment with one recipe and several seeds, and makes the table.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runsSoFar } from '../src/datasets/recorded-runs';
import { wholeNumber } from './command-line/kinds';
import { runTasks, task, type Task } from './command-line/tasks';
import { UsageError } from './command-line/usage-error';
import { Study, STUDIES } from './study/rows';
import { StudyRun, studyRuns, studyTable, withTable } from './study/table';

const README = path.join(__dirname, '..', 'README.md');

function studyTask(study: Study, summary: string): Task {
  const name = study.task;
  return task({
    ...{ name, summary, line: `npm run study -- ${name}` },
    about:
      `Trains ${study.rows.length} ways to attend with one recipe, one training after the other, and adds each to ` +
      `results/${name}.json. What is there already is not trained again, so you can stop at any time and go on later. ` +
      'Prints the table at the end.',
    options: {
      seeds: { kind: wholeNumber({ atLeast: 1 }), default: 3, help: 'how many trainings a row gets' },
      table: { kind: 'flag', help: 'trains nothing: prints the table of what is recorded' },
      write: { kind: 'flag', help: 'puts the table into README.md' },
    },
    work({ values: { seeds, table: tableOnly, write } }) {
      if (!tableOnly) trainMissing(study, seeds);
      const table = studyTable(study, runsSoFar(name), seeds);
      console.log(table);
      if (write) fs.writeFileSync(README, withTable(fs.readFileSync(README, 'utf8'), name, table));
    },
  });
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

const about = 'Trains every alignment with one recipe and several seeds, and makes the table.';
const tasks = [
  studyTask(STUDIES.dates, 'dates in any format to year-month-day'),
  studyTask(STUDIES.g2p, 'the words of CMUdict to their phones'),
];
void runTasks({ line: 'npm run study', about, tasks }, process.argv.slice(2));
