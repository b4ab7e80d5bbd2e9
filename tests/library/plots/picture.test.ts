import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attentionHeatmap } from '../../../src/plots/attention-heatmap';
import { barTable } from '../../../src/plots/bar-table';
import { embeddingMap } from '../../../src/plots/embedding-map';
import type { Figure } from '../../../src/plots/figure';
import { gateHeatmap } from '../../../src/plots/gate-heatmap';
import { curvePlot } from '../../../src/plots/loss-curve';
import { picture } from '../../../src/plots/picture';
import { mimeBundle } from '../../../src/plots/show';
import { highlightedWords, wordHeatmap } from '../../../src/plots/word-heatmap';

const drawn = (figure: Figure): string => picture(figure) ?? '';
const all = (svg: string, expression: RegExp): string[] =>
  [...svg.matchAll(expression)].map(([, found]) => found ?? '');

/** Every element is closed in its order, and every name is escaped: else viewers show nothing at all. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z][\w-]*="[^"<]*")*)(\/?)>/g,
    (_, closing, name: string, _2, empty) => {
      if (closing) assert.equal(open.pop(), name);
      else if (!empty) open.push(name);
      return '';
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]|&(?!(?:amp|lt|gt|quot);)|NaN|undefined/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
}

describe('picture', () => {
  test('a map has a cell for each weight, in its place and in the colour of its value', () => {
    const figure = attentionHeatmap(
      [
        [0, 1, 0.5],
        [1, 0, 0],
      ],
      { source: ['a', 'b', 'c'], target: ['x', 'y'] },
    );
    const svg = drawn(figure);
    assertWellFormed(svg);
    const paths = new Map([...svg.matchAll(/<path fill="(#\w+)" d="([^"]*)"/g)].map(([, fill, d]) => [fill, d ?? '']));
    const places = (fill: string): number[][] =>
      all(paths.get(fill) ?? '', /M([\d.]+ [\d.]+)h/g).map((place) => place.split(' ').map(Number));
    // The largest weight is yellow, 0 is dark blue, as on Plotly's own scale.
    const [yellow, blue] = [places('#ffe945'), places('#00204c')];
    assert.equal(yellow.length, 2);
    assert.equal(blue.length, 3);
    const [first, second] = yellow as [number[], number[]];
    assert.ok(
      first[0] > second[0] && first[1] < second[1],
      'row x looks right of where row y looks, and stands above it',
    );
    assert.deepEqual(blue[0]?.[1], first[1]);
    assert.equal(all(svg, /<text[^>]*>(\w)<\/text>/g).join(''), 'abcxy10');
  });

  test('bars are as long as their values, and a run is drawn from the smallest to the largest', () => {
    const svg = drawn(
      barTable(
        [
          { name: 'one', values: [10] },
          { name: 'two', values: [10, 30] },
        ],
        { measure: '%' },
      ),
    );
    assertWellFormed(svg);
    const [one, two] = all(svg, /<rect [^>]*width="([\d.]+)" height="24"/g).map(Number) as [number, number];
    assert.ok(Math.abs(two / one - 2) < 0.01, `${two} is twice ${one}`);
    assert.equal(all(svg, /(stroke-width="2")/g).length, 3, 'one spread: a line and its two ends');
    assert.match(svg, /20\.0 \(10\.0 to 30\.0\)/);
  });

  test('a curve goes down where its values do, and many values on one pixel are one point', () => {
    const values = Array.from({ length: 100_000 }, (_, step) => 1 / (1 + step));
    const svg = drawn(
      curvePlot([
        { name: 'a < b & "c"', values },
        { name: 'other', values: [0, 1] },
      ]),
    );
    assertWellFormed(svg);
    const [points = ''] = all(svg, /points="([^"]*)"/g);
    const places = points.split(' ').map((point) => point.split(',').map(Number) as [number, number]);
    assert.ok(places.length < 10_000, `${places.length} points`);
    for (const [index, [x, y]] of places.entries()) {
      const [before, above] = places[Math.max(0, index - 1)] ?? [x, y];
      assert.ok(x >= before && y >= above, `point ${index}`);
    }
    assert.match(svg, /a &lt; b &amp; &quot;c&quot;/);
    assertWellFormed(drawn(curvePlot([{ name: 'empty', values: [] }])));
    assertWellFormed(drawn(curvePlot([{ name: 'not a number', values: [NaN, 1, Infinity, 2] }])));
    assertWellFormed(drawn(curvePlot([{ name: 'flat', values: [3, 3] }])));
  });

  test('every kind of figure is drawn, with signs that XML does not know among its words', () => {
    const odd = ['<eos>', '&', '"', '\u0000', '\ud800', 'é', '注', '🙂'];
    const row = odd.map((_, index) => index / 8);
    const place = (index: number): [number, number] => [Math.cos(index), Math.sin(index)];
    for (const figure of [
      attentionHeatmap([row], { source: odd, target: ['\n'], positions: [2.5], title: '<b> & \u0001' }),
      gateHeatmap({ cell: odd.map((_, index) => [index - 4, 1]) }, { steps: odd }),
      wordHeatmap([row], [odd]),
      highlightedWords(row, odd, { perLine: 3 }),
      embeddingMap(odd.map((word, index) => ({ word, place: place(index), group: word }))),
    ]) {
      const svg = drawn(figure);
      assertWellFormed(svg);
      assert.ok(svg.includes('&lt;eos&gt;') && svg.includes('注'));
      assert.match(
        String(mimeBundle(figure)['text/html']),
        /^<figure><img src="data:image\/svg\+xml,%3Csvg[^"]*" alt="[^"<]+">/,
      );
    }
  });

  test('other figures stay as they are', () => {
    const figure: Figure = { data: [{ type: 'pie' }], layout: {}, text: 'a pie', html: '<figure>a pie</figure>' };
    assert.equal(picture(figure), undefined);
    assert.equal(mimeBundle(figure)['text/html'], figure.html);
    assertWellFormed(drawn({ ...figure, data: [{ type: 'scatter', mode: 'lines', x: [1, 2], y: [2, 1] }] }));
  });
});
