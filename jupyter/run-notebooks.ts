/** `npm run notebooks`: runs notebooks from top to bottom without a browser, on the kernel that the pages use. */
import fs from 'node:fs';
import path from 'node:path';
import type { Command, CommandLine } from '../scripts/command-line/command';
import { outputFile, positiveNumber } from '../scripts/command-line/kinds';
import type { OptionTable } from '../scripts/command-line/options';
import { runCommand } from '../scripts/command-line/run-command';
import { UsageError } from '../scripts/command-line/usage-error';
import { writeAtomically } from './notebook/atomic-write';
import { markPublished } from './notebook/fingerprint';
import { formatNotebook, type Notebook, parseNotebook } from './notebook/format';
import { DEFAULT_TIMEOUT_SECONDS, type NotebookReport, runNotebook } from './notebook/run';
import { selectNotebooks } from './notebook/select';
import { withStaticImages } from './notebook/static-images';
import { repositoryRoot } from './repository';

const COMMAND = {
  line: 'npm run notebooks',
  words: '[04 solutions/05 path/to/file.ipynb ...]',
  about:
    'Runs notebooks from top to bottom and reports a row for each cell. Without a name: all lessons and all solutions. ' +
    'Fails on an error, a TypeScript diagnostic, an unhandled rejection; a cell tagged raises-exception must fail. What ' +
    "a cell shows has the limit that it has in the page: what goes beyond is left out, and the cell's output says so.",
  options: {
    write: {
      ...{ kind: 'flag' },
      help:
        'put the fresh outputs into the files of those that went well, and mark them as published, with static images ' +
        'of their figures, which needs Chromium',
    },
    images: { kind: 'flag', help: 'run nothing; only draw the static images of the stored figures anew' },
    timeout: {
      ...{ kind: positiveNumber({ of: ' of seconds' }), value: 'S', default: DEFAULT_TIMEOUT_SECONDS },
      help: 'seconds that a cell may take',
    },
    json: { kind: outputFile, help: 'write the times and failures there, too' },
  },
} satisfies Command<OptionTable>;

export function main(argv: string[]): Promise<void> {
  return runCommand(COMMAND, argv, run);
}

async function run({ values, words }: CommandLine<(typeof COMMAND)['options']>): Promise<void> {
  const files = selectNotebooks(repositoryRoot, words);
  if (files.length === 0) throw new UsageError('there are no notebooks in notebooks/');

  if (values.images) return drawImages(files);

  const reports: NotebookReport[] = [];
  for (const file of files) {
    console.log(`\n${path.relative(process.cwd(), file)}`);
    console.log('  cell   wall s    CPU s');
    const report = await runNotebook(file, {
      timeoutSeconds: values.timeout,
      root: repositoryRoot,
      onCell: ({ index, seconds, processorSeconds, title }) =>
        console.log(
          `  ${String(index).padStart(4)} ${amount(seconds)} ${amount(processorSeconds)}  ${title.slice(0, 70)}`,
        ),
    });
    reports.push(report);
    console.log(`   all ${amount(total(report, 'seconds'))} ${amount(total(report, 'processorSeconds'))}`);
    if (report.failure) console.log(`  FAILED ${describe(report)}`);
    else if (values.write) await publish(file, report.notebook);
  }
  if (reports.length > 1) summarise(reports);
  if (values.json !== undefined) await writeAtomically(path.resolve(values.json), toJson(reports));
  const failed = reports.filter(({ failure }) => failure !== null);
  console.log(`\n${reports.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
}

async function publish(file: string, notebook: Notebook): Promise<void> {
  await writeAtomically(file, formatNotebook(await withStaticImages(markPublished(notebook))));
}

async function drawImages(files: readonly string[]): Promise<void> {
  for (const file of files) {
    await writeAtomically(file, formatNotebook(await withStaticImages(parseNotebook(fs.readFileSync(file, 'utf8')))));
    console.log(path.relative(process.cwd(), file));
  }
}

function summarise(reports: readonly NotebookReport[]): void {
  console.log('\n          wall s    CPU s  notebook');
  for (const report of reports) {
    const times = `${amount(total(report, 'seconds'))} ${amount(total(report, 'processorSeconds'))}`;
    console.log(`  ${report.failure ? 'FAILED' : 'ok    '}${times}  ${path.relative(process.cwd(), report.file)}`);
  }
}

function describe({ failure }: NotebookReport): string {
  const message = failure?.message.split('\n').slice(0, 12).join('\n    ') ?? '';
  return `${failure?.cell === null ? '' : `cell ${failure?.cell}: `}${message}`;
}

function amount(value: number | null): string {
  return (value === null ? '-' : value.toFixed(2)).padStart(8);
}

function total({ cells }: NotebookReport, which: 'seconds' | 'processorSeconds'): number | null {
  if (cells.some((cell) => cell[which] === null)) return null;
  return cells.reduce((sum, cell) => sum + (cell[which] ?? 0), 0);
}

function toJson(reports: readonly NotebookReport[]): string {
  const rows = reports.map(({ file, cells, startSeconds, failure }) => ({
    notebook: path.relative(repositoryRoot, file),
    startSeconds,
    cells,
    failure,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
