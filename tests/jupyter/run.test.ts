import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { UsageError } from '../../scripts/command-line/usage-error';
import { isAsPublished } from '../../jupyter/notebook/fingerprint';
import { type CodeCell, formatNotebook, type Notebook, parseNotebook } from '../../jupyter/notebook/format';
import { runNotebook } from '../../jupyter/notebook/run';
import { selectNotebooks } from '../../jupyter/notebook/select';
import { repositoryRoot } from '../../jupyter/repository';
import { main } from '../../jupyter/run-notebooks';
import { makeCourse, makeFolder, notebookOf } from './course';

function write(t: TestContext, notebook: Notebook): string {
  const file = path.join(makeFolder(t), '04-looking-twice.ipynb');
  fs.writeFileSync(file, formatNotebook(notebook));
  return file;
}

/** Runs the command; gives what it printed and its exit status. */
async function command(t: TestContext, ...argv: string[]): Promise<{ output: string; errors: string; status: number }> {
  const lines = { log: [] as string[], error: [] as string[] };
  for (const name of ['log', 'error'] as const)
    t.mock.method(console, name, (...values: unknown[]) => void lines[name].push(values.join(' ')));
  // A test that failed earlier has set the status of this whole process, which must still tell of it at the end.
  const statusOfTheTests = process.exitCode;
  process.exitCode = undefined;
  try {
    await main(argv);
    return { output: lines.log.join('\n'), errors: lines.error.join('\n'), status: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = statusOfTheTests;
    t.mock.restoreAll();
  }
}

test('a notebook that goes well is written with fresh outputs, and is then published', async (t) => {
  const file = write(
    t,
    notebookOf(
      { text: '# Title' },
      { code: "console.log('in', require('node:path').basename(process.cwd()));" },
      { code: "throw new Error('as expected');", tags: ['raises-exception'] },
      { code: ' ' },
      { code: "require('tslab').display.html('<b>x</b>');\nprocess.cwd()" },
    ),
  );
  const json = path.join(path.dirname(file), 'times.json');
  const { output, status } = await command(t, file, '--write', '--json', json);
  assert.equal(status, 0, output);
  assert.match(output, /1 passed, 0 failed/);
  assert.match(output, /^ +1 +\d+\.\d\d +(?:\d+\.\d\d|-) {2}console\.log\('in'/m);

  const text = fs.readFileSync(file, 'utf8');
  const notebook = parseNotebook(text);
  assert.equal(text, formatNotebook(notebook));
  assert.ok(isAsPublished(notebook));
  const cells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === 'code');
  assert.deepEqual(cells[0].outputs, [
    { output_type: 'stream', name: 'stdout', text: `in ${path.basename(path.dirname(file))}\n` },
  ]);
  assert.deepEqual(
    cells.map(({ execution_count }) => execution_count),
    [1, 2, null, 3],
  );
  assert.match(JSON.stringify(cells[1].outputs), /as expected/);
  assert.deepEqual(cells[3].outputs[0], {
    output_type: 'display_data',
    data: { 'text/html': '<b>x</b>' },
    metadata: {},
  });
  assert.ok(!text.includes(repositoryRoot), 'outputs name no folder of this machine');
  const { kernelspec, language_info } = notebook.metadata as { kernelspec: object; language_info: { name: string } };
  assert.deepEqual(kernelspec, { display_name: 'TypeScript', language: 'typescript', name: 'tslab' });
  assert.equal(language_info.name, 'typescript');

  const [times] = JSON.parse(fs.readFileSync(json, 'utf8')) as [{ cells: { index: number }[]; failure: null }];
  assert.deepEqual([times.cells.map(({ index }) => index), times.failure], [[1, 2, 4], null]);
});

test('a notebook that fails is left as it was, and the cell and the reason are named', async (t) => {
  const file = write(
    t,
    notebookOf({ text: '# Title' }, { code: '1' }, { code: "const x: number = 'a';" }, { code: '3' }),
  );
  const before = fs.readFileSync(file, 'utf8');
  const { output, status } = await command(t, file, '--write');
  assert.equal(status, 1);
  assert.match(output, /FAILED cell 2: 1:7 - Type 'string' is not assignable to type 'number'/);
  assert.match(output, /0 passed, 1 failed/);
  assert.doesNotMatch(output, /^ +3 /m, 'later cells are not run');
  assert.equal(fs.readFileSync(file, 'utf8'), before);
});

test('a rejection that comes after its cell has ended fails the run', async (t) => {
  const file = write(t, notebookOf({ code: "setTimeout(() => Promise.reject(new Error('late')), 50);" }));
  const { failure } = await runNotebook(file);
  assert.equal(failure?.cell, 0);
  assert.match(failure.message, /UnhandledPromiseRejection: Error: late/);
});

test('a cell that should fail and does not fails the run', async (t) => {
  const file = write(t, notebookOf({ text: '#' }, { code: '1', tags: ['raises-exception'] }));
  const { failure } = await runNotebook(file);
  assert.deepEqual(failure, { cell: 1, message: 'the cell is tagged raises-exception, but it ran without an error' });
});

test('a cell that takes too long fails the run', async (t) => {
  const file = write(t, notebookOf({ code: 'while (true);' }));
  const { output, status } = await command(t, file, '--timeout', '1');
  assert.equal(status, 1);
  assert.match(output, /FAILED cell 0: timed out after 1 s/);
});

test('notebooks are chosen by number, group and path', (t) => {
  const root = makeCourse(t);
  for (const name of [
    '05-more.ipynb',
    '04-looking-twice.my-copy-2026-01-02.ipynb',
    'Untitled.ipynb',
    'solutions/05-more.ipynb',
  ])
    fs.writeFileSync(path.join(root, 'notebooks', name), '');
  const chosen = (...words: string[]): string[] =>
    selectNotebooks(root, words).map((file) => path.relative(path.join(root, 'notebooks'), file).replaceAll('\\', '/'));
  const [lessons, solutions] = [
    ['04-looking-twice.ipynb', '05-more.ipynb'],
    ['solutions/04-looking-twice.ipynb', 'solutions/05-more.ipynb'],
  ];
  assert.deepEqual(chosen(), [...lessons, ...solutions]);
  assert.deepEqual(chosen('lessons'), lessons);
  assert.deepEqual(chosen('solutions'), solutions);
  assert.deepEqual(chosen('4', '04'), [lessons[0], solutions[0]]);
  assert.deepEqual(chosen('solutions/5'), [solutions[1]]);
  assert.deepEqual(chosen(path.join(root, 'notebooks/Untitled.ipynb')), ['Untitled.ipynb']);
  for (const word of ['06', 'solutions/06', 'none.ipynb', 'x'])
    assert.throws(() => selectNotebooks(root, [word]), UsageError, word);
});

test('mistakes in the command line end with status 2 and one line', async (t) => {
  const broken = path.join(makeFolder(t), 'broken.ipynb');
  fs.writeFileSync(broken, '{');
  for (const [argv, message] of [
    [['--unknown'], /Unknown option '--unknown'/],
    [['--timeout', 'x'], /--timeout must be a number of seconds above 0, got x/],
    [['99'], /99 names no notebook/],
    [[broken], /not a notebook/],
  ] as [string[], RegExp][]) {
    const { errors, status } = await command(t, ...argv);
    assert.equal(status, 2, argv.join(' '));
    assert.match(errors, message);
    assert.doesNotMatch(errors, /\n/);
  }
  const { output, status } = await command(t, '--help');
  assert.equal(status, 0);
  for (const option of ['--write', '--timeout', '--json']) assert.ok(output.includes(option));
});
