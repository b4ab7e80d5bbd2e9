import { COLOURS, escapeHtml, type Figure, type FigureOptions, makeFigure, twoDecimals } from './figure';
import { type ShownFigure, showUpdatable } from './show';

/** One curve: its name and its values, one a step. */
export interface Curve {
  /** Written in the legend. */
  name: string;
  /** One value a step. */
  values: readonly number[];
}

/** Options of {@link curvePlot}. */
export interface CurvePlotOptions extends FigureOptions {
  /** What a step is: `epoch`, `batch`. Default `step`. */
  step?: string | undefined;
  /** What is measured. Default `loss`. */
  measure?: string | undefined;
}

/** Values over steps, one line a curve, told apart by colour and by dash. */
export function curvePlot(curves: readonly Curve[], options: CurvePlotOptions = {}): Figure {
  const { title, step = 'step', measure = 'loss' } = options;
  const dashes = ['solid', 'dash', 'dot', 'dashdot'];
  const described = curves.map(({ name, values }) => {
    if (values.length === 0) return `${name}: nothing yet`;
    const ends = `from ${twoDecimals(values[0] ?? NaN)} to ${twoDecimals(values.at(-1) ?? NaN)} in ${values.length}`;
    return [`${name}: ${ends}`, ...turningPoints(values)].join(', ');
  });
  return makeFigure({
    title,
    data: curves.map(({ name, values }, index) => ({
      type: 'scatter',
      mode: 'lines',
      name: escapeHtml(name),
      x: values.map((_, place) => place + 1),
      y: [...values],
      line: { color: COLOURS[index % COLOURS.length], dash: dashes[index % dashes.length], width: 2 },
    })),
    layout: {
      xaxis: { title: { text: escapeHtml(step) }, gridcolor: 'rgba(127,127,127,0.25)' },
      yaxis: { title: { text: escapeHtml(measure) }, rangemode: 'tozero', gridcolor: 'rgba(127,127,127,0.25)' },
      showlegend: curves.length > 1,
      height: 300,
    },
    text: `The ${measure} at each ${step}. ${described.join('; ')}.`,
  });
}

/** The lowest and the highest value in words, where they lie between the ends and differ from both. */
function turningPoints(values: readonly number[]): string[] {
  const written = values.map(twoDecimals);
  const lowest = values.reduce((low, value) => Math.min(low, value), Infinity);
  const highest = values.reduce((high, value) => Math.max(high, value), -Infinity);
  return Object.entries({ lowest, highest }).flatMap(([name, value]) => {
    const place = values.indexOf(value);
    const atAnEnd = [written[0], written.at(-1)].includes(written[place]);
    return place < 0 || atAnEnd ? [] : [`${name} ${written[place]} at ${place + 1}`];
  });
}

/** A curve that grows while a model learns. */
export interface LiveCurve {
  /** Adds a value to the named curve and draws anew, at most a few times a second. */
  add(name: string, value: number): void;
  /** Draws what was added last. Call it when all is done. */
  finish(): void;
}

/** Shows an empty plot below the cell, and lets it grow. Outside a notebook only {@link LiveCurve.finish} prints. */
export function liveCurve(options: CurvePlotOptions = {}): LiveCurve {
  const curves = new Map<string, number[]>();
  const figure = (): Figure =>
    curvePlot(
      [...curves].map(([name, values]) => ({ name, values })),
      options,
    );
  const redrawAfter = 400; // milliseconds: drawing must not cost more than learning
  let shown: ShownFigure | undefined;
  let drawn = 0;
  const draw = (): void => {
    drawn = Date.now();
    if (shown) shown.update(figure());
    else shown = showUpdatable(figure());
  };
  return {
    add(name, value) {
      curves.set(name, [...(curves.get(name) ?? []), value]);
      if (Date.now() - drawn > redrawAfter) draw();
    },
    finish: draw,
  };
}
