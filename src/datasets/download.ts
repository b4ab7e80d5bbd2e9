/**
 * Downloads a file once: goes on where a cut connection stopped, checks what arrived, and puts it in place whole or not
 * at all.
 *
 * Only `npm run download` uses it; lessons and tests need no network.
 */
import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isRunning } from '../running-process';

/** What a file must be. */
export interface Checksum {
  /** Prefer sha256; sha1 is for files whose makers publish nothing else. */
  algorithm: 'sha256' | 'sha1';
  /** Hexadecimal. */
  value: string;
}

/** Options of {@link downloadFile}. */
export interface DownloadOptions {
  /** Where it comes from; redirections are followed. */
  url: string;
  /** Where it goes. While it arrives, its name ends with `.part`. */
  file: string;
  /** What its makers say that it is. Without it, the first download is trusted, and recorded for later ones. */
  checksum?: Checksum | undefined;
  /** Called while bytes arrive; `total` where the server tells it. */
  progress?: (received: number, total: number | undefined) => void;
  /** Ends the download; what has arrived is kept for the next time. */
  signal?: AbortSignal | undefined;
  /** How often a cut connection is taken up again at once. Default 3. */
  attempts?: number | undefined;
  /** How many seconds without a byte count as a cut connection. Default 30. */
  patience?: number | undefined;
}

/** What {@link downloadFile} found. */
export interface DownloadedFile {
  /** The file's SHA-256. */
  sha256: string;
  /** It was there, or came from the server. */
  from: 'disk' | 'server';
  /** What it was checked against: the caller's checksum, that of an earlier download, or nothing yet. */
  checked: 'published' | 'recorded' | 'first use';
}

/** A download failed for a reason that the user can mend. */
export class DownloadError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'DownloadError';

  /** One or two sentences. */
  readonly whatToDo: string;

  constructor(message: string, whatToDo: string, options?: ErrorOptions) {
    super(message, options);
    this.whatToDo = whatToDo;
  }
}

/** The connection ended early: worth another try from where it stopped. */
class Cut extends Error {}

/**
 * Downloads a file, or finds it there. The name `file` exists only when all has arrived and is right.
 *
 * A download that stopped goes on by an HTTP Range request, if the server still has the same version (If-Range); a server
 * that ignores Range sends everything again.
 *
 * @throws {DownloadError} when the server cannot be reached or refuses, when the checksum is wrong, or when the file cannot
 *   be written. It says what to do by hand.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export async function downloadFile(options: DownloadOptions): Promise<DownloadedFile> {
  const { file } = options;
  if (fs.existsSync(file)) return { ...checkDownload(file, options.checksum), from: 'disk' };
  const release = lock(file, options);
  try {
    await receive(options);
    return { ...(await accept(options)), from: 'server' };
  } catch (error) {
    throw explain(error, options);
  } finally {
    release();
  }
}

/**
 * Checks a file that was downloaded, or put there by hand: against `checksum`; without one, against the SHA-256 of the
 * first time, which is recorded beside it (`FILE.sha256`).
 *
 * @throws {DownloadError} when it is another file.
 */
export function checkDownload(file: string, checksum?: Checksum): Pick<DownloadedFile, 'sha256' | 'checked'> {
  const content = fs.readFileSync(file);
  const hashes = { sha256: createHash('sha256').update(content), sha1: createHash('sha1').update(content) };
  return checkHashes(file, { sha256: hashes.sha256.digest('hex'), sha1: hashes.sha1.digest('hex') }, checksum);
}

function checkHashes(
  file: string,
  hashes: Record<Checksum['algorithm'], string>,
  checksum?: Checksum,
): Pick<DownloadedFile, 'sha256' | 'checked'> {
  const { sha256 } = hashes;
  if (checksum && hashes[checksum.algorithm] !== checksum.value) {
    const { algorithm, value } = checksum;
    throw wrong(file, `its ${algorithm} is ${hashes[algorithm]}, expected ${value}`);
  }
  if (checksum) return { sha256, checked: 'published' };
  const record = recordOf(file);
  if (!fs.existsSync(record)) {
    writeWhole(record, `${sha256}  ${path.basename(file)}\n`);
    return { sha256, checked: 'first use' };
  }
  const [recorded] = fs.readFileSync(record, 'utf8').split(' ');
  if (recorded !== sha256) {
    const again = `If it goes on, the server has another version now: delete ${record} only if you trust it.`;
    throw wrong(file, `its sha256 is ${sha256}, and was ${recorded} the first time`, again);
  }
  return { sha256, checked: 'recorded' };
}

function wrong(file: string, difference: string, again = ''): DownloadError {
  const remove = fs.existsSync(file) ? `Delete ${file} and run` : 'Nothing of it was kept. Run';
  return new DownloadError(
    `${path.basename(file)} is not the expected file: ${difference}`,
    `${remove} the command again. ${again || 'If it goes on, the server has another version now, or something on the way changes the file.'}`,
  );
}

const partOf = (file: string): string => `${file}.part`;
/** What the part belongs to: its address, and the server's name for its version. */
const noteOf = (file: string): string => `${file}.part.json`;
const recordOf = (file: string): string => `${file}.sha256`;

async function receive(options: DownloadOptions): Promise<void> {
  const { file, attempts = 3, signal } = options;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      return await receiveOnce(options);
    } catch (error) {
      if (!(error instanceof Cut) || attempt >= attempts || signal?.aborted) throw error;
    }
  }
}

async function receiveOnce(options: DownloadOptions): Promise<void> {
  const { url, file, checksum, progress } = options;
  const { offset, version } = startOf(url, file, checksum !== undefined);
  const stalled = new AbortController();
  const patience = (options.patience ?? 30) * 1000;
  const timer = setTimeout(() => stalled.abort(new Cut(`no byte for ${patience / 1000} s`)), patience);
  const stop = (): void => stalled.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  const { signal } = stalled;
  try {
    options.signal?.throwIfAborted();
    const response = await ask(url, offset, version, signal);
    const resumed = response.status === 206;
    const rest = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isNaN(rest) ? undefined : rest + (resumed ? offset : 0);
    let received = resumed ? offset : 0;
    if (!resumed) note(url, file, response.headers);
    const output = fs.openSync(partOf(file), resumed ? 'a' : 'w');
    try {
      progress?.(received, total);
      for await (const bytes of chunks(response)) {
        timer.refresh();
        fs.writeSync(output, bytes);
        received += bytes.length;
        progress?.(received, total);
      }
      fs.fsyncSync(output);
    } finally {
      fs.closeSync(output);
    }
    if (total !== undefined && received !== total) throw new Cut(`${received} of ${total} bytes arrived`);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
  }
}

/** Where to go on: what has arrived of the same version, if that can be told. */
function startOf(url: string, file: string, checked: boolean): { offset: number; version?: string | undefined } {
  const size = fs.statSync(partOf(file), { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0 || !fs.existsSync(noteOf(file))) return { offset: 0 };
  const known = readNote(file);
  // Without a name for its version only a checksum can tell whether the two halves fit.
  if (known?.url !== url || (known.version === undefined && !checked)) return { offset: 0 };
  return { offset: size, version: known.version };
}

function readNote(file: string): { url?: string; version?: string } | undefined {
  try {
    return JSON.parse(fs.readFileSync(noteOf(file), 'utf8')) as { url?: string; version?: string };
  } catch {
    return undefined; // cut short: begin again
  }
}

function note(url: string, file: string, headers: Headers): void {
  const tag = headers.get('etag');
  // A weak tag names the meaning, not the bytes.
  const version = (tag?.startsWith('W/') ? undefined : tag) ?? headers.get('last-modified') ?? undefined;
  fs.rmSync(partOf(file), { force: true });
  writeWhole(noteOf(file), JSON.stringify({ url, version }));
}

async function ask(url: string, offset: number, version: string | undefined, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'attention-notebooks' };
  if (offset > 0) {
    headers.range = `bytes=${offset}-`;
    if (version !== undefined) headers['if-range'] = version;
  }
  const response = await connect(url, headers, signal);
  if (response.status === 206) {
    if (response.headers.get('content-range')?.startsWith(`bytes ${offset}-`)) return response;
    await response.body?.cancel();
    return ask(url, 0, undefined, signal);
  }
  if (response.status === 416 && offset > 0) {
    await response.body?.cancel();
    return ask(url, 0, undefined, signal);
  }
  if (response.status === 200) return response;
  await response.body?.cancel();
  if (response.status >= 500) throw new Cut(`the server answered ${response.status}`);
  throw new DownloadError(`the server answered ${response.status} for ${url}`, '');
}

async function connect(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    throw cut(error, signal);
  }
}

async function* chunks(response: Response): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw error instanceof Error && error.name === 'AbortError' ? error : cut(error);
      });
      if (done) return;
      yield value as Uint8Array;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function cut(error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return error;
  const { cause, message } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return new Cut(code ?? message, { cause: error });
}

/** Checks the part, and only then gives it its name. */
async function accept({ file, checksum }: DownloadOptions): Promise<Pick<DownloadedFile, 'sha256' | 'checked'>> {
  const part = partOf(file);
  const hashes = { sha256: createHash('sha256'), sha1: createHash('sha1') };
  for await (const bytes of fs.createReadStream(part, { highWaterMark: 1 << 20 })) {
    for (const hash of Object.values<Hash>(hashes)) hash.update(bytes as Buffer);
  }
  try {
    const found = { sha256: hashes.sha256.digest('hex'), sha1: hashes.sha1.digest('hex') };
    const result = checkHashes(file, found, checksum);
    fs.renameSync(part, file);
    return result;
  } finally {
    for (const name of [part, noteOf(file)]) fs.rmSync(name, { force: true });
  }
}

/** One process a file: two would mix their bytes. Gives what ends it. */
function lock(file: string, options: DownloadOptions): () => void {
  const name = `${file}.lock`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const owner = fs.existsSync(name) ? Number(fs.readFileSync(name, 'utf8')) : 0;
    if (owner > 0 && !isRunning(owner)) fs.rmSync(name, { force: true });
    fs.writeFileSync(name, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).path !== name || !fs.existsSync(name)) throw explain(error, options);
    throw new DownloadError(
      `another process is downloading ${path.basename(file)}`,
      `Wait for it. If there is none, delete ${name}.`,
      { cause: error },
    );
  }
  return () => fs.rmSync(name, { force: true });
}

function writeWhole(file: string, content: string): void {
  fs.writeFileSync(`${file}.tmp`, content);
  fs.renameSync(`${file}.tmp`, file);
}

/** Says in plain words what went wrong and what can be done by hand. */
function explain(error: unknown, { url, file, signal }: DownloadOptions): unknown {
  const byHand = `Or fetch ${url} in another way, such as a browser, and save it as ${file}.`;
  const arrived = fs.existsSync(partOf(file)) ? fs.statSync(partOf(file)).size : 0;
  const kept = arrived > 0 ? `The ${arrived} bytes that have arrived are kept: run the command again to go on. ` : '';
  if (signal?.aborted) return new DownloadError('the download was stopped', kept, { cause: error });
  if (error instanceof DownloadError) {
    return error.whatToDo === '' ? new DownloadError(error.message, byHand, { cause: error }) : error;
  }
  if (error instanceof Cut) {
    return new DownloadError(
      `cannot download ${url}: ${error.message}`,
      `${kept}Check the connection${kept ? '' : ', and run the command again'}. ${byHand}`,
      { cause: error },
    );
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new DownloadError(
    `cannot write ${file}: ${message}`,
    `${kept}The disk may be full or the folder not writable.`,
    {
      cause: error,
    },
  );
}
