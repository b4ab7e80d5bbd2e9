/** What a person opens in the browser: the course's contents, notebooks, folders, files, and the front end's own files. */
import path from 'node:path';
import { COURSE_NOTEBOOK } from '../notebook/select';
import type { ConfinedFolder } from './confined-path';
import type { Contents } from './contents';
import { coursePage } from './course-page';
import { redirect, type Reply, type Router } from './http';
import { HttpError } from './http-error';
import type { Lessons } from './lessons';
import { notebookPage, type PageKind } from './notebook-page';

interface PagesOptions {
  contents: Contents;
  folder: ConfinedFolder;
  lessons: Lessons;
  frontEnd: string;
}

export function addPages(router: Router, { contents, folder, lessons, frontEnd }: PagesOptions): void {
  router.on('GET', '/', async ({ url }) => {
    const reset = url.searchParams.get('reset');
    const copy = url.searchParams.get('copy');
    const notice = reset !== null && COURSE_NOTEBOOK.test(`${reset}.ipynb`) ? { lesson: reset, copy } : null;
    return { kind: 'page', html: coursePage(await lessons.list(), notice), plain: true };
  });

  for (const kind of ['tree', 'notebooks', 'edit'] as const) {
    router.on('GET', `/${kind}/*file?`, async ({ parts }) => page(kind, parts.file));
  }

  /** Whatever kind of page the address asks for, the one that fits the file. */
  async function page(kind: PageKind, file: string): Promise<Reply> {
    const model = await contents.read(file, { content: false });
    const encoded = model.path.split('/').map(encodeURIComponent).join('/');
    if (model.type === 'directory' && kind !== 'tree') return redirect(`/tree/${encoded}`);
    if (model.type === 'notebook' && kind === 'tree') return redirect(`/notebooks/${encoded}`);
    if (model.type === 'file' && kind === 'tree') return redirect(`/files/${encoded}`);
    return { kind: 'page', html: notebookPage(kind, model.path) };
  }

  router.on('GET', '/files/*file', async ({ parts }) => {
    return { kind: 'file', file: (await folder.existing(parts.file)).absolute, untrusted: true };
  });

  // The front end draws figures with the package that is installed anyway.
  router.on('GET', '/static/plotly.js', () => ({ kind: 'file', file: require.resolve('plotly.js-dist/plotly.js') }));

  router.on('GET', '/static/*file', ({ parts }) => {
    const file = path.join(frontEnd, parts.file);
    if (!file.startsWith(frontEnd + path.sep) || /[\0\\]/.test(parts.file)) throw new HttpError(404, 'not found');
    return { kind: 'file', file };
  });
}
