/**
 * The page that the front end fills. Its contract with jupyter/front-end, whose build lies in build/front-end:
 * `/static/app.js` (module) and `/static/app.css` start the application, `data-notebook` and the configuration below
 * tell it what to show, themes lie in `/static/themes/PACKAGE/index.css`. Requests carry the session cookie; the page
 * itself never learns the token.
 */
import { escapeHtml } from './html';

/** What a page shows: a folder, a notebook, or a text file. */
export type PageKind = 'tree' | 'notebooks' | 'edit';

export function notebookPage(kind: PageKind, apiPath: string): string {
  const configuration = {
    appName: 'Attention Notebooks',
    appUrl: '/lab',
    baseUrl: '/',
    exposeAppInBrowser: false,
    federated_extensions: '[]',
    frontendUrl: '/',
    fullAppUrl: '/lab',
    fullMathjaxUrl: '',
    fullSettingsUrl: '/lab/api/settings',
    fullStaticUrl: '/static',
    fullThemesUrl: '/static/themes',
    fullTranslationsApiUrl: '/lab/api/translations',
    fullWorkspacesApiUrl: '/lab/api/workspaces',
    mode: 'multiple-document',
    news: { disabled: true },
    notebookPage: kind,
    preferredPath: '/',
    quitButton: false,
    settingsUrl: '/lab/api/settings',
    terminalsAvailable: false,
    themesUrl: '/static/themes',
    token: '',
    translationsApiUrl: '/lab/api/translations',
    treePath: kind === 'tree' ? apiPath : '',
    wsUrl: '',
  };
  const title = apiPath.split('/').pop() || 'Attention Notebooks';
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" media="(prefers-color-scheme: light)" href="/static/themes/@jupyterlab/theme-light-extension/index.css">
<link rel="stylesheet" media="(prefers-color-scheme: dark)" href="/static/themes/@jupyterlab/theme-dark-extension/index.css">
<link rel="stylesheet" href="/static/app.css">
</head>
<body class="jp-ThemedContainer" data-notebook="${kind}">
<script id="jupyter-config-data" type="application/json">${JSON.stringify(configuration).replace(/</g, '\\u003c')}</script>
<script type="module" src="/static/app.js"></script>
</body>
</html>
`;
}
