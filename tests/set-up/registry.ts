/** A registry, or a mirror of the storage host, on the loopback interface. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { NATIVE } from './project';

export interface Registry {
  url: string;
  /** Paths that were asked for. */
  asked: string[];
  close(): Promise<void>;
}

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

// A test that fails does not come to close its server, which would keep the process from ending.
const open = new Set<Registry>();
after(() => Promise.all([...open].map((registry) => registry.close())));

export async function serve(answer: Answer): Promise<Registry> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const registry: Registry = {
    url,
    asked,
    close: () => {
      open.delete(registry);
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  open.add(registry);
  return registry;
}

/** An npm registry with the one package native-package@1.0.0; `send` answers for its tarball. */
export function serveNativePackage(send: Answer = (_, response) => response.end(NATIVE.tarball)): Promise<Registry> {
  return serve((request, response) => {
    if (request.url?.endsWith('.tgz')) return send(request, response);
    if (request.url !== '/native-package') return response.writeHead(404).end();
    const tarball = `http://${request.headers.host}/native-package/-/native-package-1.0.0.tgz`;
    const version = { name: 'native-package', version: '1.0.0', dist: { tarball } };
    response.setHeader('content-type', 'application/json');
    return response.end(
      JSON.stringify({ name: 'native-package', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }),
    );
  });
}

/** Sends half of the package and then nothing more. */
export const stall: Answer = (_, response) => {
  response.setHeader('content-length', NATIVE.tarball.length);
  response.write(NATIVE.tarball.subarray(0, NATIVE.tarball.length / 2));
};

/** A mirror of the storage host with what the stand-in's installer downloads. */
export function serveMirror(): Promise<Registry> {
  return serve((request, response) => {
    const files = Object.entries(NATIVE.files).map(([name, bytes]) => [name, bytes.toString('base64')]);
    return response.end(request.url === '/native.json' ? JSON.stringify(Object.fromEntries(files)) : '');
  });
}

export const refuse: Answer = (_, response) => response.writeHead(403).end('forbidden');
