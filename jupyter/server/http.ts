/** Routing, request bodies and answers: the little that this server needs of a web framework. */
import { once } from 'node:events';
import fs from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { jsonFault } from '../json-limits';
import { HttpError } from './http-error';
import { mediaTypeOf } from './media-types';
import { explainUnreadable } from './read-refusal';
import { FILE_POLICY, PLAIN_PAGE_POLICY } from './security';

/** What a route answers. */
export type Reply =
  | { kind: 'json'; value: unknown; status?: number }
  | { kind: 'empty' }
  | { kind: 'redirect'; location: string; status?: 302 | 303 }
  /** `plain` pages hold no script. */
  | { kind: 'page'; html: string; plain?: boolean; status?: number }
  /** `untrusted` files come from the course's folder and may have been changed; the others are the front end's. */
  | { kind: 'file'; file: string; untrusted?: boolean };

export const json = (value: unknown, status = 200): Reply => ({ kind: 'json', value, status });
export const empty: Reply = { kind: 'empty' };
export const redirect = (location: string, status: 302 | 303 = 302): Reply => ({ kind: 'redirect', location, status });

/** @throws {HttpError} 400 */
export function addressOf({ url = '' }: IncomingMessage): URL {
  const address = url.startsWith('/') ? `http://127.0.0.1${url}` : '';
  // A path that begins with two slashes, be it after `/./` or `/x/..` are resolved, would be read as another host.
  if (!URL.canParse(address) || new URL(address).pathname.startsWith('//'))
    throw new HttpError(400, 'the address is not well formed');
  return new URL(address);
}

/** A request, and what its path says. */
export interface Visit {
  request: IncomingMessage;
  url: URL;
  /** The named parts of the path, decoded. */
  parts: Record<string, string>;
}

export type Route = (visit: Visit) => Reply | Promise<Reply>;

/** Finds the route for a request. In a pattern, `:name` stands for one part of the path and `*name` for the rest. */
export class Router {
  private readonly routes: { method: string; expression: RegExp; route: Route }[] = [];

  on(method: string, pattern: string, route: Route): void {
    const expression = pattern
      .replace(/:(\w+)/g, '(?<$1>[^/]+)')
      .replace(/\/\*(\w+)\?/g, '(?:/(?<$1>.*?))?')
      .replace(/\*(\w+)/g, '(?<$1>.+?)');
    this.routes.push({ method, expression: new RegExp(`^${expression}/?$`), route });
  }

  /** @throws {HttpError} 404 for an unknown path, 405 for a method that the path does not have. */
  async answer(request: IncomingMessage, url: URL): Promise<Reply> {
    let known = false;
    for (const { method, expression, route } of this.routes) {
      const match = expression.exec(url.pathname);
      if (!match) continue;
      known = true;
      if (method !== request.method) continue;
      const parts: Record<string, string> = {};
      for (const [name, part] of Object.entries(match.groups ?? {})) parts[name] = decode(part ?? '');
      return route({ request, url, parts });
    }
    if (known) throw new HttpError(405, `${request.method} is not possible here`);
    throw new HttpError(404, 'not found');
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, 'the address is not well encoded');
  }
}

export const MEGABYTE = 2 ** 20;

/** The text in UTF-8. @throws {TypeError} when `data` is none. */
export function decodeText(data: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
}

/** The JSON object in a request's body; an empty body gives an empty object. @throws {HttpError} 413, 400 */
export async function readJson(request: IncomingMessage, limit: number): Promise<Record<string, unknown>> {
  const body = await readBody(request, limit);
  if (body.length === 0) return {};
  let text: string;
  try {
    text = decodeText(body);
  } catch {
    throw new HttpError(400, 'the request is not text in UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, `the request is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpError(400, 'the request must be a JSON object');
  const fault = jsonFault(value);
  if (fault !== null) throw new HttpError(400, `the request cannot be taken: ${fault}`);
  return value as Record<string, unknown>;
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = new HttpError(413, `the request is too large: more than ${limit / MEGABYTE} MB`);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Sends `reply`. */
export async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  switch (reply.kind) {
    case 'empty':
      response.writeHead(204).end();
      return;
    case 'redirect':
      response.writeHead(reply.status ?? 302, { Location: reply.location, 'Cache-Control': 'no-store' }).end();
      return;
    case 'json':
      response
        .writeHead(reply.status ?? 200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
        .end(JSON.stringify(reply.value));
      return;
    case 'page':
      if (reply.plain) response.setHeader('Content-Security-Policy', PLAIN_PAGE_POLICY);
      response
        .writeHead(reply.status ?? 200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
        .end(reply.html);
      return;
    case 'file':
      return sendFile(request, response, reply.file, reply.untrusted ?? false);
  }
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
  untrusted: boolean,
): Promise<void> {
  const status = await fs.stat(file).catch(() => null);
  if (!status?.isFile()) throw new HttpError(404, 'not found');
  if (untrusted) response.setHeader('Content-Security-Policy', FILE_POLICY);
  const type = mediaTypeOf(file) ?? 'application/octet-stream';
  const tag = `"${status.size.toString(36)}-${Math.round(status.mtimeMs).toString(36)}"`;
  response.setHeader('ETag', tag);
  // Ask again each time, which costs next to nothing on this machine: a new build or an edited file shows at once.
  response.setHeader('Cache-Control', 'no-cache');
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  // Opened before anything is answered: the system may refuse it.
  const handle = await fs.open(file).catch((error: unknown) => explainUnreadable(error, path.basename(file)));
  response.writeHead(200, {
    'Content-Type': type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    'Content-Length': status.size,
  });
  const stream = handle.createReadStream({ end: Math.max(status.size - 1, 0) });
  stream.pipe(response);
  stream.once('error', (error) => response.destroy(error));
  response.once('close', () => stream.destroy());
  await once(response, 'close');
}
