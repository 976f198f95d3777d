import type { ServeOptions, Serving } from './options.js';

/**
 * Serves a database over gRPC: its records for other Rootshift processes, its state for programs in any
 * language, its health, and its metrics. The services are described in `protos/`.
 * @throws {ServeError} it cannot listen there, or not safely
 *
 * @example
 * await using serving = await serve(options);
 * serving.url; // 'grpc://127.0.0.1:50051'
 */
export const serve = async (options: ServeOptions): Promise<Serving> =>
  // Loaded where it is used: most do not.
  (await import('./serve-now.js')).serveNow(options);

/**
 * Listens for a moment and serves nothing: tells whether a server could start, before a database is made for it.
 * @throws {ServeError} it cannot listen there
 */
export const tryListening = async (options: Pick<ServeOptions, 'listen' | 'tls' | 'metrics'>): Promise<void> =>
  (await import('./serve-now.js')).tryNow(options);
