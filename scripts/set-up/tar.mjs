// Reads tar archives as streams, with Node's built-ins only: set-up unpacks before any package is installed.
// It knows what npm's archives use: plain files, ustar prefixes, and the long names of pax and GNU.
import { Readable } from 'node:stream';

const BLOCK = 512;
const text = (bytes) => {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('utf8');
};

/**
 * Yields { name, type, size, body } for each entry; `body` is an async iterable of buffers.
 * What is left of a body is skipped when the next entry is asked for. Throws on a truncated or malformed archive.
 */
export async function* readTar(stream) {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);

  /** At most `count` bytes, at least one; undefined at the end of the archive. */
  async function some(count) {
    while (rest.length === 0) {
      const { done, value } = await chunks.next();
      if (done) return undefined;
      rest = value;
    }
    const bytes = rest.subarray(0, count);
    rest = rest.subarray(bytes.length);
    return bytes;
  }
  async function exactly(count) {
    const parts = [];
    while (count > 0) {
      const bytes = await some(count);
      if (!bytes) throw new Error('the archive is truncated');
      parts.push(bytes);
      count -= bytes.length;
    }
    return Buffer.concat(parts);
  }

  try {
    yield* entries();
  } finally {
    await chunks.return?.(); // closes the stream when the reader stops early
  }

  async function* entries() {
    let longName;
    for (;;) {
      const header = await exactly(BLOCK);
      if (header.every((byte) => byte === 0)) break; // two empty blocks end an archive
      requireChecksum(header);
      const size = sizeOf(header);
      const padding = (BLOCK - (size % BLOCK)) % BLOCK;
      const type = String.fromCharCode(header[156] || 48);
      if (type === 'x' || type === 'g' || type === 'L') {
        const content = await exactly(size);
        await exactly(padding);
        if (type === 'L') longName = text(content);
        if (type === 'x') longName = paxPath(content) ?? longName;
        continue;
      }
      let left = size;
      const body = (async function* () {
        while (left > 0) {
          const bytes = await some(left);
          if (!bytes) throw new Error('the archive is truncated');
          left -= bytes.length;
          yield bytes;
        }
      })();
      yield {
        name: longName ?? nameOf(header),
        type: type === '0' ? 'file' : type === '5' ? 'folder' : type,
        size,
        body,
      };
      longName = undefined;
      while (left > 0) {
        const bytes = await some(left);
        if (!bytes) throw new Error('the archive is truncated');
        left -= bytes.length;
      }
      await exactly(padding);
    }
    while (await some(1 << 20)); // lets the source finish, so that its own checks (gzip's checksum) are made
  }
}

/** The body of an entry as a stream, for `pipeline`. */
export const bodyStream = (entry) => Readable.from(entry.body, { objectMode: false });

function requireChecksum(header) {
  const stored = parseInt(text(header.subarray(148, 156)).trim(), 8);
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i];
  if (stored !== sum) throw new Error('the archive is damaged (wrong header checksum)');
}

function sizeOf(header) {
  const field = header.subarray(124, 136);
  if (field[0] & 0x80) throw new Error('the archive has an entry above 8 GB');
  return parseInt(text(field).trim() || '0', 8);
}

function nameOf(header) {
  const name = text(header.subarray(0, 100));
  const prefix = text(header.subarray(257, 262)) === 'ustar' ? text(header.subarray(345, 500)) : '';
  return prefix ? `${prefix}/${name}` : name;
}

/** Records look like `30 path=some/long/name\n`, where 30 counts the bytes of the whole record. */
function paxPath(content) {
  let found;
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const length = parseInt(content.subarray(at, space).toString('ascii'), 10);
    if (!(length > 0)) throw new Error('the archive has a damaged pax header');
    const record = content.subarray(space + 1, at + length - 1).toString('utf8');
    if (record.startsWith('path=')) found = record.slice('path='.length);
    at += length;
  }
  return found;
}
