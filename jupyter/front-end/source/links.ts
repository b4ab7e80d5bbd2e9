// Where relative links lead: to the page of the app that shows the file, whatever button opens them.
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISanitizer } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import {
  ILatexTypesetter,
  IMarkdownParser,
  IRenderMimeRegistry,
  IUrlResolverFactory,
  RenderMimeRegistry,
  standardRendererFactories,
} from '@jupyterlab/rendermime';
import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ITranslator } from '@jupyterlab/translation';

const addressOf = (route: string, path: string) =>
  URLExt.join(PageConfig.getBaseUrl(), route, URLExt.encodeParts(path));

/** The page that shows the file at `path`; from a folder, the server leads on to its list. */
function pageOf(path: string): string {
  if (path.endsWith('.ipynb')) return addressOf('notebooks', path);
  const address = addressOf('edit', path);
  return path.endsWith('.md') ? `${address}?${new URLSearchParams({ factory: 'Markdown Preview' })}` : address;
}

/** Pictures get the address of their file, as Jupyter has it; links that of a page, where Jupyter has the file again. */
class LinksToPages extends RenderMimeRegistry.UrlResolver {
  override async resolveUrl(url: string, context?: IRenderMime.IResolveUrlContext): Promise<string> {
    const path = await super.resolveUrl(url);
    return context?.tag === 'a' ? pageOf(decodeURIComponent(path)) : path;
  }
}

const resolver: JupyterFrontEndPlugin<IUrlResolverFactory> = {
  id: 'attention-notebooks:link-resolver',
  description: 'Leads relative links to the pages of the app.',
  provides: IUrlResolverFactory,
  activate: () => ({ createResolver: (options) => new LinksToPages(options) }),
};

/** Jupyter's registry, without its own way to open links: they are ordinary links here. */
const registry: JupyterFrontEndPlugin<IRenderMimeRegistry> = {
  id: 'attention-notebooks:rendermime',
  description: 'Draws text and outputs.',
  optional: [ILatexTypesetter, ISanitizer, IMarkdownParser, ITranslator],
  provides: IRenderMimeRegistry,
  activate: (
    { commandLinker }: JupyterFrontEnd,
    latexTypesetter: ILatexTypesetter | null,
    sanitizer: IRenderMime.ISanitizer | null,
    markdownParser: IMarkdownParser | null,
    translator: ITranslator | null,
  ) =>
    new RenderMimeRegistry({
      initialFactories: standardRendererFactories,
      trustHandler: {
        markTrusted: (node) => commandLinker.markTrusted(node),
        unmarkTrusted: (node) => commandLinker.unmarkTrusted(node),
      },
      linkHandler: { handleLink: keepDownload },
      latexTypesetter: latexTypesetter ?? undefined,
      sanitizer: sanitizer ?? undefined,
      markdownParser: markdownParser ?? undefined,
      translator: translator ?? undefined,
    }),
};

/** A link that offers a download means the file, not its page; Jupyter sets the address only after this call. */
function keepDownload(node: HTMLElement): void {
  if (!(node instanceof HTMLAnchorElement) || !node.hasAttribute('download')) return;
  node.addEventListener('click', () => {
    node.pathname = node.pathname.replace(/^(.*?)\/(?:edit|notebooks)\//, '$1/files/');
    node.search = '';
  });
}

export default [resolver, registry];
