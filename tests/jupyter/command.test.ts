import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { UsageError } from '../../scripts/command-line/usage-error';
import { lessonPage, parseOptions } from '../../jupyter/command';
import { isElsewhere, privatePage } from '../../jupyter/open-browser';
import { repositoryRoot } from '../../jupyter/repository';
import {
  api,
  Client,
  eventually,
  kernelFolders,
  makeCourse,
  makeFolder,
  request,
  runs,
  useOwnTemporaryFolder,
} from './course';

test('options are read', () => {
  assert.deepEqual(parseOptions([]), { lesson: undefined, port: undefined, open: true });
  assert.deepEqual(parseOptions(['--lesson', '04', '--port=8123', '--no-open']), {
    lesson: '04',
    port: 8123,
    open: false,
  });
  assert.equal(parseOptions(['--help']), 'help');
});

for (const [argv, message] of [
  [['--prot', '1'], /Unknown option '--prot'.*npm start -- --help/],
  [['--port'], /--port/],
  [['--port', 'x'], /--port must be a number from 1 to 65535, got x/],
  [['--port', '70000'], /got 70000/],
  [['04'], /takes no argument 04\. To open a lesson: npm start -- --lesson 04/],
] as [string[], RegExp][]) {
  test(`npm start -- ${argv.join(' ')} is refused in one line`, () => {
    assert.throws(
      () => parseOptions(argv),
      (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}

test('a lesson is found by its number or a part of its name', (t) => {
  const notebooks = path.join(makeCourse(t), 'notebooks');
  fs.writeFileSync(path.join(notebooks, '05-soft-attention.ipynb'), '');
  for (const wanted of ['4', '04', '04-looking-twice', '04-looking-twice.ipynb', 'looking'])
    assert.equal(lessonPage(wanted, notebooks), '/notebooks/notebooks/04-looking-twice.ipynb');
  assert.throws(() => lessonPage('12', notebooks), /--lesson 12 names 0 lessons\. There are: 04, 05/);
  assert.throws(() => lessonPage('o', notebooks), /names 2 lessons/);
});

interface Started {
  child: ChildProcess;
  output: () => string;
  errors: () => string;
}

/** `npm start` for a small course, in a process of its own. */
function start(t: TestContext, root: string, argv: string[]): Started {
  const course = { root, frontEnd: path.join(root, 'front-end') };
  const program = `require('./jupyter/command').main(${JSON.stringify(argv)}, ${JSON.stringify(course)})`;
  const child = spawn(process.execPath, ['--require', 'ts-node/register/transpile-only', '-e', program], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A browser that writes down what it was asked to open.
    env: { ...process.env, PATH: `${root}/browser:${process.env.PATH}` },
  });
  let [output, errors] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  t.after(() => child.kill('SIGKILL'));
  return { child, output: () => output, errors: () => errors };
}

/** The command lines of all processes, as every user can read them. */
function processes(): { pid: number; line: string }[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), line: fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        return []; // it has just ended
      }
    });
}

async function addressOf({ child, output, errors }: Started): Promise<{ port: number; token: string; page: string }> {
  await eventually(
    `an address is printed; ${errors()}`,
    () => /token=\w+/.test(output()) || child.exitCode !== null,
    60,
  );
  const match = /http:\/\/127\.0\.0\.1:(\d+)(\/\S*)\?token=(\w+)/.exec(output());
  assert.ok(match, `${output()}${errors()}`);
  return { port: Number(match[1]), page: match[2], token: match[3] };
}

/** The number of the process of a kernel that the server has started and that runs an endless loop. */
async function loopingKernel(address: { port: number; token: string }): Promise<number> {
  const server = address as Parameters<typeof api>[0];
  const session = await api(server, 'POST', '/api/sessions', {
    path: 'notebooks/04-looking-twice.ipynb',
    type: 'notebook',
  });
  const { kernel } = session.json() as { kernel: { id: string } };
  const client = await Client.connect(server, kernel.id);
  client.socket.on('error', () => {});
  const printed = client.next(({ header }) => header.msg_type === 'stream');
  void client.run('console.log(process.pid); while (true);');
  return Number((await printed).content.text);
}

test('the server ends its kernels, whatever ends the server', { skip: process.platform === 'win32' }, async (t) => {
  const temporary = useOwnTemporaryFolder(t);
  const statuses = { SIGINT: 0, SIGTERM: 143, SIGHUP: 129, SIGKILL: null };
  const ports: number[] = [];
  // Two at a time: they also have to find a free port each.
  for (const signals of [
    ['SIGINT', 'SIGTERM'],
    ['SIGHUP', 'SIGKILL'],
  ] as const) {
    await Promise.all(
      signals.map(async (signal) => {
        const started = start(t, makeCourse(t), ['--no-open']);
        const address = await addressOf(started);
        ports.push(address.port);
        const pid = await loopingKernel(address);
        assert.ok(runs(pid));
        const exit = once(started.child, 'exit');
        // A terminal that closes takes the output away, too.
        if (signal === 'SIGHUP') for (const stream of [started.child.stdout, started.child.stderr]) stream?.destroy();
        started.child.kill(signal);
        const [status] = (await exit) as [number | null];
        assert.equal(status, statuses[signal], signal);
        await eventually(`the kernel has ended after ${signal}`, () => !runs(pid), 10);
        if (signal !== 'SIGHUP') assert.equal(started.errors(), '');
      }),
    );
  }
  assert.equal(new Set(ports.slice(0, 2)).size, 2);
  await eventually('no kernel has left a file', () => kernelFolders(temporary).length === 0);
});

test(
  'it opens the browser at the lesson, and says so when a port is taken',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const root = makeCourse(t);
    const opened = path.join(root, 'opened.txt');
    fs.mkdirSync(path.join(root, 'browser'));
    // It stays open while others look at the list of processes.
    const browser = `#!/bin/sh\necho "$1" > ${opened}\nexec tail -f "$1" > /dev/null\n`;
    fs.writeFileSync(path.join(root, 'browser/xdg-open'), browser, { mode: 0o755 });
    const first = start(t, root, ['--lesson', '4']);
    const { port, token, page } = await addressOf(first);
    assert.equal(page, '/notebooks/notebooks/04-looking-twice.ipynb');
    await eventually('the browser is opened', () => fs.existsSync(opened) && fs.statSync(opened).size > 0);
    const file = fs.readFileSync(opened, 'utf8').trim();
    const address = /url=(http:[^"]*)/.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? '';
    assert.match(address, new RegExp(`^http://127\\.0\\.0\\.1:${port}${page}\\?once=\\w+$`));
    const key = address.split('once=')[1];

    // Neither the list of processes nor the file gives another user the way in.
    const commands = processes();
    t.after(() => commands.filter(({ line }) => line.includes(file)).forEach(({ pid }) => process.kill(pid)));
    assert.ok(
      commands.some(({ line }) => line.includes(file)),
      'the browser is open',
    );
    for (const { line } of commands) assert.ok(!line.includes(token) && !line.includes(key), line);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.equal(fs.statSync(path.dirname(file)).mode & 0o777, 0o700);
    if (process.getuid?.() === 0) {
      const asNobody = spawnSync('/bin/cat', [file], { encoding: 'utf8', uid: 65534, gid: 65534 });
      assert.equal(asNobody.stdout, '');
      assert.match(asNobody.stderr, /Permission denied/);
    }

    // What the browser does with it.
    const server = { port, token } as Parameters<typeof request>[0];
    const target = address.slice(address.indexOf(page));
    const fromFile = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', accept: 'text/html' };
    const entered = await request(server, 'GET', target, { headers: fromFile });
    assert.equal(entered.status, 200);
    assert.ok(entered.text.includes(`url=${page}"`));
    const cookie = String(entered.headers['set-cookie']).split(';')[0];
    assert.equal((await request(server, 'GET', page, { headers: { cookie } })).status, 200);
    assert.equal((await request(server, 'GET', target, { headers: fromFile })).status, 403);
    // A second browser, with the address from the terminal.
    assert.equal((await request(server, 'GET', `${page}?token=${token}`)).status, 302);
    // It is the only address that is printed.
    assert.equal(first.output().match(/http:/g)?.length, 1);

    const second = start(t, root, ['--no-open', '--port', String(port)]);
    const [status] = (await once(second.child, 'exit')) as [number];
    assert.equal(status, 2);
    assert.match(second.errors(), new RegExp(`^Port ${port} is in use.*Leave --port out.*\\n$`));
    assert.equal(second.output(), '');

    const ended = once(first.child, 'exit');
    first.child.kill('SIGTERM');
    await ended;
    assert.ok(!fs.existsSync(path.dirname(file)), 'nothing is left');
  },
);

test('where the browser is not on this system, or no file can be private, it is told so', (t) => {
  const linux = { platform: 'linux', environment: {}, release: '6.8.0' } as const;
  assert.equal(isElsewhere(linux), false);
  assert.equal(isElsewhere({ ...linux, platform: 'darwin' }), false);
  assert.equal(isElsewhere({ ...linux, platform: 'win32' }), true);
  assert.equal(isElsewhere({ ...linux, release: '5.15.146.1-microsoft-standard-WSL2' }), true);
  const BROWSER = '/home/ada/.vscode-server/bin/0123/bin/helpers/browser.sh';
  assert.equal(isElsewhere({ ...linux, environment: { BROWSER } }), true);
  assert.equal(isElsewhere({ ...linux, environment: { BROWSER: '/usr/bin/firefox' } }), false);

  const folder = makeFolder(t);
  fs.writeFileSync(path.join(folder, 'file'), '');
  // Not even root can make a folder in a file.
  const file = privatePage('http://x/?a=1&once=2', [path.join(folder, 'file', 'x'), path.join(folder, 'other')]) ?? '';
  assert.equal(path.relative(folder, file).split(path.sep)[0], 'other');
  assert.match(fs.readFileSync(file, 'utf8'), /url=http:\/\/x\/\?a=1&amp;once=2"/);
  assert.equal(privatePage('http://x/', [path.join(folder, 'file', 'x')]), null);
  // A disk without modes.
  t.mock.method(fs, 'statSync', () => ({ mode: 0o100777, mtimeMs: Date.now() }));
  assert.equal(privatePage('http://x/?once=3', [path.join(folder, 'shared')]), null);
  t.mock.restoreAll();
  const left = fs.readdirSync(path.join(folder, 'shared'), { recursive: true }) as string[];
  for (const name of left.filter((name) => name.endsWith('.html')))
    assert.equal(fs.readFileSync(path.join(folder, 'shared', name), 'utf8'), '', 'the key is written nowhere');
});

test('a course whose folder cannot be written is served, and one line says what that means', async (t) => {
  useOwnTemporaryFolder(t);
  const root = makeCourse(t);
  // Not even root can make a folder where a file is.
  fs.writeFileSync(path.join(root, '.learner'), '');
  const started = start(t, root, ['--no-open']);
  const server = (await addressOf(started)) as unknown as Parameters<typeof api>[0];
  const lessons = await api(server, 'GET', '/api/attention-notebooks/lessons');
  assert.equal(lessons.status, 200);
  assert.match(lessons.text, /04-looking-twice/);
  assert.match(
    started.errors(),
    /^You can read and run the lessons, but Reset lesson has no original to bring back \(.*\)\. .*\n$/,
  );
});

test('mistakes are told on one line, with status 2 and nothing started', async (t) => {
  const root = makeCourse(t);
  const noFrontEnd = makeCourse(t);
  fs.rmSync(path.join(noFrontEnd, 'front-end'), { recursive: true });
  const attempts: [string, string[], RegExp][] = [
    [root, ['--lesson', '12', '--no-open'], /^--lesson 12 names 0 lessons/],
    [root, ['--unknown'], /^Unknown option '--unknown'/],
    [noFrontEnd, ['--no-open'], /^The notebook page is not built: .* Run: npm run setup\n$/],
  ];
  await Promise.all(
    attempts.map(async ([course, argv, message]) => {
      const { child, errors, output } = start(t, course, argv);
      const [status] = (await once(child, 'close')) as [number];
      assert.equal(status, 2, errors());
      assert.match(errors(), message);
      assert.equal(errors().trim().split('\n').length, 1);
      assert.equal(output(), '');
    }),
  );
});

test('where too few files may be open, one line says so', { skip: process.platform === 'win32' }, () => {
  const script = path.join(repositoryRoot, 'scripts', 'start.mjs');
  const told = [20, 21, 22, 23, 24, 25, 26, 28].map((files) => {
    const command = `ulimit -n ${files}; exec "$0" "$1" --help`;
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command, process.execPath, script], {
      encoding: 'utf8',
    });
    if (status === 0) return stdout;
    assert.equal(status, 1);
    assert.match(stderr, /^This terminal lets a program open too few files \(EMFILE\)\. .*: ulimit -n 1024\n$/);
    return 'too few';
  });
  assert.ok(told.includes('too few'), 'some of these are too few');
});

test('--help prints the options', async (t) => {
  const { child, output } = start(t, makeCourse(t), ['--help']);
  const [status] = (await once(child, 'close')) as [number];
  assert.equal(status, 0);
  for (const option of ['--lesson', '--port', '--no-open']) assert.ok(output().includes(option));
});

test('the port that is asked for is used', async (t) => {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((done) => probe.close(done));
  const started = start(t, makeCourse(t), ['--no-open', '--port', String(port)]);
  assert.equal((await addressOf(started)).port, port);
});
