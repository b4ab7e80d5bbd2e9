/**
 * Who may talk to the server. It runs code, so it answers only this machine, only to those who hold the token that was
 * printed when it started, and only to pages of its own: other web sites that the learner has open cannot reach it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from './http-error';

const SECONDS_OF_A_WEEK = 7 * 24 * 3600;

export class Admission {
  private port = 0;

  /** @param token - what a visitor must hold; random by default */
  constructor(readonly token: string = randomBytes(24).toString('hex')) {}

  /** Called once the port is known. */
  listensOn(port: number): void {
    this.port = port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Cookies of a host are shared by all its ports: the name keeps two servers apart. */
  get cookieName(): string {
    return `attention-notebooks-${this.port}`;
  }

  /** The header that gives the visitor the token as a cookie, so that it need not stay in the address. */
  get cookie(): string {
    return `${this.cookieName}=${this.token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SECONDS_OF_A_WEEK}`;
  }

  /** @throws {HttpError} 403 when the request comes from elsewhere or without the token. */
  require(request: IncomingMessage, url: URL): void {
    const { headers } = request;
    const hosts = [`127.0.0.1:${this.port}`, `localhost:${this.port}`];
    // A web site whose name was pointed at 127.0.0.1 (DNS rebinding) still sends its own name.
    if (!hosts.includes(headers.host ?? '')) throw new HttpError(403, 'this server does not answer to that Host');
    const { origin } = headers;
    if (origin !== undefined && origin !== `http://${headers.host}`)
      throw new HttpError(403, 'this server does not answer pages of another Origin');
    const site = headers['sec-fetch-site'];
    const fromElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (fromElsewhere && headers['sec-fetch-mode'] !== 'navigate')
      throw new HttpError(403, 'this server does not answer pages of another site');

    const given = /^(?:token|Bearer) (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? url.searchParams.get('token');
    if (given !== null) {
      if (this.isToken(given)) return;
      throw new HttpError(403, 'the token in the address is not the one that this server printed when it started');
    }
    if (!this.isToken(this.cookieOf(request)))
      throw new HttpError(403, 'a token is required: open the address that npm start printed last');
    // Browsers send a cookie on their own: a change, or a WebSocket, must also say that it comes from our own page.
    const changes = !['GET', 'HEAD'].includes(request.method ?? '') || headers.upgrade !== undefined;
    if (changes && origin === undefined) throw new HttpError(403, 'a request with a cookie must name its Origin');
  }

  private cookieOf(request: IncomingMessage): string {
    const cookies = (request.headers.cookie ?? '').split(/;\s*/);
    return cookies.find((cookie) => cookie.startsWith(`${this.cookieName}=`))?.slice(this.cookieName.length + 1) ?? '';
  }

  private isToken(value: string): boolean {
    const [given, expected] = [Buffer.from(value), Buffer.from(this.token)];
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

/** Pages load nothing from other servers: the course works offline, and what a cell shows cannot call home. */
export function notebookPolicy(host: string): string {
  return [
    "default-src 'self' 'unsafe-inline' data: blob:",
    // Jupyter compiles its settings' schemas, and cells show HTML with scripts of their own.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",
    `connect-src 'self' ws://${host} data: blob:`,
    "frame-ancestors 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** Plain pages of ours: no script at all. */
export const PLAIN_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Files of the course, opened as pages of their own: shown, but nothing in them runs. */
export const FILE_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/** Headers of every answer. */
export function setSecurityHeaders(response: ServerResponse, host: string): void {
  response.setHeader('Content-Security-Policy', notebookPolicy(host));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Not no-referrer: with that, browsers send forms without their Origin.
  response.setHeader('Referrer-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
}
