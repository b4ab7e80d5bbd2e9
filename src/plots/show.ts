import { randomUUID } from 'node:crypto';
import { notebookDisplay } from '../notebook-display';
import { escapeHtml, type Figure } from './figure';
import { picture } from './picture';

/** A figure on the page that can be drawn again. */
export interface ShownFigure {
  /** Replaces the picture in place. Outside a notebook nothing happens: print what matters when all is done. */
  update(figure: Figure): void;
}

/**
 * Shows a figure below the cell: as Plotly where that is drawn, else as HTML with a plainer picture, else in words. Outside a notebook the text
 * alternative is printed.
 */
export function show(figure: Figure): void {
  showUpdatable(figure);
}

/** {@link show}, with a handle to draw the figure anew: for curves that grow while a model learns. */
export function showUpdatable(figure: Figure): ShownFigure {
  const display = notebookDisplay();
  if (!display) {
    console.log(figure.text);
    return { update: () => undefined };
  }
  const transient = { display_id: randomUUID() };
  display({ data: mimeBundle(figure), metadata: {}, transient }, false);
  return {
    update: (next) => display({ data: mimeBundle(next), metadata: {}, transient }, true),
  };
}

/** The figure in every form, best first: the page takes the first that it can draw. */
export function mimeBundle(figure: Figure): Record<string, unknown> {
  const { data, layout, html, text } = figure;
  // An image by its address: viewers that trust nobody take an <svg> out of HTML.
  const drawn = picture(figure);
  const address = drawn && `data:image/svg+xml,${encodeURIComponent(drawn)}`;
  const image = address ? `<img src="${address}" alt="${escapeHtml(text)}">` : '';
  return {
    'application/vnd.plotly.v1+json': { data, layout },
    'text/html': html.replace('<figure>', (start) => start + image),
    'text/plain': text,
  };
}
