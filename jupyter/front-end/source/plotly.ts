// Draws outputs of type application/vnd.plotly.v1+json. Plotly is big: it is loaded when the first figure appears.
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

const MIME_TYPE = 'application/vnd.plotly.v1+json';

interface Figure {
  data: object[];
  layout?: { template?: Template; height?: number };
  config?: { modeBarButtonsToRemove?: string[]; [option: string]: unknown };
  frames?: object[];
}
interface Template {
  layout?: object;
  data?: object;
}
interface Plotly {
  react(node: HTMLElement, figure: Figure): Promise<unknown>;
  addFrames(node: HTMLElement, frames: object[]): Promise<unknown>;
  purge(node: HTMLElement): void;
  Plots: { resize(node: HTMLElement): Promise<unknown> };
}

let loading: Promise<Plotly> | undefined;

function loadPlotly(): Promise<Plotly> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = URLExt.join(PageConfig.getBaseUrl(), 'static/plotly.js');
    script.onload = () => resolve((window as unknown as { Plotly: Plotly }).Plotly);
    script.onerror = () => {
      loading = undefined;
      reject(new Error(`Plotly did not load from ${script.src}: is the server still running?`));
    };
    document.head.append(script);
  });
  return loading;
}

/** Colours of the notebook's theme, under those that the figure itself chooses. */
function withTheme(figure: Figure): Figure {
  const style = getComputedStyle(document.body);
  const color = (name: string) => style.getPropertyValue(`--jp-${name}`).trim();
  const axis = {
    gridcolor: color('border-color2'),
    linecolor: color('border-color1'),
    zerolinecolor: color('border-color1'),
  };
  const chosen = figure.layout?.template;
  return {
    ...figure,
    layout: {
      height: 360,
      ...figure.layout,
      template: {
        ...chosen,
        layout: {
          paper_bgcolor: 'rgba(0,0,0,0)',
          plot_bgcolor: 'rgba(0,0,0,0)',
          font: { color: color('content-font-color1'), family: color('content-font-family') },
          xaxis: axis,
          yaxis: axis,
          ...chosen?.layout,
        },
      },
    },
    config: {
      responsive: true,
      displaylogo: false,
      ...figure.config,
      // The course works offline: no button that uploads a figure.
      modeBarButtonsToRemove: ['sendChartToCloud', ...(figure.config?.modeBarButtonsToRemove ?? [])],
    },
  };
}

/** A figure, with the output's text alternative as its accessible name and, to be read by anyone, folded under it. */
class RenderedFigure extends Widget implements IRenderMime.IRenderer {
  private readonly drawing = document.createElement('div');
  private readonly description = document.createElement('details');
  private figure: Figure | undefined;
  private plotly: Plotly | undefined;
  // Jupyter notes the theme's change on the body once the new colours are in place.
  private readonly themeObserver = new MutationObserver(() => void this.draw());

  constructor() {
    super();
    this.addClass('attention-Figure');
    this.drawing.setAttribute('role', 'img');
    this.description.append(document.createElement('summary'), document.createElement('pre'));
    this.node.append(this.drawing, this.description);
    this.themeObserver.observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.figure = model.data[MIME_TYPE] as unknown as Figure;
    this.describe([model.data['text/plain'] ?? ''].flat().join(''));
    this.plotly = await loadPlotly();
    await this.draw();
    if (this.figure.frames) await this.plotly.addFrames(this.drawing, this.figure.frames);
  }

  private describe(text: string): void {
    this.drawing.setAttribute('aria-label', text || 'A figure without a text description');
    const [summary, full] = this.description.children;
    summary.textContent = 'Text description';
    full.textContent = text;
    this.description.hidden = text === '';
  }

  private async draw(): Promise<void> {
    if (!this.plotly || !this.figure || this.isDisposed) return;
    // Plotly writes into what it is given; the notebook's document must stay as it is.
    await this.plotly.react(this.drawing, withTheme(structuredClone(this.figure)));
  }

  protected override onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this.fitWidth();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.fitWidth();
  }

  private fitWidth(): void {
    const drawn = this.drawing.classList.contains('js-plotly-plot');
    if (this.plotly && drawn && this.drawing.offsetParent) void this.plotly.Plots.resize(this.drawing);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.themeObserver.disconnect();
    this.plotly?.purge(this.drawing);
    super.dispose();
  }
}

const extension: IRenderMime.IExtension = {
  id: 'attention-notebooks:plotly',
  description: 'Draws Plotly figures.',
  dataType: 'json',
  rank: 0,
  rendererFactory: { safe: true, mimeTypes: [MIME_TYPE], createRenderer: () => new RenderedFigure() },
};
export default extension;
