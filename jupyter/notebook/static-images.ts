/**
 * Gives each stored figure a picture that needs no script: what readers see on a code host, in JupyterLab, and in every
 * viewer that draws no Plotly.
 */
import { createRequire } from 'node:module';
import type { JsonObject } from '../kernel/messages';
import { launchChromium } from './chromium';
import type { Notebook, Output } from './format';

const PLOTLY = 'application/vnd.plotly.v1+json';
const WIDTH = 760;
const DEFAULT_HEIGHT = 420;

/** `notebook` with an image in the HTML form of every Plotly figure. @throws when Chromium is missing or cannot draw one. */
export async function withStaticImages(notebook: Notebook): Promise<Notebook> {
  const figures = notebook.cells.flatMap((cell) => (cell.cell_type === 'code' ? cell.outputs.filter(isFigure) : []));
  if (figures.length === 0) return notebook;
  const images = await draw(figures.map(({ data }) => data[PLOTLY] as JsonObject));
  const imageOf = new Map<Output, string>(figures.map((figure, index) => [figure, images[index]]));
  const withImage = (output: Output): Output => {
    const image = imageOf.get(output);
    return image !== undefined && isFigure(output)
      ? { ...output, data: { ...output.data, 'text/html': figureHtml(image, String(output.data['text/plain'] ?? '')) } }
      : output;
  };
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === 'code' ? { ...cell, outputs: cell.outputs.map(withImage) } : cell,
  );
  return { ...notebook, cells };
}

type FigureOutput = Extract<Output, { output_type: 'display_data' | 'execute_result' }>;

function isFigure(output: Output): output is FigureOutput {
  return 'data' in output && PLOTLY in output.data;
}

/** The text stands below for everybody; the image's own alternative need not repeat it. */
function figureHtml(image: string, text: string): string {
  const caption = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const alternative = caption.replace(/"/g, '&quot;');
  return `<figure><img src="${image}" alt="${alternative}" width="${WIDTH}"><figcaption>${caption}</figcaption></figure>`;
}

/** What the page's scripts know of Plotly. */
interface Plotly {
  toImage(figure: object, options: object): Promise<string>;
}

/** PNG images of figures, as data addresses, in their order. */
async function draw(figures: readonly JsonObject[]): Promise<string[]> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ path: createRequire(__filename).resolve('plotly.js-dist/plotly.js') });
    const images: string[] = [];
    for (const { data, layout } of figures) {
      const height = Number((layout as JsonObject | undefined)?.height ?? DEFAULT_HEIGHT);
      images.push(
        await page.evaluate(
          ([figure, size]) =>
            (globalThis as unknown as { Plotly: Plotly }).Plotly.toImage(figure, { format: 'png', ...size }),
          [
            { data, layout },
            { width: WIDTH, height },
          ] as const,
        ),
      );
    }
    return images;
  } finally {
    await browser.close();
  }
}
