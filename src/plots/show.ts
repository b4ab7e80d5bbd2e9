import { randomUUID } from 'node:crypto';
import { notebookDisplay } from '../notebook-display';
import type { Figure } from './figure';

/** A figure on the page that can be drawn again. */
export interface ShownFigure {
  /** Replaces the picture in place. Outside a notebook nothing happens: print what matters when all is done. */
  update(figure: Figure): void;
}

/**
 * Shows a figure below the cell: as Plotly where that is drawn, else as HTML, else in words. Outside a notebook the text
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
export function mimeBundle({ data, layout, html, text }: Figure): Record<string, unknown> {
  return { 'application/vnd.plotly.v1+json': { data, layout }, 'text/html': html, 'text/plain': text };
}
