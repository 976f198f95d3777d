import { type Poseidon } from '../hash/poseidon.js';
import { type Driver } from '../hashdb/driver.js';
import { type HashDb } from '../hashdb/hashdb.js';
import { parseAddress, refusePlaintext } from './address.js';
import { Batches } from './batches.js';
import { type OnBug } from './calls.js';
import { type ServerTls, startGrpcServer } from './grpc-server.js';
import { Health } from './health.js';
import { limitTime, requireToken } from './interceptors.js';
import { Metrics, serveMetrics } from './metrics.js';
import { stateService } from './state-service.js';
import { storeService } from './store-service.js';

export interface ServeOptions {
  readonly poseidon: Poseidon;
  /** What is served: the records, and the state that they are. Closed with the server. */
  readonly driver: Driver;
  readonly db: HashDb;
  /** `HOST:PORT`; port 0 for any that is free. */
  readonly listen: string;
  readonly tls?: ServerTls | undefined;
  /** What clients have to show; without it anyone who can connect may do everything. */
  readonly token?: string | undefined;
  /** Listens for other machines also without TLS. */
  readonly insecure: boolean;
  /** `HOST:PORT` of a page for Prometheus; without it there is none. */
  readonly metrics?: string | undefined;
  /** Bytes of the largest message that a client may send. */
  readonly maxMessageBytes: number;
  /** How long a call may take, and how long a client may be silent in the middle of one. */
  readonly callSeconds: number;
  /** How long a batch is kept for a client that is silent. */
  readonly batchSeconds: number;
  /** Told of what no client is told: errors that are bugs, and a damaged database. */
  readonly onBug: OnBug;
}

/** A database that is being served. */
export interface Serving {
  /** `grpc://HOST:PORT`, or `grpcs://` with TLS. */
  readonly url: string;
  /** Of the page for Prometheus. */
  readonly metricsUrl: string | null;
  /** Takes no more calls, finishes those that run, and closes the database. */
  stop(): Promise<void>;
}

/** Open batches, of all clients, and what they hold: some hundred megabytes. */
const MOST_BATCHES = 1000;
const MOST_ENTRIES = 1_000_000;
/** So long calls that run may take to finish when the server stops. */
const GRACE_MS = 10_000;
/** What writes is not cut off when it takes long: nobody would know whether it had been done. */
const PATIENT = ['/rootshift.store.v1.Store/WriteIf', '/rootshift.store.v1.Store/Compact', '/rootshift.state.v1.State/Flush'];

/**
 * Serves a database over gRPC: its records for other Rootshift processes, its state for programs in any
 * language, its health, and its metrics. The services are described in `protos/`.
 * @throws {ServeError} it cannot listen there, or not safely
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { poseidon, driver, db, token, insecure, maxMessageBytes, callSeconds, batchSeconds, onBug } = options;
  const page = options.metrics === undefined ? null : parseAddress(options.metrics);
  if (page !== null) refusePlaintext('the page of metrics', page, insecure);
  const batches = new Batches(poseidon, db, { idleMs: batchSeconds * 1000, batches: MOST_BATCHES, entries: MOST_ENTRIES });
  const health = new Health(['rootshift.store.v1.Store', 'rootshift.state.v1.State'], onBug);
  const metrics = page === null ? null : new Metrics(db, batches);
  const server = await startGrpcServer({
    listen: options.listen,
    tls: options.tls,
    insecure,
    maxMessageBytes,
    interceptors: [
      ...(metrics === null ? [] : [metrics.interceptor]),
      ...(token === undefined ? [] : [requireToken(token)]),
      limitTime(callSeconds * 1000, PATIENT),
    ],
    services: {
      'rootshift.store.v1.Store': storeService(driver, onBug),
      'rootshift.state.v1.State': stateService({ poseidon, db, batches, expiresAfter: batchSeconds, onBug }),
      'grpc.health.v1.Health': health.implementation,
    },
  });
  const metricsPage =
    page === null || metrics === null
      ? null
      : await serveMetrics(metrics.registry, page).catch(async (error: unknown) => {
          await server.stop(0);
          throw error;
        });
  return {
    url: server.url,
    metricsUrl: metricsPage?.url ?? null,
    stop: async () => {
      health.stop();
      await server.stop(GRACE_MS);
      await metricsPage?.stop();
      batches.clear();
      await db.close();
    },
  };
}
