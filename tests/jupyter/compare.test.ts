import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellDifference, notebookDifferences, textDifference } from '../../jupyter/notebook/compare';
import type { CodeCell, Output } from '../../jupyter/notebook/format';
import { notebookOf } from './course';

for (const [stored, fresh] of [
  ['accuracy 0.742', 'accuracy 0.71'],
  ['loss 0.02', 'loss 0.03'],
  ['took 12.3 s, 450 ms a batch', 'took 1.2 s, 9 ms a batch'],
  ['Done in 3 minutes', 'Done in 2 minutes'],
  ['epoch 1\repoch 2\repoch 3 loss 1.00\n', 'epoch 3 loss 1.05\n'],
  ['[[0.1000001, 0.25     ],\n [0.1, 2]]', '[[0.1, 0.2500001],\n [0.1      , 2]]'],
  ['| a    |  10.5 |\n|------|-------|', '| a |   9.8 |\n|---|------|'],
  ['1,234,567 words', '1,200,000 words'],
  ['score -1.50', 'score −1.45'],
  ['error 1.2e-7', 'error 1.3e-7'],
  ['Error: x\n    at a (node:vm:1:2)\n    at b', 'Error: x\n    at c (node:vm:3:4)'],
] as const) {
  test(`${JSON.stringify(stored)} is the same as ${JSON.stringify(fresh)}`, () =>
    assert.equal(textDifference(stored, fresh, 0.15), null));
}

for (const [stored, fresh, tolerance, difference] of [
  ['accuracy 0.742', 'accuracy 0.60', 0.15, /number 1 was 0.742 and is 0.6/],
  ['3 of 5 done', '4 of 5 done', 0.15, /number 1 was 3 and is 4/],
  ['shape [2, 3]', 'shape [2, 3, 1]', 0.15, /line 1 was "shape \[#, #\]"/],
  ['a\nb', 'a\nc', 0.15, /line 2 was "b" and is "c"/],
  ['a', 'a\nb', 0.15, /line 2 was missing and is "b"/],
  ['loss 1.0', 'loss -1.0', 0.15, /was 1 and is -1/],
  ['accuracy 0.742', 'accuracy 0.71', 0.01, /was 0.742 and is 0.71/],
  ['france: germany', 'france: spain', 0.15, /line 1/],
] as const) {
  test(`${JSON.stringify(stored)} is not the same as ${JSON.stringify(fresh)} within ${tolerance}`, () =>
    assert.match(textDifference(stored, fresh, tolerance) ?? 'the same', difference));
}

const printed = (text: string, name: 'stdout' | 'stderr' = 'stdout'): Output => ({ output_type: 'stream', name, text });
const figure = (text: string, ...types: string[]): Output => ({
  output_type: 'display_data',
  data: { 'text/plain': text, ...Object.fromEntries(types.map((type) => [type, 'x'])) },
  metadata: {},
});
const cellOf = (outputs: Output[], metadata = {}): CodeCell => ({
  ...{ id: 'a', cell_type: 'code', source: '', execution_count: 1 },
  ...{ outputs, metadata },
});

test('outputs must be of the same kinds in the same order, and figures have the same text alternative', () => {
  const stored = cellOf([printed('a'), figure('mass on x: 0.9', 'text/html')]);
  assert.equal(cellDifference(stored, cellOf([printed('a'), figure('mass on x: 0.85', 'text/html')])), null);
  for (const [outputs, difference] of [
    [[printed('a')], /it showed stdout; display_data .* and shows stdout$/],
    [[figure('mass on x: 0.9', 'text/html'), printed('a')], /it showed/],
    [[printed('a'), figure('mass on x: 0.9')], /it showed .*text\/html.* and shows .*\(text\/plain\)/],
    [[printed('a'), figure('mass on y: 0.9', 'text/html')], /output 2 .*mass on y/],
    [[printed('a', 'stderr'), figure('mass on x: 0.9', 'text/html')], /stderr/],
    [[], /shows nothing/],
  ] as const)
    assert.match(cellDifference(stored, cellOf([...outputs])) ?? 'the same', difference);
});

test('a cell may have a tolerance of its own', () => {
  const [stored, fresh] = [[printed('1.00')], [printed('1.25')]];
  assert.notEqual(cellDifference(cellOf(stored), cellOf(fresh)), null);
  assert.equal(cellDifference(cellOf(stored, { tolerance: 0.3 }), cellOf(fresh)), null);
});

test('a cell tagged output-varies must show the same kinds of things, whatever they say and however many', () => {
  const tags = { tags: ['output-varies'] };
  const stored = cellOf([printed('a'), printed('w', 'stderr')], tags);
  assert.equal(cellDifference(stored, cellOf([printed('w', 'stderr'), printed('b'), printed('c', 'stderr')])), null);
  assert.match(cellDifference(stored, cellOf([])) ?? '', /shows nothing/);
  assert.match(cellDifference(stored, cellOf([printed('a')])) ?? '', /it showed stderr; stdout and shows stdout/);
});

test('all differing cells of a notebook are named', () => {
  const [stored, fresh] = [0, 1].map(() => notebookOf({ text: '#' }, { code: 'a' }, { code: 'b' }));
  Object.assign(stored.cells[1], { outputs: [printed('1')] });
  Object.assign(fresh.cells[2], { outputs: [printed('1')] });
  assert.deepEqual(notebookDifferences(stored, fresh), [
    'cell 1: it showed stdout and shows nothing',
    'cell 2: it showed nothing and shows stdout',
  ]);
  assert.deepEqual(notebookDifferences(stored, stored), []);
});
