import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { importSetUp } from './import-module';

interface Registered {
  name: string;
  folder: string;
  argv: string[];
}

const modules = importSetUp<{
  userDataFolder(system: { platform: string; env: Record<string, string>; home: string }): string;
  cloneName(root: string): string;
  install(root: string, dataFolder: string, name?: string): { name: string; folder: string };
  remove(root: string, dataFolder: string): string[];
  registrations(root: string, dataFolder: string): Registered[];
  missingFile(kernel: Registered): string | undefined;
  isComplete(kernel: Registered): boolean;
}>('kernelspec.mjs');

const repository = path.resolve(__dirname, '..', '..');

function makeFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kernelspec test '));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A kernel of somebody else, whose program is there. */
function foreignKernel(dataFolder: string, name: string, argv: unknown = [process.execPath, 'x']): string {
  const file = path.join(dataFolder, 'kernels', name, 'kernel.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ argv }));
  return file;
}

function command(...args: string[]): SpawnSyncReturns<string> {
  const script = path.join(repository, 'scripts', 'kernel.mjs');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
}

describe('the registration of the kernel', () => {
  test("lies where the system's Jupyter looks", async () => {
    const { userDataFolder } = await modules;
    const folder = (platform: string, env: Record<string, string> = {}): string =>
      userDataFolder({ platform, env, home: '/home/ada' });
    assert.equal(folder('linux'), '/home/ada/.local/share/jupyter');
    assert.equal(folder('linux', { XDG_DATA_HOME: '/data' }), '/data/jupyter');
    assert.equal(folder('darwin'), '/home/ada/Library/Jupyter');
    assert.equal(
      folder('win32', { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' }),
      'C:\\Users\\ada\\AppData\\Roaming\\jupyter',
    );
    for (const platform of ['linux', 'darwin', 'win32'])
      assert.equal(folder(platform, { JUPYTER_DATA_DIR: '/own', XDG_DATA_HOME: '/data', APPDATA: 'C:\\x' }), '/own');
  });

  test('holds absolute paths, blanks in them or not, and goes without a trace', async (t) => {
    const { install, remove, registrations, missingFile, isComplete } = await modules;
    const folder = makeFolder(t);
    const root = path.join(folder, 'My Clone (2)');
    fs.symlinkSync(repository, root);
    const data = path.join(folder, 'data');
    const { name, folder: kernel } = install(root, data);
    assert.equal(name, 'tslab', 'as the lessons ask for it');
    assert.deepEqual(fs.readdirSync(kernel), ['kernel.json']);
    const spec = JSON.parse(fs.readFileSync(path.join(kernel, 'kernel.json'), 'utf8')) as {
      argv: string[];
      display_name: string;
    };
    assert.equal(spec.display_name, 'TypeScript (My Clone (2))');
    assert.equal(spec.argv[0], process.execPath);
    for (const part of [spec.argv[0], spec.argv[2], spec.argv[3]])
      assert.ok(path.isAbsolute(part) && fs.existsSync(part), part);
    const [registered] = registrations(root, data);
    assert.equal(missingFile(registered), undefined);
    assert.equal(isComplete(registered), true);

    install(root, data);
    install(root, data, 'second');
    assert.deepEqual(
      registrations(root, data)
        .map(({ name }) => name)
        .sort(),
      ['second', 'tslab'],
    );
    assert.deepEqual(remove(root, data).sort(), ['second', 'tslab']);
    assert.equal(fs.existsSync(data), false);
    assert.deepEqual(remove(root, data), []);
  });

  test('takes no name from another kernel, and leaves the others when it goes', async (t) => {
    const { install, remove } = await modules;
    const data = makeFolder(t);
    const foreign = foreignKernel(data, 'tslab');
    for (const [name, argv] of [
      ['odd', 5],
      ['empty', []],
      ['no-paths', ['node', 'kernel']],
    ] as [string, unknown][])
      foreignKernel(data, name, argv);
    fs.mkdirSync(path.join(data, 'kernels', 'nothing-in-it'));
    const root = path.join(data, 'Mein Kurs für Ada');
    fs.symlinkSync(repository, root);
    const before = fs.readdirSync(path.join(data, 'kernels')).sort();
    assert.equal(install(root, data).name, 'mein-kurs-f-r-ada');
    assert.equal(fs.readFileSync(foreign, 'utf8'), JSON.stringify({ argv: [process.execPath, 'x'] }));
    assert.throws(() => install(root, data, 'TSLAB'), /another kernel has the name TSLAB/);
    assert.deepEqual(remove(root, data), ['mein-kurs-f-r-ada']);
    assert.deepEqual(fs.readdirSync(path.join(data, 'kernels')).sort(), before);
    // A kernel whose program is gone, such as that of a clone that was deleted, keeps nobody out.
    foreignKernel(data, 'tslab', ['/nowhere/bin/node', '/nowhere/tslab']);
    assert.equal(install(root, data).name, 'tslab');
  });

  test('replaces what `tslab install` has registered for this clone, which lost output', async (t) => {
    const { install, isComplete, registrations, remove } = await modules;
    const data = makeFolder(t);
    for (const name of ['tslab', 'jslab'])
      foreignKernel(data, name, [path.join(repository, 'node_modules', '.bin', 'tslab'), 'kernel']);
    assert.ok(registrations(repository, data).every((kernel) => !isComplete(kernel)));
    assert.equal(install(repository, data).name, 'tslab');
    assert.deepEqual(remove(repository, data).sort(), ['jslab', 'tslab']);
  });

  test('the command says on one line what it did, or what was wrong', (t) => {
    const folder = makeFolder(t);
    for (const [args, message] of [
      [[], /say --install or --remove/],
      [['--install', '--remove'], /say --install or --remove/],
      [['--install', '--prefix', folder, '--user'], /exclude each other/],
      [['--install', '--prefix='], /--prefix needs a folder/],
      [['--install', '--name', '../x'], /--name may hold/],
      [['--install', '--name', '..'], /--name may hold/],
      [['--remove', '--name', 'x'], /without --name/],
      [['--instal'], /Unknown option '--instal'/],
    ] as [string[], RegExp][]) {
      const { status, stderr, stdout } = command(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, message);
      assert.match(stderr, /^npm run kernel: .*--help lists the options\.\n$/);
      assert.equal(stdout, '');
    }
    fs.writeFileSync(path.join(folder, 'share'), '');
    const refused = command('--remove', '--prefix', path.join(folder, 'share'));
    assert.equal(refused.status, 0);
    assert.match(refused.stdout, /^Nothing to remove: .*\n$/);
  });
});
