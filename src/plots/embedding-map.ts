import { COLOURS, escapeHtml, type Figure, type FigureOptions, makeFigure } from './figure';

/** A word and its place on the map. */
export interface MappedWord {
  /** Written at the point. */
  word: string;
  /** Its place: to the right and upwards. */
  place: readonly [number, number] | readonly number[];
  /** Words of a group share a colour and a shape. Default: all one group. */
  group?: string | undefined;
}

/** Options of {@link embeddingMap}. */
export interface EmbeddingMapOptions extends FigureOptions {
  /** What the axes are. Default `['first principal component', 'second principal component']`. */
  axes?: readonly [string, string] | undefined;
}

/** Where a word may be written, best first: plotly's name, and the label's middle seen from the point, in label sizes. */
const LABEL_PLACES = [
  { name: 'top center', x: 0, y: 1 },
  { name: 'bottom center', x: 0, y: -1 },
  { name: 'middle right', x: 1, y: 0 },
  { name: 'middle left', x: -1, y: 0 },
] as const;
/** Pixels: heights of the picture, of its drawing area and of a line of text, widths of a letter and of a point. */
const [HEIGHT, DRAWING, LINE, LETTER, POINT] = [640, 520, 16, 7, 9];
const SHAPES = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'star'];

/**
 * Words as points on a plane, groups told apart by colour and by shape. The scale of both axes is the same, so that
 * distances may be compared. The text alternative says where each group lies.
 *
 * @throws {RangeError} when there is no word, or a place is not two finite numbers.
 * @see Lesson 01, sections 8 and 9.
 */
export function embeddingMap(words: readonly MappedWord[], options: EmbeddingMapOptions = {}): Figure {
  const { title, axes = ['first principal component', 'second principal component'] } = options;
  if (words.length === 0) throw new RangeError('words must hold at least one word, got none');
  for (const { word, place } of words) {
    if (place.length !== 2 || !place.every(Number.isFinite)) {
      throw new RangeError(`the place of "${word}" must be two finite numbers, got [${place.join(', ')}]`);
    }
  }
  const labels = placeLabels(words);
  const groups = [...new Set(words.map(({ group }) => group ?? ''))].map((name) => ({
    name,
    members: words.filter(({ group }) => (group ?? '') === name),
  }));
  return makeFigure({
    title,
    data: groups.map(({ name, members }, index) => ({
      type: 'scatter',
      mode: 'markers+text',
      name: escapeHtml(name),
      x: members.map(({ place }) => place[0]),
      y: members.map(({ place }) => place[1]),
      text: members.map(({ word }) => escapeHtml(word)),
      cliponaxis: false,
      textposition: members.map((member) => labels.get(member)),
      marker: { color: COLOURS[index % COLOURS.length], symbol: SHAPES[index % SHAPES.length], size: 8 },
      hovertemplate: '%{text}: %{x:.2f}, %{y:.2f}<extra></extra>',
    })),
    layout: {
      xaxis: { title: { text: escapeHtml(axes[0]) }, gridcolor: 'rgba(127,127,127,0.25)' },
      yaxis: { title: { text: escapeHtml(axes[1]) }, scaleanchor: 'x', gridcolor: 'rgba(127,127,127,0.25)' },
      height: HEIGHT,
      showlegend: groups.length > 1,
    },
    text: `Each point is a word. To the right: ${axes[0]}; upwards: ${axes[1]}. ${groups.map(inWords).join(' ')}`,
    html:
      `<table><tr><th></th><th>${escapeHtml(axes[0])}</th><th>${escapeHtml(axes[1])}</th></tr>` +
      words
        .map(
          ({ word, place }) =>
            `<tr><th>${escapeHtml(word)}</th><td>${round(place[0])}</td><td>${round(place[1])}</td></tr>`,
        )
        .join('') +
      '</table>',
  });
}

/** A rectangle: its middle and half its size, in pixels. */
interface Box {
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
}

/**
 * On which side of its point each word is written, one word after the other: where it covers the least of the points and
 * of the words already written. Sizes are estimates, so words of a dense group may still touch.
 */
function placeLabels(words: readonly MappedWord[]): Map<MappedWord, string> {
  const heights = words.map(({ place }) => place[1]);
  const scale = DRAWING / (1.1 * Math.max(Math.max(...heights) - Math.min(...heights), 1e-9)); // pixels a unit
  const points = words.map(({ place }): Box => {
    return { x: scale * place[0], y: scale * place[1], halfWidth: POINT / 2, halfHeight: POINT / 2 };
  });
  const taken = [...points];
  return new Map(
    words.map((word, index) => {
      const size = { halfWidth: (word.word.length * LETTER) / 2, halfHeight: LINE / 2 };
      const choices = LABEL_PLACES.map(({ name, x, y }) => {
        const box = {
          x: points[index]!.x + x * (size.halfWidth + POINT),
          y: points[index]!.y + y * (size.halfHeight + POINT / 2),
          ...size,
        };
        return { name, box, covered: taken.reduce((sum, other) => sum + overlap(box, other), 0) };
      });
      const best = choices.reduce((first, second) => (second.covered < first.covered ? second : first));
      taken.push(best.box);
      return [word, best.name];
    }),
  );
}

/** The area that two boxes share. */
function overlap(a: Box, b: Box): number {
  const width = a.halfWidth + b.halfWidth - Math.abs(a.x - b.x);
  const height = a.halfHeight + b.halfHeight - Math.abs(a.y - b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Where a group lies: its middle and its words. */
function inWords({ name, members }: { name: string; members: readonly MappedWord[] }): string {
  const middle = [0, 1].map((axis) => members.reduce((sum, { place }) => sum + place[axis]!, 0) / members.length);
  const list = members.map(({ word, place }) => `${word} (${place.map(round).join(', ')})`).join(', ');
  return `${name ? `Group ${name}, around` : 'Around'} (${middle.map(round).join(', ')}): ${list}.`;
}

function round(value: number): string {
  return value.toFixed(2);
}
