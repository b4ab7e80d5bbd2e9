// Composes the unmodified Jupyter Notebook 7 out of its npm packages: the same plugins as its own `app/`, chosen page
// by page, without the machinery that loads further extensions from a Python installation.
import { NotebookApp } from '@jupyter-notebook/application';
import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { IServiceManager } from '@jupyterlab/services';
import { PluginRegistry } from '@lumino/coreutils';

import * as notebookApplication from '@jupyter-notebook/application-extension';
import * as notebookDocumentManager from '@jupyter-notebook/docmanager-extension';
import * as notebookHelp from '@jupyter-notebook/help-extension';
import * as notebookNotebook from '@jupyter-notebook/notebook-extension';
import * as application from '@jupyterlab/application-extension';
import * as applicationUtilities from '@jupyterlab/apputils-extension';
import * as codeMirror from '@jupyterlab/codemirror-extension';
import * as completer from '@jupyterlab/completer-extension';
import * as documentManager from '@jupyterlab/docmanager-extension';
import * as documentSearch from '@jupyterlab/documentsearch-extension';
import * as fileBrowser from '@jupyterlab/filebrowser-extension';
import * as fileEditor from '@jupyterlab/fileeditor-extension';
import * as javascriptOutput from '@jupyterlab/javascript-extension';
import * as jsonOutput from '@jupyterlab/json-extension';
import * as mainMenu from '@jupyterlab/mainmenu-extension';
import * as markdownParser from '@jupyterlab/markedparser-extension';
import * as mathJax from '@jupyterlab/mathjax-extension';
import * as notebook from '@jupyterlab/notebook-extension';
import * as services from '@jupyterlab/services-extension';
import * as shortcuts from '@jupyterlab/shortcuts-extension';
import * as darkTheme from '@jupyterlab/theme-dark-extension';
import * as lightTheme from '@jupyterlab/theme-light-extension';
import * as translation from '@jupyterlab/translation-extension';
import * as interfaceComponents from '@jupyterlab/ui-components-extension';

import * as lesson from './lesson';
import * as links from './links';
import * as plotlyOutput from './plotly';
import * as saving from './saving';
import 'styles-of-all-packages';
import './lesson.css';

type Plugin = JupyterFrontEndPlugin<unknown>;
/** A package of plugins; the union is as wide as the packages' own declarations, which differ. */
type PluginPackage = { default: unknown };

function all(pluginPackage: PluginPackage): Plugin[] {
  return [pluginPackage.default].flat() as Plugin[];
}

/** The plugins with these names (the part of the id after the colon). A name that is gone after an update is an error. */
function only(pluginPackage: PluginPackage, ...names: string[]): Plugin[] {
  return names.map((name) => {
    const found = all(pluginPackage).find((plugin) => plugin.id.endsWith(`:${name}`));
    if (!found) throw new Error(`no plugin named ${name} in the package of ${all(pluginPackage)[0].id}`);
    return found;
  });
}

function without(pluginPackage: PluginPackage, name: string): Plugin[] {
  const [unwanted] = only(pluginPackage, name);
  return all(pluginPackage).filter((plugin) => plugin !== unwanted);
}

/** What every page has. */
const COMMON: Plugin[] = [
  // Links get their own way to open: see links.ts.
  ...without(notebookApplication, 'rendermime'),
  ...all(notebookDocumentManager),
  ...all(notebookHelp),
  // The server keeps no checkpoints: autosave, and the copy that a reset leaves, take their place.
  ...without(notebookNotebook, 'checkpoints'),
  ...only(application, 'context-menu', 'router', 'top-bar'),
  ...only(
    applicationUtilities,
    'kernels-settings',
    'notification',
    'palette',
    'sanitizer',
    'sessionDialogs',
    'settings',
  ),
  ...only(applicationUtilities, 'state', 'themes', 'themes-palette-menu', 'toolbar-registry', 'utilityCommands'),
  ...all(codeMirror),
  ...only(completer, 'base-service', 'manager'),
  ...only(documentManager, 'plugin', 'download', 'contexts', 'manager'),
  ...only(documentSearch, 'plugin'),
  ...only(fileBrowser, 'factory', 'default-file-browser'),
  ...only(fileEditor, 'plugin', 'widget-factory'),
  ...only(mainMenu, 'plugin'),
  ...all(markdownParser),
  ...all(mathJax),
  ...only(notebook, 'cell-executor', 'export', 'factory', 'tracker', 'widget-factory'),
  ...all(services),
  ...all(shortcuts),
  ...all(lightTheme),
  ...all(darkTheme),
  ...all(translation),
  ...all(interfaceComponents),
  ...all(lesson),
  ...all(links),
  ...all(saving),
];

/** What one page has besides, loaded only there. */
async function pluginsOfPage(page: string): Promise<Plugin[]> {
  switch (page) {
    case 'tree': {
      const [tree, running, cellToolbar] = await Promise.all([
        import('@jupyter-notebook/tree-extension'),
        import('@jupyterlab/running-extension'),
        import('@jupyterlab/cell-toolbar-extension'),
      ]);
      return [
        ...only(application, 'commands'),
        ...all(cellToolbar),
        ...only(
          fileBrowser,
          'browser',
          'create-new-language-file',
          'download',
          'file-upload-status',
          'open-with',
          'settings',
        ),
        ...only(running, 'plugin'),
        ...all(tree),
      ];
    }
    case 'notebooks': {
      const [cellToolbar, tableOfContents, tooltip, metadataForm] = await Promise.all([
        import('@jupyterlab/cell-toolbar-extension'),
        import('@jupyterlab/toc-extension'),
        import('@jupyterlab/tooltip-extension'),
        import('@jupyterlab/metadataform-extension'),
      ]);
      return [
        ...all(cellToolbar),
        ...all(metadataForm),
        ...only(
          notebook,
          'active-cell-tool',
          'completer',
          'copy-output',
          'search',
          'toc',
          'tools',
          'update-raw-mimetype',
        ),
        ...only(tableOfContents, 'registry', 'tracker'),
        ...only(tooltip, 'manager', 'notebooks'),
      ];
    }
    case 'edit': {
      const markdownViewer = await import('@jupyterlab/markdownviewer-extension');
      return [...only(fileEditor, 'completer', 'search'), ...all(markdownViewer)];
    }
    default:
      return [];
  }
}

async function start(): Promise<void> {
  const plugins = [...COMMON, ...(await pluginsOfPage(PageConfig.getOption('notebookPage')))];
  // The plugin manager's page asks for this list; we have no such page.
  PageConfig.setOption('allPlugins', '{}');
  const pluginRegistry = new PluginRegistry<NotebookApp>();
  pluginRegistry.registerPlugins(plugins as never);
  const serviceManager = await pluginRegistry.resolveRequiredService(IServiceManager);
  const app = new NotebookApp({
    pluginRegistry,
    serviceManager,
    mimeExtensions: [jsonOutput, javascriptOutput, plotlyOutput].flatMap((module) => module.default),
    availablePlugins: plugins.map(({ id, description, requires, optional, provides, autoStart }) => ({
      id,
      description: description ?? '',
      requires: requires ?? [],
      optional: optional ?? [],
      provides: provides ?? null,
      autoStart,
      enabled: true,
      extension: '',
    })),
  } as unknown as NotebookApp.IOptions); // the declaration asks for a shell, which the class makes itself

  // Jupyter's own pages set this name too, for those who look at the page from the browser's console.
  Object.assign(window, { jupyterapp: app });
  await app.start();
}

window.addEventListener('load', () => void start());
