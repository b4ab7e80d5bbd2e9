import type { RecordedRun } from '../../src/datasets/recorded-runs';
import { dates } from '../train/dates';
import { g2p } from '../train/g2p';
import type { Study } from './rows';

const TASKS = { dates, g2p };

/** One training of a study. */
export interface StudyRun {
  /** The row that it belongs to. */
  name: string;
  /** Options of `npm run train`, the task's name before them. */
  args: string[];
  /** The command under which the run is recorded. */
  command: string;
}

/** All trainings of a study, the first seed of each row before the second of any. */
export function studyRuns({ task, recipe, rows }: Study, seeds: number): StudyRun[] {
  return Array.from({ length: seeds }, (_, index) => String(index + 1)).flatMap((seed) =>
    rows.map(([name, options]) => {
      const args = [...recipe, ...options, '--seed', seed];
      return { name, args: [task, ...args], command: TASKS[task].repeated(args) };
    }),
  );
}

/**
 * The recorded runs of a study as a Markdown table: the mean over seeds, and from the lowest to the highest where there
 * are several. A row without runs is left out; below stands how many trainings there are, if not all.
 */
export function studyTable(study: Study, recorded: readonly RecordedRun[], seeds: number): string {
  const runs = studyRuns(study, seeds);
  const rows = study.rows.flatMap(([name], index) => {
    const commands = runs.filter((run) => run.name === name).map(({ command }) => command);
    const found = recorded.filter(({ command }) => commands.includes(command));
    if (found.length === 0) return [];
    const figures = study.figures.map(({ metric }) => spread(found.map(({ metrics }) => 100 * metrics[metric])));
    return [[index === 0 ? `${name} (baseline)` : name, ...figures, String(found.length)]];
  });
  const headings = ['alignment', ...study.figures.map(({ heading }) => heading), 'seeds'];
  const lines = [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const done = runs.filter(({ command }) => recorded.some((run) => run.command === command)).length;
  if (done < runs.length) lines.push('', `So far, ${done} of the study's ${runs.length} trainings have been made.`);
  return lines.join('\n');
}

function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(1);
  return `${mean.toFixed(1)} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
}

/**
 * Puts a table between the marks `<!-- study TASK -->` and `<!-- /study TASK -->` of a Markdown text.
 *
 * @throws {Error} when the text has no such marks.
 */
export function withTable(text: string, task: Study['task'], table: string): string {
  const [start, end] = [`<!-- study ${task} -->`, `<!-- /study ${task} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the text has no place for the table: ${start} ... ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`;
}
