import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, test } from 'node:test';
import { NATIVE, nativePackage, Project } from './project';
import { refuse, serveNativePackage, type Answer } from './registry';

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] ^= 1;
  return copy;
}

describe('damaged files', { concurrency: 2 }, () => {
  test('one flipped byte in the cache is noticed, and the package is fetched again', async () => {
    const project = await Project.withPackages();
    await project.assertSetsUp();
    const file = path.join(project.cache, 'native-1', 'deps', 'lib', 'libtensorflow.so.1');
    fs.chmodSync(file, 0o644);
    // In place, as a failing disk would: the hard link in node_modules changes too.
    fs.writeFileSync(file, flipped(fs.readFileSync(file), 1_000_000));
    fs.rmSync(project.native('deps', 'NATIVE.json'));
    const { stderr } = await project.assertSetsUp();
    assert.match(
      stderr,
      /the cache is damaged \(deps\/lib\/libtensorflow\.so\.1 has the wrong checksum\); fetching it again/,
    );
  });

  test('a file missing from the cache is noticed', async () => {
    const project = await Project.withPackages();
    await project.assertSetsUp();
    fs.rmSync(path.join(project.cache, 'native-1', 'addon'), { recursive: true });
    fs.rmSync(project.native('lib'), { recursive: true });
    assert.match((await project.assertSetsUp()).stderr, /tfjs_binding\.node is missing\); fetching it again/);
  });

  test('a truncated tarball is refused by name', async () => {
    const project = await Project.withPackages();
    const tarball = path.join(project.home, 'cut.tgz');
    fs.writeFileSync(tarball, NATIVE.tarball.subarray(0, NATIVE.tarball.length - 1000));
    const right = project.env.TFJS_NATIVE_TARBALL;
    project.env.TFJS_NATIVE_TARBALL = tarball;
    await project.assertFails(/cut\.tgz is not the expected file[^]*npm pack native-package@1\.0\.0/, ['--source=npm']);
    project.env.TFJS_NATIVE_TARBALL = path.join(project.home, 'absent.tgz');
    await project.assertFails(/absent\.tgz, which does not exist/, ['--source=npm']);
    project.env.TFJS_NATIVE_TARBALL = right;
    await project.assertSetsUp();
  });

  const halfWay: Answer = (_, response) => {
    response.setHeader('content-length', NATIVE.tarball.length);
    response.write(NATIVE.tarball.subarray(0, 1000), () => response.destroy());
  };
  const answers: [string, Answer, RegExp][] = [
    [
      'other bytes',
      (_, response) => response.end(nativePackage(1000).tarball),
      /native-package@1\.0\.0 is not the expected file/,
    ],
    ['a connection that breaks', halfWay, /downloading native-package@1\.0\.0/],
    [
      'one flipped byte',
      (_, response) => response.end(flipped(NATIVE.tarball, 5000)),
      /downloading native-package@1\.0\.0: npm received a damaged package \(Z_DATA_ERROR\)/,
    ],
    ['status 403', refuse, /downloading native-package@1\.0\.0: the npm registry answered 403/],
  ];
  for (const [what, answer, message] of answers) {
    test(`a registry that sends ${what} ends in one message, and nothing of it is used`, async () => {
      const project = await Project.withPackages();
      const tarball = project.env.TFJS_NATIVE_TARBALL;
      delete project.env.TFJS_NATIVE_TARBALL;
      const registry = await serveNativePackage(answer);
      project.env.npm_config_registry = registry.url;
      await project.assertFails(message);
      await registry.close();
      project.env.TFJS_NATIVE_TARBALL = tarball;
      await project.assertSetsUp();
    });
  }

  test('without any connection the message names the registry and the ways on', async () => {
    const project = await Project.withPackages();
    delete project.env.TFJS_NATIVE_TARBALL;
    await project.assertFails(/npm cannot reach its registry \(ECONNREFUSED\)[^]*npm ping[^]*--source=wasm/);
  });

  test('packages that npm finds damaged end in a message; the download beside them is stopped', async () => {
    const project = Project.fresh();
    const vendor = project.path('vendor', 'typescript.tgz');
    const right = fs.readFileSync(vendor);
    fs.writeFileSync(vendor, gzipSync(gunzipSync(right), { level: 1 }));
    const outcome = await project.run();
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /Set-up failed: installing the packages: npm received other bytes/);
    assert.deepEqual(project.leftOvers(), []);
    fs.writeFileSync(vendor, right);
    await project.assertSetsUp();
  });

  test('a front end that is not the shipped one is refused', async () => {
    const project = await Project.ready();
    const file = project.path('jupyter', 'front-end', 'front-end.tgz');
    const right = fs.readFileSync(file);
    fs.rmSync(project.path('build', 'front-end'), { recursive: true });
    fs.writeFileSync(file, flipped(right, 60));
    await project.assertFails(/front-end\.tgz is not the file that bundle\.json describes[^]*git checkout/);
    assert.equal(fs.existsSync(project.path('build', 'front-end')), false);
    fs.writeFileSync(file, right);
    await project.assertSetsUp();
  });
});
