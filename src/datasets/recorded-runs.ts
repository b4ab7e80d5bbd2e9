import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../project-folder';
import { writeWholeFiles } from '../whole-files';

/** A training that somebody ran, with what is needed to run it again. */
export interface RecordedRun {
  /** The command that made it. */
  command: string;
  /** What is compared: a pooling, a score, an alignment. */
  model: string;
  /** Its seed. */
  seed: number;
  /** How often it went through the training data. */
  epochs: number;
  /** The version of the code; a + when files differed from it. */
  commit: string;
  /** How long it took on the machine of the day: compare only runs of one day. */
  seconds: number;
  /** How many numbers were learned. */
  parameters: number;
  /** Figures on held-out data, as shares of 1. */
  metrics: Record<string, number>;
}

/**
 * The recorded runs of a task, from `results/TASK.json`: lessons read their tables here, and name the command.
 *
 * @throws {Error} when there is no such file.
 */
export function recordedRuns(task: string): RecordedRun[] {
  const file = resultsFile(task);
  if (!fs.existsSync(file)) throw new Error(`no runs of ${task} are recorded: there is no results/${task}.json`);
  return JSON.parse(fs.readFileSync(file, 'utf8')) as RecordedRun[];
}

/** {@link recordedRuns}, or none where there is no file yet. */
export function runsSoFar(task: string): RecordedRun[] {
  return fs.existsSync(resultsFile(task)) ? recordedRuns(task) : [];
}

/** Adds a run to `results/TASK.json`; an older run of the same command makes room. */
export function recordRun(task: string, run: RecordedRun): void {
  const file = resultsFile(task);
  const older = runsSoFar(task).filter(({ command }) => command !== run.command);
  const runs = [...older, run].sort((a, b) => a.model.localeCompare(b.model) || a.seed - b.seed);
  writeWholeFiles(path.dirname(file), { [path.basename(file)]: `${JSON.stringify(runs, null, 2)}\n` });
}

function resultsFile(task: string): string {
  return path.join(projectFolder('results'), `${task}.json`);
}
