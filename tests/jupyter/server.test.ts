import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  notebookOf,
  api,
  Client,
  cookieOf,
  eventually,
  makeCourse,
  request,
  runs,
  serve,
  useOwnTemporaryFolder,
} from './course';
import { joinLeave, measure, openRunClose } from './cycles';

const LESSON = { path: 'notebooks/04-looking-twice.ipynb', name: '', type: 'notebook', kernel: { name: 'tslab' } };

interface SessionAnswer {
  id: string;
  path: string;
  kernel: { id: string; connections: number; execution_state: string };
}

test('two tabs share a session; a kernel that is killed while running comes back and loses no text', async (t) => {
  const root = makeCourse(t);
  const server = await serve(t, root);
  const open = async (): Promise<SessionAnswer> =>
    (await api(server, 'POST', '/api/sessions', LESSON)).json() as unknown as SessionAnswer;
  // Both tabs at once, before the kernel has started.
  const [first, second] = await Promise.all([open(), open()]);
  assert.equal(first.id, second.id);
  const tabs = await Promise.all([first, second].map(({ kernel }) => Client.connect(server, kernel.id)));
  t.after(() => Promise.all(tabs.map((tab) => tab.close())));

  assert.equal(
    (await tabs[0].run("const shared = 'seen by both'; console.log('first:', shared)")).text,
    'first: seen by both\n',
  );
  assert.equal((await tabs[1].run('shared')).text.trim(), 'seen by both');
  const shown = tabs[1].messages.filter(({ content }) => content.text === 'first: seen by both\n');
  assert.equal(shown.length, 1, 'the second tab sees what the first one runs');

  const content = notebookOf({ text: '# Mine' }, { code: 'while (true);' });
  assert.equal((await api(server, 'PUT', `/api/contents/${LESSON.path}`, { type: 'notebook', content })).status, 200);
  const saved = fs.readFileSync(path.join(root, LESSON.path), 'utf8');
  const pid = Number((await tabs[0].run('process.pid')).text);
  const restarting = tabs[1].state('restarting');
  void tabs[0].run('while (true);');
  await eventually('the loop runs', () => server.sessions.kernel(first.kernel.id).executionState === 'busy');
  process.kill(pid, 'SIGKILL');
  await restarting;
  assert.equal((await tabs[1].run('Object.assign(globalThis, { kept: 2 }).kept')).text.trim(), '2');
  assert.equal(fs.readFileSync(path.join(root, LESSON.path), 'utf8'), saved);
  assert.equal((await open()).id, first.id, 'the session is the same');

  assert.equal((await api(server, 'POST', `/api/kernels/${first.kernel.id}/restart`)).status, 200);
  assert.equal((await tabs[0].run("console.log('kept' in globalThis)")).text, 'false\n');
  const renamed = await api(server, 'PATCH', `/api/sessions/${first.id}`, { path: 'notebooks/renamed.ipynb' });
  assert.equal((renamed.json() as unknown as SessionAnswer).path, 'notebooks/renamed.ipynb');
  const interrupted = await api(server, 'POST', `/api/kernels/${first.kernel.id}/interrupt`);
  assert.equal(interrupted.status, process.platform === 'win32' ? 501 : 204);

  const last = Number((await tabs[0].run('process.pid')).text);
  assert.equal((await api(server, 'DELETE', `/api/sessions/${first.id}`)).status, 204);
  assert.ok(!runs(last));
  assert.deepEqual((await api(server, 'GET', '/api/kernels')).json(), []);
  assert.equal((await api(server, 'DELETE', `/api/sessions/${first.id}`)).status, 404);
});

test('two servers at once do not disturb each other', async (t) => {
  const roots = [makeCourse(t), makeCourse(t)];
  const servers = await Promise.all(roots.map((root) => serve(t, root)));
  const target = '/api/contents/notebooks/notes.txt';
  const cookies = (await Promise.all(servers.map(cookieOf))).join('; ');
  for (const server of servers) {
    // The browser sends the cookies of both to both.
    assert.equal((await request(server, 'GET', target, { headers: { cookie: cookies } })).status, 200);
    const other = servers.find((one) => one !== server) ?? server;
    const headers = { authorization: `token ${other.token}` };
    assert.equal((await request(server, 'GET', target, { headers })).status, 403);
  }
  const kernel = (await api(servers[1], 'POST', '/api/kernels', {})).json() as { id: string };
  const client = await Client.connect(servers[1], kernel.id);
  await servers[0].close();
  assert.equal((await client.run('1 + 1')).text.trim(), '2');
  await client.close();
});

test('opening, running and closing notebooks leaves no process, no socket, no file and no growth', async (t) => {
  useOwnTemporaryFolder(t);
  const root = makeCourse(t);
  const server = await serve(t, root, { spareKernel: true });
  await openRunClose(server);
  await api(server, 'POST', '/api/sessions', LESSON);
  await joinLeave(server);
  // The next spare kernel comes with pipes and sockets of its own, some seconds after the one before was taken.
  await eventually('the next spare kernel is ready', () => server.sessions['spare']?.executionState === 'idle');
  const before = measure();
  const start = performance.now();
  for (let cycle = 0; cycle < 200; cycle++) await joinLeave(server);
  t.diagnostic(`200 pages opened and closed in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  const after = measure();
  // Connections that are still closing come and go.
  if (before.files !== null && after.files !== null)
    assert.ok(after.files <= before.files + 3, `files: ${before.files}, then ${after.files}`);
  assert.ok(after.sockets <= before.sockets + 3, `sockets: ${before.sockets}, then ${after.sockets}`);
  assert.ok(
    after.heapMegabytes < before.heapMegabytes + 30,
    `heap: ${before.heapMegabytes} MB, then ${after.heapMegabytes} MB`,
  );

  const [{ id }] = (await api(server, 'GET', '/api/sessions')).json() as unknown as { id: string }[];
  await api(server, 'DELETE', `/api/sessions/${id}`);
  const pids = [];
  const beforeKernels = measure();
  for (let cycle = 0; cycle < 4; cycle++) pids.push(await openRunClose(server));
  assert.equal(new Set(pids).size, pids.length, 'each had a kernel of its own');
  assert.deepEqual((await api(server, 'GET', '/api/kernels')).json(), []);
  await server.close();
  assert.deepEqual(pids.filter(runs), []);
  const end = measure();
  assert.equal(end.kernelFolders, 0, 'connection files are removed');
  if (end.files !== null && beforeKernels.files !== null)
    assert.ok(end.files <= beforeKernels.files, `files: ${beforeKernels.files}, then ${end.files}`);
});

test('a kernel works in the folder of its notebook, and settings stay for the next start', async (t) => {
  const root = makeCourse(t);
  const server = await serve(t, root);
  const session = await api(server, 'POST', '/api/sessions', { path: 'notebooks/solutions/x.ipynb', type: 'notebook' });
  const { kernel } = session.json() as unknown as SessionAnswer;
  const client = await Client.connect(server, kernel.id);
  assert.equal((await client.run('process.cwd()')).text.trim(), path.join(root, 'notebooks/solutions'));
  await client.close();

  const raw = '{\n  // mine\n  "theme": "dark"\n}';
  assert.equal((await api(server, 'PUT', '/lab/api/settings/a:b', { raw })).status, 204);
  assert.equal((await api(server, 'PUT', '/lab/api/settings/no:such', { raw })).status, 404);
  await server.close();
  const next = await serve(t, root);
  assert.equal((await api(next, 'GET', '/lab/api/settings/a:b')).json().raw, raw);
  const all = (await api(next, 'GET', '/lab/api/settings')).json().settings as { id: string; raw: string }[];
  assert.deepEqual(
    all.map(({ id, raw }) => [id, raw]),
    [['a:b', raw]],
  );
});
