import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { formatNotebook } from '../../jupyter/notebook/format';
import { ConfinedFolder } from '../../jupyter/server/confined-path';
import { Contents } from '../../jupyter/server/contents';
import { HttpError } from '../../jupyter/server/http-error';
import { makeCourse, notebookOf } from './course';

const contentsOf = (root: string): Contents => new Contents(new ConfinedFolder(root, 'notebooks'));
const text = (content: string) => ({ type: 'file', format: 'text', content });

const refuses = (status: number, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HttpError, String(error));
  assert.equal(error.status, status);
  assert.match(error.message, message);
  return true;
};

test('a notebook is read with its lines joined and saved as nbformat writes it', async (t) => {
  const root = makeCourse(t);
  const contents = contentsOf(root);
  const notebook = notebookOf({ text: '# One\n\ntwo' }, { code: 'a\nb' });
  const saved = await contents.save('notebooks/new.ipynb', { type: 'notebook', content: notebook });
  assert.equal(saved.type, 'notebook');
  assert.equal(saved.content, null);
  assert.equal(fs.readFileSync(path.join(root, 'notebooks/new.ipynb'), 'utf8'), formatNotebook(notebook));
  const read = await contents.read('notebooks/new.ipynb');
  assert.deepEqual(read.content, notebook);
  assert.equal(read.format, 'json');
  // The page decides by this whether another program has changed the file meanwhile.
  assert.equal(read.last_modified, saved.last_modified);
});

test('folders, text and other files are described as the contents API says', async (t) => {
  const root = makeCourse(t);
  const contents = contentsOf(root);
  fs.writeFileSync(path.join(root, 'notebooks/picture.png'), Buffer.from([137, 80, 78, 71]));
  const folder = await contents.read('notebooks');
  assert.equal(folder.type, 'directory');
  assert.deepEqual((folder.content as { name: string; type: string }[]).map(({ name, type }) => [name, type]).sort(), [
    ['04-looking-twice.ipynb', 'notebook'],
    ['notes.txt', 'file'],
    ['picture.png', 'file'],
    ['solutions', 'directory'],
  ]);
  const notes = await contents.read('notebooks/notes.txt');
  assert.deepEqual(
    [notes.format, notes.content, notes.mimetype, notes.writable],
    ['text', 'notes', 'text/plain', true],
  );
  const picture = await contents.read('notebooks/picture.png');
  assert.deepEqual([picture.format, picture.content], ['base64', 'iVBORw==']);
  assert.equal((await contents.read('datasets/words.txt')).writable, false);
  await assert.rejects(contents.read('notebooks/none.txt'), refuses(404, /not found/));
  await assert.rejects(contents.read('notebooks/notes.txt', { type: 'notebook' }), refuses(400, /not a notebook/));
  await assert.rejects(contents.read('notebooks', { type: 'file' }), refuses(400, /is a folder/));
});

test('files are made, copied, renamed and removed under free names', async (t) => {
  const root = makeCourse(t);
  const contents = contentsOf(root);
  const made = [];
  for (const model of [
    { type: 'notebook' },
    { type: 'notebook' },
    { type: 'directory' },
    { ext: '.ts' },
    { copy_from: 'notebooks/notes.txt' },
  ])
    made.push((await contents.create('notebooks', model)).name);
  assert.deepEqual(made, ['Untitled.ipynb', 'Untitled1.ipynb', 'Untitled Folder', 'untitled.ts', 'notes-Copy.txt']);
  assert.equal(fs.readFileSync(path.join(root, 'notebooks/notes-Copy.txt'), 'utf8'), 'notes');
  await assert.rejects(contents.rename('notebooks/notes.txt', 'notebooks/untitled.ts'), refuses(409, /exists already/));
  assert.equal(
    (await contents.rename('notebooks/notes.txt', 'notebooks/Untitled Folder/mine.txt')).path,
    'notebooks/Untitled Folder/mine.txt',
  );
  await assert.rejects(contents.remove('notebooks/Untitled Folder'), refuses(400, /not empty/));
  await contents.remove('notebooks/Untitled Folder/mine.txt');
  await contents.remove('notebooks/Untitled Folder');
  assert.ok(!fs.existsSync(path.join(root, 'notebooks/Untitled Folder')));
});

test('of saves that overlap the last one stays, whole, and nothing is left over', async (t) => {
  const root = makeCourse(t);
  const contents = contentsOf(root);
  const texts = Array.from({ length: 30 }, (_, index) => String(index).repeat(50_000));
  await Promise.all(texts.map((content) => contents.save('notebooks/notes.txt', text(content))));
  assert.equal(fs.readFileSync(path.join(root, 'notebooks/notes.txt'), 'utf8'), texts.at(-1));
  assert.deepEqual(fs.readdirSync(path.join(root, 'notebooks')).sort(), [
    '04-looking-twice.ipynb',
    'notes.txt',
    'solutions',
  ]);
});

test('a file keeps its permissions when it is saved', { skip: process.platform === 'win32' }, async (t) => {
  const root = makeCourse(t);
  const file = path.join(root, 'notebooks/notes.txt');
  fs.chmodSync(file, 0o640);
  await contentsOf(root).save('notebooks/notes.txt', text('more'));
  assert.equal(fs.statSync(file).mode & 0o777, 0o640);
});

/** A file system of 64 KB, which needs the rights of root. */
function smallDisk(t: TestContext): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    // In a container root may not mount.
    fs.rmdirSync(folder);
    return null;
  }
  t.after(() => {
    execFileSync('umount', [folder]);
    fs.rmdirSync(folder);
  });
  return folder;
}

test('a full disk leaves the old file whole and says so', async (t) => {
  const disk = smallDisk(t);
  if (disk === null) {
    // The same error from a stand-in for the system.
    t.diagnostic('no small disk can be mounted here: a stand-in reports the full disk');
    return fullDiskByStandIn(t);
  }
  fs.mkdirSync(path.join(disk, 'notebooks'));
  const contents = contentsOf(disk);
  await contents.save('notebooks/a.txt', text('the old text'));
  await assert.rejects(
    contents.save('notebooks/a.txt', text('x'.repeat(200_000))),
    refuses(507, /disk is full: notebooks\/a\.txt was not saved/),
  );
  assert.equal(fs.readFileSync(path.join(disk, 'notebooks/a.txt'), 'utf8'), 'the old text');
  assert.deepEqual(fs.readdirSync(path.join(disk, 'notebooks')), ['a.txt']);
  await contents.save('notebooks/a.txt', text('short'));
  assert.equal(fs.readFileSync(path.join(disk, 'notebooks/a.txt'), 'utf8'), 'short');
});

async function fullDiskByStandIn(t: TestContext): Promise<void> {
  const root = makeCourse(t);
  const { open } = fs.promises;
  t.mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
    const handle = await open(...args);
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    if (args[1] === 'wx') handle.writeFile = () => Promise.reject(full);
    return handle;
  });
  await assert.rejects(contentsOf(root).save('notebooks/notes.txt', text('new')), refuses(507, /disk is full/));
  assert.equal(fs.readFileSync(path.join(root, 'notebooks/notes.txt'), 'utf8'), 'notes');
  assert.deepEqual(fs.readdirSync(path.join(root, 'notebooks')).sort(), [
    '04-looking-twice.ipynb',
    'notes.txt',
    'solutions',
  ]);
}
