import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprint, isAsPublished, markPublished } from '../../jupyter/notebook/fingerprint';
import { formatNotebook, joinLines, type Notebook, parseNotebook } from '../../jupyter/notebook/format';

const folder = path.join(__dirname, 'nbformat');
const inMemory = (): Notebook => JSON.parse(fs.readFileSync(path.join(folder, 'in-memory.json'), 'utf8')) as Notebook;
const written = fs.readFileSync(path.join(folder, 'written-by-nbformat.ipynb'), 'utf8');

test('a notebook is written byte for byte as nbformat writes it', () => {
  assert.equal(formatNotebook(inMemory()), written);
});

test('what nbformat wrote is read and written again unchanged', () => {
  assert.equal(formatNotebook(parseNotebook(written)), written);
});

test('any text of a cell survives writing and reading', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (source) => {
      const notebook = inMemory();
      notebook.cells[0].source = source;
      assert.equal(parseNotebook(formatNotebook(notebook)).cells[0].source, source);
    }),
  );
});

test('writing does not change the notebook in memory', () => {
  const notebook = inMemory();
  formatNotebook(notebook);
  assert.deepEqual(notebook, inMemory());
});

test('JSON outputs are left alone when lines are joined', () => {
  const notebook = inMemory();
  const data = { 'application/json': ['a', 'b'], 'text/plain': ['a\n', 'b'] };
  notebook.cells[3] = {
    ...notebook.cells[3],
    cell_type: 'code',
    execution_count: 1,
    outputs: [{ output_type: 'display_data', data, metadata: {} }],
  };
  const [output] = (joinLines(notebook).cells[3] as { outputs: { data: unknown }[] }).outputs;
  assert.deepEqual(output.data, { 'application/json': ['a', 'b'], 'text/plain': 'a\nb' });
});

for (const [name, text, expected] of [
  ['text that is no JSON', '{', /not a notebook/],
  ['another JSON value', '[]', /no JSON object/],
  ['another version', '{"nbformat": 3, "metadata": {}, "cells": []}', /nbformat must be 4, got 3/],
  ['cells that are no list', '{"nbformat": 4, "metadata": {}, "cells": {}}', /cells must be a list/],
  [
    'a cell without source',
    '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "markdown", "metadata": {}}]}',
    /the source of cell 0/,
  ],
] as const) {
  test(`${name} is refused`, () => assert.throws(() => parseNotebook(text), expected));
}

test('a published lesson is known as such until text or code change', () => {
  const published = markPublished(inMemory());
  assert.ok(!isAsPublished(inMemory()));
  assert.ok(isAsPublished(published));
  // Through a file, with other outputs, and with the blank cell that Jupyter adds at the end.
  const saved = parseNotebook(formatNotebook(published));
  for (const cell of saved.cells)
    if (cell.cell_type === 'code') Object.assign(cell, { outputs: [], execution_count: 9 });
  saved.cells.push({ id: 'new', cell_type: 'code', source: ' \n', metadata: {}, outputs: [], execution_count: null });
  assert.ok(isAsPublished(saved));
  saved.cells[3].source += '// mine';
  assert.ok(!isAsPublished(saved));
  assert.notEqual(fingerprint(saved), fingerprint(published));
});
