import { inflateRawSync } from 'node:zlib';

const [END, ENTRY] = [0x06054b50, 0x02014b50];
const [STORED, DEFLATED] = [0, 8];

/**
 * One file of a ZIP archive, by its name in it. For archives below 4 GB, stored or deflated, as data sets come.
 *
 * @throws {Error} when the archive is damaged or cut short, or has no such file.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function readZipEntry(archive: Buffer, name: string): Buffer {
  const names: string[] = [];
  for (const entry of entriesOf(archive)) {
    if (entry.name === name) return contentOf(archive, entry);
    names.push(entry.name);
  }
  throw new Error(`the archive has no ${name}, only ${names.join(', ')}`);
}

interface Entry {
  name: string;
  method: number;
  packed: number;
  size: number;
  /** Where the entry's own header begins. */
  at: number;
}

function* entriesOf(archive: Buffer): Generator<Entry> {
  // At the very end, but for a comment of at most 65,535 bytes.
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > archive.length || archive.readUInt32LE(end) !== END) {
    throw new Error('the ZIP archive is damaged or cut short: its directory is missing');
  }
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== ENTRY) {
      throw new Error('the ZIP archive is damaged: its directory does not fit');
    }
    const lengths = [28, 30, 32].map((place) => archive.readUInt16LE(at + place)); // name, extra field, comment
    yield {
      name: archive.toString('utf8', at + 46, at + 46 + lengths[0]!),
      method: archive.readUInt16LE(at + 10),
      packed: archive.readUInt32LE(at + 20),
      size: archive.readUInt32LE(at + 24),
      at: archive.readUInt32LE(at + 42),
    };
    at += 46 + lengths.reduce((sum, length) => sum + length, 0);
  }
}

function contentOf(archive: Buffer, { name, method, packed, size, at }: Entry): Buffer {
  const start = at + 30 + archive.readUInt16LE(at + 26) + archive.readUInt16LE(at + 28);
  const bytes = archive.subarray(start, start + packed);
  if (method !== STORED && method !== DEFLATED) throw new Error(`${name} is packed by an unknown method, ${method}`);
  const content = method === DEFLATED ? inflateRawSync(bytes) : bytes;
  if (content.length !== size) throw new Error(`${name} has ${content.length} bytes in the archive, expected ${size}`);
  return content;
}
