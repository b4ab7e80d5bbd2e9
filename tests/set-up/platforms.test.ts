import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { NATIVE, platformFile, Project, workspace } from './project';
import { refuse, serve, serveMirror } from './registry';

const DARWIN = { platform: 'darwin-arm64', avx: undefined };

describe('platforms and sources', { concurrency: 2 }, () => {
  test('darwin-arm64 takes tfjs-node’s own installer, by a mirror too', async () => {
    const project = Project.fresh();
    const mirror = await serveMirror();
    project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = platformFile(NATIVE, DARWIN);
    project.env.TFJS_NODE_CDN_STORAGE = mirror.url;
    await project.assertSetsUp();
    await mirror.close();
    assert.ok(mirror.asked.includes('/native.json'));
    assert.equal(record(project).source, 'official');
  });

  test('darwin-arm64 with a mirror that answers 403: one message with the ways on, one of which is taken', async () => {
    const project = await Project.withPackages();
    const mirror = await serve(refuse);
    project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = platformFile(NATIVE, DARWIN);
    project.env.TFJS_NODE_CDN_STORAGE = mirror.url;
    const { stderr } = await project.assertFails(/no native TensorFlow for darwin-arm64:[^]*answered 403[^]*Ways on/);
    await mirror.close();
    for (const way of ['TFJS_NODE_CDN_STORAGE', 'linux/amd64 container', '--source=wasm']) {
      assert.ok(stderr.includes(way), `${way} is not in the message`);
    }
    const declined = await project.run(['--source=none']);
    assert.equal(declined.status, 0, declined.stderr);
    assert.match(declined.stderr, /8 to 80 times slower/);
    const later = await project.run();
    assert.equal(later.stdout, 'Nothing to do: everything is set up.\n');
    assert.equal(record(project).source, 'none');
  });

  test('darwin-arm64 has nothing in the npm registry, and says so', async () => {
    const project = await Project.withPackages();
    project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = platformFile(NATIVE, DARWIN);
    await project.assertFails(/the npm registry has no native TensorFlow for darwin-arm64/, ['--source=npm']);
  });

  test('an installer that dies half-way leaves what was there, and no half of what it downloaded', async () => {
    const project = await Project.withPackages();
    const half = await serve((request, response) =>
      response.end(request.url === '/native.json' ? '{"deps/lib/libtensorflow.so.1": "AAAA", "broken' : ''),
    );
    project.env.TFJS_NODE_CDN_STORAGE = half.url;
    await project.assertFails(/tfjs-node's own installer failed/, ['--source=official']);
    const incomplete = await serve((request, response) =>
      response.end(request.url === '/native.json' ? '{"lib/napi-v8/tfjs_binding.node": "AAAA", "deps/x": ""}' : ''),
    );
    project.env.TFJS_NODE_CDN_STORAGE = incomplete.url;
    await project.assertFails(/was installed \(--source=official\), but does not load/, ['--source=official']);
    await Promise.all([half.close(), incomplete.close()]);
    project.env.TFJS_NODE_CDN_STORAGE = 'mirror';
    await project.assertFails(/tfjs-node's own installer: mirror is no address/, ['--source=official']);
    await project.assertSetsUp();
  });

  test('linux-x64 falls back to the installer when the registry has no package', async () => {
    const project = await Project.withPackages();
    delete project.env.TFJS_NATIVE_TARBALL;
    const mirror = await serveMirror();
    project.env.TFJS_NODE_CDN_STORAGE = mirror.url;
    const { stderr } = await project.assertSetsUp();
    await mirror.close();
    assert.match(stderr, /from the npm registry: .*cannot reach its registry/);
    assert.equal(record(project).source, 'official');
  });

  test('a choice of source holds until another one is made, also over a new installation of the packages', async () => {
    const project = await Project.withPackages();
    assert.equal((await project.run(['--source=none'])).status, 0);
    fs.rmSync(project.path('node_modules', 'typescript'), { recursive: true });
    const again = await project.run();
    assert.match(again.stderr, /declined/);
    assert.equal(record(project).source, 'none');
    const { stderr } = await project.assertSetsUp(['--source=auto']);
    assert.match(stderr, /libtensorflow 9\.9\.9 works/);
  });

  test('a processor without AVX is told so before the download', async () => {
    const project = await Project.withPackages();
    project.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM = platformFile(NATIVE, { avx: false });
    await project.assertFails(/this processor has no AVX[^]*--source=wasm/);
    assert.equal((await project.run(['--source=wasm'])).status, 0);
    assert.equal(record(project).source, 'wasm');
    assert.equal((await project.run()).stdout, 'Nothing to do: everything is set up.\n');
    assert.equal(fs.existsSync(project.cache), false, 'nothing native was downloaded');
  });

  for (const script of ['setup', 'start', 'doctor', 'build']) {
    test(`an old Node is told so: ${script}`, async () => {
      const project = Project.fresh();
      const old = path.join(workspace, 'old-node.cjs');
      fs.writeFileSync(
        old,
        'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } });',
      );
      const outcome = await project.run([], { script, program: [process.execPath, '--require', old] });
      assert.equal(outcome.status, 1);
      assert.match(
        outcome.stderr,
        /^attention-notebooks needs Node 20 or newer; this is Node 18\.20\.4 .*\nWhat to do: .*\n$/,
      );
      assert.equal(outcome.stdout, '');
      assert.equal(fs.existsSync(project.path('node_modules')), false);
    });
  }

  test('a missing npm is told so', async () => {
    const project = Project.fresh();
    // A Node of its own, beside which there is no npm.
    const bin = path.join(project.home, 'bin');
    fs.mkdirSync(bin);
    fs.copyFileSync(process.execPath, path.join(bin, 'node'));
    project.env.PATH = bin;
    await project.assertFails(/npm was not found[^]*brings npm/, [], { program: [path.join(bin, 'node')] });
  });
});

function record(project: Project): { source: string } {
  return JSON.parse(fs.readFileSync(project.native('deps', 'NATIVE.json'), 'utf8')) as { source: string };
}
