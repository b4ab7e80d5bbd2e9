import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { START } from '../../jupyter/command';
import { helpOf } from '../../scripts/command-line/command';
import { Project } from './project';
import { serveNativePackage } from './registry';

describe('set-up of a fresh clone', { concurrency: 2 }, () => {
  test('installs everything from the registry and leaves nothing over', async () => {
    const project = Project.fresh();
    const registry = await serveNativePackage();
    delete project.env.TFJS_NATIVE_TARBALL;
    project.env.npm_config_registry = registry.url;
    const { stderr, stdout } = await project.assertSetsUp();
    await registry.close();
    assert.equal(stdout, 'Everything is set up.\n');
    for (const part of [
      'packages: 2 installed',
      'ready in the cache',
      'libtensorflow 9.9.9 works',
      'library: compiled',
    ]) {
      assert.ok(stderr.includes(part), `${part} is not in ${stderr}`);
    }
  });

  test('does nothing where everything is ready, within a second', async () => {
    const project = await Project.ready();
    const times = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      const { stdout, stderr } = await project.run();
      times.push(performance.now() - start);
      assert.equal(stdout + stderr, 'Nothing to do: everything is set up.\n');
    }
    assert.ok(Math.min(...times) < 1000, `took ${times.map(Math.round).join(', ')} ms`);
  });

  test('does again what a pull or a careless hand has undone, and only that', async () => {
    const project = await Project.ready();
    const undo: [string, () => void, RegExp][] = [
      [
        'a source file changes',
        () => fs.appendFileSync(project.path('src', 'index.ts'), '// more\n'),
        /^library …\nlibrary: compiled/,
      ],
      [
        'a new source file',
        () => fs.writeFileSync(project.path('src', 'more.ts'), ''),
        /^library …\nlibrary: compiled/,
      ],
      [
        'compiled files are deleted',
        () => fs.rmSync(project.path('build', 'src'), { recursive: true }),
        /^library …\n/,
      ],
      [
        'the front end is deleted',
        () => fs.rmSync(project.path('build', 'front-end'), { recursive: true }),
        /^browser front end …\n/,
      ],
      [
        'the link is deleted',
        () => fs.rmSync(project.path('node_modules', 'attention-notebooks'), { recursive: true }),
        /^$/,
      ],
      [
        'a native file is cut short',
        () => fs.truncateSync(writable(project.native('deps/lib/libtensorflow.so.1')), 1000),
        /native TensorFlow/,
      ],
      [
        'a package is deleted',
        () => fs.rmSync(project.path('node_modules', 'typescript'), { recursive: true }),
        /^(?![^]*library)[^]*packages: 2 installed/,
      ],
    ];
    for (const [what, act, expected] of undo) {
      act();
      const { stderr } = await project.assertSetsUp();
      assert.match(stderr, expected, what);
    }
  });

  test('a type error in the sources is shown as such, and mended by correcting it', async () => {
    const project = await Project.ready();
    fs.writeFileSync(project.path('src', 'wrong.ts'), '// TYPE ERROR');
    await project.assertFails(/does not compile[^]*src\/wrong\.ts\(1,1\): error TS0000[^]*What to do/);
    await project.assertFails(/does not compile/); // the second time too: nothing half-compiled is believed
    fs.rmSync(project.path('src', 'wrong.ts'));
    await project.assertSetsUp();
  });

  test('npm start hands its options over after set-up, and refuses unknown ones before it', async () => {
    const project = Project.fresh();
    const refused = await project.run(['--lessen', '04'], { script: 'start' });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^npm start: Unknown option '--lessen'.*--help/);
    assert.equal(fs.existsSync(project.path('node_modules')), false);
    const misplaced = await project.run(['04'], { script: 'start' });
    assert.equal(misplaced.status, 2);
    assert.match(misplaced.stderr, /unexpected argument 04; to open a lesson: npm start -- --lesson 04/);
    const started = await project.run(['--lesson', '04', '--no-open'], { script: 'start' });
    assert.equal(started.stdout, 'started with ["--lesson","04","--no-open"]\n');
    assert.equal(project.fault(), undefined);
  });

  test('npm start describes the options that the server takes', async () => {
    const { stdout } = await Project.fresh().run(['--help'], { script: 'start' });
    assert.equal(stdout, `${helpOf(START)}\n`, 'scripts/set-up/start.mjs and jupyter/command.ts differ');
  });
});

/** The file alone, not the one in the cache that it shares its bytes with. */
function writable(file: string): string {
  fs.copyFileSync(file, `${file}.copy`);
  fs.chmodSync(`${file}.copy`, 0o644);
  fs.renameSync(`${file}.copy`, file);
  return file;
}
