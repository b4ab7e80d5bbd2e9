import { COLOUR_SCALE, INK, type Figure } from './figure';

const WIDTH = 760;
const HEIGHT = 420;
/** Estimated size of a letter, in pixels: what is drawn without a browser cannot be measured. */
const LETTER = 7;
const MARGIN = { l: 60, r: 20, t: 45, b: 50 };
const DRAWN: ReadonlySet<string> = new Set(['heatmap', 'bar', 'scatter']);
/** What may not stand in XML: halves of surrogate pairs, and most control characters. */
const NOT_IN_XML = /[\p{Surrogate}\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/gu;
const GRID = 'rgba(127,127,127,0.25)';

/** What is read of Plotly's traces, as this library makes them: heatmaps, horizontal bars, lines, points and texts. */
interface Trace {
  type: string;
  orientation?: string;
  mode?: string;
  name?: string;
  x?: number[];
  y?: (number | string)[];
  z?: number[][];
  zmin?: number;
  zmax?: number;
  colorscale?: string;
  text?: (string | string[])[];
  textposition?: string | string[];
  showlegend?: boolean;
  line?: { color: string; dash?: string };
  marker?: { color: string | string[] };
  error_x?: { array: (number | string)[]; arrayminus: (number | string)[] };
}

interface Axis {
  title?: { text: string };
  ticktext?: string[];
  tickvals?: number[];
  range?: [number, number];
  rangemode?: string;
  autorange?: string;
  scaleanchor?: string;
  visible?: boolean;
}

interface Layout {
  title?: { text: string };
  height?: number;
  margin?: { l: number; r: number; t: number; b: number };
  showlegend?: boolean;
  xaxis?: Axis;
  yaxis?: Axis;
}

/** From data to pixels along one side. */
interface Scale {
  at: (value: number) => number;
  ticks: { at: number; label: string }[];
}

/**
 * The figure as an SVG image, drawn here, without a browser: for viewers that draw no Plotly. Plainer than Plotly's own
 * picture, with the same data, colours and labels. `undefined` for figures of other kinds than this library makes.
 */
export function picture({ data, layout }: Figure): string | undefined {
  const traces = data as unknown as Trace[];
  if (!traces.every(({ type, orientation }) => DRAWN.has(type) && (type !== 'bar' || orientation === 'h')))
    return undefined;
  const { title, height = HEIGHT, margin = MARGIN, showlegend, xaxis = {}, yaxis = {} } = layout as unknown as Layout;
  const heat = traces.find(({ type }) => type === 'heatmap');
  const bars = traces.find(({ type }) => type === 'bar');
  // Places that have names: rows and columns of a map, bars.
  const names = (bars?.y ?? yaxis.ticktext ?? []).map(String);
  const labelled = showlegend ? traces.filter((trace) => trace.name && trace.showlegend !== false) : [];
  const besides = heat ? 70 : labelled.length > 0 ? 30 + LETTER * longest(labelled.map(({ name }) => name ?? '')) : 0;
  const box = {
    left: Math.max(margin.l, 12 + LETTER * longest(names)),
    right: WIDTH - margin.r - besides,
    top: margin.t,
    bottom: height - margin.b,
  };

  const row = (value: number | string): number => (bars ? names.indexOf(String(value)) : Number(value));
  const xs = heat ? columns(heat) : traces.flatMap(({ x = [] }) => x).map(Number);
  const ys = heat ? rows(heat) : bars ? names.map((_, index) => index) : traces.flatMap(({ y = [] }) => y).map(Number);
  let across = heat ? cells(xs) : (xaxis.range ?? span(xs, xaxis));
  let down = heat || bars ? cells(ys) : span(ys, yaxis);
  if (yaxis.scaleanchor) [across, down] = sameUnits(across, down, box);
  if (yaxis.autorange === 'reversed') down = [down[1], down[0]];
  const x = scale(across, [box.left, box.right], heat ? xaxis : { ...xaxis, visible: true });
  const y = scale(down, [box.bottom, box.top], bars ? { ticktext: names, tickvals: ys } : yaxis);

  const parts: string[] = [];
  const onTop = heat !== undefined;
  const text = (at: [number, number], words: string, more = ''): void => {
    parts.push(`<text x="${px(at[0])}" y="${px(at[1])}"${more}>${words.replace(NOT_IN_XML, '\ufffd')}</text>`);
  };
  if (title) text([WIDTH * 0.05, 24], title.text, ' font-size="15"');
  for (const { at, label } of x.ticks) {
    if (!heat) parts.push(line([at, box.top], [at, box.bottom], GRID));
    text([at, onTop ? box.top - 6 : box.bottom + 17], label, ' text-anchor="middle"');
  }
  for (const { at, label } of y.ticks) {
    if (!heat && !bars) parts.push(line([box.left, at], [box.right, at], GRID));
    text([box.left - 6, at + 4], label, ' text-anchor="end"');
  }
  if (xaxis.title) text([(box.left + box.right) / 2, box.bottom + 38], xaxis.title.text, ' text-anchor="middle"');
  if (yaxis.title) {
    const [left, middle] = [box.left - 44, (box.top + box.bottom) / 2];
    text([left, middle], yaxis.title.text, ` text-anchor="middle" transform="rotate(-90 ${px(left)} ${px(middle)})"`);
  }

  for (const trace of traces) {
    if (trace.type === 'heatmap') drawCells(trace);
    else if (trace.type === 'bar') drawBars(trace);
    else drawScatter(trace);
  }
  labelled.forEach(({ name = '', line: drawn, marker }, index) => {
    const [left, at] = [box.right + 12, box.top + 10 + 20 * index];
    parts.push(
      drawn
        ? line([left, at], [left + 18, at], drawn.color, ` stroke-width="2"${dash(drawn.dash)}`)
        : `<circle cx="${px(left + 9)}" cy="${at}" r="4" fill="${String(marker?.color ?? INK)}"/>`,
    );
    text([left + 24, at + 4], name);
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="sans-serif" font-size="13" fill="${INK}">${parts.join('')}</svg>`
  );

  function drawCells({ z = [], zmin = 0, zmax = 1, colorscale = COLOUR_SCALE, text: words }: Trace): void {
    const width = Math.abs(x.at(1) - x.at(0));
    const high = Math.abs(y.at(1) - y.at(0));
    // One path a colour: a map may have thousands of cells.
    const paths = new Map<string, string>();
    z.forEach((values, down) =>
      values.forEach((value, across) => {
        const fill = colourOf((value - zmin) / (zmax - zmin), colorscale);
        const [left, top] = [x.at(across) - width / 2, y.at(down) - high / 2];
        const cell = `M${px(left)} ${px(top)}h${px(width - 1)}v${px(high - 1)}h${px(1 - width)}z`;
        paths.set(fill, (paths.get(fill) ?? '') + cell);
      }),
    );
    for (const [fill, path] of paths) parts.push(`<path fill="${fill}" d="${path}"/>`);
    words?.forEach((ofRow, down) =>
      [...ofRow].forEach((word, across) => {
        const share = ((z[down]?.[across] ?? 0) - zmin) / (zmax - zmin);
        const ink = share > 0.5 ? '#000' : '#fff';
        const size = px(Math.min(12, (width - 2) / (0.6 * word.length)));
        text([x.at(across), y.at(down) + 4], word, ` text-anchor="middle" font-size="${size}" fill="${ink}"`);
      }),
    );
    const steps = 20;
    const [left, tall] = [box.right + 16, box.bottom - box.top];
    for (let step = 0; step < steps; step++) {
      const fill = colourOf((step + 0.5) / steps, colorscale);
      const top = box.bottom - (tall * (step + 1)) / steps;
      parts.push(`<rect x="${px(left)}" y="${px(top)}" width="12" height="${px(tall / steps + 0.5)}" fill="${fill}"/>`);
    }
    text([left + 16, box.top + 10], short(zmax));
    text([left + 16, box.bottom], short(zmin));
  }

  function drawBars({ x: lengths = [], marker, error_x: spread }: Trace): void {
    lengths.forEach((value, index) => {
      const [from, to, middle] = [x.at(0), x.at(value), y.at(index)];
      const fill = Array.isArray(marker?.color) ? marker.color[index] : marker?.color;
      parts.push(
        `<rect x="${px(Math.min(from, to))}" y="${px(middle - 12)}" width="${px(Math.abs(to - from))}" height="24" fill="${String(fill ?? INK)}"/>`,
      );
      const [more, less] = [spread?.array[index], spread?.arrayminus[index]];
      if (typeof more !== 'number' || typeof less !== 'number') return;
      const ends = [x.at(value - less), x.at(value + more)] as const;
      parts.push(line([ends[0], middle], [ends[1], middle], INK, ' stroke-width="2"'));
      for (const end of ends) parts.push(line([end, middle - 5], [end, middle + 5], INK, ' stroke-width="2"'));
    });
  }

  function drawScatter({ mode = 'lines', line: drawn, marker, text: words, textposition, ...trace }: Trace): void {
    const points = (trace.x ?? []).map((value, index): [number, number] => [
      x.at(value),
      y.at(row(trace.y?.[index] ?? 0)),
    ]);
    const there = points.filter(([left, top]) => Number.isFinite(left) && Number.isFinite(top));
    const colour = String(drawn?.color ?? marker?.color ?? INK);
    if (mode.includes('lines')) {
      const path = there.map(([left, top]) => `${px(left)},${px(top)}`);
      // Of the points that fall on one pixel one is enough.
      const distinct = path.filter((point, index) => point !== path[index - 1]);
      parts.push(
        `<polyline fill="none" stroke="${colour}" stroke-width="2"${dash(drawn?.dash)} points="${distinct.join(' ')}"/>`,
      );
    }
    if (mode.includes('markers'))
      for (const [left, top] of there) parts.push(`<circle cx="${px(left)}" cy="${px(top)}" r="4" fill="${colour}"/>`);
    if (!mode.includes('text')) return;
    points.forEach(([left, top], index) => {
      const place = (Array.isArray(textposition) ? textposition[index] : textposition) ?? 'top center';
      const side = place.includes('right') ? 1 : place.includes('left') ? -1 : 0;
      const lift = place.includes('top') ? -8 : place.includes('bottom') ? 16 : 4;
      const anchor = side > 0 ? 'start' : side < 0 ? 'end' : 'middle';
      const gap = side * (mode.includes('markers') ? 7 : 0);
      text([left + gap, top + lift], String(words?.[index] ?? ''), ` text-anchor="${anchor}"`);
    });
  }
}

const longest = (words: readonly string[]): number => Math.max(0, ...words.map((word) => word.length));
const columns = ({ z = [] }: Trace): number[] => (z[0] ?? []).map((_, index) => index);
const rows = ({ z = [] }: Trace): number[] => z.map((_, index) => index);
const cells = (places: readonly number[]): [number, number] => [-0.5, places.length - 0.5];

/** From the least to the largest value, with some room. */
function span(values: readonly number[], { rangemode }: Axis): [number, number] {
  const finite = values.filter(Number.isFinite);
  let least = finite.reduce((low, value) => Math.min(low, value), Infinity);
  let most = finite.reduce((high, value) => Math.max(high, value), -Infinity);
  if (least > most) return [0, 1];
  if (rangemode === 'tozero') [least, most] = [Math.min(0, least), Math.max(0, most)];
  const room = (most - least || 1) * 0.06;
  return [least === 0 ? 0 : least - room, most + room];
}

/** Widens one side so that a unit is as long across as it is down. */
function sameUnits(
  across: [number, number],
  down: [number, number],
  box: { left: number; right: number; top: number; bottom: number },
): [[number, number], [number, number]] {
  const unit = Math.max((across[1] - across[0]) / (box.right - box.left), (down[1] - down[0]) / (box.bottom - box.top));
  const widened = ([from, to]: [number, number], pixels: number): [number, number] => {
    const room = (unit * pixels - (to - from)) / 2;
    return [from - room, to + room];
  };
  return [widened(across, box.right - box.left), widened(down, box.bottom - box.top)];
}

function scale(range: readonly [number, number], pixels: readonly [number, number], axis: Axis): Scale {
  const at = (value: number): number =>
    pixels[0] + ((value - range[0]) / (range[1] - range[0])) * (pixels[1] - pixels[0]);
  if (axis.ticktext) {
    return { at, ticks: axis.ticktext.map((label, index) => ({ at: at(axis.tickvals?.[index] ?? index), label })) };
  }
  if (axis.visible === false) return { at, ticks: [] };
  const [low, high] = [Math.min(...range), Math.max(...range)];
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return {
    at,
    ticks: Array.from({ length: count }, (_, index) => ({
      at: at((first + index) * step),
      label: short((first + index) * step),
    })),
  };
}

/** Plotly's colours at some places between 0 and 1; between them they are mixed. */
const COLOURS_AT: Record<string, [number, number, number, number][]> = {
  Cividis: [
    [0, 0, 32, 76],
    [0.12, 0, 52, 110],
    [0.24, 60, 74, 107],
    [0.47, 117, 117, 117],
    [0.71, 176, 165, 114],
    [0.88, 225, 204, 92],
    [1, 255, 233, 69],
  ],
  RdBu: [
    [0, 5, 10, 172],
    [0.35, 106, 137, 247],
    [0.5, 190, 190, 190],
    [0.6, 220, 170, 132],
    [0.7, 230, 145, 90],
    [1, 178, 10, 28],
  ],
};

/** In 64 steps, more than an eye tells apart. */
function colourOf(share: number, name: string): string {
  const at = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * 63) / 63;
  const colours = COLOURS_AT[name] ?? COLOURS_AT[COLOUR_SCALE] ?? [];
  const next = Math.max(
    1,
    colours.findIndex(([place]) => place >= at),
  );
  const [low, high] = [colours[next - 1], colours[next]];
  if (!low || !high) return INK;
  const mix = (at - low[0]) / (high[0] - low[0]);
  const channels = [1, 2, 3].map((channel) => {
    const [from, to] = [low[channel] ?? 0, high[channel] ?? 0];
    return Math.round(from + mix * (to - from))
      .toString(16)
      .padStart(2, '0');
  });
  return `#${channels.join('')}`;
}

const DASHES: Record<string, string> = { dash: '9 6', dot: '2 4', dashdot: '9 4 2 4' };
const dash = (name = 'solid'): string => (DASHES[name] ? ` stroke-dasharray="${DASHES[name]}"` : '');
const px = (value: number): string => String(Math.round(value * 10) / 10);
const short = (value: number): string => String(Number(value.toPrecision(3)));

function line(from: readonly [number, number], to: readonly [number, number], colour: string, more = ''): string {
  return `<line x1="${px(from[0])}" y1="${px(from[1])}" x2="${px(to[0])}" y2="${px(to[1])}" stroke="${colour}"${more}/>`;
}
