/**
 * The course's Jupyter server: the REST interface and the WebSocket of which Jupyter Notebook 7 makes use, one kernel
 * (tslab), and the course's own pages.
 *
 * @see https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html
 */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { addApi } from './api';
import { kernelChannels } from './channels';
import { ConfinedFolder } from './confined-path';
import { Contents } from './contents';
import { UsageError } from '../../scripts/command-line/usage-error';
import { problemPage } from './course-page';
import { enter } from './entrance';
import { addressOf, json, Router, send, type Reply } from './http';
import { HttpError } from './http-error';
import { Lessons } from './lessons';
import { addPages } from './pages';
import { Admission, isEntering, setSecurityHeaders } from './security';
import { Sessions } from './sessions';
import { Settings } from './settings';

export interface ServerOptions {
  /** The course's folder: what pages may read. */
  root: string;
  /** The folder below it with the lessons: where pages may write. */
  notebooks?: string;
  /** The folder of the built front end. */
  frontEnd: string;
  /** The folder of the learner's settings and of the lessons' originals. */
  learner?: string;
  /** 0: any free port. */
  port?: number;
  token?: string;
  /** Keep a spare kernel running for the lessons' folder. */
  spareKernel?: boolean;
  /** Code that new kernels look at beforehand, without running it. */
  warmUp?: string;
  log?: (line: string) => void;
}

/** A server that runs. */
export interface RunningServer {
  port: number;
  origin: string;
  token: string;
  lessons: Lessons;
  sessions: Sessions;
  /** The address of a page, with the token. */
  address(page?: string): string;
  /** The address of a page, with a key that opens it once, within minutes. */
  addressForOnce(page?: string): string;
  /** Ends all kernels and connections. */
  close(): Promise<void>;
}

/** @throws what `listen` reports, such as EADDRINUSE, before anything else has started. */
export async function startServer({
  root,
  notebooks = 'notebooks',
  frontEnd,
  learner = path.join(root, '.learner'),
  port = 0,
  token,
  spareKernel = false,
  warmUp,
  log = () => {},
}: ServerOptions): Promise<RunningServer> {
  const admission = new Admission(token);
  const router = new Router();
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      log(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  });
  const host = await listenOnLoopback(server, port);
  admission.listensOn(host, (server.address() as AddressInfo).port);

  const notebooksFolder = path.join(root, notebooks);
  const folder = new ConfinedFolder(root, notebooks);
  const lessons = new Lessons(notebooksFolder, path.join(learner, 'originals'), notebooks, { log });
  const contents = new Contents(folder, (file) => lessons.beforeWriting(file));
  const settings = new Settings(frontEnd, path.join(learner, 'settings.json'));
  const sessions = new Sessions({ spareFor: spareKernel ? notebooksFolder : undefined, warmUp, log });
  addApi(router, { contents, folder, settings, sessions, lessons });
  addPages(router, { contents, folder, lessons, frontEnd });
  const channels = kernelChannels(server, { admission, sessions, log });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response, request.headers.host ?? '');
    try {
      const url = addressOf(request);
      admission.require(request, url);
      const entering = isEntering(request, url);
      if (entering) response.setHeader('Set-Cookie', admission.cookie);
      const reply = entering ? enter(request, url) : await router.answer(request, url);
      await send(request, response, reply);
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500;
      const message = error instanceof HttpError ? error.message : 'the server failed; its terminal says more';
      if (status === 500) log(`${request.method} ${request.url}: ${(error as Error).stack ?? String(error)}`);
      if (response.headersSent) return void response.destroy();
      // What is left of a refused body is not read.
      if (!request.complete) response.setHeader('Connection', 'close');
      const forPeople = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
      await send(request, response, forPeople ? problem(status, message) : json({ message }, status));
    }
  }

  return {
    port: admission.port,
    origin: admission.origin,
    token: admission.token,
    lessons,
    sessions,
    address: (page = '/') => `${admission.origin}${page}?token=${admission.token}`,
    addressForOnce: (page = '/') => `${admission.origin}${page}?once=${admission.invite()}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      channels.close();
      await sessions.shutdown();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Where the machine itself, and nobody else, reaches a server; with the form in which addresses name it. */
const LOOPBACK = [
  { address: '127.0.0.1', host: '127.0.0.1' },
  // For machines that have IPv6 only.
  { address: '::1', host: '[::1]' },
];

/** @returns the host for addresses. @throws {UsageError} where there is no loopback interface, else what `listen` reports. */
async function listenOnLoopback(server: http.Server, port: number): Promise<string> {
  for (const { address, host } of LOOPBACK) {
    try {
      server.listen(port, address);
      await once(server, 'listening');
      return host;
    } catch (error) {
      if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  throw new UsageError(
    'This machine cannot reach itself: it has neither the address 127.0.0.1 nor ::1. ' +
      'Bring its loopback interface up (on Linux: ip link set lo up), then start again.',
  );
}

function problem(status: number, message: string): Reply {
  return { kind: 'page', html: problemPage(status, message), plain: true, status };
}
