import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { repository } from './course';

const frontEnd = path.join(repository, 'jupyter', 'front-end');

function check(folder: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, ['build.mjs', '--check'], { cwd: folder, encoding: 'utf8' });
  return { status, stderr };
}

/** The front end without its packages and with one change; each time a fresh copy. */
function changedCopy(change: (folder: string) => void): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-front-end-'));
  const left = [path.join(frontEnd, 'node_modules'), path.join(frontEnd, 'dist')];
  fs.cpSync(frontEnd, folder, { recursive: true, filter: (source) => !left.includes(source) });
  change(folder);
  return folder;
}

suite('the committed front end', () => {
  test('was built from the present sources', () => {
    assert.deepEqual(check(frontEnd), { status: 0, stderr: '' });
  });

  test('is what set-up unpacked here', () => {
    const { sha256 } = JSON.parse(fs.readFileSync(path.join(frontEnd, 'bundle.json'), 'utf8')) as { sha256: string };
    const unpacked = fs.readFileSync(path.join(repository, 'build', 'front-end', '.sha256'), 'utf8');
    assert.equal(unpacked, sha256, 'another version is unpacked: run npm run setup');
  });

  const changes: Record<string, [change: (folder: string) => void, complaint: RegExp]> = {
    'a changed source': [
      (folder) => fs.appendFileSync(path.join(folder, 'source', 'plotly.ts'), '// changed\n'),
      /not built from the present sources: run npm run build:front-end/,
    ],
    'a new source': [
      (folder) => fs.writeFileSync(path.join(folder, 'source', 'more.ts'), ''),
      /not built from the present sources/,
    ],
    'another version of a package': [
      (folder) => fs.appendFileSync(path.join(folder, 'package-lock.json'), '\n'),
      /not built from the present sources/,
    ],
    'a damaged archive': [
      (folder) => fs.appendFileSync(path.join(folder, 'front-end.tgz'), 'x'),
      /not the archive that bundle.json describes/,
    ],
  };
  for (const [name, [change, complaint]] of Object.entries(changes)) {
    test(`is found out of date after ${name}`, () => {
      const folder = changedCopy(change);
      const { status, stderr } = check(folder);
      fs.rmSync(folder, { recursive: true });
      assert.equal(status, 1);
      assert.match(stderr, complaint);
    });
  }
});
