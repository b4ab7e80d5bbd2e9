import { ShapeError } from '../shapes';
import {
  COLOUR_SCALE,
  escapeHtml,
  type Figure,
  type FigureOptions,
  INK,
  makeFigure,
  type PlotlyObject,
  twoDecimals,
} from './figure';
import { type Matrix, matrixRows } from './weights';

/** Options of {@link gateHeatmap}. */
export interface GateHeatmapOptions extends FigureOptions {
  /** What was read, one name a column: the letters of a word. */
  steps: readonly string[];
  /** Which units to draw, in this order, counted from 0. Default: all. */
  units?: readonly number[] | undefined;
}

/**
 * What goes on inside an LSTM while it reads: a row for each unit of each gate, a column for each step.
 *
 * The picture is the values themselves. The colours run from 0 to 1, shut to open, whatever the values are, so that two
 * figures can be compared. When there are negative values or values above 1 (memory cells, candidates, outputs), the
 * colours run from -m to m, where m is the largest absolute value, and the middle is 0.
 *
 * @param gates the name of each group of rows and its values, `[steps, units]`: one example, as `tf.stack` gives them.
 * @throws {ShapeError} when a group is no matrix, does not have a row for each step, or lacks one of `units`.
 * @throws {RangeError} when there is no group.
 * @see Lesson 02.
 */
export function gateHeatmap(
  gates: Readonly<Record<string, Matrix>>,
  { steps, units, title }: GateHeatmapOptions,
): Figure {
  const rows = Object.entries(gates).flatMap(([gate, values]) => gateRows(gate, values, steps, units));
  if (rows.length === 0) throw new RangeError('gates must hold at least one gate with one unit, got none');
  const names = rows.map(({ name }) => name);
  const values = rows.map((row) => row.values);
  return makeFigure({
    title,
    data: [gateTrace(values, names, steps)],
    layout: {
      xaxis: { ...namedAxis(steps), side: 'top' },
      yaxis: { ...namedAxis(names), autorange: 'reversed', automargin: true },
      margin: { l: 80, r: 20, t: title ? 80 : 50, b: 20 },
      height: 110 + 24 * rows.length,
    },
    text: `Rows are units, columns what is read: ${steps.join(' ')}. ${rows.map((row) => describeRow(row, steps)).join('; ')}.`,
    html: valueTable(values, names, steps),
  });
}

/** One row of the picture: a unit of a gate over all steps. */
interface GateRow {
  name: string;
  values: number[];
}

function gateRows(gate: string, values: Matrix, steps: readonly string[], units?: readonly number[]): GateRow[] {
  const matrix = matrixRows(gate, values); // [steps, units]
  const width = matrix[0]?.length ?? 0;
  if (matrix.length !== steps.length || matrix.some((row) => row.length !== width)) {
    throw new ShapeError(
      `${gate} must be [steps, units] with a row for each of ${steps.length} steps, got [${matrix.length}, ${width}]`,
    );
  }
  return (units ?? Array.from({ length: width }, (_, unit) => unit)).map((unit) => {
    if (!Number.isInteger(unit) || unit < 0 || unit >= width) {
      throw new ShapeError(`units must be from 0 to ${width - 1}, the units of ${gate}, got ${unit}`);
    }
    return { name: `${gate} ${unit}`, values: matrix.map((row) => row[unit] as number) };
  });
}

function gateTrace(values: number[][], names: readonly string[], steps: readonly string[]): PlotlyObject {
  const all = values.flat();
  const signed = all.some((value) => value < 0 || value > 1);
  const reach = all.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return {
    type: 'heatmap',
    z: values,
    zmin: signed ? -reach : 0,
    zmax: signed ? reach : 1,
    // From blue over grey to red: told apart by colour-blind readers, and 0 is grey.
    colorscale: signed ? 'RdBu' : COLOUR_SCALE,
    colorbar: { title: { text: signed ? 'value' : 'open' }, thickness: 12, outlinewidth: 0 },
    xgap: 1,
    ygap: 1,
    customdata: names.map((name) => steps.map((step) => [escapeHtml(name), escapeHtml(step)])),
    hovertemplate: '%{customdata[0]} at %{customdata[1]}: %{z:.4f}<extra></extra>',
  };
}

/** Letters repeat in a word, so the axis counts and only its labels are letters. */
function namedAxis(names: readonly string[]): PlotlyObject {
  return {
    tickmode: 'array',
    tickvals: names.map((_, index) => index),
    ticktext: names.map(escapeHtml),
    tickfont: { color: INK },
    showgrid: false,
    zeroline: false,
  };
}

/** `forget 3 from 0.02 (1 h) to 0.99 (4 r)`: where a row is lowest and where highest, with the place of the step. */
function describeRow({ name, values }: GateRow, steps: readonly string[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const where = (value: number): string => `${values.indexOf(value) + 1} ${steps[values.indexOf(value)]}`;
  return `${name} from ${twoDecimals(low)} (${where(low)}) to ${twoDecimals(high)} (${where(high)})`;
}

function valueTable(rows: number[][], names: readonly string[], steps: readonly string[]): string {
  const head = `<tr><th></th>${steps.map((step) => `<th>${escapeHtml(step)}</th>`).join('')}</tr>`;
  const body = rows.map((row, index) => {
    const cells = row.map((value) => `<td>${twoDecimals(value)}</td>`).join('');
    return `<tr><th>${escapeHtml(names[index] ?? '')}</th>${cells}</tr>`;
  });
  return `<table>${head}${body.join('')}</table>`;
}
