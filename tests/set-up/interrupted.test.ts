import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { nativePackage, platformFile, Project, until } from './project';
import { serveNativePackage, stall } from './registry';

/** The temporary folder in the cache, once it holds something whose path contains `part`. */
function inProgress(project: Project, part: string): boolean {
  if (!fs.existsSync(project.cache)) return false;
  return fs.readdirSync(project.cache, { recursive: true }).some((name) => {
    return String(name).startsWith('tmp-') && String(name).includes(part);
  });
}

/** Numbers of the processes whose command line contains `text`. */
function processesWith(text: string): string[] {
  return fs.readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

async function soon(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; !condition();) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const EXIT_STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

describe('set-up that is stopped', { concurrency: 2 }, () => {
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    test(`by ${signal} during the download: nothing half-done is used, and the next run completes it`, async () => {
      const project = await Project.withPackages();
      const registry = await serveNativePackage(stall);
      const tarball = project.env.TFJS_NATIVE_TARBALL;
      delete project.env.TFJS_NATIVE_TARBALL;
      project.env.npm_config_registry = registry.url;
      const run = project.start();
      await until(() => registry.asked.some((url) => url.endsWith('.tgz')), run);
      run.kill(signal);
      const outcome = await run.outcome;
      if (signal === 'SIGKILL') {
        assert.equal(outcome.signal, 'SIGKILL');
      } else {
        assert.equal(outcome.status, EXIT_STATUS[signal]);
        assert.match(outcome.stderr, new RegExp(`Set-up was stopped \\(${signal}\\)\\. Run the command again`));
        assert.deepEqual(project.leftOvers(), []);
      }
      await soon(() => processesWith(project.cache).length === 0, 'npm outlived set-up');
      project.assertNoHalfState();
      await registry.close();
      project.env.TFJS_NATIVE_TARBALL = tarball;
      await project.assertSetsUp();
    });
  }

  test('by SIGKILL while it unpacks', async () => {
    const project = await Project.withPackages();
    // Larger, so that unpacking takes long enough to be hit.
    const large = nativePackage(60_000_000);
    const tarball = path.join(project.home, 'large.tgz');
    fs.writeFileSync(tarball, large.tarball);
    const { env } = project;
    project.env = { ...env, TFJS_NATIVE_TARBALL: tarball, ATTENTION_NOTEBOOKS_TEST_PLATFORM: platformFile(large) };
    const run = project.start();
    await until(() => inProgress(project, 'libtensorflow.so.1'), run);
    run.kill('SIGKILL');
    assert.equal((await run.outcome).signal, 'SIGKILL');
    assert.equal(fs.existsSync(path.join(project.cache, 'native-1')), false);
    assert.ok(inProgress(project, 'libtensorflow.so.1'), 'it was not hit while unpacking');
    project.env = env;
    await project.assertSetsUp();
  });

  test('by SIGKILL while npm installs: npm ends too, and the next run installs again', async () => {
    const project = Project.fresh();
    const run = project.start();
    await until(() => processesWith(project.path('scripts', 'set-up', 'watch-parent.cjs')).length > 0, run);
    run.kill('SIGKILL');
    await run.outcome;
    await soon(
      () => processesWith(project.path('scripts', 'set-up', 'watch-parent.cjs')).length === 0,
      'npm outlived set-up',
    );
    await project.assertSetsUp();
  });

  test('by SIGINT while npm installs and the download goes on: one message, both end', async () => {
    const project = Project.fresh();
    const registry = await serveNativePackage(stall);
    const tarball = project.env.TFJS_NATIVE_TARBALL;
    delete project.env.TFJS_NATIVE_TARBALL;
    project.env.npm_config_registry = registry.url;
    const run = project.start();
    await until(() => registry.asked.length > 0, run);
    run.kill('SIGINT');
    const { status, stderr } = await run.outcome;
    await registry.close();
    assert.equal(status, 130, stderr);
    assert.match(
      stderr,
      /Set-up was stopped \(SIGINT\)\. Run the command again to go on; nothing half-done is used\.\n$/,
    );
    assert.doesNotMatch(stderr, /Set-up failed|^\s+at /m);
    assert.deepEqual(project.leftOvers(), []);
    assert.deepEqual(processesWith(project.root), []);
    project.env.TFJS_NATIVE_TARBALL = tarball;
    await project.assertSetsUp();
  });

  test('by SIGKILL between the native files and their record: they are tried before they are believed', async () => {
    const project = await Project.ready();
    fs.rmSync(project.native('deps', 'NATIVE.json'));
    const whole = await project.assertSetsUp();
    assert.equal(whole.stderr, ''); // what was there worked: nothing to fetch

    fs.rmSync(project.native('deps', 'NATIVE.json'));
    fs.rmSync(project.native('deps', 'lib', 'libtensorflow_framework.so.1'));
    const half = await project.assertSetsUp();
    assert.match(half.stderr, /native TensorFlow/);
  });
});

describe('two set-ups at once', { concurrency: 2 }, () => {
  test('in two fresh clones with one empty cache: the package is downloaded once', async () => {
    const projects = [Project.fresh(), Project.fresh()];
    const registry = await serveNativePackage();
    for (const project of projects) {
      project.env = { ...project.env, TFJS_NATIVE_CACHE: projects[0].cache, npm_config_registry: registry.url };
      delete project.env.TFJS_NATIVE_TARBALL;
    }
    const outcomes = await Promise.all(projects.map((project) => project.run()));
    await registry.close();
    assert.deepEqual([outcomes[0].status, outcomes[1].status], [0, 0], outcomes.map(({ stderr }) => stderr).join());
    assert.deepEqual(
      projects.map((project) => project.fault()),
      [undefined, undefined],
    );
    assert.equal(registry.asked.filter((url) => url.endsWith('.tgz')).length, 1);
  });

  test('in one fresh clone: the second waits and finds everything done', async () => {
    const project = Project.fresh();
    const outcomes = await Promise.all([project.run(), project.run()]);
    assert.deepEqual([outcomes[0].status, outcomes[1].status], [0, 0], outcomes.map(({ stderr }) => stderr).join());
    assert.equal(outcomes.filter(({ stderr }) => stderr.includes('waiting for it')).length, 1);
    assert.equal(outcomes.filter(({ stderr }) => stderr.includes('packages: 2 installed')).length, 1);
    await project.assertSetsUp();
  });

  test('with everything warm: neither waits', async () => {
    const project = await Project.ready();
    const outcomes = await Promise.all([project.run(), project.run()]);
    for (const { stdout, stderr } of outcomes) assert.equal(stdout + stderr, 'Nothing to do: everything is set up.\n');
  });

  test('a lock whose holder has died, or was cut short, is taken over', async () => {
    const project = await Project.withPackages();
    const old = new Date(Date.now() - 10_000);
    const locks = { [project.path('build', '.set-up.lock')]: '{"pid":', [path.join(project.cache, 'lock')]: '' };
    fs.mkdirSync(project.cache);
    for (const [file, text] of Object.entries(locks)) {
      fs.writeFileSync(file, text);
      fs.utimesSync(file, old, old);
    }
    await project.assertSetsUp();
  });
});
