import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { markPublished } from '../../jupyter/notebook/fingerprint';
import { formatNotebook, type Notebook, parseNotebook } from '../../jupyter/notebook/format';
import { readOutline } from '../../jupyter/notebook/outline';
import { Lessons } from '../../jupyter/server/lessons';
import { refusal } from '../renaming';
import { cookieOf, api, LESSON, makeCourse, notebookOf, request, serve } from './course';

const FILE = 'notebooks/04-looking-twice.ipynb';
const NAME = '04-looking-twice';

function lessonsOf(root: string, log?: (line: string) => void): Lessons {
  const originals = path.join(root, '.learner/originals');
  return new Lessons(path.join(root, 'notebooks'), originals, 'notebooks', { today: () => new Date(2026, 0, 2), log });
}

/** Changes the lesson as a person does in an editor of their own. */
function edit(root: string, change: (notebook: Notebook) => void): string {
  const file = path.join(root, FILE);
  const notebook = parseNotebook(fs.readFileSync(file, 'utf8'));
  change(notebook);
  fs.writeFileSync(file, formatNotebook(notebook));
  return fs.readFileSync(file, 'utf8');
}

const addCode = (code: string) => (notebook: Notebook) => {
  notebook.cells[1].source += `\n${code}`;
};

const addOutput = (notebook: Notebook) => {
  Object.assign(notebook.cells[1], {
    execution_count: 7,
    outputs: [{ output_type: 'stream', name: 'stdout', text: '2' }],
  });
};

function read(root: string, file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8');
}

test('the list tells title, goals, time and whether the learner has changed something', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  fs.writeFileSync(path.join(root, 'notebooks/05-broken.ipynb'), '{');
  fs.writeFileSync(path.join(root, 'notebooks/Untitled.ipynb'), '{}');
  const [fourth, fifth, ...others] = await lessons.list();
  assert.deepEqual(fourth, {
    name: NAME,
    path: FILE,
    number: '04',
    title: 'Looking twice',
    goals: ['see a thing', 'see it again'],
    time: 'about 20 minutes',
    changed: false,
    missing: false,
    problem: null,
    solution: 'notebooks/solutions/04-looking-twice.ipynb',
  });
  assert.match(fifth.problem ?? '', /not a notebook/);
  assert.deepEqual(others, []);
  edit(root, addOutput);
  assert.equal((await lessons.list())[0].changed, false, 'running a cell changes no text');
  edit(root, addCode('mine'));
  assert.equal((await lessons.list())[0].changed, true);
});

test('a reset puts the original back, published outputs included, and keeps what was there', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  const original = read(root, FILE);
  await lessons.list();
  const mine = edit(root, addCode('mine'));
  const result = await lessons.reset(NAME);
  assert.deepEqual(result, { name: NAME, path: FILE, copy: `notebooks/${NAME}.my-copy-2026-01-02.ipynb` });
  assert.equal(read(root, FILE), original);
  assert.equal(read(root, result.copy ?? ''), mine);

  const again = edit(root, addCode('more'));
  const second = await lessons.reset(`${NAME}.ipynb`);
  assert.equal(second.copy, `notebooks/${NAME}.my-copy-2026-01-02-2.ipynb`);
  assert.equal(read(root, second.copy ?? ''), again);
  assert.equal((await lessons.reset(NAME)).copy, null, 'nothing to keep');
  assert.deepEqual(
    (await lessons.list()).map(({ name }) => name),
    [NAME],
    'copies are no lessons',
  );
});

test('outputs of an early run do not become the original', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  const original = read(root, FILE);
  await lessons.list();
  const ran = edit(root, addOutput);
  await lessons.list();
  const { copy } = await lessons.reset(NAME);
  assert.equal(read(root, FILE), original);
  assert.equal(read(root, copy ?? ''), ran);
});

test('an update of the course becomes the original, however it arrived', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  await lessons.list();
  edit(root, addCode('mine'));
  await lessons.reset(NAME);
  const updated = formatNotebook(markPublished(notebookOf({ text: LESSON }, { code: '2 + 2' })));
  fs.writeFileSync(path.join(root, FILE), updated);
  assert.equal((await lessons.list())[0].changed, false);
  edit(root, addCode('mine again'));
  await lessons.reset(NAME);
  assert.equal(read(root, FILE), updated);
});

test('an edited file never becomes the original, and without one a reset changes nothing', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  const mine = edit(root, addCode('mine'));
  await lessons.list();
  await assert.rejects(
    lessons.reset(NAME),
    /original of notebooks\/04-looking-twice\.ipynb is not known.*git checkout/s,
  );
  assert.equal(read(root, FILE), mine);
  for (const name of ['05-none', '../04-looking-twice', 'notes.txt', ''])
    await assert.rejects(lessons.reset(name), /there is no lesson/, name);
});

test('a broken lesson file can be reset', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  const original = read(root, FILE);
  await lessons.list();
  fs.writeFileSync(path.join(root, FILE), '<<<<<<< a merge gone wrong');
  const { copy } = await lessons.reset(NAME);
  assert.equal(read(root, FILE), original);
  assert.equal(read(root, copy ?? ''), '<<<<<<< a merge gone wrong');
});

test('a lesson that was deleted or renamed stays listed, and a reset brings it back', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  const original = read(root, FILE);
  const [before] = await lessons.list();
  const mine = edit(root, addCode('mine'));
  fs.renameSync(path.join(root, FILE), path.join(root, 'notebooks/04-my-own.ipynb'));
  const [missing, renamed, ...others] = await lessons.list();
  assert.deepEqual(missing, { ...before, missing: true });
  assert.deepEqual([renamed.name, renamed.changed, renamed.missing, others], ['04-my-own', true, false, []]);
  assert.deepEqual(await lessons.reset(NAME), { name: NAME, path: FILE, copy: null });
  assert.equal(read(root, FILE), original);
  assert.equal(read(root, 'notebooks/04-my-own.ipynb'), mine);
  assert.deepEqual((await lessons.list())[0], before);
});

test('what was never a lesson of the course, or is none any more, is not missed', async (t) => {
  const root = makeCourse(t);
  const lessons = lessonsOf(root);
  const copy = path.join(root, 'notebooks/04-looking-twice-Copy1.ipynb');
  fs.copyFileSync(path.join(root, FILE), copy);
  assert.equal((await lessons.list()).length, 2);
  fs.rmSync(copy);
  assert.deepEqual(
    (await lessons.list()).map(({ name }) => name),
    [NAME],
  );
  // As an update that gives the lesson another name does.
  for (const folder of ['notebooks', 'notebooks/solutions'])
    fs.renameSync(path.join(root, folder, `${NAME}.ipynb`), path.join(root, folder, '04-looking-again.ipynb'));
  assert.deepEqual(
    (await lessons.list()).map(({ name }) => name),
    ['04-looking-again'],
  );
});

/** A file system on which nothing can be written, by a stand-in for the system. */
function refuseWriting(t: TestContext, code: string): void {
  const { open } = fs.promises;
  t.mock.method(fs.promises, 'mkdir', () => Promise.reject(refusal(code)));
  t.mock.method(fs.promises, 'access', () => Promise.reject(refusal(code)));
  t.mock.method(fs.promises, 'open', (...args: Parameters<typeof open>) =>
    args[1] === 'wx' ? Promise.reject(refusal(code)) : open(...args),
  );
}

for (const [code, reason] of [
  ['EACCES', 'no permission'],
  ['EPERM', 'no permission'],
  ['EROFS', 'read-only'],
]) {
  test(`a course that cannot be written (${code}) is listed, and one line says what that means`, async (t) => {
    const root = makeCourse(t);
    const lines: string[] = [];
    const lessons = lessonsOf(root, (line) => void lines.push(line));
    refuseWriting(t, code);
    for (let times = 0; times < 2; times++)
      assert.deepEqual(
        (await lessons.list()).map(({ name }) => name),
        [NAME],
      );
    assert.equal(lines.length, 1, lines.join('\n'));
    const [notebooks, originals] = ['notebooks', '.learner/originals'].map((name) => path.join(root, name));
    assert.ok(lines[0].includes(`edits cannot be saved (${notebooks} cannot be written: ${reason})`), lines[0]);
    assert.ok(lines[0].includes(`no original to bring back (${originals} cannot be written: ${reason})`), lines[0]);
    assert.doesNotMatch(lines[0], /\n/);
  });
}

test('only what cannot be written is told', async (t) => {
  const root = makeCourse(t);
  const lines: string[] = [];
  await lessonsOf(root, (line) => void lines.push(line)).list();
  assert.equal(lines.length, 0);
  // The originals are kept already.
  refuseWriting(t, 'EROFS');
  await lessonsOf(root, (line) => void lines.push(line)).list();
  assert.match(lines.join(), /edits cannot be saved/);
  assert.doesNotMatch(lines.join(), /original/);
});

test('where originals cannot be kept, edits are saved and a reset says why it has none', async (t) => {
  const root = makeCourse(t);
  // Not even root can make a folder where a file is.
  fs.writeFileSync(path.join(root, '.learner'), '');
  const lines: string[] = [];
  const server = await serve(t, root, { log: (line) => void lines.push(line) });
  assert.equal((await api(server, 'GET', '/api/attention-notebooks/lessons')).status, 200);
  assert.match(lines.join(), /no original to bring back \(.*originals cannot be written: a file is in the way\)/);
  assert.doesNotMatch(lines.join(), /edits/);
  const content = parseNotebook(read(root, FILE));
  addCode('mine')(content);
  assert.equal((await api(server, 'PUT', `/api/contents/${FILE}`, { type: 'notebook', content })).status, 200);
  const answer = await api(server, 'POST', `/api/attention-notebooks/lessons/${NAME}/reset`);
  assert.equal(answer.status, 409);
  assert.match(String(answer.json().message), /could not be kept.*git checkout/);
  const settings = await api(server, 'PUT', '/lab/api/settings/a:b', { raw: '{}' });
  assert.equal(settings.status, 409);
  assert.match(String(settings.json().message), /settings\.json was not saved: a file is in the way/);
  assert.equal(lines.length, 1, lines.join('\n'));
});

test('a full disk does not keep the lessons from being listed, but no save goes over an original', async (t) => {
  const root = makeCourse(t);
  const original = read(root, FILE);
  const lines: string[] = [];
  const server = await serve(t, root, { log: (line) => void lines.push(line) });
  const { mkdir } = fs.promises;
  t.mock.method(fs.promises, 'mkdir', (...args: Parameters<typeof mkdir>) =>
    String(args[0]).endsWith('originals') ? Promise.reject(refusal('ENOSPC')) : mkdir(...args),
  );
  assert.equal((await server.lessons.list()).length, 1);
  assert.match(lines.join(), /no original to bring back \(.*the disk is full\)/);
  const content = parseNotebook(original);
  addCode('mine')(content);
  assert.equal((await api(server, 'PUT', `/api/contents/${FILE}`, { type: 'notebook', content })).status, 507);
  assert.equal(read(root, FILE), original);
  t.mock.restoreAll();
  assert.equal((await api(server, 'PUT', `/api/contents/${FILE}`, { type: 'notebook', content })).status, 200);
  assert.equal((await api(server, 'POST', `/api/attention-notebooks/lessons/${NAME}/reset`)).status, 200);
  assert.equal(read(root, FILE), original);
});

test('a reset that cannot be written says so and leaves everything as it was', async (t) => {
  const root = makeCourse(t);
  const lines: string[] = [];
  const server = await serve(t, root, { log: (line) => void lines.push(line) });
  await server.lessons.list();
  const mine = edit(root, addCode('mine'));
  refuseWriting(t, 'EACCES');
  const answer = await api(server, 'POST', `/api/attention-notebooks/lessons/${NAME}/reset`);
  assert.equal(answer.status, 403);
  assert.match(String(answer.json().message), /04-looking-twice\.ipynb was not saved: .*EACCES/);
  assert.equal(read(root, FILE), mine);
  assert.deepEqual(lines, []);
});

async function lessonPage(
  t: TestContext,
): Promise<{ root: string; page: (target?: string) => Promise<string>; reset: () => ReturnType<typeof request> }> {
  const root = makeCourse(t);
  const server = await serve(t, root);
  const headers = {
    cookie: await cookieOf(server),
    origin: server.origin,
    accept: 'text/html',
  };
  return {
    root,
    page: async (target = '/') => (await request(server, 'GET', target, { headers })).text,
    reset: () => request(server, 'POST', `/api/attention-notebooks/lessons/${NAME}/reset`, { headers }),
  };
}

test('the contents page links to each lesson, and its form resets one', async (t) => {
  const { root, page, reset } = await lessonPage(t);
  const original = read(root, FILE);
  const before = await page();
  assert.match(before, /<a href="\/notebooks\/notebooks\/04-looking-twice\.ipynb">Looking twice<\/a>/);
  assert.match(before, /<li>see a thing<\/li><li>see it again<\/li>/);
  assert.match(before, /Time: about 20 minutes/);
  assert.doesNotMatch(before, /changed by you|<script/);
  edit(root, addCode('mine'));
  assert.match(await page(), /changed by you/);
  const answer = await reset();
  assert.equal(answer.status, 303);
  assert.match(
    await page(answer.headers.location),
    /role="status">Lesson 04, “Looking twice”, is the original again.*my-copy-/,
  );
  assert.equal(read(root, FILE), original);
});

test('the contents page brings a deleted lesson back with one click', async (t) => {
  const { root, page, reset } = await lessonPage(t);
  const original = read(root, FILE);
  await page();
  fs.rmSync(path.join(root, FILE));
  const without = await page();
  assert.match(without, /Looking twice/);
  assert.match(without, /its file is gone/);
  assert.doesNotMatch(without, /href="\/notebooks\/notebooks\/04-looking-twice\.ipynb"|<details>|changed by you/);
  const [, action] =
    /<form method="post" action="([^"]+)"><button type="submit">Bring lesson 04 back</.exec(without) ?? [];
  assert.equal(action, `/api/attention-notebooks/lessons/${NAME}/reset`);
  const after = await page((await reset()).headers.location);
  assert.match(
    after,
    /role="status">Lesson 04, “Looking twice”, is the original again\. There was no version of yours/,
  );
  assert.doesNotMatch(after, /its file is gone/);
  assert.equal(read(root, FILE), original);
});

test('a lesson that was saved in the app before it was ever listed can still be reset', async (t) => {
  const root = makeCourse(t);
  const server = await serve(t, root);
  const original = read(root, FILE);
  const changed = parseNotebook(original);
  addCode('mine')(changed);
  assert.equal((await api(server, 'PUT', `/api/contents/${FILE}`, { type: 'notebook', content: changed })).status, 200);
  const answer = await api(server, 'POST', `/api/attention-notebooks/lessons/${NAME}/reset`);
  assert.equal(answer.status, 200);
  assert.equal(read(root, FILE), original);
  assert.equal(read(root, String(answer.json().copy)), formatNotebook(changed));
});

test('what a lesson says is shown as text, never as HTML', async (t) => {
  const { root, page } = await lessonPage(t);
  const text = '# <img src=x onerror=alert(1)> & "quotes"\n\nYou will be able to:\n- use `a < b`';
  fs.writeFileSync(path.join(root, FILE), formatNotebook(notebookOf({ text })));
  const html = await page();
  assert.doesNotMatch(html, /<img/);
  assert.match(html, /use a &lt; b/);
});

for (const [text, expected] of [
  [
    '# A\n\nAfter this lesson you will be able to\n1. do\n   it\n2. more\n\nTime: 30 min',
    { title: 'A', goals: ['do it', 'more'], time: '30 min' },
  ],
  [
    '# **B**\n\n**You will be able to** explain $x$.\n\n**Time** about an hour',
    { title: 'B', goals: ['You will be able to explain x.'], time: 'about an hour' },
  ],
  ['# C\n\n- **Time:** 25 minutes\n', { title: 'C', goals: [], time: '25 minutes' }],
  [
    '# 04 E\n\n**Afterwards you can**\n- write *it*;\n- find it.\n\n**Time** about 60 minutes, two of them computing. **Before this** lesson 03.',
    { title: '04 E', goals: ['write it', 'find it'], time: 'about 60 minutes, two of them computing' },
  ],
  ['# D\n\nEvery time it rains.', { title: 'D', goals: [], time: null }],
  ['```\n# no title\n```', { title: null, goals: [], time: null }],
] as const) {
  test(`the outline of ${JSON.stringify(text)}`, () => assert.deepEqual(readOutline(notebookOf({ text })), expected));
}
