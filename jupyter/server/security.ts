/**
 * Who may talk to the server. It runs code, so it answers only this machine, only to those who hold the token that was
 * printed when it started (or what they got for it), and only to pages of its own: other web sites that the learner has
 * open cannot reach it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from './http-error';

const SECONDS_OF_A_WEEK = 7 * 24 * 3600;
/** A browser that must start first needs some time; whoever finds the address later finds it closed. */
const INVITATION_MINUTES = 5;

const random = (): string => randomBytes(24).toString('hex');

export class Admission {
  port = 0;
  private host = '';
  /**
   * What a browser gets as its cookie. Browsers send cookies to every port of a host, so another program on this machine
   * may come to see it: it is not the token, and ends with this server.
   */
  private readonly session = random();
  /** Keys that open the server once, and until when. */
  private readonly invitations = new Map<string, number>();

  /** @param token - what a visitor must hold; random by default */
  constructor(readonly token: string = random()) {}

  /** Called once host and port are known. */
  listensOn(host: string, port: number): void {
    this.host = host;
    this.port = port;
  }

  get origin(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** A key that opens the server once, for an address that others may come to see. */
  invite(): string {
    const key = random();
    this.invitations.set(key, Date.now() + INVITATION_MINUTES * 60_000);
    return key;
  }

  /** Cookies of a host are shared by all its ports: the name keeps two servers apart. */
  get cookieName(): string {
    return `attention-notebooks-${this.port}`;
  }

  /** The header that gives the visitor a session, so that the token need not stay in the address. */
  get cookie(): string {
    return `${this.cookieName}=${this.session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SECONDS_OF_A_WEEK}`;
  }

  /** @throws {HttpError} 403 when the request comes from elsewhere, or without token, session or invitation. */
  require(request: IncomingMessage, url: URL): void {
    const { headers } = request;
    const hosts = [`${this.host}:${this.port}`, `localhost:${this.port}`];
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
      if (isSame(given, this.token)) return;
      throw new HttpError(403, 'the token in the address is not the one that this server printed when it started');
    }
    const invitation = url.searchParams.get('once');
    if (invitation !== null && isEntering(request, url) && this.accept(invitation)) return;
    if (!isSame(this.cookieOf(request), this.session)) {
      const problem = invitation === null ? 'a token is required' : 'this address has served once and is closed now';
      throw new HttpError(403, `${problem}: open the address that npm start printed last`);
    }
    // Browsers send a cookie on their own: a change, or a WebSocket, must also say that it comes from our own page.
    const changes = !['GET', 'HEAD'].includes(request.method ?? '') || headers.upgrade !== undefined;
    if (changes && origin === undefined) throw new HttpError(403, 'a request with a cookie must name its Origin');
  }

  private cookieOf(request: IncomingMessage): string {
    const cookies = (request.headers.cookie ?? '').split(/;\s*/);
    return cookies.find((cookie) => cookie.startsWith(`${this.cookieName}=`))?.slice(this.cookieName.length + 1) ?? '';
  }

  private accept(invitation: string): boolean {
    const until = this.invitations.get(invitation) ?? 0;
    this.invitations.delete(invitation);
    return Date.now() < until;
  }
}

/** Whether a page is asked for with a key in its address, which a cookie is to replace. */
export function isEntering({ method, headers }: IncomingMessage, { pathname, searchParams }: URL): boolean {
  const holdsKey = searchParams.has('token') || searchParams.has('once');
  return holdsKey && method === 'GET' && headers.upgrade === undefined && !pathname.startsWith('/api/');
}

/** In a time that does not tell how much is right. */
function isSame(value: string, secret: string): boolean {
  const [given, expected] = [Buffer.from(value), Buffer.from(secret)];
  return given.length === expected.length && timingSafeEqual(given, expected);
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
