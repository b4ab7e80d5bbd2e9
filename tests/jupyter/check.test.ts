import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkNotebook, linksIn } from '../../jupyter/notebook/check';
import { markPublished } from '../../jupyter/notebook/fingerprint';
import { type CodeCell, formatNotebook, type Notebook } from '../../jupyter/notebook/format';
import { makeFolder, notebookOf } from './course';

const OPENING = `# Looking twice

**Time:** 20 minutes. **Prerequisites:** lesson 03.

## What you will be able to do
- see *it*`;
const END = `## What you should remember
It is there.

## Sources
[The paper](https://example.org/paper), [the words](../datasets/words.txt), [the top](#looking-twice)`;

function lesson(): Notebook {
  return notebookOf({ text: OPENING }, { code: 'look()' }, { text: '## Exercises\n\n### 4.1 Break it' }, { text: END });
}

function check(
  t: TestContext,
  notebook: Notebook,
  kind: 'lesson' | 'solution' = 'lesson',
  change?: (text: string) => string,
): string[] {
  const root = makeFolder(t);
  for (const folder of ['notebooks', 'datasets']) fs.mkdirSync(path.join(root, folder));
  fs.writeFileSync(path.join(root, 'datasets/words.txt'), '');
  fs.writeFileSync(path.join(path.dirname(root), 'beside.txt'), '');
  t.after(() => fs.rmSync(path.join(path.dirname(root), 'beside.txt'), { force: true }));
  const file = path.join(root, 'notebooks/04-looking-twice.ipynb');
  const text = formatNotebook(markPublished(notebook));
  fs.writeFileSync(file, change ? change(text) : text);
  return checkNotebook(file, { root, kind });
}

test('a lesson that keeps to everything has no problem', (t) => assert.deepEqual(check(t, lesson()), []));

test('a solution needs no sections', (t) =>
  assert.deepEqual(check(t, notebookOf({ text: '# Solutions' }), 'solution'), []));

function withCell(index: number, change: (cell: CodeCell) => void): Notebook {
  const notebook = lesson();
  change(notebook.cells[index] as CodeCell);
  return notebook;
}

const showing = (data: Record<string, unknown>): Notebook =>
  withCell(1, (cell) => cell.outputs.push({ output_type: 'display_data', data, metadata: {} }));

const replacing = (index: number, from: string | RegExp, to: string): Notebook =>
  withCell(index, (cell) => (cell.source = cell.source.replace(from, to)));

const problems: [string, () => Notebook, RegExp][] = [
  ['an old format', () => ({ ...lesson(), nbformat_minor: 4 }), /the format must be 4\.5, it is 4\.4/],
  ['a cell without id', () => withCell(1, (cell) => (cell.id = '')), /cell 1 has no valid id/],
  ['an id that occurs twice', () => withCell(1, (cell) => (cell.id = 'cell-0')), /cell 1 has the same id as cell 0/],
  ['another kernel', () => ({ ...lesson(), metadata: { kernelspec: { name: 'python3' } } }), /must be tslab/],
  ['no title', () => replacing(0, /^# /, '## '), /one heading of level 1, there are 0/],
  ['two titles', () => replacing(3, '## Sources', '# Sources'), /there are 2/],
  [
    'a title that comes late',
    () => notebookOf({ text: 'Hello' }, ...[{ text: OPENING }]),
    /must stand in the first cell/,
  ],
  [
    'a heading that skips a level',
    () => replacing(2, '### 4.1', '#### 4.1'),
    /cell 2: heading "4\.1 Break it" skips from level 2 to 4/,
  ],
  [
    'a long cell',
    () => withCell(1, (cell) => (cell.source = 'a\n'.repeat(26))),
    /cell 1: 26 lines of code, at most 25/,
  ],
  [
    'a path of this machine in code',
    () => withCell(1, (cell) => (cell.source = "read('/home/me/x')")),
    /absolute path \/home\/me/,
  ],
  [
    'a path of this machine in an output',
    () =>
      withCell(1, (cell) => cell.outputs.push({ output_type: 'stream', name: 'stderr', text: 'at /Users/me/x.ts' })),
    /an output names the absolute path \/Users\/me/,
  ],
  ['a path of Windows', () => withCell(1, (cell) => (cell.source = "read('C:\\\\me')")), /absolute path C:/],
  ['a figure without text', () => showing({ 'image/png': 'x' }), /a figure has no text alternative/],
  [
    'a figure without a static image',
    () => showing({ 'application/vnd.plotly.v1+json': {}, 'text/html': '<table></table>', 'text/plain': 'Two bars.' }),
    /a figure has no static image/,
  ],
  [
    'a figure whose text is an object',
    () => showing({ 'text/html': 'x', 'text/plain': '[object Object]' }),
    /says nothing/,
  ],
  [
    'a figure whose text is a literal',
    () => showing({ 'application/vnd.plotly.v1+json': {}, 'text/plain': '{ data: [] }' }),
    /says nothing/,
  ],
  [
    'a link to nothing',
    () => replacing(3, 'words.txt', 'none.txt'),
    /link \.\.\/datasets\/none\.txt: there is no such file/,
  ],
  ['a link out of the repository', () => replacing(3, '../datasets/words.txt', '../../beside.txt'), /it leads outside/],
  ['an absolute link', () => replacing(3, '../datasets/words.txt', '/datasets/words.txt'), /must be relative/],
  ['a link to a file of the machine', () => replacing(3, '../datasets/words.txt', 'file:///x'), /not allowed/],
  [
    'a link to a heading that is not there',
    () => replacing(3, '#looking-twice', '#elsewhere'),
    /there is no such heading/,
  ],
  [
    'no goals',
    () => replacing(0, 'you will be able to do', 'this is about'),
    /"what you will be able to do" is missing/,
  ],
  ['goals without a list', () => replacing(0, '- see *it*', ''), /no list of what the reader/],
  ['no time', () => replacing(0, '**Time:** 20 minutes. ', ''), /"time" is missing/],
  ['no prerequisites', () => replacing(0, '**Prerequisites:** lesson 03.', ''), /"prerequisites" is missing/],
  ['no exercises', () => replacing(2, '## Exercises', '## Tasks'), /"exercises" is missing/],
  ['no summary', () => replacing(3, '## What you should remember', '## End'), /"what you should remember" is missing/],
  ['no sources', () => replacing(3, '## Sources', '## Links'), /"sources" is missing/],
];

for (const [name, notebook, expected] of problems) {
  test(`${name} is found`, (t) => {
    const found = check(t, notebook());
    assert.ok(
      found.some((problem) => expected.test(problem)),
      `found only: ${found.join('\n') || 'nothing'}`,
    );
  });
}

test('a file that another program has written differently is found', (t) =>
  assert.match(
    check(t, lesson(), 'lesson', (text) => JSON.stringify(JSON.parse(text), null, 2))[0],
    /not written as Jupyter/,
  ));

test('text that has changed since the outputs were made is found', (t) =>
  assert.match(check(t, lesson(), 'lesson', (text) => text.replace('look()', 'see()'))[0], /have changed since/));

test('a file that is no notebook is found', (t) =>
  assert.match(check(t, lesson(), 'lesson', () => '{')[0], /not a notebook/));

test('links are found in all their forms, but not inside code', () => {
  const markdown =
    '[a](one.md "title") ![b](<two.png>) <img src="three.png">\n[d]: four.md\n`[x](no.md)`\n```\n[y](no.md)\n```\n[e](five.md#part)';
  assert.deepEqual(linksIn(markdown), ['one.md', 'two.png', 'five.md#part', 'four.md', 'three.png']);
});
