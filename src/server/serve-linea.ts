import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rpcListener } from '../base/json-rpc/http.js';
import type { Closable } from '../base/tasks/closing.js';
import type { StateDb } from '../linea/store/state-db.js';
import { checkAddresses, formatAddress, parseAddress, ServeError } from './address.js';
import { lineaMethods } from './linea-methods.js';

const MAX_BODY_BYTES = 1 << 20;
const MAX_ANSWER_BYTES = 1 << 27;
const MAX_BATCH = 100;

/**
 * How Linea's state is served.
 * @see {@link serveLinea}
 */
export interface ServeLineaOptions {
  /** `HOST:PORT`; port 0 for any that is free. */
  readonly listen: string;
  /** What the answers name as the state manager's version. */
  readonly version: string;
  /** Listens for other machines also, without TLS. */
  readonly insecure: boolean;
  /** An error that is a bug, or a damaged database. Clients are not told its details. */
  readonly onBug: (error: unknown) => void;
}

/**
 * Linea's state as it is served.
 * @see {@link serveLinea}
 */
export interface ServingLinea extends Closable {
  /** `http://HOST:PORT` */
  readonly url: string;
}

/**
 * Serves a database of Linea's state over JSON-RPC, with the methods of Shomei that read it. Anyone who can connect may
 * ask. The database is not closed with the server.
 * @throws {ServeError} it cannot listen there, or not safely
 *
 * @example
 * await using serving = await serveLinea(state, serveOptions);
 * serving.url; // 'http://127.0.0.1:8888'
 */
export async function serveLinea(
  db: StateDb,
  { listen, version, insecure, onBug }: ServeLineaOptions,
): Promise<ServingLinea> {
  checkAddresses({ listen, insecure, tls: undefined, metrics: undefined });
  const { host, port } = parseAddress(listen);
  const server = createServer(
    rpcListener({
      call: lineaMethods(db, version),
      maxBatch: MAX_BATCH,
      maxBodyBytes: MAX_BODY_BYTES,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      onBug,
    }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ServeError(`could not listen on ${listen}: ${cause.message}`, { cause })),
    );
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      // Answers that are being made are finished.
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  const bound = (server.address() as AddressInfo).port;
  return { url: `http://${formatAddress({ host, port: bound })}`, close, [Symbol.asyncDispose]: close };
}
