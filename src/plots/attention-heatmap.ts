import { ShapeError } from '../shapes';
import {
  COLOUR_SCALE,
  COLOURS,
  escapeHtml,
  type Figure,
  type FigureOptions,
  INK,
  makeFigure,
  type PlotlyObject,
} from './figure';
import { largest, type Matrix, matrixRows } from './weights';

/** Options of {@link attentionHeatmap}. */
export interface AttentionHeatmapOptions extends FigureOptions {
  /** What is attended to, one name a column: the source's tokens. */
  source: readonly string[];
  /** What attends, one name a row: the target's tokens. */
  target: readonly string[];
  /** Positions to draw as a line over the map, one a row: where a local attention aimed, or `bestPath(weights)`. */
  positions?: readonly number[] | undefined;
}

/**
 * Attention weights of one example, `[queries, keys]`: target tokens down, source tokens across.
 *
 * The picture is the array itself. The colours run from 0 to its largest value, the same for all rows.
 *
 * @throws {ShapeError} when the weights are no matrix, or do not fit `source`, `target` or `positions`.
 */
export function attentionHeatmap(weights: Matrix, options: AttentionHeatmapOptions): Figure {
  const { source, target, positions, title } = options;
  const rows = matrixRows('weights', weights);
  if (rows.length !== target.length || rows.some((row) => row.length !== source.length)) {
    throw new ShapeError(
      `weights must have a row for each of ${target.length} target tokens and a column for each of ${source.length} ` +
        `source tokens, got [${rows.length}, ${rows[0]?.length ?? 0}]`,
    );
  }
  if (positions && positions.length !== rows.length) {
    throw new ShapeError(`positions must hold one number for each of ${rows.length} rows, got ${positions.length}`);
  }
  const heat = {
    ...heatTrace(rows),
    customdata: rows.map((_, row) => source.map((from) => [escapeHtml(target[row] ?? ''), escapeHtml(from)])),
    hovertemplate: '%{customdata[0]} looks at %{customdata[1]}: %{z:.4f}<extra></extra>',
  };
  const line = positions && pathTrace(positions);
  const names = toldApart(source);
  const brackets = names.some((name, index) => name !== source[index]) ? ' (in brackets: its place, 0 the first)' : '';
  const summary = rows.map((row, index) => `${target[index]}: ${largest(row, names)}`).join('; ');
  return makeFigure({
    title,
    data: line ? [heat, line] : [heat],
    layout: {
      xaxis: { ...tokenAxis(source), side: 'top' },
      yaxis: { ...tokenAxis(target), autorange: 'reversed' },
      // The source tokens stand on top, between the title and the map.
      margin: { l: 80, r: 20, t: title ? 80 : 50, b: 20 },
      height: 110 + 30 * rows.length,
    },
    text:
      `Rows are what looks, columns what is looked at${brackets}. ` +
      `Largest weights by row: ${summary}.${aims(positions, target)}`,
    html: weightTable(rows, source, target),
  });
}

/** In words nobody sees the column: a token that stands more than once gets its place. */
function toldApart(tokens: readonly string[]): string[] {
  const repeated = new Set(tokens.filter((token, index) => tokens.indexOf(token) !== index));
  return tokens.map((token, index) => (repeated.has(token) ? `${token}[${index}]` : token));
}

/** Predicted positions in words; whole numbers are places in the row, which the weights already tell. */
function aims(positions: readonly number[] | undefined, target: readonly string[]): string {
  if (!positions || positions.every(Number.isInteger)) return '';
  return ` Aims at column (0 the first): ${positions.map((at, row) => `${target[row]} ${at.toFixed(1)}`).join('; ')}.`;
}

/**
 * The column with the largest weight of each row: the path that the attention takes.
 *
 * @throws {RangeError} when a row has no largest weight: it is empty or holds NaN.
 */
export function bestPath(weights: Matrix): number[] {
  return matrixRows('weights', weights).map((row, index) => {
    const best = row.indexOf(Math.max(...row)); // -1 for NaN, and where there is nothing
    if (best < 0) throw new RangeError(`weights must hold numbers to compare, got [${row.join(', ')}] in row ${index}`);
    return best;
  });
}

/** The upper end of the colours: the largest value, above 0. (A function takes only so many arguments.) */
export function largestWeight(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 1e-9);
}

/** The trace that all heatmaps of weights share: one colour scale from 0 to the largest value of the whole array. */
export function heatTrace(rows: number[][]): PlotlyObject {
  return {
    type: 'heatmap',
    z: rows,
    zmin: 0,
    zmax: largestWeight(rows.flat()),
    colorscale: COLOUR_SCALE,
    // A low figure has no room for more than a few numbers beside its colours.
    colorbar: { title: { text: 'weight' }, thickness: 12, outlinewidth: 0, ...(rows.length <= 4 && { nticks: 3 }) },
    xgap: 1,
    ygap: 1,
  };
}

function pathTrace(positions: readonly number[]): PlotlyObject {
  return {
    type: 'scatter',
    mode: 'lines+markers',
    x: [...positions],
    y: positions.map((_, row) => row),
    line: { color: COLOURS[1], width: 2 },
    marker: { color: COLOURS[1], size: 6 },
    hovertemplate: 'position %{x:.2f}<extra></extra>',
    showlegend: false,
  };
}

/** Tokens may repeat, so the axis counts and only its labels are tokens. */
function tokenAxis(tokens: readonly string[]): PlotlyObject {
  return {
    tickmode: 'array',
    tickvals: tokens.map((_, index) => index),
    ticktext: tokens.map(escapeHtml),
    tickfont: { color: INK },
    showgrid: false,
    zeroline: false,
  };
}

function weightTable(rows: number[][], source: readonly string[], target: readonly string[]): string {
  const head = `<tr><th></th>${source.map((token) => `<th>${escapeHtml(token)}</th>`).join('')}</tr>`;
  const body = rows.map((row, index) => {
    const cells = row.map((value) => `<td>${value.toFixed(2)}</td>`).join('');
    return `<tr><th>${escapeHtml(target[index] ?? '')}</th>${cells}</tr>`;
  });
  return `<table>${head}${body.join('')}</table>`;
}
