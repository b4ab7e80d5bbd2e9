import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notebook } from '../../jupyter/notebook/format';
import { withStaticImages } from '../../jupyter/notebook/static-images';
import { barTable, mimeBundle } from '../../src/plots';

function notebookWith(data: Record<string, unknown>): Notebook {
  const output = { output_type: 'display_data' as const, data, metadata: {} };
  const code = {
    cell_type: 'code' as const,
    id: 'a',
    source: '1',
    metadata: {},
    execution_count: 1,
    outputs: [output],
  };
  return { cells: [code], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function dataOf({ cells: [cell] }: Notebook): Record<string, unknown> {
  assert.ok(cell.cell_type === 'code' && cell.outputs[0].output_type === 'display_data');
  return cell.outputs[0].data;
}

test('a stored figure gets an image of its own size; its other forms stay', async () => {
  const figure = barTable([{ name: 'mean & <max>', values: [71, 73] }], { title: 'Poolings', measure: 'accuracy, %' });
  const before = notebookWith(mimeBundle(figure));
  const data = dataOf(await withStaticImages(before));
  const html = String(data['text/html']);
  const [, base64] = /<img src="data:image\/png;base64,([\w+/=]+)" alt="[^"<]*mean &amp; &lt;max&gt;/.exec(html) ?? [];
  assert.ok(base64, html.slice(0, 200));
  const png = Buffer.from(base64, 'base64');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [760, figure.layout.height]);
  assert.deepEqual({ ...data, 'text/html': '' }, { ...dataOf(before), 'text/html': '' });
});

test('other outputs are left alone', async () => {
  const before = notebookWith({ 'text/html': '<b>1</b>', 'text/plain': '1' });
  assert.deepEqual(await withStaticImages(before), before);
});
