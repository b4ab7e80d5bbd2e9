import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attentionHeatmap, bestPath } from '../../../src/plots/attention-heatmap';
import { barTable, spread } from '../../../src/plots/bar-table';
import { embeddingMap } from '../../../src/plots/embedding-map';
import type { Figure, PlotlyObject } from '../../../src/plots/figure';
import { gateHeatmap } from '../../../src/plots/gate-heatmap';
import { curvePlot, liveCurve } from '../../../src/plots/loss-curve';
import { mimeBundle, show, showUpdatable } from '../../../src/plots/show';
import { highlightedWords, wordHeatmap } from '../../../src/plots/word-heatmap';
import { tf } from '../../../src/tensorflow';

const weights = [
  [0.7, 0.2, 0.1],
  [0.01, 0.04, 0.95],
];
const source = ['le', 'chat', 'dort'];
const target = ['the', 'sleeps'];
const heatOf = (figure: Figure): PlotlyObject => figure.data[0] as PlotlyObject;

describe('attentionHeatmap', () => {
  test('draws the array that the model returned, bit for bit, with one colour scale for all rows', () => {
    const tensor = tf.tensor2d(weights);
    const heat = heatOf(attentionHeatmap(tensor, { source, target }));
    assert.deepEqual(heat.z, tensor.arraySync());
    assert.equal(heat.zmin, 0);
    assert.equal(heat.zmax, Math.fround(0.95));
    tensor.dispose();
  });

  test('rows that sum to different totals stay different: nothing is rescaled', () => {
    const window = [
      [0.1, 0, 0],
      [0, 0.9, 0],
    ];
    const heat = heatOf(attentionHeatmap(window, { source, target }));
    assert.deepEqual(heat.z, window);
    assert.equal(heat.zmax, 0.9);
  });

  test('repeated tokens keep their own columns', () => {
    const figure = attentionHeatmap([[0.2, 0.3, 0.5]], { source: ['the', 'cat', 'the'], target: ['x'] });
    assert.deepEqual((figure.layout.xaxis as PlotlyObject).tickvals, [0, 1, 2]);
    assert.deepEqual((figure.layout.xaxis as PlotlyObject).ticktext, ['the', 'cat', 'the']);
  });

  test('the text alternative tells which of several equal tokens is meant', () => {
    const { text } = attentionHeatmap([[0.2, 0.3, 0.5]], { source: ['the', 'cat', 'the'], target: ['x'] });
    assert.match(
      text,
      /looked at \(in brackets: its place, 0 the first\)\. Largest weights by row: x: the\[2\] 0\.50, cat 0\.30, the\[0\] 0\.20\.$/,
    );
  });

  test('the text alternative says what the axes are and where the mass is', () => {
    const { text, layout } = attentionHeatmap(weights, { source, target, title: 'A translation' });
    assert.match(text, /^A translation\. Rows are what looks, columns what is looked at\./);
    assert.match(text, /the: le 0\.70, chat 0\.20.*sleeps: dort 0\.95/);
    assert.deepEqual(layout.meta, { description: text });
  });

  test('the text alternative tells predicted positions, and leaves out those that the weights tell', () => {
    const aimed = attentionHeatmap(weights, { source, target, positions: [0.26, 2] });
    assert.match(aimed.text, / Aims at column \(0 the first\): the 0\.3; sleeps 2\.0\.$/);
    assert.doesNotMatch(attentionHeatmap(weights, { source, target, positions: [0, 2] }).text, /Aims/);
  });

  test('tokens that look like HTML are shown, not obeyed', () => {
    const figure = attentionHeatmap([[1]], { source: ['<b>'], target: ['<script>x</script>'], title: '<i>' });
    assert.doesNotMatch(figure.html, /<script>|<b>|<i>/);
    assert.doesNotMatch(
      JSON.stringify({ data: figure.data, axes: figure.layout.xaxis, title: figure.layout.title }),
      /<script>|<b>|<i>/,
    );
  });

  test('positions become a line, and the best path follows the largest weights', () => {
    const positions = bestPath(weights);
    const error = /^RangeError: weights must hold numbers to compare, got \[(NaN, 1|)\] in row 0$/;
    for (const row of [[NaN, 1], []]) assert.throws(() => bestPath([row]), error);
    assert.deepEqual(positions, [0, 2]);
    const [, line] = attentionHeatmap(weights, { source, target, positions }).data;
    assert.deepEqual(
      [line?.x, line?.y],
      [
        [0, 2],
        [0, 1],
      ],
    );
  });

  test('what does not fit is named', () => {
    assert.throws(() => attentionHeatmap(weights, { source: ['a'], target }), /each of 1 source tokens, got \[2, 3\]/);
    assert.throws(() => attentionHeatmap(weights, { source, target, positions: [1] }), /each of 2 rows, got 1/);
    assert.throws(
      () => attentionHeatmap(tf.ones([1, 2, 3]) as unknown as tf.Tensor2D, { source, target }),
      /weights must be a matrix, got a tensor of shape \[1, 2, 3\]; of a batch take one example first/,
    );
  });
});

describe('gateHeatmap', () => {
  const forget = [
    [0.25, 0.5],
    [0.75, 1],
    [0.125, 0],
  ]; // [steps, units]
  const steps = ['e', 'y', 'e'];

  test('has a row for each unit and a column for each step, bit for bit', () => {
    const tensor = tf.tensor2d([[0.1], [0.2], [0.3]]);
    const figure = gateHeatmap({ forget, input: tensor }, { steps });
    const [first, second] = [
      [0.25, 0.75, 0.125],
      [0.5, 1, 0],
    ];
    assert.deepEqual(heatOf(figure).z, [first, second, [0.1, 0.2, 0.3].map(Math.fround)]);
    assert.deepEqual((figure.layout.yaxis as PlotlyObject).ticktext, ['forget 0', 'forget 1', 'input 0']);
    tensor.dispose();
  });

  test('gates are coloured from 0 to 1 whatever they are, so that two figures compare', () => {
    const { zmin, zmax } = heatOf(gateHeatmap({ forget: [[0.4], [0.5], [0.6]] }, { steps }));
    assert.deepEqual([zmin, zmax], [0, 1]);
  });

  test('memory cells are coloured evenly around 0', () => {
    const { zmin, zmax, z } = heatOf(gateHeatmap({ cell: [[0.5], [-2], [1]] }, { steps }));
    assert.deepEqual([zmin, zmax, z], [-2, 2, [[0.5, -2, 1]]]);
    assert.equal(heatOf(gateHeatmap({ cell: [[0.5], [3], [1]] }, { steps })).zmin, -3);
  });

  test('draws chosen units in the order asked for, by their own numbers', () => {
    const figure = gateHeatmap({ forget }, { steps, units: [1, 0] });
    assert.deepEqual((figure.layout.yaxis as PlotlyObject).ticktext, ['forget 1', 'forget 0']);
    assert.deepEqual((heatOf(figure).z as number[][])[0], [0.5, 1, 0]);
  });

  test('repeated letters keep their own columns, and the words tell lowest and highest by place', () => {
    const { text, html, layout } = gateHeatmap({ forget }, { steps, title: 'Reading eye' });
    assert.deepEqual((layout.xaxis as PlotlyObject).tickvals, [0, 1, 2]);
    assert.match(text, /^Reading eye\. Rows are units, columns what is read: e y e\./);
    assert.match(text, /forget 0 from 0\.13 \(3 e\) to 0\.75 \(2 y\); forget 1 from 0\.00 \(3 e\) to 1\.00 \(2 y\)\./);
    assert.match(html, /<tr><th>forget 1<\/th><td>0\.50<\/td><td>1\.00<\/td><td>0\.00<\/td><\/tr>/);
    assert.deepEqual(layout.meta, { description: text });
  });

  test('letters that look like HTML are shown, not obeyed', () => {
    const figure = gateHeatmap({ '<i>': [[1]] }, { steps: ['<b>'] });
    assert.doesNotMatch(figure.html + JSON.stringify([figure.data, figure.layout.yaxis]), /<b>|<i>/);
  });

  test('what does not fit is named', () => {
    assert.throws(
      () => gateHeatmap({ forget }, { steps: ['a', 'b'] }),
      /forget must be \[steps, units\] with a row for each of 2 steps, got \[3, 2\]/,
    );
    assert.throws(() => gateHeatmap({ forget }, { steps, units: [2] }), /units must be from 0 to 1.*forget, got 2/);
    assert.throws(() => gateHeatmap({}, { steps }), /at least one gate/);
    assert.throws(
      () => gateHeatmap({ forget: tf.ones([1, 3, 2]) as unknown as tf.Tensor2D }, { steps }),
      /forget must be a matrix, got a tensor of shape \[1, 3, 2\]/,
    );
  });
});

describe('wordHeatmap', () => {
  test('holds a row for each text, padding named and its weight shown', () => {
    const figure = wordHeatmap(weights, [['a', 'b', 'c'], ['d']], { labels: ['first', 'second'] });
    assert.deepEqual(heatOf(figure).z, weights);
    assert.deepEqual(heatOf(figure).text, [
      ['a', 'b', 'c'],
      ['d', 'padding', 'padding'],
    ]);
    assert.match(figure.text, /second: padding 0\.95/);
  });

  test('a text that is longer than its row is refused', () => {
    assert.throws(() => wordHeatmap([[1]], [['a', 'b']]), /text 0 has 2 words but 1 weights/);
    assert.throws(() => wordHeatmap([[1]], []), /each of 0 texts, got 1 rows/);
    assert.throws(
      () => wordHeatmap([[1]], [['a']], { labels: [] }),
      /labels must have a name for each of 1 texts, got 0/,
    );
  });
});

describe('highlightedWords', () => {
  test('breaks a text into lines and loses no weight, the last line being shorter', () => {
    const values = [0.1, 0.2, 0.3, 0.25, 0.15];
    const figure = highlightedWords(values, ['a', 'b', 'c', 'd', 'e'], { perLine: 2 });
    assert.deepEqual(heatOf(figure).z, [[0.1, 0.2], [0.3, 0.25], [0.15]]);
    assert.deepEqual(heatOf(figure).text, [['a', 'b'], ['c', 'd'], ['e']]);
    assert.match(figure.text, /5 words in reading order, 2 in a line\. Largest weights: c 0\.30, d 0\.25/);
  });

  test('needs one weight for each word', () => {
    assert.throws(() => highlightedWords([1], ['a', 'b']), /one value for each of 2 words, got 1/);
    assert.throws(() => highlightedWords([1], ['a'], { perLine: 0 }), /perLine must be a whole number >= 1, got 0/);
  });
});

describe('barTable', () => {
  test('draws means, and a line from the smallest to the largest run', () => {
    const figure = barTable(
      [
        { name: 'max', values: [70, 74, 78] },
        { name: 'chance', values: [12.5], baseline: true },
      ],
      {
        measure: 'accuracy, %',
      },
    );
    const [bars] = figure.data;
    assert.deepEqual(bars?.x, [74, 12.5]);
    assert.deepEqual((bars?.error_x as PlotlyObject).array, [4, 'none']);
    assert.deepEqual((bars?.error_x as PlotlyObject).arrayminus, [4, 'none']);
    assert.equal(figure.text, 'accuracy, %: max 74.0 (70.0 to 78.0); chance 12.5.');
  });

  test('bars below zero are in view, their numbers right of the axis', () => {
    const range = (figure: Figure) => (figure.layout.xaxis as { range: number[] }).range;
    const labels = (figure: Figure) => figure.data[1]?.x as number[];
    const mixed = barTable(
      [
        { name: 'loss', values: [-30, -10] },
        { name: 'gain', values: [10] },
      ],
      { measure: 'points' },
    );
    assert.ok(range(mixed)[0] < -30 && range(mixed)[1] > 10);
    assert.ok(labels(mixed)[0] > 0 && labels(mixed)[1] > 10 && labels(mixed)[1] < range(mixed)[1]);
    const below = barTable([{ name: 'loss', values: [-2] }], { measure: 'points' });
    assert.ok(range(below)[0] < -2 && range(below)[1] > labels(below)[0]);
    assert.deepEqual(range(barTable([{ name: 'gain', values: [100] }], { measure: 'points' })), [0, 135]);
    const none = range(barTable([{ name: 'nothing', values: [0] }], { measure: 'points' }));
    assert.ok(none[0] < none[1]);
  });

  test('needs values', () => {
    assert.throws(() => spread([]), /values must hold at least one number/);
  });
});

describe('curves', () => {
  test('each curve has its own colour and dash, and its ends are told', () => {
    const figure = curvePlot([
      { name: 'train', values: [2, 1] },
      { name: 'dev', values: [] },
    ]);
    assert.deepEqual(
      [figure.data[0]?.x, figure.data[0]?.y],
      [
        [1, 2],
        [2, 1],
      ],
    );
    assert.notDeepEqual(figure.data[0]?.line, figure.data[1]?.line);
    assert.equal(figure.text, 'The loss at each step. train: from 2.00 to 1.00 in 2; dev: nothing yet.');
  });

  test('a curve that sags or rises between its ends says so, with the place', () => {
    const said = (values: number[]) => curvePlot([{ name: 'c', values }]).text.split('. ')[1];
    assert.equal(said([2, -1, 3, 1]), 'c: from 2.00 to 1.00 in 4, lowest -1.00 at 2, highest 3.00 at 3.');
    assert.equal(said([2, 1.5, 1]), 'c: from 2.00 to 1.00 in 3.');
    assert.equal(said([2, 0.999, 1]), 'c: from 2.00 to 1.00 in 3.');
  });
});

describe('show', () => {
  const figure = barTable([{ name: 'a', values: [1] }], { measure: 'points' });

  test('gives Plotly, HTML and words', () => {
    const bundle = mimeBundle(figure);
    assert.deepEqual(Object.keys(bundle), ['application/vnd.plotly.v1+json', 'text/html', 'text/plain']);
    assert.equal(bundle['text/plain'], figure.text);
    assert.deepEqual(JSON.parse(JSON.stringify(bundle)), bundle);
  });

  test('prints the text alternative outside a notebook', (context) => {
    const log = context.mock.method(console, 'log', () => undefined);
    showUpdatable(figure).update(figure);
    show(figure);
    assert.deepEqual(
      log.mock.calls.map(({ arguments: [line] }) => line as string),
      [figure.text, figure.text],
    );
  });

  test('in a kernel displays once and updates in place', () => {
    const sent: { content: { transient: { display_id: string }; data: object }; update: boolean }[] = [];
    const file = '/somewhere/node_modules/tslab/dist/jupyter.js';
    const exports = {
      lastWriteDisplayData: (content: (typeof sent)[0]['content'], update: boolean) => sent.push({ content, update }),
    };
    require.cache[file] = { exports } as unknown as NodeModule;
    try {
      const curve = liveCurve();
      for (let step = 0; step < 100; step += 1) curve.add('loss', step);
      curve.finish();
    } finally {
      delete require.cache[file];
    }
    assert.deepEqual(
      sent.map(({ update }) => update),
      [false, true],
    );
    assert.equal(new Set(sent.map(({ content }) => content.transient.display_id)).size, 1);
    const last = sent.at(-1)?.content.data as Record<string, Figure>;
    assert.equal((last['application/vnd.plotly.v1+json']?.data[0]?.y as number[]).length, 100);
  });
});

describe('embeddingMap', () => {
  const words = [
    { word: 'france', place: [1, 2], group: 'countries' },
    { word: 'spain', place: [3, 2], group: 'countries' },
    { word: '<b>', place: [-1, 0.5], group: 'odd' },
  ];

  test('draws every word at its place, each group in its own colour and shape, both axes on one scale', () => {
    const { data, layout } = embeddingMap(words);
    assert.deepEqual(data.map(({ x, y }) => [x, y]), [[[1, 3], [2, 2]], [[-1], [0.5]]]); // prettier-ignore
    const markers = data.map(({ marker }) => marker as PlotlyObject);
    assert.notEqual(markers[0]?.color, markers[1]?.color);
    assert.notEqual(markers[0]?.symbol, markers[1]?.symbol);
    assert.equal((layout.yaxis as PlotlyObject).scaleanchor, 'x');
  });

  test('words of neighbouring points are written on different sides', () => {
    const near = [
      { word: 'four', place: [0, 0] },
      { word: 'five', place: [0.01, 0.02] },
      { word: 'far', place: [1, 1] },
    ];
    const [four, five, far] = embeddingMap(near).data[0]?.textposition as string[];
    assert.equal(far, 'top center');
    assert.notEqual(four, five);
    assert.notEqual(four, 'top center'); // there is the point of five
  });

  test('the text alternative says what the axes are and where each group lies', () => {
    const { text, html } = embeddingMap(words, { title: 'A map' });
    assert.match(embeddingMap(words, { title: 'Where?' }).text, /^Where\? Each point/);
    assert.match(text, /^A map\. Each point is a word\. To the right: first principal component/);
    assert.match(text, /Group countries, around \(2\.00, 2\.00\): france \(1\.00, 2\.00\), spain/);
    assert.doesNotMatch(html, /<b>/);
    assert.deepEqual(embeddingMap(words).data[1]?.text, ['&lt;b&gt;']);
  });

  test('what does not fit is named', () => {
    assert.throws(() => embeddingMap([]), /at least one word, got none/);
    assert.throws(() => embeddingMap([{ word: 'x', place: [1, NaN] }]), /the place of "x" must be two finite numbers/);
  });
});

test('maps of hundreds of tokens: as many weights as no function takes as arguments', () => {
  const tokens = new Array<string>(400).fill('a');
  const even = tokens.map(() => new Array<number>(400).fill(1 / 400));
  assert.equal(heatOf(attentionHeatmap(even, { source: tokens, target: tokens })).zmax, 1 / 400);
  const many = new Array<number>(200_000).fill(0.5);
  assert.equal(heatOf(highlightedWords(many, new Array<string>(200_000).fill('a'))).zmax, 0.5);
});
