import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { checkDownload, DownloadError, downloadFile, type DownloadOptions } from '../../../src/datasets/download';

const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * at + 7 * at) % 251));
const HALF = CONTENT.length / 2;
const sha256 = createHash('sha256').update(CONTENT).digest('hex');
const checksum = { algorithm: 'sha256', value: sha256 } as const;

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

interface Place {
  options: DownloadOptions;
  folder: string;
  /** What was asked for: the headers of each request. */
  asked: http.IncomingHttpHeaders[];
  /** From now on the server answers so. */
  answer: (next: Answer) => void;
  close: () => Promise<void>;
}

/** A server on the loopback interface and an empty folder, both gone after the test. */
async function place(t: TestContext, first: Answer): Promise<Place> {
  let answer = first;
  const asked: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.headers);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'download-test-'));
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  t.after(async () => {
    await close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.zip`;
  const options = { url, file: path.join(folder, 'new', 'data.zip'), attempts: 1 };
  return { options, folder: path.join(folder, 'new'), asked, answer: (next) => (answer = next), close };
}

/** A server that knows Range and If-Range. */
const serve =
  (content = CONTENT, tag = '"one"'): Answer =>
  ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const fits = headers['if-range'] === undefined || headers['if-range'] === tag;
    response.setHeader('etag', tag);
    if (start >= content.length) return response.writeHead(416).end();
    const from = fits ? start : 0;
    response.setHeader('content-length', content.length - from);
    if (from > 0) response.setHeader('content-range', `bytes ${from}-${content.length - 1}/${content.length}`);
    return response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from));
  };

/** Sends the first half, then cuts the connection. */
const cut: Answer = (_, response) => {
  response.writeHead(200, { etag: '"one"', 'content-length': CONTENT.length });
  response.write(CONTENT.subarray(0, HALF), () => setTimeout(() => response.destroy(), 50));
};

const read = (options: DownloadOptions): Buffer => fs.readFileSync(options.file);
const names = (folder: string): string[] => fs.readdirSync(folder).sort();

async function failure(options: DownloadOptions): Promise<DownloadError> {
  const error = await downloadFile(options).then(
    () => assert.fail('the download should fail'),
    (reason) => reason as DownloadError,
  );
  assert.equal(error.name, 'DownloadError', String(error));
  return error;
}

describe('downloadFile', () => {
  test('brings the file whole, tells how far it is, and leaves nothing else', async (t) => {
    const { options, folder } = await place(t, serve());
    const seen: [number, number | undefined][] = [];
    const result = await downloadFile({ ...options, checksum, progress: (...now) => seen.push(now) });
    assert.deepEqual(result, { sha256, from: 'server', checked: 'published' });
    assert.ok(read(options).equals(CONTENT));
    assert.deepEqual(names(folder), ['data.zip']);
    assert.deepEqual(seen[0], [0, CONTENT.length]);
    assert.deepEqual(seen.at(-1), [CONTENT.length, CONTENT.length]);
  });

  test('goes on where a cut connection stopped', async (t) => {
    const { options, folder, asked, answer } = await place(t, cut);
    const error = await failure({ ...options, checksum });
    assert.match(error.whatToDo, new RegExp(`The ${HALF} bytes that have arrived are kept: run the command again`));
    assert.ok(!fs.existsSync(options.file), 'nothing has the final name');
    answer(serve());
    await downloadFile({ ...options, checksum });
    assert.ok(read(options).equals(CONTENT));
    assert.equal(asked[1].range, `bytes=${HALF}-`);
    assert.equal(asked[1]['if-range'], '"one"');
    assert.deepEqual(names(folder), ['data.zip']);
  });

  test('takes a cut connection up again by itself', async (t) => {
    const { options, asked, answer } = await place(t, (request, response) => {
      cut(request, response);
      answer(serve());
    });
    await downloadFile({ ...options, attempts: 2 });
    assert.ok(read(options).equals(CONTENT));
    assert.deepEqual(
      asked.map(({ range }) => range),
      [undefined, `bytes=${HALF}-`],
    );
  });

  test('begins again where the server ignores Range', async (t) => {
    const { options, answer } = await place(t, cut);
    await failure(options);
    answer((_, response) => response.end(CONTENT));
    await downloadFile({ ...options, checksum });
    assert.ok(read(options).equals(CONTENT));
  });

  test('never joins halves of two versions', async (t) => {
    const { options, answer } = await place(t, cut);
    await failure(options);
    const other = Buffer.from(CONTENT).reverse();
    answer(serve(other, '"two"'));
    await downloadFile(options);
    assert.ok(read(options).equals(other));
  });

  test('begins again when what the server sends is not what was asked for', async (t) => {
    const { options, asked, answer } = await place(t, cut);
    await failure(options);
    answer((request, response) => {
      if (request.headers.range === undefined) return serve()(request, response);
      response.writeHead(206, { 'content-range': `bytes 5-${CONTENT.length - 1}/${CONTENT.length}` });
      return response.end(CONTENT.subarray(5));
    });
    await downloadFile(options);
    assert.ok(read(options).equals(CONTENT));
    assert.equal(asked.length, 3);
  });

  test('begins again when more has arrived than there is', async (t) => {
    const { options, answer } = await place(t, cut);
    await failure(options);
    const short = CONTENT.subarray(0, 1000);
    answer(serve(short));
    await downloadFile(options);
    assert.ok(read(options).equals(short));
  });

  test('keeps nothing of a file with a wrong checksum', async (t) => {
    const { options, folder, answer } = await place(t, serve(Buffer.from(CONTENT).fill(0)));
    const error = await failure({ ...options, checksum });
    assert.match(
      error.message,
      new RegExp(`data.zip is not the expected file: its sha256 is \\w+, expected ${sha256}`),
    );
    assert.match(error.whatToDo, /Nothing of it was kept/);
    assert.deepEqual(names(folder), []);
    answer(serve());
    await downloadFile({ ...options, checksum });
    assert.ok(read(options).equals(CONTENT));
  });

  test('knows SHA-1 too, for makers who publish nothing else', async (t) => {
    const { options } = await place(t, serve());
    const sha1 = { algorithm: 'sha1', value: createHash('sha1').update(CONTENT).digest('hex') } as const;
    assert.equal((await downloadFile({ ...options, checksum: sha1 })).checked, 'published');
    const wrong = { algorithm: 'sha1', value: 'f'.repeat(40) } as const;
    assert.throws(() => checkDownload(options.file, wrong), /its sha1 is \w{40}, expected f{40}/);
  });

  test('trusts the first download where nobody publishes a checksum, and no other one later', async (t) => {
    const { options, folder, answer } = await place(t, serve());
    assert.deepEqual(await downloadFile(options), { sha256, from: 'server', checked: 'first use' });
    assert.deepEqual(names(folder), ['data.zip', 'data.zip.sha256']);
    assert.equal(fs.readFileSync(`${options.file}.sha256`, 'utf8'), `${sha256}  data.zip\n`);
    assert.deepEqual(await downloadFile(options), { sha256, from: 'disk', checked: 'recorded' });
    fs.rmSync(options.file);
    answer(serve(Buffer.from('another version')));
    const error = await failure(options);
    assert.match(error.message, new RegExp(`and was ${sha256} the first time`));
    assert.match(error.whatToDo, /delete .*data\.zip\.sha256 only if you trust it/);
    assert.deepEqual(names(folder), ['data.zip.sha256']);
  });

  test('takes a file that was put there by hand without asking the server, and checks it', async (t) => {
    const { options, folder, asked } = await place(t, serve());
    fs.mkdirSync(folder);
    fs.writeFileSync(options.file, CONTENT);
    assert.equal((await downloadFile({ ...options, checksum })).from, 'disk');
    fs.appendFileSync(options.file, 'x');
    const error = await failure({ ...options, checksum });
    assert.match(error.whatToDo, /Delete .*data\.zip and run the command again/);
    assert.ok(fs.existsSync(options.file), 'what the user put there stays');
    assert.equal(asked.length, 0);
  });

  test('offline it says what to do by hand', async (t) => {
    const { options, close, folder } = await place(t, serve());
    await close();
    const error = await failure({ ...options, attempts: 2 });
    assert.match(error.message, /cannot download http:\/\/127\.0\.0\.1:\d+\/data\.zip: ECONNREFUSED/);
    assert.match(error.whatToDo, /Check the connection, and run the command again\./);
    assert.ok(error.whatToDo.includes(`Or fetch ${options.url} in another way, such as a browser, and save it as`));
    assert.ok(error.whatToDo.includes(options.file));
    assert.deepEqual(names(folder), []);
  });

  test('a refusal is told with its number, and not asked again', async (t) => {
    const { options, asked, answer } = await place(t, (_, response) => response.writeHead(404).end('no'));
    const error = await failure({ ...options, attempts: 3 });
    assert.match(error.message, /the server answered 404 for http/);
    assert.match(error.whatToDo, /save it as/);
    assert.equal(asked.length, 1);
    answer((_, response) => response.writeHead(503).end());
    assert.match((await failure({ ...options, attempts: 3 })).message, /the server answered 503/);
    assert.equal(asked.length, 4, 'a server in trouble is asked again');
  });

  test('does not wait for ever', async (t) => {
    const { options } = await place(t, (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length, etag: '"one"' });
      response.write(CONTENT.subarray(0, HALF));
    });
    const error = await failure({ ...options, patience: 0.3 });
    assert.match(error.message, /no byte for 0\.3 s/);
    assert.equal(fs.statSync(`${options.file}.part`).size, HALF);
  });

  test('can be stopped, and goes on later', async (t) => {
    const stop = new AbortController();
    const { options, answer, asked } = await place(t, (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length, etag: '"one"' });
      response.write(CONTENT.subarray(0, HALF), () => setTimeout(() => stop.abort(), 100));
    });
    const error = await failure({ ...options, attempts: 3, signal: stop.signal });
    assert.match(error.message, /the download was stopped/);
    answer(serve());
    await downloadFile(options);
    assert.ok(read(options).equals(CONTENT));
    assert.deepEqual(
      asked.map(({ range }) => range),
      [undefined, `bytes=${HALF}-`],
    );
  });

  test('two at once do not mix their bytes; a lock of a dead process is none', async (t) => {
    const { options, folder } = await place(t, serve());
    fs.mkdirSync(folder);
    fs.writeFileSync(`${options.file}.lock`, String(process.pid));
    assert.match((await failure(options)).message, /another process is downloading data\.zip/);
    fs.writeFileSync(`${options.file}.lock`, '4194305');
    await downloadFile({ ...options, checksum });
    assert.deepEqual(names(folder), ['data.zip']);
  });

  test('a folder that cannot be written is named', async (t) => {
    const { options, folder } = await place(t, serve());
    fs.writeFileSync(folder, 'a file where a folder should be');
    assert.match((await failure(options)).message, /cannot write .*data\.zip/);
  });
});
