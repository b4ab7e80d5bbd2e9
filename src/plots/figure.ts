/**
 * A picture as data: what Plotly draws, and the same in words. Pure functions make figures, {@link show} shows them.
 */
export interface Figure {
  /** Plotly's traces. */
  data: PlotlyObject[];
  /** Plotly's layout; `meta.description` repeats `text` for those who draw it. */
  layout: PlotlyObject;
  /** The text alternative: what is on the axes and what there is to see. */
  text: string;
  /** The figure as static HTML without script, for viewers that draw no Plotly. */
  html: string;
}

/** A part of a Plotly figure: plain JSON. */
export type PlotlyObject = { [key: string]: unknown };

/** What every figure may be given. */
export interface FigureOptions {
  /** Heading of the figure. */
  title?: string | undefined;
}

/** Okabe and Ito's colours, told apart by colour-blind readers: blue, vermillion, green, orange, sky blue, purple. */
export const COLOURS: readonly string[] = ['#0072B2', '#D55E00', '#009E73', '#E69F00', '#56B4E9', '#CC79A7'];
/** A grey that is readable on white and on black. */
export const INK = '#7f7f7f';
/** Rises evenly in lightness, and keeps its order for every kind of colour vision and in print. */
export const COLOUR_SCALE = 'Cividis';

/** The parts that all figures share: transparent ground, so that the theme of the page shows through. */
export function makeFigure(parts: {
  data: PlotlyObject[];
  layout: PlotlyObject;
  title?: string | undefined;
  text: string;
  html?: string | undefined;
}): Figure {
  const { data, layout, title, html } = parts;
  const text = title ? `${title}${/[.?!]$/.test(title) ? '' : '.'} ${parts.text}` : parts.text;
  return {
    data,
    layout: {
      ...(title && { title: { text: escapeHtml(title), font: { size: 15 } } }),
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      font: { color: INK, size: 13 },
      margin: { l: 60, r: 20, t: title ? 45 : 20, b: 50 },
      meta: { description: text },
      ...layout,
    },
    text,
    html: `<figure>${html ?? ''}<figcaption>${escapeHtml(text)}</figcaption></figure>`,
  };
}

/** Text that is safe inside HTML and inside Plotly's labels, which understand a little HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** A number as people read it: two decimals for weights and losses. */
export function twoDecimals(value: number): string {
  return value.toFixed(2);
}
