/** What every notebook of the course must keep to, checked without running it. */
import fs from 'node:fs';
import path from 'node:path';
import { isAsPublished } from './fingerprint';
import { type Cell, formatNotebook, type Notebook, NotebookFormatError, type Output, parseNotebook } from './format';
import { GOALS, headings, readOutline, withoutCodeBlocks } from './outline';

export const LONGEST_CODE_CELL = 25;

/** Sections that a lesson must have: a heading or a label at the beginning of a line. */
const LESSON_SECTIONS: readonly [name: string, expression: RegExp][] = [
  ['what you will be able to do', GOALS],
  ['time', /(?:^[\s>#-]*|\*\*)time\b/im],
  ['prerequisites', /(?:^[\s>#-]*|\*\*)(?:prerequisites?|before this|before you start)\b/im],
  ['exercises', /^#{2,6}.*\bexercises?\b/im],
  ['what you should remember', /^#{2,6}.*\bwhat (?:you should|to) remember\b/im],
  ['sources', /^#{2,6}.*\b(?:sources|references|further reading)\b/im],
];

/** A path of somebody's machine. Addresses of the web are no such paths. */
const ABSOLUTE_PATH =
  /(?<![\w/.:~-])(?:\/(?:home|Users|root|tmp|var|work|opt|mnt|private)\/[\w.-]+|[A-Za-z]:\\{1,2}[\w.-]+|file:\/\/\S+)/;

export interface CheckOptions {
  /** The repository's root: local links must lead to files below it. */
  root: string;
  /** A lesson, which needs its sections, or a solution. */
  kind: 'lesson' | 'solution';
}

/** The problems of the notebook in `file`, one line each; none: it keeps to everything. */
export function checkNotebook(file: string, { root, kind }: CheckOptions): string[] {
  const text = fs.readFileSync(file, 'utf8');
  let notebook: Notebook;
  try {
    notebook = parseNotebook(text);
  } catch (error) {
    if (error instanceof NotebookFormatError) return [error.message];
    throw error;
  }
  return [
    ...checkFormat(notebook, text),
    ...checkHeadings(notebook),
    ...notebook.cells.flatMap((cell, index) => checkCell(cell).map((problem) => `cell ${index}: ${problem}`)),
    ...checkLinks(notebook, file, root),
    ...(kind === 'lesson' ? checkSections(notebook) : []),
  ];
}

function checkFormat(notebook: Notebook, text: string): string[] {
  const problems: string[] = [];
  if (notebook.nbformat !== 4 || notebook.nbformat_minor !== 5)
    problems.push(`the format must be 4.5, it is ${notebook.nbformat}.${notebook.nbformat_minor}`);
  const ids = notebook.cells.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) problems.push(`cell ${index} has no valid id`);
    else if (ids.indexOf(id) !== index) problems.push(`cell ${index} has the same id as cell ${ids.indexOf(id)}`);
  }
  const { kernelspec } = notebook.metadata as { kernelspec?: { name?: string } };
  if (kernelspec?.name !== 'tslab') problems.push('the kernel in the metadata must be tslab');
  if (problems.length === 0 && text !== formatNotebook(notebook))
    problems.push('the file is not written as Jupyter writes it; npm run notebooks -- --write does');
  if (!isAsPublished(notebook))
    problems.push('text or code have changed since the outputs were made: npm run notebooks -- --write FILE');
  return problems;
}

function checkHeadings(notebook: Notebook): string[] {
  const problems: string[] = [];
  const all = headings(notebook);
  const titles = all.filter(({ level }) => level === 1);
  if (titles.length !== 1) problems.push(`there must be one heading of level 1, there are ${titles.length}`);
  if (titles.length > 0 && titles[0].cell !== 0) problems.push('the heading of level 1 must stand in the first cell');
  for (const [index, { cell, level, text }] of all.entries()) {
    const before = index === 0 ? 0 : all[index - 1].level;
    if (level > before + 1) problems.push(`cell ${cell}: heading "${text}" skips from level ${before} to ${level}`);
  }
  return problems;
}

function checkCell(cell: Cell): string[] {
  const problems: string[] = [];
  const absolute = ABSOLUTE_PATH.exec(cell.source);
  if (absolute) problems.push(`absolute path ${absolute[0]}`);
  if (cell.cell_type !== 'code') return problems;
  const lines = cell.source.trimEnd().split('\n').length;
  if (lines > LONGEST_CODE_CELL) problems.push(`${lines} lines of code, at most ${LONGEST_CODE_CELL} are allowed`);
  for (const output of cell.outputs) problems.push(...checkOutput(output));
  return problems;
}

/** Media types that a reader of text cannot read. */
const FIGURE = /^(?:image\/|application\/vnd\.plotly|text\/html$)/;

function checkOutput(output: Output): string[] {
  if (output.output_type === 'error') return checkText(`${output.evalue}\n${output.traceback.join('\n')}`);
  if (output.output_type === 'stream') return checkText(output.text);
  const problems: string[] = [];
  const alternative = output.data['text/plain'];
  if (Object.keys(output.data).some((type) => FIGURE.test(type))) {
    if (typeof alternative !== 'string' || alternative.trim() === '')
      problems.push('a figure has no text alternative (text/plain)');
    else if (/^\s*(?:\[object \w+\]|<[\w ]+(?:\s[^>]*)?>|\{[\s\S]*\}|\[[\s\S]*\]|undefined|null)\s*$/.test(alternative))
      problems.push(`the text alternative of a figure says nothing: ${alternative.slice(0, 60)}`);
  }
  // Code hosts show no SVG from an address.
  const html = String(output.data['text/html']);
  if ('application/vnd.plotly.v1+json' in output.data && !html.includes('<img src="data:image/png;'))
    problems.push('a figure has no static image; npm run notebooks -- --images FILE draws it');
  return [...problems, ...checkText(withoutImages(JSON.stringify(output.data)))];
}

/** Base64 may spell anything, paths included. */
function withoutImages(json: string): string {
  return json.replace(/data:image\/\w+;base64,[\w+/=]+/g, '');
}

function checkText(text: string): string[] {
  const absolute = ABSOLUTE_PATH.exec(text);
  return absolute ? [`an output names the absolute path ${absolute[0]}`] : [];
}

function checkLinks(notebook: Notebook, file: string, root: string): string[] {
  const anchors = new Set(headings(notebook).map(({ text }) => anchorOf(text)));
  return notebook.cells.flatMap((cell, index) => {
    if (cell.cell_type !== 'markdown') return [];
    return linksIn(cell.source).flatMap((link) => {
      const problem = linkProblem(link, path.dirname(file), root, anchors);
      return problem === null ? [] : [`cell ${index}: link ${link}: ${problem}`];
    });
  });
}

/** Targets of links and pictures; those inside code are none. */
export function linksIn(markdown: string): string[] {
  const text = withoutCodeBlocks(markdown).replace(/(`+)[^`][\s\S]*?\1/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)/g)].map((match) => match[1]);
  const references = [...text.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)].map((match) => match[1]);
  const tags = [...text.matchAll(/\s(?:href|src)=["']([^"']+)["']/g)].map((match) => match[1]);
  return [...inline, ...references, ...tags];
}

function linkProblem(link: string, folder: string, root: string, anchors: ReadonlySet<string>): string | null {
  if (/^(?:https?|mailto|data|attachment):/i.test(link)) return null;
  if (/^[a-z][a-z\d+.-]*:/i.test(link)) return 'this kind of address is not allowed';
  const [target, anchor] = link.split('#');
  if (target === '') return anchors.has(anchorOf(decodeURIComponent(anchor ?? ''))) ? null : 'there is no such heading';
  if (target.startsWith('/')) return 'local links must be relative to the notebook';
  const file = path.resolve(folder, decodeURIComponent(target));
  if (path.relative(root, file).startsWith('..')) return 'it leads outside the repository';
  return fs.existsSync(file) ? null : 'there is no such file';
}

/** Jupyter, VS Code and code hosts make anchors in different ways; this is what is left when they agree. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

function checkSections(notebook: Notebook): string[] {
  const text = notebook.cells
    .filter((cell) => cell.cell_type === 'markdown')
    .map((cell) => withoutCodeBlocks(cell.source))
    .join('\n\n');
  const problems = LESSON_SECTIONS.filter(([, expression]) => !expression.test(text)).map(
    ([name]) => `the section "${name}" is missing`,
  );
  // The table of contents shows them.
  const { goals, time } = readOutline(notebook);
  if (goals.length === 0) problems.push('no list of what the reader will be able to do stands before the first code');
  if (time === null) problems.push('no "Time: ..." stands before the first code');
  return problems;
}
