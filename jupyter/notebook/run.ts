/** Runs a whole notebook from top to bottom on a kernel of its own. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kernel } from '../kernel/kernel';
import type { JsonObject } from '../kernel/messages';
import { type CellResult, CellRunner, failureIn } from './execute';
import { type Cell, type CodeCell, type Notebook, type Output, parseNotebook } from './format';

/** A cell with this tag must fail, and fails the run when it does not. */
export const EXPECTED_FAILURE_TAG = 'raises-exception';

export interface CellReport {
  /** Position in the notebook, text cells counted too. */
  index: number;
  /** The first line of code. */
  title: string;
  seconds: number;
  processorSeconds: number | null;
}

export interface NotebookReport {
  file: string;
  /** The notebook with the fresh outputs. */
  notebook: Notebook;
  /** The cells that ran. */
  cells: CellReport[];
  startSeconds: number;
  /** What went wrong, and in which cell; `null` when all went well. */
  failure: { cell: number | null; message: string } | null;
}

export interface RunOptions {
  /** Time limit of each cell. */
  timeoutSeconds?: number;
  /** Called after each cell. */
  onCell?: (report: CellReport) => void;
  /** Replaced by nothing in what cells show, so that outputs name no folder of this machine. */
  root?: string;
}

export const DEFAULT_TIMEOUT_SECONDS = 170;

/** A promise that nobody waits for may fail shortly after the last cell. */
const LATE_FAILURE_MILLISECONDS = 200;

/**
 * Runs the notebook in `file`, in its own folder, up to the first failure.
 * @throws {NotebookFormatError} when the file is no notebook.
 */
export async function runNotebook(file: string, options: RunOptions = {}): Promise<NotebookReport> {
  const { timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, onCell = () => {}, root } = options;
  const notebook = parseNotebook(fs.readFileSync(file, 'utf8'));
  const report: NotebookReport = { file, notebook, cells: [], startSeconds: 0, failure: null };
  const kernel = new Kernel({ cwd: path.dirname(path.resolve(file)) });
  const runner = new CellRunner(kernel);
  const ran: { index: number; cell: CodeCell; result: CellResult }[] = [];
  let current: number | null = null;
  try {
    const start = performance.now();
    await kernel.start();
    report.startSeconds = (performance.now() - start) / 1000;
    notebook.metadata = { ...notebook.metadata, ...kernelMetadata(kernel) };
    for (const [index, cell] of notebook.cells.entries()) {
      if (cell.cell_type !== 'code') continue;
      Object.assign(cell, { outputs: [], execution_count: null });
      if (cell.source.trim() === '') continue;
      current = index;
      const result = await runner.run(cell.source, timeoutSeconds);
      ran.push({ index, cell, result });
      const { seconds, processorSeconds } = result;
      const row = { index, title: firstLine(cell.source), seconds, processorSeconds };
      report.cells.push(row);
      onCell(row);
      const message = judge(cell, result);
      if (message !== null) {
        report.failure = { cell: index, message };
        break;
      }
    }
    if (!report.failure) {
      await sleep(LATE_FAILURE_MILLISECONDS);
      const late = ran.find(({ cell, result }) => judge(cell, result) !== null);
      if (late) report.failure = { cell: late.index, message: judge(late.cell, late.result) ?? '' };
    }
  } catch (error) {
    report.failure = { cell: current, message: (error as Error).message };
  } finally {
    runner.close();
    await kernel.shutdown();
  }
  for (const { cell, result } of ran) {
    cell.outputs = result.outputs.map((output) => withoutRoot(output, root));
    cell.execution_count = result.executionCount;
  }
  return report;
}

function judge(cell: Cell, result: CellResult): string | null {
  const failure = failureIn(result);
  if (!cell.metadata.tags?.includes(EXPECTED_FAILURE_TAG)) return failure;
  return failure === null ? `the cell is tagged ${EXPECTED_FAILURE_TAG}, but it ran without an error` : null;
}

/** What Jupyter's own page writes into a notebook that it saves. */
function kernelMetadata(kernel: Kernel): JsonObject {
  return {
    kernelspec: { display_name: 'TypeScript', language: 'typescript', name: kernel.model.name },
    language_info: kernel.information.language_info,
  };
}

function firstLine(source: string): string {
  return source.trim().split('\n')[0];
}

function withoutRoot(output: Output, root: string | undefined): Output {
  if (root === undefined) return output;
  const clean = (text: string): string => text.replaceAll(root + path.sep, '').replaceAll(root, '.');
  if (output.output_type === 'stream') return { ...output, text: clean(output.text) };
  if (output.output_type === 'error') return { ...output, traceback: output.traceback.map(clean) };
  const data = Object.fromEntries(
    Object.entries(output.data).map(([type, value]) => [type, typeof value === 'string' ? clean(value) : value]),
  );
  return { ...output, data };
}
