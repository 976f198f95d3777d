import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { formatAddress, ServeError } from './address.js';
import type { Address } from './address.js';

/** Pages for those who watch a process, over HTTP. */
export interface Pages {
  /** `http://HOST:PORT/metrics` */
  readonly metricsUrl: string;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

/**
 * Serves `/metrics` for Prometheus; `/livez`, which answers as long as the process does; and `/readyz`, which answers
 * with 200 if the process can do its work now, else with 503 and a sentence. The last two are named as in Kubernetes.
 * @param ready throws if the work cannot be done now
 * @throws {ServeError} the address cannot be had
 */
export async function servePages(registry: Registry, address: Address, ready: () => Promise<unknown>): Promise<Pages> {
  const pages: Readonly<Record<string, () => Promise<Answer>>> = {
    // If the database cannot be read, Prometheus takes it that this process is down.
    '/metrics': () =>
      registry.metrics().then((text) => ({ status: 200, text, type: registry.contentType }), unavailable),
    '/livez': async () => ({ status: 200, text: 'ok\n' }),
    '/readyz': () => ready().then(() => ({ status: 200, text: 'ok\n' }), unavailable),
  };
  const server = createServer((request, response) => {
    const page = ['GET', 'HEAD'].includes(request.method ?? '') ? pages[request.url ?? ''] : undefined;
    const expected = { status: 404, text: `expected GET ${Object.keys(pages).join(', ')}\n` };
    void (page === undefined ? Promise.resolve<Answer>(expected) : page()).then(
      ({ status, text, type = 'text/plain' }) => response.writeHead(status, { 'content-type': type }).end(text),
    );
  });
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    metricsUrl: `http://${formatAddress({ ...address, port })}/metrics`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const unavailable = (error: unknown): Answer => ({
  status: 503,
  text: `${error instanceof Error ? error.message : error}\n`,
});

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ServeError(`could not listen on ${formatAddress({ host, port })}: ${cause.message}`, { cause })),
    );
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
}
