import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, test, type TestContext } from 'node:test';
import type { RunningServer } from '../../jupyter/server/server';
import { api, cookieOf, makeCourse, request, serve } from './course';

const READ = '/api/contents/notebooks/notes.txt';

/** Every file below `root` with its content, links not followed. */
function snapshot(root: string): string[] {
  return (fs.readdirSync(root, { recursive: true }) as string[]).sort().map((name) => {
    const file = path.join(root, name);
    const status = fs.lstatSync(file);
    return `${name}: ${status.isSymbolicLink() ? fs.readlinkSync(file) : status.isFile() ? fs.readFileSync(file, 'utf8') : ''}`;
  });
}

/** A server whose course must be unchanged in the end. */
async function serveUnchanged(t: TestContext, prepare: (root: string) => void = () => {}): Promise<RunningServer> {
  const root = makeCourse(t);
  prepare(root);
  const before = snapshot(root);
  const server = await serve(t, root);
  checks.push(() => assert.deepEqual(snapshot(root), before, 'a refused request has changed something'));
  return server;
}

const checks: (() => void)[] = [];
afterEach(() => {
  for (const check of checks.splice(0)) check();
});

const bearer = ({ token }: RunningServer): { authorization: string } => ({ authorization: `token ${token}` });

test('without the token, or with a wrong one, nothing is answered', async (t) => {
  const server = await serveUnchanged(t);
  const almost = server.token.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const cookie = await cookieOf(server);
  const session = cookie.split('=')[1];
  const attempts: [string, http.OutgoingHttpHeaders][] = [
    [READ, {}],
    [`${READ}?token=`, {}],
    [`${READ}?token=${almost}`, {}],
    [`${READ}?token=${server.token}0`, {}],
    [READ, { authorization: 'token ' }],
    [READ, { authorization: `token ${almost}` }],
    [READ, { authorization: `Basic ${server.token}` }],
    [READ, { cookie: `attention-notebooks-${server.port}=${almost}` }],
    [READ, { cookie: `attention-notebooks-${server.port}=${server.token}` }],
    [READ, { cookie: cookie.replace('-', '_') }],
    [READ, { authorization: `token ${session}` }],
    [`${READ}?token=${session}`, {}],
    [`/tree/notebooks?once=${session}`, {}],
    [`/tree/notebooks?once=${server.token}`, {}],
    ['/tree/notebooks?once=', {}],
    ['/', {}],
    ['/static/app.js', {}],
    ['/files/notebooks/notes.txt', {}],
    ['/nothing', {}],
  ];
  for (const [target, headers] of attempts) {
    const answer = await request(server, 'GET', target, { headers });
    assert.equal(answer.status, 403, `${target} ${JSON.stringify(headers)}`);
    assert.ok(!answer.text.includes(server.token));
    assert.equal(answer.headers['set-cookie'], undefined);
  }
});

test('the token opens as header, in the address, and as the cookie that the address is swapped for', async (t) => {
  const server = await serveUnchanged(t);
  assert.equal((await request(server, 'GET', READ, { headers: bearer(server) })).status, 200);
  assert.equal((await request(server, 'GET', `${READ}?token=${server.token}`)).status, 200);

  const entered = await request(server, 'GET', `/tree/notebooks?x=1&token=${server.token}`);
  assert.equal(entered.status, 302);
  assert.equal(entered.headers.location, '/tree/notebooks?x=1');
  const [cookie] = entered.headers['set-cookie'] ?? [];
  assert.match(cookie, /; HttpOnly; SameSite=Strict/);
  // The browser sends it to every port of the machine, and so to programs that shall not learn the token.
  assert.doesNotMatch(cookie, new RegExp(server.token));
  const headers = { cookie: `other=1; ${cookie.split(';')[0]}` };
  const page = await request(server, 'GET', '/tree/notebooks', { headers });
  assert.equal(page.status, 200);
  assert.ok(!page.text.includes(server.token), 'the page must not tell its scripts the token');
});

test('an address that serves once opens a page, once, and nothing but a page', async (t) => {
  const server = await serveUnchanged(t);
  const target = (page: string): string => server.addressForOnce(page).slice(server.origin.length);
  const invited = target('/tree/notebooks');
  assert.doesNotMatch(invited, new RegExp(server.token));
  const entered = await request(server, 'GET', invited);
  assert.equal(entered.status, 302);
  assert.equal(entered.headers.location, '/tree/notebooks');
  const cookie = String(entered.headers['set-cookie']).split(';')[0];
  assert.equal((await request(server, 'GET', '/tree/notebooks', { headers: { cookie } })).status, 200);

  const again = await request(server, 'GET', invited, { headers: { accept: 'text/html' } });
  assert.equal(again.status, 403);
  assert.match(again.text, /has served once/);
  assert.equal(again.headers['set-cookie'], undefined);
  // A browser that is let in may load the address again.
  assert.equal((await request(server, 'GET', invited, { headers: { cookie } })).status, 302);

  const unused = target('/api/contents/notebooks/notes.txt');
  for (const method of ['GET', 'POST', 'PUT', 'DELETE'])
    assert.equal((await request(server, method, unused)).status, 403, method);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const late = target('/');
  t.mock.timers.tick(6 * 60_000);
  assert.equal((await request(server, 'GET', late)).status, 403, 'after some minutes it is closed');
});

test('who comes from another page is led on by a page of ours, where a redirect would lose the strict cookie', async (t) => {
  const server = await serveUnchanged(t);
  for (const site of ['cross-site', 'same-site']) {
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', accept: 'text/html' };
    const target = `/tree/notebooks?a=%22%3E%3Cb%3E&b=1&token=${server.token}`;
    const entered = await request(server, 'GET', target, { headers });
    assert.equal(entered.status, 200);
    assert.match(entered.text, /content="0; url=\/tree\/notebooks\?a=%22%3E%3Cb%3E&amp;b=1"/);
    assert.doesNotMatch(entered.text, new RegExp(server.token));
    assert.match(String(entered.headers['set-cookie']), /attention-notebooks-\d+=\w+; .*SameSite=Strict/);
  }
});

test('on a machine that has IPv6 only it listens there, and without either it says what is missing', async (t) => {
  const { listen } = net.Server.prototype;
  const missing = (address: string): boolean => address === '127.0.0.1' || !(address in ipv6);
  const ipv6: Record<string, string> = { '::1': '127.0.0.1' };
  t.mock.method(net.Server.prototype, 'listen', function (this: net.Server, port: number, address: string) {
    if (!missing(address)) return listen.call(this, { port, host: ipv6[address] });
    const error = Object.assign(new Error('EADDRNOTAVAIL'), { code: 'EADDRNOTAVAIL' });
    process.nextTick(() => this.emit('error', error));
    return this;
  } as typeof listen);
  const server = await serve(t, makeCourse(t));
  assert.equal(server.origin, `http://[::1]:${server.port}`);
  assert.ok(server.address('/tree').startsWith(`http://[::1]:${server.port}/tree?token=`));
  const ask = async (host: string): Promise<number> =>
    (await request(server, 'GET', READ, { headers: { ...bearer(server), host } })).status;
  assert.equal(await ask(`[::1]:${server.port}`), 200);
  assert.equal(await ask(`localhost:${server.port}`), 200);
  assert.equal(await ask(`evil.example:${server.port}`), 403);
  assert.equal(await ask(`127.0.0.1:${server.port}`), 403);
  delete ipv6['::1'];
  await assert.rejects(serve(t, makeCourse(t)), {
    name: 'UsageError',
    message: /neither the address 127\.0\.0\.1 nor ::1/,
  });
});

test('requests under another Host are refused, as DNS rebinding sends them', async (t) => {
  const server = await serveUnchanged(t);
  for (const host of [`evil.example:${server.port}`, 'evil.example', '127.0.0.1', `127.0.0.1:${server.port + 1}`]) {
    const answer = await request(server, 'GET', READ, { headers: { ...bearer(server), host } });
    assert.ok([400, 403].includes(answer.status), `${host}: ${answer.status}`);
  }
  const local = await request(server, 'GET', READ, {
    headers: { ...bearer(server), host: `localhost:${server.port}` },
  });
  assert.equal(local.status, 200);
});

test('pages of another Origin are refused, whatever they hold', async (t) => {
  const server = await serveUnchanged(t);
  const save = { type: 'file', format: 'text', content: 'changed' };
  for (const origin of [
    'http://evil.example',
    'null',
    `http://127.0.0.1:${server.port + 1}`,
    `https://127.0.0.1:${server.port}`,
  ]) {
    for (const identity of [bearer(server), { cookie: await cookieOf(server) }]) {
      const headers = { ...identity, origin };
      assert.equal((await request(server, 'PUT', READ, { headers, body: JSON.stringify(save) })).status, 403, origin);
      assert.equal((await request(server, 'GET', READ, { headers })).status, 403, origin);
    }
  }
  const quiet = { cookie: await cookieOf(server) };
  const unnamed = await request(server, 'PUT', READ, { headers: quiet, body: JSON.stringify(save) });
  assert.equal(unnamed.status, 403, 'a change with a cookie and no Origin');
  const embedded = { ...quiet, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' };
  assert.equal(
    (await request(server, 'GET', '/static/app.js', { headers: embedded })).status,
    403,
    'script of another port',
  );
});

/** The status line that answers an upgrade to WebSocket. */
function upgrade(server: RunningServer, target: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1', () => {
      const all = {
        ...{ Host: `127.0.0.1:${server.port}`, Upgrade: 'websocket', Connection: 'Upgrade' },
        ...{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' },
        ...headers,
      };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
      socket.write(`GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    });
    socket.once('data', (data) => {
      resolve(data.toString().split('\r\n')[0]);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('WebSockets need token, Host and Origin too', async (t) => {
  const server = await serveUnchanged(t);
  const events = '/api/events/subscribe';
  const origin = `http://127.0.0.1:${server.port}`;
  const cookie = await cookieOf(server);
  assert.match(await upgrade(server, events, { Cookie: cookie, Origin: origin }), / 101 /);
  assert.match(await upgrade(server, events, { Authorization: `token ${server.token}` }), / 101 /);
  const refused: [string, Record<string, string>][] = [
    [events, {}],
    [events, { Origin: origin }],
    [events, { Cookie: `attention-notebooks-${server.port}=wrong`, Origin: origin }],
    [events, { Cookie: cookie }],
    [events, { Cookie: cookie, Origin: 'http://evil.example' }],
    [events, { Cookie: cookie, Origin: 'null' }],
    [`${events}?once=${new URL(server.addressForOnce()).searchParams.get('once')}`, {}],
    [`${events}?token=${server.token}`, { Origin: 'http://evil.example' }],
    [`${events}?token=${server.token}`, { Host: `evil.example:${server.port}` }],
    ['/api/kernels/x/channels', { Origin: origin }],
  ];
  for (const [target, headers] of refused)
    assert.match(await upgrade(server, target, headers), / 403 /, `${target} ${JSON.stringify(headers)}`);
  assert.match(await upgrade(server, '/api/kernels/x/channels', { Cookie: cookie, Origin: origin }), / 404 /);
});

const OUTSIDE = [
  ...['../outside.txt', '..%2foutside.txt', '%2e%2e/outside.txt', '%2e%2e%2foutside.txt', '..%5coutside.txt'],
  ...['notebooks/../../outside.txt', 'notebooks/%2e%2e/%2e%2e/outside.txt', 'notebooks%2f..%2f..%2foutside.txt'],
  ...['notebooks/..%5c..%5coutside.txt', '%252e%252e%252foutside.txt', '..%c0%afoutside.txt', '%2foutside.txt'],
  ...[
    'notebooks/./notes.txt%00.png',
    'notebooks%00',
    'notebooks/notes.txt%00',
    'C:%5coutside.txt',
    'notebooks/C:/outside.txt',
  ],
  ...[
    'notebooks/notes.txt::$DATA',
    '.secret/key',
    'notebooks/.hidden',
    'node_modules/package/index.js',
    'NODE_MODULES/x',
  ],
  ...[
    'notebooks/.../outside.txt',
    'notebooks/..%20/x',
    'outside-link/outside.txt',
    'notebooks/hidden-link/key',
    '%',
    '%zz',
  ],
];

test('no path leads out of the course or to what is hidden, for reading or for writing', async (t) => {
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'outside-'));
  t.after(() => fs.rmSync(outside, { recursive: true }));
  fs.writeFileSync(path.join(outside, 'outside.txt'), 'private');
  const before = snapshot(outside);
  const server = await serveUnchanged(t, (root) => {
    fs.symlinkSync(outside, path.join(root, 'outside-link'));
    fs.symlinkSync(outside, path.join(root, 'notebooks/outside-link'));
    fs.symlinkSync('../.secret', path.join(root, 'notebooks/hidden-link'));
    fs.symlinkSync(path.join(outside, 'outside.txt'), path.join(root, 'notebooks/file-link.txt'));
    fs.symlinkSync(path.join(outside, 'new.txt'), path.join(root, 'notebooks/dangling.txt'));
    fs.symlinkSync('../src', path.join(root, 'notebooks/source-link'));
  });
  const save = { type: 'file', format: 'text', content: 'changed' };
  const paths = [...OUTSIDE, 'notebooks/outside-link/outside.txt', 'notebooks/file-link.txt', 'notebooks/dangling.txt'];
  for (const file of paths) {
    for (const place of ['/api/contents/', '/files/', '/notebooks/', '/tree/', '/edit/']) {
      const answer = await api(server, 'GET', place + file);
      assert.ok(answer.status >= 400 && answer.status < 500, `GET ${place}${file}: ${answer.status}`);
      assert.doesNotMatch(answer.text, /private|hidden"/);
    }
    for (const [method, body] of [
      ['PUT', save],
      ['PUT', { type: 'directory' }],
      ['DELETE', undefined],
      ['PATCH', { path: 'notebooks/stolen.txt' }],
    ] as const) {
      const answer = await api(server, method, `/api/contents/${file}`, body);
      assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${file}: ${answer.status}`);
    }
  }
  for (const folder of [
    '..',
    'notebooks/../..',
    '.secret',
    'notebooks/outside-link',
    'notebooks/hidden-link',
    'outside-link',
  ]) {
    for (const where of ['/api/sessions', '/api/kernels']) {
      const answer = await api(server, 'POST', where, { path: `${folder}/x.ipynb`, type: 'notebook' });
      assert.equal(answer.status, 404, `${where} ${folder}`);
    }
  }
  for (const file of [
    '../../outside.txt',
    '..\\outside.txt',
    'notebooks/outside-link/x.txt',
    'src/x.ts',
    '/etc/x',
    '',
  ]) {
    const answer = await api(server, 'PATCH', '/api/contents/notebooks/notes.txt', { path: file });
    assert.ok(answer.status >= 400 && answer.status < 500, `rename to ${file}: ${answer.status}`);
  }
  const folder = (await api(server, 'GET', '/api/contents/')).json().content as { name: string }[];
  assert.deepEqual(
    folder.map(({ name }) => name).sort(),
    ['datasets', 'front-end', 'notebooks', 'src'],
    'hidden files and links that lead outside are not listed',
  );
  assert.deepEqual(snapshot(outside), before);
});

test('only what lies below notebooks/ can change', async (t) => {
  const server = await serveUnchanged(t, (root) => {
    fs.symlinkSync('../src', path.join(root, 'notebooks/source-link'));
  });
  const save = { type: 'file', format: 'text', content: 'changed' };
  for (const file of [
    'package.json',
    'src/index.ts',
    'datasets/words.txt',
    'new.txt',
    'notebooks',
    'notebooks-2/x',
    'notebooks/source-link/index.ts',
  ]) {
    for (const [method, body] of [
      ['PUT', save],
      ['DELETE', undefined],
      ['PATCH', { path: 'notebooks/x' }],
    ] as const) {
      const answer = await api(server, method, `/api/contents/${file}`, body);
      assert.ok([403, 404].includes(answer.status), `${method} ${file}: ${answer.status} ${answer.text}`);
    }
  }
  assert.equal((await api(server, 'POST', '/api/contents/src', { type: 'file' })).status, 403);
  assert.equal((await api(server, 'POST', '/api/contents', { type: 'notebook' })).status, 403);
});

test('the front end is served without its surroundings', async (t) => {
  const server = await serveUnchanged(t);
  assert.equal((await api(server, 'GET', '/static/app.js')).text, '// the page');
  for (const file of [
    '../notebooks/notes.txt',
    '..%2fnotebooks%2fnotes.txt',
    '%2e%2e/.secret/key',
    '..%5c.secret%5ckey',
    'x%00',
    '',
  ]) {
    const answer = await api(server, 'GET', `/static/${file}`);
    assert.ok(answer.status >= 400 && answer.status < 500, `${file}: ${answer.status}`);
  }
});

test('bodies are bounded, told or untold', async (t) => {
  const server = await serveUnchanged(t);
  const headers = bearer(server);
  const told = await request(server, 'PUT', READ, {
    headers: { ...headers, 'content-length': 2 ** 40 },
    body: undefined,
  }).catch((error: NodeJS.ErrnoException) => error);
  assert.ok(!(told instanceof Error), String(told));
  assert.equal(told.status, 413);

  const status = await new Promise<number>((resolve, reject) => {
    const outgoing = http.request(
      {
        host: '127.0.0.1',
        port: server.port,
        method: 'POST',
        path: '/api/sessions',
        headers: { ...headers, 'transfer-encoding': 'chunked' },
      },
      (incoming) => resolve(incoming.statusCode ?? 0),
    );
    // The server stops listening half-way.
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    for (let megabyte = 0; megabyte < 3; megabyte++) outgoing.write(Buffer.alloc(2 ** 20, ' '));
  });
  assert.equal(status, 413);
  assert.equal((await api(server, 'GET', '/api/status')).status, 200, 'the server goes on');
});

test('bodies that are no JSON object, and unknown addresses and methods, are refused clearly', async (t) => {
  const server = await serveUnchanged(t);
  const headers = bearer(server);
  for (const body of ['{', '[]', '"x"', 'null']) {
    const answer = await request(server, 'PUT', READ, { headers, body });
    assert.equal(answer.status, 400, body);
  }
  assert.equal((await request(server, 'PUT', READ, { headers, body: '{"type":"file"}' })).status, 400);
  assert.equal((await api(server, 'GET', '/api/unknown')).status, 404);
  assert.equal((await api(server, 'DELETE', '/api/status')).status, 405);
  assert.equal((await request(server, 'GET', `//evil.example/api/status`, { headers })).status, 400);
  const notNotebook = await api(server, 'PUT', '/api/contents/notebooks/04-looking-twice.ipynb', {
    type: 'notebook',
    content: { cells: 1 },
  });
  assert.equal(notNotebook.status, 400);
});

test('pages may load from this server only, and files of the course run no script', async (t) => {
  const server = await serveUnchanged(t);
  const policy = async (target: string): Promise<string> =>
    String((await api(server, 'GET', target)).headers['content-security-policy']);
  const page = await policy('/notebooks/notebooks/04-looking-twice.ipynb');
  assert.match(page, /default-src 'self' 'unsafe-inline' data: blob:;/);
  assert.match(page, new RegExp(`connect-src 'self' ws://127\\.0\\.0\\.1:${server.port} data: blob:;`));
  assert.doesNotMatch(page, /https?:|\*/);
  assert.match(await policy('/nothing'), /default-src 'self'/);
  assert.match(await policy('/files/notebooks/notes.txt'), /^sandbox; default-src 'none'/);
  const { headers } = await api(server, 'GET', '/api/status');
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('the server listens on the loopback interface only', async (t) => {
  const server = await serveUnchanged(t);
  const addresses = Object.values(os.networkInterfaces())
    .flat()
    .filter((address) => address?.family === 'IPv4' && !address.internal)
    .map((address) => address?.address ?? '');
  for (const address of addresses) {
    const reached = await new Promise((resolve) => {
      const socket = net.connect({ host: address, port: server.port, timeout: 2000 }, () => resolve(true));
      for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false));
      t.after(() => socket.destroy());
    });
    assert.equal(reached, false, address);
  }
});
