import { COLOURS, escapeHtml, type Figure, type FigureOptions, INK, makeFigure } from './figure';

/** One bar: a name and one value for each run. */
export interface Bar {
  /** Written beside the bar. */
  name: string;
  /** One value a seed; a single value has no spread. */
  values: readonly number[];
  /** Drawn in another colour: what the others are compared with. */
  baseline?: boolean | undefined;
}

/** Options of {@link barTable}. */
export interface BarTableOptions extends FigureOptions {
  /** What is measured, with its unit: `accuracy on held-out texts, %`. */
  measure: string;
  /** Digits after the point. Default 1. */
  digits?: number | undefined;
}

/** Mean, smallest and largest of the runs. */
export interface Spread {
  /** The mean of the runs. */
  mean: number;
  /** The smallest run. */
  smallest: number;
  /** The largest run. */
  largest: number;
}

/** @throws {RangeError} when there is no value. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('values must hold at least one number, got none');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, smallest: Math.min(...values), largest: Math.max(...values) };
}

/**
 * Bars of means with a line from the smallest to the largest run, the numbers written beside them. Three seeds make no
 * standard deviation that deserves the name: the line shows what was seen.
 */
export function barTable(bars: readonly Bar[], { measure, digits = 1, title }: BarTableOptions): Figure {
  const rows = bars.map((bar) => ({ ...bar, ...spread(bar.values) }));
  const written = (row: (typeof rows)[number]): string =>
    row.values.length > 1
      ? `${row.mean.toFixed(digits)} (${row.smallest.toFixed(digits)} to ${row.largest.toFixed(digits)})`
      : row.mean.toFixed(digits);
  const names = rows.map(({ name }) => escapeHtml(name));
  const lowest = Math.min(0, ...rows.map(({ smallest }) => smallest));
  const highest = Math.max(0, ...rows.map(({ largest }) => largest));
  const span = highest - lowest || 1;
  return makeFigure({
    title,
    data: [
      {
        type: 'bar',
        orientation: 'h',
        y: names,
        x: rows.map(({ mean }) => mean),
        marker: { color: rows.map(({ baseline }) => (baseline ? COLOURS[3] : COLOURS[0])) },
        error_x: {
          type: 'data',
          symmetric: false,
          // A single run has no line: what is no number is not drawn, where 0 and null are.
          array: rows.map((row) => (row.values.length > 1 ? row.largest - row.mean : 'none')),
          arrayminus: rows.map((row) => (row.values.length > 1 ? row.mean - row.smallest : 'none')),
          color: INK,
        },
        hovertemplate: '%{y}: %{x}<extra></extra>',
      },
      {
        type: 'scatter',
        mode: 'text',
        y: names,
        x: rows.map((row) => Math.max(0, row.largest) + span * 0.02), // right of the axis, where no bar is
        text: rows.map(written),
        textposition: 'middle right',
        hoverinfo: 'skip',
        showlegend: false,
      },
    ],
    layout: {
      xaxis: {
        title: { text: escapeHtml(measure) },
        range: [lowest < 0 ? lowest - span * 0.05 : 0, highest + span * 0.35],
        gridcolor: 'rgba(127,127,127,0.25)',
      },
      yaxis: { autorange: 'reversed', automargin: true },
      height: 120 + 34 * rows.length,
      showlegend: false,
    },
    text: `${measure}: ${rows.map((row) => `${row.name} ${written(row)}`).join('; ')}.`,
    html:
      `<table><tr><th></th><th>${escapeHtml(measure)}</th></tr>` +
      rows.map((row) => `<tr><th>${escapeHtml(row.name)}</th><td>${written(row)}</td></tr>`).join('') +
      '</table>',
  });
}
