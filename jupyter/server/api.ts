/** The REST interface: what the notebook page asks of a Jupyter server, and the course's own addition. */
import { KERNEL_NAME } from '../kernel/kernel';
import type { ConfinedFolder } from './confined-path';
import { type Contents, kindOf, writeModelOf } from './contents';
import { empty, json, MEGABYTE, readJson, redirect, type Router } from './http';
import { HttpError } from './http-error';
import type { Lessons } from './lessons';
import type { SessionRequest, Sessions } from './sessions';
import type { Settings } from './settings';

const LARGEST_FILE = 64 * MEGABYTE;
const LARGEST_REQUEST = MEGABYTE;

export interface ApiOptions {
  contents: Contents;
  folder: ConfinedFolder;
  settings: Settings;
  sessions: Sessions;
  lessons: Lessons;
}

export function addApi(router: Router, options: ApiOptions): void {
  addInformation(router, options);
  addContents(router, options);
  addKernels(router, options);
  addSessions(router, options);
  addSettings(router, options);
  addLessons(router, options);
}

function addInformation(router: Router, { sessions }: ApiOptions): void {
  const started = new Date().toISOString();
  const identity = { username: 'learner', name: 'learner', display_name: 'Learner', initials: 'L', color: null };
  const spec = {
    argv: [KERNEL_NAME],
    display_name: 'TypeScript',
    language: 'typescript',
    env: {},
    metadata: {},
    interrupt_mode: 'signal',
  };
  router.on('GET', '/api', () => json({ version: '2.14.0' }));
  router.on('GET', '/api/status', () =>
    json({
      started,
      last_activity: new Date().toISOString(),
      kernels: sessions.runningKernels.length,
      connections: sessions.runningKernels.reduce((sum, { model }) => sum + model.connections, 0),
    }),
  );
  router.on('GET', '/api/me', () => json({ identity, permissions: {} }));
  router.on('GET', '/api/terminals', () => json([]));
  // Paths in error messages become no links: they lead to packages, which pages may not read.
  router.on('GET', '/api/resolvePath', () => json({ resolved: [], unresolved: [] }));
  router.on('GET', '/api/nbconvert', () => json({}));
  router.on('GET', '/api/kernelspecs', () =>
    json({ default: KERNEL_NAME, kernelspecs: { [KERNEL_NAME]: { name: KERNEL_NAME, spec, resources: {} } } }),
  );
}

function addContents(router: Router, { contents }: ApiOptions): void {
  // Checkpoints are not kept: a lesson is reset to its original instead.
  const checkpoint = { id: 'checkpoint', last_modified: new Date(0).toISOString() };
  router.on('GET', '/api/contents/*file/checkpoints', async ({ parts }) => {
    await contents.read(parts.file, { content: false });
    return json([]);
  });
  router.on('POST', '/api/contents/*file/checkpoints', async ({ parts }) => {
    await contents.read(parts.file, { content: false });
    return json(checkpoint, 201);
  });

  router.on('GET', '/api/contents/*file?', async ({ parts, url }) => {
    const asked = url.searchParams;
    const content = asked.get('content') ?? '1';
    if (content !== '0' && content !== '1') throw new HttpError(400, `content must be 0 or 1, got ${content}`);
    const kind = kindOf({ type: asked.get('type') ?? undefined, format: asked.get('format') ?? undefined });
    return json(await contents.read(parts.file, { ...kind, content: content === '1' }));
  });
  router.on('PUT', '/api/contents/*file', async ({ parts, request }) => {
    return json(await contents.save(parts.file, writeModelOf(await readJson(request, LARGEST_FILE))));
  });
  router.on('POST', '/api/contents/*folder?', async ({ parts, request }) => {
    return json(await contents.create(parts.folder, writeModelOf(await readJson(request, LARGEST_REQUEST))), 201);
  });
  router.on('PATCH', '/api/contents/*file', async ({ parts, request }) => {
    const { path: wanted } = await readJson(request, LARGEST_REQUEST);
    if (typeof wanted !== 'string') throw new HttpError(400, 'the new path is missing: path must be a string');
    return json(await contents.rename(parts.file, wanted));
  });
  router.on('DELETE', '/api/contents/*file', async ({ parts }) => {
    await contents.remove(parts.file);
    return empty;
  });
}

function addKernels(router: Router, { sessions, folder }: ApiOptions): void {
  router.on('GET', '/api/kernels', () => json(sessions.runningKernels.map(({ model }) => model)));
  router.on('POST', '/api/kernels', async ({ request }) => {
    const { path: file } = await readJson(request, LARGEST_REQUEST);
    return json(sessions.startKernel(await workingFolder(folder, file)).model, 201);
  });
  router.on('GET', '/api/kernels/:id', ({ parts }) => json(sessions.kernel(parts.id).model));
  router.on('DELETE', '/api/kernels/:id', async ({ parts }) => {
    await sessions.stopKernel(parts.id);
    return empty;
  });
  router.on('POST', '/api/kernels/:id/interrupt', ({ parts }) => {
    if (sessions.kernel(parts.id).interrupt()) return empty;
    throw new HttpError(501, 'Windows cannot interrupt a running cell. Restart the kernel instead (menu Kernel).');
  });
  router.on('POST', '/api/kernels/:id/restart', async ({ parts }) => {
    const kernel = sessions.kernel(parts.id);
    await kernel.restart();
    return json(kernel.model);
  });
}

function addSessions(router: Router, { sessions, folder }: ApiOptions): void {
  const read = (body: Record<string, unknown>): SessionRequest => {
    const text = (name: string): string | undefined => {
      const value = body[name];
      if (value === undefined || value === null) return undefined;
      if (typeof value !== 'string') throw new HttpError(400, `${name} must be a string`);
      return value;
    };
    const kernel = body.kernel ?? undefined;
    if (kernel !== undefined && (typeof kernel !== 'object' || Array.isArray(kernel)))
      throw new HttpError(400, 'kernel must be an object');
    const kernelId = (kernel as { id?: unknown } | undefined)?.id ?? undefined;
    if (kernelId !== undefined && typeof kernelId !== 'string') throw new HttpError(400, 'kernel.id must be a string');
    return {
      path: text('path'),
      name: text('name'),
      type: text('type'),
      kernelId,
      newKernel: kernel !== undefined && kernelId === undefined,
    };
  };
  router.on('GET', '/api/sessions', () => json(sessions.models));
  router.on('POST', '/api/sessions', async ({ request }) => {
    const wanted = read(await readJson(request, LARGEST_REQUEST));
    if (wanted.path === undefined) throw new HttpError(400, 'the path of the notebook is missing');
    return json(sessions.open(await workingFolder(folder, wanted.path), wanted), 201);
  });
  router.on('GET', '/api/sessions/:id', ({ parts }) => json(sessions.model(parts.id)));
  router.on('PATCH', '/api/sessions/:id', async ({ parts, request }) => {
    const wanted = read(await readJson(request, LARGEST_REQUEST));
    const cwd = await workingFolder(folder, wanted.path ?? sessions.model(parts.id).path);
    return json(await sessions.change(parts.id, cwd, wanted));
  });
  router.on('DELETE', '/api/sessions/:id', async ({ parts }) => {
    await sessions.close(parts.id);
    return empty;
  });
}

/**
 * A kernel works in its notebook's folder. The notebook's page asks for a session under a made-up name in that folder
 * and renames it afterwards (it overcomes a race of two pages so), so the file itself need not exist.
 */
async function workingFolder(folder: ConfinedFolder, file: unknown): Promise<string> {
  if (file === undefined) return (await folder.existing(folder.writable)).absolute;
  if (typeof file !== 'string') throw new HttpError(400, 'path must be a string');
  return (await folder.existing(file.split('/').slice(0, -1).join('/'))).absolute;
}

function addSettings(router: Router, { settings }: ApiOptions): void {
  router.on('GET', '/lab/api/settings', ({ url }) => {
    const idsOnly = url.searchParams.get('ids_only') === 'true';
    return json({ settings: idsOnly ? settings.all.map(({ id }) => ({ id })) : settings.all });
  });
  router.on('GET', '/lab/api/settings/*id', ({ parts }) => json(settings.model(parts.id)));
  router.on('PUT', '/lab/api/settings/*id', async ({ parts, request }) => {
    await settings.choose(parts.id, (await readJson(request, LARGEST_REQUEST)).raw);
    return empty;
  });
  router.on('GET', '/lab/api/translations/*language?', () => json({ data: {}, message: '' }));
  // Each notebook has a page of its own: there is no layout to remember.
  router.on('GET', '/lab/api/workspaces', () => json({ workspaces: { ids: [], values: [] } }));
  router.on('GET', '/lab/api/workspaces/*id', ({ parts }) => json({ data: {}, metadata: { id: parts.id } }));
  router.on('PUT', '/lab/api/workspaces/*id', async ({ request }) => {
    await readJson(request, LARGEST_REQUEST);
    return empty;
  });
}

/**
 * The course's own addition, for the contents page and for the front end's menu:
 *
 * - `GET /api/attention-notebooks/lessons` answers a list of `Lesson` (see lessons.ts).
 * - `POST /api/attention-notebooks/lessons/NAME/reset` (NAME: `04-attention-pooling`) puts the original back and answers
 *   `{name, path, copy}`; `copy` is the path of what was there before, or null when nothing differed or nothing was
 *   there. 404: no such lesson; 409: the original is not known, `message` says what to do. The page should save before
 *   and reload after.
 *   A form of the contents page is sent back to it.
 */
function addLessons(router: Router, { lessons }: ApiOptions): void {
  router.on('GET', '/api/attention-notebooks/lessons', async () => json(await lessons.list()));
  router.on('POST', '/api/attention-notebooks/lessons/:name/reset', async ({ parts, request }) => {
    const result = await lessons.reset(parts.name);
    if (!(request.headers.accept ?? '').includes('text/html')) return json(result);
    const query = new URLSearchParams({ reset: result.name, ...(result.copy !== null && { copy: result.copy }) });
    return redirect(`/?${query.toString()}`, 303);
  });
}
