import * as grpc from '@grpc/grpc-js';
import * as prometheus from 'prom-client';
import { checkAddresses, parseAddress } from './address.js';
import { Batches } from './batches.js';
import { startGrpcServer } from './grpc-server.js';
import { Health } from './health.js';
import { limitTime, requireToken, watchCalls } from './interceptors.js';
import { Metrics } from './metrics.js';
import type { OnBug, ServeOptions, Serving } from './options.js';
import { servePages } from './pages.js';
import { stateService } from './state-service.js';
import { storeService } from './store-service.js';

/** Open batches, of all clients, and what they hold: some hundred megabytes. */
const MOST_BATCHES = 1000;
const MOST_PARTS = 100;
const MOST_ENTRIES = 1_000_000;
/** So long calls that run may take to finish when the server stops. */
const GRACE_MS = 10_000;
/** What writes is not cut off when it takes long: nobody would know whether it had been done. */
const PATIENT = [
  '/rootshift.store.v1.Store/WriteIf',
  '/rootshift.store.v1.Store/Compact',
  '/rootshift.state.v1.State/Flush',
];

/** What `serve` does. */
export async function serveNow(options: ServeOptions): Promise<Serving> {
  const { driver, db, token, maxMessageBytes, callSeconds, batchSeconds, onEvent } = options;
  const onBug: OnBug = (error) => onEvent({ kind: 'bug', error });
  checkAddresses(options);
  const page = options.metrics === undefined ? null : parseAddress(options.metrics);
  const limits = { idleMs: batchSeconds * 1000, batches: MOST_BATCHES, parts: MOST_PARTS, entries: MOST_ENTRIES };
  const batches = new Batches(db, limits, (batch) => onEvent({ kind: 'expired', batch }));
  const health = new Health(['rootshift.store.v1.Store', 'rootshift.state.v1.State'], onBug);
  const metrics = page === null ? null : new Metrics(db, batches);
  const server = await startGrpcServer({
    listen: options.listen,
    tls: options.tls,
    maxMessageBytes,
    interceptors: [
      watchCalls(({ method, client }) => {
        const start = performance.now();
        return (code) =>
          onEvent({ kind: 'call', method, code: grpc.status[code], ms: performance.now() - start, client });
      }),
      ...(metrics === null ? [] : [watchCalls(metrics.began)]),
      ...(token === undefined ? [] : [requireToken(token)]),
      limitTime(callSeconds * 1000, PATIENT),
    ],
    services: {
      'rootshift.store.v1.Store': storeService(driver, onBug),
      'rootshift.state.v1.State': stateService({ db, batches, expiresAfter: batchSeconds, onBug }),
      'grpc.health.v1.Health': health.implementation,
    },
  });
  let stopping = false;
  const ready = async (): Promise<void> => {
    if (stopping) throw new Error('the server is stopping');
    await db.current();
  };
  const pages =
    page === null || metrics === null
      ? null
      : await servePages(metrics.registry, page, ready).catch(async (error: unknown) => {
          await server.stop(0);
          throw error;
        });
  const close = async (): Promise<void> => {
    stopping = true;
    health.stop();
    await server.stop(GRACE_MS);
    await pages?.stop();
    batches.clear();
    await db.close();
  };
  return { url: server.url, metricsUrl: pages?.metricsUrl ?? null, close, [Symbol.asyncDispose]: close };
}

/** What `tryListening` does. */
export async function tryNow({
  listen,
  tls,
  metrics,
}: Pick<ServeOptions, 'listen' | 'tls' | 'metrics'>): Promise<void> {
  const server = await startGrpcServer({ listen, tls, maxMessageBytes: 0, interceptors: [], services: {} });
  try {
    if (metrics === undefined) return;
    const pages = await servePages(new prometheus.Registry(), parseAddress(metrics), async () => {});
    await pages.stop();
  } finally {
    await server.stop(0);
  }
}
