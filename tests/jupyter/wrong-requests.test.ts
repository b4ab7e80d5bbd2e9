/** Requests that are wrong in every way that was thought of: each is refused with a sentence, and nothing happens. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { HttpError } from '../../jupyter/server/http-error';
import { Settings } from '../../jupyter/server/settings';
import type { RunningServer } from '../../jupyter/server/server';
import { api, makeCourse, makeFolder, notebookOf, request, serve, type Answer } from './course';

const LESSON = 'notebooks/04-looking-twice.ipynb';
const NOTES = '/api/contents/notebooks/notes.txt';
const file = { type: 'file', format: 'text', content: 'changed' };

/** A server that must not complain: what it writes to its log is a fault of its own. */
async function serveQuietly(t: TestContext): Promise<{ server: RunningServer; root: string }> {
  const root = makeCourse(t);
  const log: string[] = [];
  const server = await serve(t, root, { log: (line) => log.push(line) });
  t.after(() => assert.deepEqual(log, []));
  return { server, root };
}

/** What a learner may read: one or two sentences, no name of a JavaScript error, no place in a program. */
function assertRefused({ status, text }: Answer, what: string, expected: RegExp = /./): void {
  assert.ok(status >= 400 && status < 500, `${what}: ${status} ${text.slice(0, 300)}`);
  const { message } = JSON.parse(text) as { message: string };
  assert.match(message, expected, what);
  assert.match(message, /\w+ \w+/, `${what}: ${message} is no sentence`);
  assert.ok(message.length < 500, `${what}: too long`);
  assert.doesNotMatch(message, /TypeError|RangeError|undefined|\[object|\bat \S+:\d+/, what);
}

/** `depth` objects within each other, as text: JSON.stringify would not get through it. */
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const notebookWith = (cell: object): object => ({
  type: 'notebook',
  content: { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] },
});
const codeCell = (outputs: unknown, more: object = {}): object =>
  notebookWith({ id: 'a', cell_type: 'code', source: '', metadata: {}, outputs, execution_count: null, ...more });

const WRONG_BODIES: [string, string, unknown, RegExp][] = [
  // creating
  ['POST', '/api/contents/notebooks', { copy_from: 5 }, /copy_from must be a string/],
  ['POST', '/api/contents/notebooks', { copy_from: ['notebooks/notes.txt'] }, /copy_from must be a string/],
  ['POST', '/api/contents/notebooks', { copy_from: {} }, /copy_from must be a string/],
  ['POST', '/api/contents/notebooks', { copy_from: 'notebooks' }, /folders are not copied/],
  ['POST', '/api/contents/notebooks', { copy_from: 'toString' }, /not found/],
  ['POST', '/api/contents/notebooks', { type: 5 }, /type must be/],
  ['POST', '/api/contents/notebooks', { type: 'toString' }, /type must be file, notebook or directory, got "toString"/],
  ['POST', '/api/contents/notebooks', { type: {} }, /type must be/],
  ['POST', '/api/contents/notebooks', { ext: 5 }, /ext must be a string/],
  ['POST', '/api/contents/notebooks', { ext: {} }, /ext must be a string/],
  ['POST', '/api/contents/notebooks', { ext: '/../../x' }, /ext must be/],
  ['POST', '/api/contents/notebooks', { ext: '/x' }, /ext must be/],
  ['POST', '/api/contents/notebooks', { ext: '.a?' }, /ext must be|\?/],
  // saving
  ['PUT', NOTES, {}, /content/],
  ['PUT', NOTES, { content: 5 }, /content of a file must be a string/],
  ['PUT', NOTES, { content: ['a'] }, /content of a file must be a string/],
  ['PUT', NOTES, { ...file, type: 5 }, /type must be/],
  ['PUT', NOTES, { ...file, type: 'constructor' }, /type must be/],
  ['PUT', NOTES, { ...file, type: null }, /type must be/],
  ['PUT', NOTES, { ...file, format: 7 }, /format must be/],
  ['PUT', NOTES, { ...file, format: '__proto__' }, /format must be/],
  ['PUT', NOTES, { ...file, format: 'base64', content: '%%%' }, /base64/],
  ['PUT', NOTES, { ...file, content: 'half a pair: \ud800' }, /half of a surrogate pair/],
  ['PUT', '/api/contents/notebooks/solutions', file, /is a folder/],
  ['PUT', NOTES, { type: 'directory' }, /a file is in the way/],
  ['PUT', '/api/contents/notebooks/notes.txt/x.txt', file, /a file is in the way/],
  ['PUT', `/api/contents/notebooks/${'x'.repeat(300)}.txt`, file, /name is too long/],
  ['PUT', `/api/contents/${LESSON}`, { type: 'notebook' }, /not a notebook/],
  ['PUT', `/api/contents/${LESSON}`, { type: 'notebook', content: [] }, /not a notebook/],
  ['PUT', `/api/contents/${LESSON}`, { type: 'notebook', content: '{}' }, /not a notebook/],
  ['PUT', `/api/contents/${LESSON}`, notebookWith({ cell_type: 'toString' }), /no known cell_type/],
  ['PUT', `/api/contents/${LESSON}`, notebookWith({ cell_type: ['code'], source: '' }), /no known cell_type/],
  ['PUT', `/api/contents/${LESSON}`, codeCell(null), /outputs of cell 0 must be a list/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([null]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([5]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([{}]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([{ output_type: 'toString' }]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([{ output_type: 'stream', name: 'stdout' }]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([{ output_type: 'stream', text: {} }]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([{ output_type: 'display_data', data: 5 }]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([{ output_type: 'execute_result' }]), /output 0 of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([], { attachments: 5 }), /attachments of cell 0/],
  ['PUT', `/api/contents/${LESSON}`, codeCell([], { attachments: { a: 5 } }), /attachments of cell 0/],
  // renaming
  ['PATCH', NOTES, {}, /new path/],
  ['PATCH', NOTES, { path: 5 }, /new path/],
  ['PATCH', NOTES, { path: null }, /new path/],
  ['PATCH', NOTES, { path: '' }, /name is missing/],
  ['PATCH', NOTES, { path: '///' }, /name is missing/],
  ['PATCH', '/api/contents/notebooks/solutions', { path: 'notebooks/solutions/x' }, /into itself/],
  ['PATCH', '/api/contents/notebooks/solutions', { path: 'notebooks/solutions/../solutions/x' }, /\.\./],
  ['PATCH', NOTES, { path: 'notebooks/notes.txt/x.txt' }, /a file is in the way/],
  ['PATCH', NOTES, { path: 'notebooks/none/x.txt' }, /no folder notebooks\/none/],
  ['PATCH', NOTES, { path: `notebooks/${'x'.repeat(300)}` }, /name is too long/],
  ['PATCH', NOTES, { path: 'notebooks/a\ud800.txt' }, /half of a surrogate pair/],
  ['PATCH', NOTES, { path: 'package.json' }, /read-only/],
  // sessions and kernels
  ['POST', '/api/sessions', {}, /path of the notebook is missing/],
  ['POST', '/api/sessions', { path: 5 }, /path must be a string/],
  ['POST', '/api/sessions', { path: {} }, /path must be a string/],
  ['POST', '/api/sessions', { path: LESSON, name: 5 }, /name must be a string/],
  ['POST', '/api/sessions', { path: LESSON, type: [] }, /type must be a string/],
  ['POST', '/api/sessions', { path: LESSON, kernel: 5 }, /kernel must be an object/],
  ['POST', '/api/sessions', { path: LESSON, kernel: 'tslab' }, /kernel must be an object/],
  ['POST', '/api/sessions', { path: LESSON, kernel: [] }, /kernel must be an object/],
  ['POST', '/api/sessions', { path: LESSON, kernel: { id: 5 } }, /kernel\.id must be a string/],
  ['POST', '/api/sessions', { path: LESSON, kernel: { id: 'toString' } }, /no such kernel/],
  ['POST', '/api/sessions', { path: 'none/x.ipynb' }, /not found/],
  ['POST', '/api/kernels', { path: 5 }, /path must be a string/],
  ['POST', '/api/kernels', { path: null }, /path must be a string/],
  ['POST', '/api/kernels', { path: 'notebooks/\u0000/x' }, /not found/],
  ['PATCH', '/api/sessions/toString', {}, /no such session/],
  ['PATCH', '/api/sessions/__proto__', { path: LESSON }, /no such session/],
  ['DELETE', '/api/sessions/constructor', undefined, /no such session/],
  ['DELETE', '/api/kernels/__proto__', undefined, /no such kernel/],
  ['POST', '/api/kernels/toString/interrupt', undefined, /no such kernel/],
  ['POST', '/api/kernels/toString/restart', undefined, /no such kernel/],
  // settings
  ['PUT', '/lab/api/settings/a:b', {}, /raw/],
  ['PUT', '/lab/api/settings/a:b', { raw: 5 }, /raw/],
  ['PUT', '/lab/api/settings/a:b', { raw: {} }, /raw/],
  ['PUT', '/lab/api/settings/toString', { raw: '{}' }, /no settings toString/],
  ['PUT', '/lab/api/settings/__proto__', { raw: '{}' }, /no settings __proto__/],
  // lessons
  ['POST', '/api/attention-notebooks/lessons/toString/reset', undefined, /no lesson/],
  ['POST', '/api/attention-notebooks/lessons/..%2f..%2fpackage/reset', undefined, /no lesson/],
  ['POST', '/api/attention-notebooks/lessons/04-looking-twice%00/reset', undefined, /no lesson/],
  // removing
  ['DELETE', '/api/contents/notebooks/none.txt', undefined, /not found/],
  ['DELETE', '/api/contents/notebooks/solutions', undefined, /not empty/],
  ['DELETE', '/api/contents/notebooks', undefined, /read-only/],
  // checkpoints of what is not there
  ['GET', '/api/contents/notebooks/none.ipynb/checkpoints', undefined, /not found/],
  ['POST', '/api/contents/notebooks/none.ipynb/checkpoints', undefined, /not found/],
  // reading
  ['GET', `${NOTES}?type=toString`, undefined, /type must be/],
  ['GET', `${NOTES}?type=directory`, undefined, /not a folder/],
  ['GET', `${NOTES}?type=notebook`, undefined, /not a notebook/],
  ['GET', `${NOTES}?format=__proto__`, undefined, /format must be/],
  ['GET', `${NOTES}?content=yes`, undefined, /content must be/],
];

for (const [method, target, body, expected] of WRONG_BODIES) {
  const shown = `${method} ${target} ${JSON.stringify(body) ?? ''}`;
  test(`${shown.slice(0, 110)} is refused`, async (t) => {
    const { server, root } = await serveQuietly(t);
    const notes = (): string => fs.readFileSync(path.join(root, 'notebooks/notes.txt'), 'utf8');
    assertRefused(await api(server, method, target, body), shown, expected);
    assert.equal(notes(), 'notes');
    assert.deepEqual((await api(server, 'GET', '/api/kernels')).json(), [], 'no kernel was started');
    assert.deepEqual(fs.readdirSync(path.join(root, 'notebooks')).sort(), [
      '04-looking-twice.ipynb',
      'notes.txt',
      'solutions',
    ]);
  });
}

test('names of what every object has are no settings', async (t) => {
  const { server } = await serveQuietly(t);
  for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'])
    assert.equal((await api(server, 'GET', `/lab/api/settings/${name}`)).status, 404, name);
});

const ROUTES: [string, string][] = [
  ['PUT', NOTES],
  ['PUT', `/api/contents/${LESSON}`],
  ['POST', '/api/contents/notebooks'],
  ['PATCH', NOTES],
  ['POST', '/api/sessions'],
  ['PATCH', '/api/sessions/none'],
  ['POST', '/api/kernels'],
  ['PUT', '/lab/api/settings/a:b'],
  ['PUT', '/lab/api/workspaces/default'],
];

const utf16 = Buffer.from('\ufeff{"path":"notebooks/x"}', 'utf16le');
const NO_JSON: [string, string | Buffer, RegExp][] = [
  ['half an object', '{', /not JSON/],
  ['a list', '[]', /must be a JSON object/],
  ['a string', '"x"', /must be a JSON object/],
  ['null', 'null', /must be a JSON object/],
  ['a number', '1e999', /must be a JSON object/],
  ['20,000 levels', nested(20_000), /nested too deeply/],
  ['20,000 levels of lists', `{"content":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, /nested too deeply/],
  ['UTF-16', utf16, /UTF-8/],
  ['Latin-1', Buffer.from('{"path":"notebooks/\xe9"}', 'latin1'), /UTF-8/],
  ['a compressed body', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), /UTF-8/],
];

for (const [method, target] of ROUTES) {
  test(`${method} ${target} takes a JSON object in UTF-8 and nothing else`, async (t) => {
    const { server } = await serveQuietly(t);
    const headers = { authorization: `token ${server.token}` };
    for (const [what, body, expected] of NO_JSON)
      assertRefused(await request(server, method, target, { headers, body }), what, expected);
  });
}

test('metadata nested 20,000 levels deep are neither saved nor read', async (t) => {
  const { server, root } = await serveQuietly(t);
  const text = `{"nbformat":4,"nbformat_minor":5,"cells":[],"metadata":${nested(20_000)}}`;
  const headers = { authorization: `token ${server.token}` };
  const body = `{"type":"notebook","content":${text}}`;
  assertRefused(await request(server, 'PUT', '/api/contents/notebooks/deep.ipynb', { headers, body }), 'PUT', /deeply/);
  fs.writeFileSync(path.join(root, 'notebooks/05-deep.ipynb'), text);
  assertRefused(await api(server, 'GET', '/api/contents/notebooks/05-deep.ipynb'), 'GET', /deeply/);
  assertRefused(
    await api(server, 'POST', '/api/contents/notebooks', { copy_from: 'notebooks/05-deep.ipynb' }),
    'copy',
    /deeply/,
  );
  // One such file does not take the others from the learner.
  assert.equal((await api(server, 'GET', '/')).status, 200);
  assert.match((await api(server, 'GET', '/api/attention-notebooks/lessons')).text, /04-looking-twice/);
});

test('a number that JSON cannot hold is refused, where it would become null', async (t) => {
  const { server } = await serveQuietly(t);
  const headers = { authorization: `token ${server.token}` };
  const body = `{"type":"notebook","content":{"nbformat":4,"nbformat_minor":5,"cells":[],"metadata":{"n":1e999}}}`;
  assertRefused(await request(server, 'PUT', '/api/contents/notebooks/n.ipynb', { headers, body }), 'PUT', /too large/);
});

test('names of prototypes are names like others', async (t) => {
  const { server, root } = await serveQuietly(t);
  const cell =
    '{"cell_type":"markdown","id":"a","metadata":{"__proto__":{"x":1}},"source":"","attachments":{"__proto__":{"text/plain":"a"}}}';
  const text = `{"cells":[${cell}],"metadata":{"constructor":1,"__proto__":{"y":2}},"nbformat":4,"nbformat_minor":5}`;
  const headers = { authorization: `token ${server.token}` };
  const body = `{"type":"notebook","content":${text},"__proto__":{"format":5}}`;
  const saved = await request(server, 'PUT', '/api/contents/notebooks/__proto__.ipynb', { headers, body });
  assert.equal(saved.status, 200, saved.text);
  const onDisk = fs.readFileSync(path.join(root, 'notebooks/__proto__.ipynb'), 'utf8');
  for (const part of ['"x": 1', '"y": 2', '"constructor": 1', '"text/plain"']) assert.ok(onDisk.includes(part), part);
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

const NAMES: [string, RegExp][] = [
  ['What is attention?.ipynb', /may not contain \?/],
  ['a:b.txt', /may not contain :/],
  ['a*.txt', /may not contain \*/],
  ['a|b.txt', /may not contain \|/],
  ['"a".txt', /may not contain "/],
  ['<a>.txt', /may not contain </],
  ['a\\b.txt', /may not contain \\/],
  ['a\nb.txt', /control character/],
  ['a\u007f.txt', /control character/],
  ['.hidden.ipynb', /may not begin with a dot/],
  ['.ipynb', /may not begin with a dot/],
  ['name.', /may not end with a dot/],
  ['name ', /may not end with a blank/],
  ['node_modules', /node_modules/],
  ['CON', /CON/],
  ['aux.ipynb', /aux/],
];

for (const [name, expected] of NAMES) {
  test(`the name ${JSON.stringify(name)} is refused with what is not allowed`, async (t) => {
    const { server } = await serveQuietly(t);
    const target = `notebooks/${name}`;
    const attempts: [string, string, object][] = [
      ['PATCH', `/api/contents/${LESSON}`, { path: target }],
      ['PUT', `/api/contents/notebooks/${encodeURIComponent(name)}`, file],
      ['PUT', `/api/contents/notebooks/${encodeURIComponent(name)}`, { type: 'directory' }],
    ];
    for (const [method, address, body] of attempts) {
      const answer = await api(server, method, address, body);
      assert.equal(answer.status, 400, `${method} ${address}`);
      assertRefused(answer, `${method} ${name}`, expected);
      assert.ok(
        (answer.json().message as string).includes(JSON.stringify(name).slice(1, -1).slice(0, 3)),
        'it is named',
      );
    }
  });
}

test('names in every language, with blanks, signs and emoji, are taken', async (t) => {
  const { server } = await serveQuietly(t);
  for (const name of [
    '注意力 是什么？.ipynb',
    "it's 100% + #1 & [a] (b).txt",
    'é.txt',
    'e\u0301.txt',
    '🙂.txt',
    'console.txt',
  ])
    assert.equal(
      (await api(server, 'PUT', `/api/contents/notebooks/${encodeURIComponent(name)}`, file)).status,
      200,
      name,
    );
});

const ELSEWHERE = [
  '/.//evil.example/',
  '/./%2e//evil.example/',
  '/tree/..//evil.example/',
  '/%2e//evil.example/',
  '/a/../..//evil.example',
  '/\\evil.example/',
  '/.\\\\evil.example/',
  '/.\\/evil.example/',
  '//evil.example/',
  '///evil.example/',
];

for (const target of ELSEWHERE) {
  test(`${target} leads to no other host`, async (t) => {
    const { server } = await serveQuietly(t);
    for (const headers of [{}, { accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }]) {
      const answer = await request(server, 'GET', `${target}?token=${server.token}`, { headers });
      assert.equal(answer.status, 400, answer.text.slice(0, 300));
      assert.equal(answer.headers.location, undefined);
      assert.doesNotMatch(answer.text, /url=/);
    }
  });
}

/** The status line and the headers that answer a request written byte for byte. */
function raw(server: RunningServer, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')));
    let answer = '';
    socket.on('data', (data: Buffer) => (answer += data.toString('latin1')));
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${text}`)));
  });
}

test('lines that are smuggled into addresses and headers change no answer', async (t) => {
  const { server } = await serveQuietly(t);
  const host = `Host: 127.0.0.1:${server.port}\r\nConnection: close\r\n`;
  const token = `Authorization: token ${server.token}\r\n`;
  for (const target of [
    '/tree/%0d%0aSet-Cookie:%20a=b',
    '/files/%0d%0a',
    '/notebooks/a%0d%0ab.ipynb',
    '/%0d%0aX:%20y',
  ]) {
    for (const query of ['', `?token=${server.token}`, `?token=${server.token}&x=%0d%0aSet-Cookie:%20a=b`]) {
      const answer = await raw(server, `GET ${target}${query} HTTP/1.1\r\n${host}${query ? '' : token}\r\n`);
      assert.match(answer, /^HTTP\/1\.1 [34]\d\d /, target);
      assert.doesNotMatch(answer, /^Set-Cookie: a=b/im);
    }
  }
  const requests: [string, RegExp][] = [
    [`GET / HTTP/1.1\r\nConnection: close\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [`GET / HTTP/1.0\r\n\r\n`, /^HTTP\/1\.1 403 /],
    [`GET * HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 400 /],
    [`OPTIONS * HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 400 /],
    [`GET http://evil.example/ HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 400 /],
    [`GET /%zz HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 4\d\d /],
    [`GET /tree/%ff%fe HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 400 /],
    [`GET /tree/%ed%a0%80 HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 400 /],
    [`GET / HTTP/1.1\r\nHost: \xe9;script-src *\r\nConnection: close\r\n${token}\r\n`, /^HTTP\/1\.1 403 /],
    [`GET / HTTP/1.1\r\n${host}Authorization: token \xe9\xff\r\n\r\n`, /^HTTP\/1\.1 403 /],
    [`GET / HTTP/1.1\r\n${host}Cookie: ${'a=b; '.repeat(100)}=;;=\r\n\r\n`, /^HTTP\/1\.1 403 /],
    [`PUT ${NOTES} HTTP/1.1\r\n${host}${token}Content-Length: -5\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [`PUT ${NOTES} HTTP/1.1\r\n${host}${token}Content-Length: 99999999999999999999\r\n\r\n`, /^HTTP\/1\.1 4\d\d /],
    [`BREW / HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 400 /],
    [`TRACE / HTTP/1.1\r\n${host}${token}\r\n`, /^HTTP\/1\.1 405 /],
  ];
  for (const [text, expected] of requests) assert.match(await raw(server, text), expected, text);
  assert.equal((await api(server, 'GET', '/api/status')).status, 200, 'the server goes on');
});

test('what is on the disk, but is no text or no file, is refused or given as it is', async (t) => {
  const { server, root } = await serveQuietly(t);
  const notebooks = path.join(root, 'notebooks');
  fs.writeFileSync(path.join(notebooks, 'latin1.txt'), Buffer.from('caf\xe9', 'latin1'));
  fs.writeFileSync(path.join(notebooks, 'mark.txt'), '\ufeffmark');
  fs.writeFileSync(path.join(notebooks, 'large.txt'), '');
  fs.truncateSync(path.join(notebooks, 'large.txt'), 3 * 2 ** 30);
  const latin1 = (await api(server, 'GET', '/api/contents/notebooks/latin1.txt')).json();
  assert.deepEqual([latin1.format, latin1.content], ['base64', Buffer.from('caf\xe9', 'latin1').toString('base64')]);
  // As text it could only be shown with signs in place of bytes, and the next save would write these.
  assertRefused(await api(server, 'GET', '/api/contents/notebooks/latin1.txt?format=text'), 'Latin-1', /not UTF-8/);
  assert.equal((await api(server, 'GET', '/api/contents/notebooks/mark.txt')).json().content, '\ufeffmark');
  assertRefused(await api(server, 'GET', '/api/contents/notebooks/large.txt'), 'large', /too large/);
  assertRefused(
    await api(server, 'POST', '/api/contents/notebooks', { copy_from: 'notebooks/large.txt' }),
    'copy',
    /too large/,
  );
  assert.equal((await api(server, 'GET', '/api/contents/notebooks/large.txt?content=0')).status, 200);
  if (process.platform === 'win32') return;
  execFileSync('mkfifo', [path.join(notebooks, 'pipe.txt'), path.join(notebooks, '06-pipe.ipynb')]);
  for (const target of ['/api/contents/', '/files/', '/edit/'])
    assertRefused(await api(server, 'GET', `${target}notebooks/pipe.txt`), `pipe at ${target}`);
  fs.mkdirSync(path.join(notebooks, '07-a-folder.ipynb'));
  assert.equal((await api(server, 'GET', '/api/contents/notebooks')).status, 200);
  // Nobody writes into the pipe: to read it would wait for ever.
  assert.match((await api(server, 'GET', '/')).text, /06-pipe\.ipynb is not a file/);
});

test('a folder or a file that cannot be read does not take the lessons away', async (t) => {
  const { server, root } = await serveQuietly(t);
  fs.mkdirSync(path.join(root, 'notebooks/07-a-folder.ipynb'));
  const { open, readFile } = fs.promises;
  const refuse = (name: unknown): void => {
    if (String(name).endsWith('08-closed.ipynb') || String(name).endsWith('closed.txt'))
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  };
  // Root may read everything: a stand-in for the system refuses.
  t.mock.method(fs.promises, 'readFile', (async (...args: Parameters<typeof readFile>) => {
    refuse(args[0]);
    return readFile(...args);
  }) as typeof readFile);
  t.mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
    refuse(args[0]);
    return open(...args);
  });
  for (const name of ['08-closed.ipynb', 'closed.txt']) fs.writeFileSync(path.join(root, 'notebooks', name), '');
  assert.equal((await api(server, 'GET', '/')).status, 200);
  const lessons = (await api(server, 'GET', '/api/attention-notebooks/lessons')).json() as unknown as {
    name: string;
    problem: string | null;
  }[];
  assert.deepEqual(
    lessons.filter(({ problem }) => problem === null).map(({ name }) => name),
    ['04-looking-twice'],
  );
  const closed = await api(server, 'GET', '/api/contents/notebooks/closed.txt');
  assert.equal(closed.status, 403);
  assertRefused(closed, 'closed', /cannot be read/);
  assertRefused(await api(server, 'GET', '/files/notebooks/closed.txt'), 'closed', /cannot be read/);
});

for (const [text, what] of [
  ['[]', 'a list'],
  ['null', 'null'],
  ['{"a:b": 5}', 'a number as settings'],
  ['{', 'half a file'],
]) {
  test(`a settings file that holds ${what} ends the start with a sentence`, (t) => {
    const folder = makeFolder(t);
    const settings = path.join(folder, 'settings.json');
    fs.writeFileSync(settings, text);
    fs.writeFileSync(path.join(folder, 'schemas.json'), JSON.stringify({ 'a:b': { version: '1', schema: {} } }));
    assert.throws(
      () => new Settings(folder, settings),
      (error: Error) => {
        assert.ok(!(error instanceof HttpError));
        assert.match(error.message, /settings\.json cannot be read \(.+\)\. Remove it: it holds only settings\.$/);
        assert.equal(error.name, 'UsageError');
        return true;
      },
    );
  });
}

test('a save as a page sends it goes through', async (t) => {
  const { server } = await serveQuietly(t);
  const content = notebookOf({ text: '# A' }, { code: '1' });
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: ['a\n', 'b'] },
    { output_type: 'display_data', data: { 'text/plain': 'x' }, metadata: {} },
    { output_type: 'error', ename: 'Error', evalue: '', traceback: [] },
  ];
  const withOutputs = { ...content, cells: [content.cells[0], { ...content.cells[1], outputs }] };
  const model = { type: 'notebook', format: 'json', content: withOutputs };
  assert.equal((await api(server, 'PUT', '/api/contents/notebooks/mine.ipynb', model)).status, 200);
  const started = await api(server, 'POST', '/api/contents/notebooks', { type: 'file', ext: 'ts' });
  assert.equal(started.status, 201);
});
