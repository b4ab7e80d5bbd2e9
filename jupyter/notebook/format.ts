/**
 * Notebook files, format 4.5: in memory every text is one string; in a file it is a list of lines. What is written here
 * is byte for byte what nbformat, Jupyter's own writer, would write, so that files change only where a person changed
 * them, whatever program saved them last.
 *
 * @see https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import { jsonFault } from '../json-limits';
import type { JsonObject } from '../kernel/messages';

/** What a cell showed. */
export type Output =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { output_type: 'display_data'; data: JsonObject; metadata: JsonObject; transient?: JsonObject }
  | {
      output_type: 'execute_result';
      execution_count: number | null;
      data: JsonObject;
      metadata: JsonObject;
      transient?: JsonObject;
    }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

interface CellMetadata extends JsonObject {
  tags?: string[];
}

interface BaseCell {
  id: string;
  source: string;
  metadata: CellMetadata;
  attachments?: Record<string, JsonObject>;
}

export interface CodeCell extends BaseCell {
  cell_type: 'code';
  execution_count: number | null;
  outputs: Output[];
}

export interface TextCell extends BaseCell {
  cell_type: 'markdown' | 'raw';
}

export type Cell = CodeCell | TextCell;

export interface Notebook {
  cells: Cell[];
  metadata: JsonObject;
  nbformat: number;
  nbformat_minor: number;
}

/** A file or a message that is no notebook. */
export class NotebookFormatError extends Error {
  override readonly name = 'NotebookFormatError';
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const CELL_TYPES: ReadonlySet<unknown> = new Set(['code', 'markdown', 'raw']);

/** @throws {NotebookFormatError} when `value` lacks what every reader of a notebook relies on. */
export function requireNotebook(value: unknown): asserts value is Notebook {
  const fail = (problem: string): never => {
    throw new NotebookFormatError(`not a notebook: ${problem}`);
  };
  if (!isObject(value)) return fail('the file holds no JSON object');
  const fault = jsonFault(value);
  if (fault !== null) fail(fault);
  if (value.nbformat !== 4) fail(`nbformat must be 4, got ${JSON.stringify(value.nbformat)}`);
  if (!isObject(value.metadata)) fail('metadata must be an object');
  if (!Array.isArray(value.cells)) return fail('cells must be a list');
  for (const [index, cell] of value.cells.entries()) {
    if (!isObject(cell)) fail(`cell ${index} must be an object`);
    if (!CELL_TYPES.has(cell.cell_type)) fail(`cell ${index} has no known cell_type`);
    if (!isText(cell.source)) fail(`the source of cell ${index} must be text`);
    if (!isObject(cell.metadata)) fail(`the metadata of cell ${index} must be an object`);
    const { attachments } = cell;
    if (attachments !== undefined && !(isObject(attachments) && Object.values(attachments).every(isObject)))
      fail(`the attachments of cell ${index} must be objects by name`);
    if (cell.cell_type !== 'code') continue;
    if (!Array.isArray(cell.outputs)) return fail(`the outputs of cell ${index} must be a list`);
    for (const [number, output] of cell.outputs.entries()) {
      const lack = lackOf(output);
      if (lack !== null) fail(`output ${number} of cell ${index} ${lack}`);
    }
  }
}

/** What an output lacks that every reader relies on. */
function lackOf(output: unknown): string | null {
  if (!isObject(output)) return 'must be an object';
  switch (output.output_type) {
    case 'stream':
      return isText(output.text) ? null : 'must have a text';
    case 'display_data':
    case 'execute_result':
      return isObject(output.data) ? null : 'must have its data as an object';
    case 'error':
      return null;
    default:
      return 'has no known output_type';
  }
}

const isText = (value: unknown): boolean =>
  typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'));

const joined = (value: unknown): unknown => (isText(value) && Array.isArray(value) ? value.join('') : value);

/** Where Python's `splitlines` breaks a line. */
const LINE =
  /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+$/g;

const split = (value: unknown): unknown => (typeof value === 'string' ? (value.match(LINE) ?? []) : value);

const isJsonType = (type: string): boolean => /^application\/(.*\+)?json$/.test(type);
const isSplitType = (type: string): boolean =>
  type.startsWith('text/') || type === 'application/javascript' || type === 'image/svg+xml';

function mapMembers(
  bundle: JsonObject,
  applies: (type: string) => boolean,
  map: (value: unknown) => unknown,
): JsonObject {
  return Object.fromEntries(
    Object.entries(bundle ?? {}).map(([type, value]) => [type, applies(type) ? map(value) : value]),
  );
}

function mapTexts(notebook: Notebook, applies: (type: string) => boolean, map: (value: unknown) => unknown): Notebook {
  const mapOutput = (output: Output): Output => {
    if (output.output_type === 'stream') return { ...output, text: map(output.text) as string };
    if (output.output_type === 'error') return output;
    return { ...output, data: mapMembers(output.data, applies, map) };
  };
  const mapCell = (cell: Cell): Cell => ({
    ...cell,
    source: map(cell.source) as string,
    ...(cell.attachments && {
      attachments: Object.fromEntries(
        Object.entries(cell.attachments).map(([name, bundle]) => [name, mapMembers(bundle, applies, map)]),
      ),
    }),
    ...(cell.cell_type === 'code' && { outputs: cell.outputs.map(mapOutput) }),
  });
  return { ...notebook, cells: notebook.cells.map(mapCell) };
}

/** The notebook in a file's text. @throws {NotebookFormatError} */
export function parseNotebook(text: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NotebookFormatError(`not a notebook: ${(error as Error).message}`);
  }
  requireNotebook(value);
  return joinLines(value);
}

/** `notebook` with every text as one string. */
export function joinLines(notebook: Notebook): Notebook {
  return mapTexts(notebook, (type) => !isJsonType(type), joined);
}

function withoutTransientValues(notebook: Notebook): Notebook {
  const without = (object: JsonObject, names: string[]): JsonObject =>
    Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    metadata: without(cell.metadata, ['trusted']),
    ...(cell.cell_type === 'code' && {
      outputs: cell.outputs.map((output) => without(output as unknown as JsonObject, ['transient'])),
    }),
  }));
  const metadata = without(notebook.metadata, ['orig_nbformat', 'orig_nbformat_minor', 'signature']);
  return { ...notebook, metadata, cells: cells as unknown as Cell[] };
}

/** The text of the file for `notebook`. */
export function formatNotebook(notebook: Notebook): string {
  return `${formatJson(mapTexts(withoutTransientValues(joinLines(notebook)), isSplitType, split), '')}\n`;
}

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** JSON as Python writes it with `indent=1, sort_keys=True, ensure_ascii=False`. */
function formatJson(value: unknown, indent: string): string {
  const inner = `${indent} `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + formatJson(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (isObject(value)) {
    const names = Object.keys(value)
      .filter((name) => value[name] !== undefined)
      .sort(byCodePoint);
    if (names.length === 0) return '{}';
    const members = names.map((name) => `${inner}${JSON.stringify(name)}: ${formatJson(value[name], inner)}`);
    return `{\n${members.join(',\n')}\n${indent}}`;
  }
  return typeof value === 'number' ? formatNumber(value) : (JSON.stringify(value) ?? 'null');
}

/** Python writes small numbers with an exponent from 1e-5 on, JavaScript from 1e-7, and pads the exponent to two digits. */
function formatNumber(value: number): string {
  const plain = JSON.stringify(value);
  if (!Number.isFinite(value) || value === 0 || Math.abs(value) >= 1e-4) return plain;
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}
