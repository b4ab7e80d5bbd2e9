import { ShapeError } from '../shapes';
import { heatTrace, largestWeight } from './attention-heatmap';
import { escapeHtml, type Figure, type FigureOptions, makeFigure } from './figure';
import { largest, type Matrix, matrixRows, type Vector, vectorValues } from './weights';

/** Options of {@link wordHeatmap}. */
export interface WordHeatmapOptions extends FigureOptions {
  /** A name for each text, to the left of its row. Default: 1, 2, 3 ... */
  labels?: readonly string[] | undefined;
}

/**
 * One text a row, one word a cell, coloured by its weight: what attention pooling looked at in a batch.
 *
 * The picture is the array `[batch, keys]` that the model returned, padding included. The colours run from 0 to its
 * largest value, the same for all rows.
 *
 * @throws {ShapeError} when weights, texts or labels differ in number, or a text is longer than its row.
 */
export function wordHeatmap(
  weights: Matrix,
  texts: readonly (readonly string[])[],
  { title, labels = texts.map((_, index) => `${index + 1}`) }: WordHeatmapOptions = {},
): Figure {
  const rows = matrixRows('weights', weights);
  if (rows.length !== texts.length) {
    throw new ShapeError(`weights must have a row for each of ${texts.length} texts, got ${rows.length} rows`);
  }
  if (labels.length !== texts.length) {
    throw new ShapeError(`labels must have a name for each of ${texts.length} texts, got ${labels.length}`);
  }
  rows.forEach((row, index) => {
    const length = texts[index]?.length ?? 0;
    if (length > row.length) throw new ShapeError(`text ${index} has ${length} words but ${row.length} weights`);
  });
  const words = rows.map((row, index) => row.map((_, place) => texts[index]?.[place] ?? 'padding'));
  const summary = rows.map((row, index) => `${labels[index]}: ${largest(row, words[index] ?? [])}`).join('; ');
  return makeFigure({
    title,
    data: [wordTrace(rows, words)],
    layout: {
      xaxis: { title: { text: 'position' }, showgrid: false, zeroline: false },
      yaxis: {
        tickmode: 'array',
        tickvals: labels.map((_, index) => index),
        ticktext: labels.map(escapeHtml),
        autorange: 'reversed',
        automargin: true,
        showgrid: false,
        zeroline: false,
      },
      height: 110 + 34 * rows.length,
    },
    text: `Each row is a text, each cell a word. Largest weights: ${summary}.`,
    html: rows
      .map((row, index) => `<p>${escapeHtml(labels[index] ?? '')}: ${marked(row, words[index] ?? [])}</p>`)
      .join(''),
  });
}

/** Options of {@link highlightedWords}. */
export interface HighlightedWordsOptions extends FigureOptions {
  /** Words in a line. Default 10. */
  perLine?: number | undefined;
}

/**
 * A long text in lines of words, each coloured by its weight. Reads like the text itself.
 *
 * @throws {ShapeError} when there is not exactly one weight for each word.
 * @throws {RangeError} when `perLine` is not a whole number >= 1.
 */
export function highlightedWords(
  weights: Vector,
  words: readonly string[],
  { title, perLine = 10 }: HighlightedWordsOptions = {},
): Figure {
  const values = vectorValues('weights', weights);
  if (values.length !== words.length) {
    throw new ShapeError(`weights must have one value for each of ${words.length} words, got ${values.length}`);
  }
  if (!Number.isInteger(perLine) || perLine < 1) {
    throw new RangeError(`perLine must be a whole number >= 1, got ${perLine}`);
  }
  const starts = Array.from({ length: Math.ceil(words.length / perLine) }, (_, line) => line * perLine);
  function lines<Item>(items: readonly Item[]): Item[][] {
    return starts.map((start) => items.slice(start, start + perLine));
  }
  const hidden = { visible: false, showgrid: false, zeroline: false };
  return makeFigure({
    title,
    data: [{ ...wordTrace(lines(values), lines(words)), zmax: largestWeight(values) }],
    layout: {
      xaxis: hidden,
      yaxis: { ...hidden, autorange: 'reversed' },
      height: 70 + 34 * starts.length,
      margin: { l: 10, r: 10, t: title ? 40 : 10, b: 10 },
    },
    text: `${words.length} words in reading order, ${perLine} in a line. Largest weights: ${largest(values, words, 5)}.`,
    html: `<p>${marked(values, words)}</p>`,
  });
}

function wordTrace(rows: number[][], words: string[][]): object & Record<string, unknown> {
  return {
    ...heatTrace(rows),
    text: words.map((row) => row.map(escapeHtml)),
    texttemplate: '%{text}',
    hovertemplate: '%{text}: %{z:.4f}<extra></extra>',
  };
}

/** Words with their weights; a bold word holds more than twice the even share. */
function marked(row: readonly number[], words: readonly string[]): string {
  const total = row.reduce((sum, value) => sum + value, 0);
  return row
    .map((value, index) => {
      const word = escapeHtml(words[index] ?? '');
      return value > (2 * total) / row.length ? `<b>${word}</b> (${value.toFixed(2)})` : word;
    })
    .join(' ');
}
