/** Compares what a notebook shows in the repository with what it shows when it is run again. */
import type { CodeCell, Notebook, Output } from './format';

/** Numbers may differ by this part of the larger one, unless a cell's metadata say `{"tolerance": 0.3}`. */
export const DEFAULT_TOLERANCE = 0.15;

/** The outputs of a cell with this tag must only be of the same kinds. */
export const VARYING_TAG = 'output-varies';

const DURATION = /(?<![\w.])\d+(?:\.\d+)?\s*(?:ns|µs|us|ms|s|sec|seconds?|min|minutes?|h|hours?)(?![\w])/g;
const NUMBER = /(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?/gi;

interface Numbers {
  /** The text with a mark in place of each number. */
  text: string;
  values: { value: number; step: number }[];
}

/** Takes times out of a text, evens out the layout that depends on the width of numbers, and reads the numbers. */
function readNumbers(shown: string): Numbers {
  const values: Numbers['values'] = [];
  const text = shown
    // A progress line overwrites itself; where in the kernel an error arose depends on its version.
    .replace(/[^\n]*\r(?!\n)/g, '')
    .replace(/^ +at .*$\n?/gm, '')
    .replace(DURATION, '◷')
    .replace(NUMBER, (written) => {
      const plain = written.replaceAll(',', '').replace('−', '-');
      const decimals = /\.(\d+)/.exec(plain)?.[1].length ?? 0;
      const exponent = Number(/e(.+)$/i.exec(plain)?.[1] ?? 0);
      // A rounded number may come out one step higher or lower; a whole number counts something.
      values.push({ value: Number(plain), step: decimals > 0 ? 10 ** (exponent - decimals) : 0 });
      return '#';
    })
    .replace(/([^\w\s#◷])\1{2,}/g, '$1')
    .replace(/[ \t]+/g, ' ')
    // A printed tensor pads each number to the width of the longest, and the last digit depends on the processor.
    .replace(/# (?=[,\]])/g, '#')
    .replace(/ *\n */g, '\n')
    .trim();
  return { text, values };
}

/** How `fresh` differs from `stored`, or `null`. */
export function textDifference(stored: string, fresh: string, tolerance: number): string | null {
  const [before, after] = [readNumbers(stored), readNumbers(fresh)];
  if (before.text !== after.text) {
    const [old, now] = [before.text.split('\n'), after.text.split('\n')];
    const line = old.findIndex((text, index) => text !== now[index]);
    const at = line < 0 ? old.length : line;
    return `line ${at + 1} was ${quote(old[at])} and is ${quote(now[at])}`;
  }
  for (const [index, { value, step }] of before.values.entries()) {
    const now = after.values[index].value;
    const allowed = Math.max(tolerance * Math.max(Math.abs(value), Math.abs(now)), step * 1.0001);
    if (Math.abs(value - now) > allowed) return `number ${index + 1} was ${value} and is ${now}`;
  }
  return null;
}

const quote = (line: string | undefined): string =>
  line === undefined ? 'missing' : JSON.stringify(line.slice(0, 120));

/** What kind of thing an output is: a stream, or the media types of a display. */
function kindOf(output: Output): string {
  if (output.output_type === 'stream') return output.name;
  if (output.output_type === 'error') return 'error';
  return `${output.output_type} (${Object.keys(output.data).sort().join(', ')})`;
}

function textOf(output: Output): string {
  if (output.output_type === 'stream') return output.text;
  if (output.output_type === 'error') return `${output.ename}: ${output.evalue}`;
  const text = output.data['text/plain'];
  return Array.isArray(text) ? text.join('') : String(text ?? '');
}

/** How the outputs of one cell differ, or `null`. */
export function cellDifference(stored: CodeCell, fresh: CodeCell): string | null {
  const kinds = (cell: CodeCell): string[] => cell.outputs.map(kindOf);
  if (stored.metadata.tags?.includes(VARYING_TAG)) {
    const distinct = (cell: CodeCell): string => [...new Set(kinds(cell))].sort().join('; ') || 'nothing';
    return distinct(stored) === distinct(fresh) ? null : `it showed ${distinct(stored)} and shows ${distinct(fresh)}`;
  }
  const [before, after] = [kinds(stored).join('; ') || 'nothing', kinds(fresh).join('; ') || 'nothing'];
  if (before !== after) return `it showed ${before} and shows ${after}`;
  const { tolerance } = stored.metadata;
  for (const [index, output] of stored.outputs.entries()) {
    const difference = textDifference(
      textOf(output),
      textOf(fresh.outputs[index]),
      typeof tolerance === 'number' ? tolerance : DEFAULT_TOLERANCE,
    );
    if (difference !== null) return `output ${index + 1} (${kindOf(output)}): ${difference}`;
  }
  return null;
}

/** How the outputs of all cells differ, a line for each cell that does. */
export function notebookDifferences(stored: Notebook, fresh: Notebook): string[] {
  return stored.cells.flatMap((cell, index) => {
    const now = fresh.cells[index];
    if (cell.cell_type !== 'code' || now.cell_type !== 'code') return [];
    const difference = cellDifference(cell, now);
    return difference === null ? [] : [`cell ${index}: ${difference}`];
  });
}
