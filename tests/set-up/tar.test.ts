import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { tar } from './archive';
import { importSetUp } from './import-module';
import { workspace } from './project';

type Entry = { name: string; type: string; size: number; body: AsyncIterable<Buffer> };
type ReadTar = (stream: Readable) => AsyncGenerator<Entry>;

const importReader = () => importSetUp<{ readTar: ReadTar }>('tar.mjs');

/** The archive's files, read in chunks of `chunk` bytes. */
async function filesIn(archive: Buffer, chunk = archive.length): Promise<Record<string, Buffer>> {
  const { readTar } = await importReader();
  const chunks = Array.from({ length: Math.ceil(archive.length / chunk) }, (_, i) =>
    archive.subarray(i * chunk, (i + 1) * chunk),
  );
  const files: Record<string, Buffer> = {};
  for await (const { name, type, body } of readTar(Readable.from(chunks))) {
    if (type !== 'file') continue;
    const parts: Buffer[] = [];
    for await (const part of body) parts.push(part);
    files[name] = Buffer.concat(parts);
  }
  return files;
}

for (const format of ['ustar', 'pax', 'gnu']) {
  test(`reads what the system's tar writes in the ${format} format, whatever the size of the chunks`, async () => {
    const folder = path.join(workspace, `tar-${format}`);
    const long = path.join(
      ...Array<string>(format === 'ustar' ? 3 : 6).fill('a-folder-with-a-long-name-of-40-letters'),
      'file',
    );
    const written: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      block: Buffer.alloc(512, 1),
      [long]: Buffer.alloc(70_001, 2),
    };
    for (const [name, bytes] of Object.entries(written)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), bytes);
    }
    const archive = execFileSync('tar', ['-c', `--format=${format}`, '-C', folder, ...Object.keys(written)]);
    for (const chunk of [100, 512, 65_536, archive.length]) assert.deepEqual(await filesIn(archive, chunk), written);
  });
}

test('a reader that skips an entry finds the next one', async () => {
  const { readTar } = await importReader();
  const names: string[] = [];
  for await (const { name } of readTar(Readable.from([tar({ a: 'x'.repeat(2000), b: 'y' })]))) names.push(name);
  assert.deepEqual(names, ['a', 'b']);
});

test('a truncated or damaged archive is an error, never a shorter file', async () => {
  const archive = tar({ file: 'x'.repeat(2000) });
  for (const length of [100, 600, 2000]) {
    await assert.rejects(filesIn(archive.subarray(0, length)), /the archive is truncated/);
  }
  archive[3] ^= 1;
  await assert.rejects(filesIn(archive), /the archive is damaged/);
});
