import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { findProvers } from '../../proof/prover/find.js';
import { QueueConnection } from '../../proof/queue/connection.js';
import { Jobs } from '../../proof/queue/jobs.js';
import { work } from '../../proof/queue/work.js';
import type { WorkerEvent } from '../../proof/queue/work.js';
import { StorageError } from '../../state/hashdb/driver.js';
import { parseAddress } from '../../server/address.js';
import { servePages } from '../../server/pages.js';
import { WorkerMetrics } from '../../server/worker-metrics.js';
import { requireQueue } from '../input.js';
import { count, seconds, table } from '../io.js';
import type { Outcome } from '../io.js';
import { openLog } from '../log.js';
import type { LogOptions } from '../log.js';
import type { Places } from '../places.js';
import { signalled } from '../signals.js';

export interface WorkerOptions extends LogOptions {
  readonly queue?: string;
  readonly prover: string;
  readonly workerMetrics?: string;
  readonly leaseSeconds: number;
}

/** Works until SIGINT or SIGTERM. */
export async function workerCommand({ store }: Places, options: WorkerOptions): Promise<Outcome> {
  const url = requireQueue(options.queue);
  const page = options.workerMetrics && parseAddress(options.workerMetrics);
  const programs = await findProvers(options.prover, process.env['PATH'] ?? '');
  const log = openLog(options);
  const stop = new AbortController();
  const told = signalled().then((signal) => {
    log.info({ signal }, 'stopping: finishing running jobs');
    stop.abort();
    return signal;
  });
  const onWarning = (warning: string): void => log.warn(warning);
  const connection = await QueueConnection.open(url, {
    createIfMissing: true,
    patience: { signal: stop.signal, onWarning },
  }).catch((error: unknown) => {
    // A signal came while it waited for the server.
    if (stop.signal.aborted && error instanceof StorageError) return null;
    throw error;
  });
  const name = `${hostname()}:${process.pid}`;
  if (connection === null) return stopped(name, await told, { done: 0, failed: 0, lost: 0 });
  try {
    const jobs = new Jobs(connection);
    const metrics = new WorkerMetrics(jobs);
    const pages = page ? await servePages(metrics.registry, page, () => jobs.counts()) : null;
    const { location } = connection;
    log.info({ worker: name, queue: location }, `worker ${name} takes jobs from the queue at ${location}`);
    if (pages !== null) log.info({ metricsUrl: pages.metricsUrl }, `metrics at ${pages.metricsUrl}`);
    const ended = { done: 0, failed: 0, lost: 0 };
    const onEvent = (event: WorkerEvent): void => {
      metrics.take(event);
      if (event.kind in ended) ended[event.kind as keyof typeof ended]++;
      logEvent(log, event);
    };
    try {
      await work({
        connection,
        store,
        programs,
        name,
        leaseSeconds: options.leaseSeconds,
        signal: stop.signal,
        onEvent,
      });
    } finally {
      await pages?.stop();
      // Nothing waits for the server any more.
      stop.abort();
    }
    return stopped(name, await told, ended);
  } finally {
    await connection.close();
  }
}

function stopped(worker: string, signal: string, ended: Readonly<Record<'done' | 'failed' | 'lost', number>>): Outcome {
  const rows = [
    ['by', signal],
    ['done', count(ended.done, 'job')],
    ['failed', count(ended.failed, 'job')],
    ['lost', count(ended.lost, 'job')],
  ] as const;
  return { text: `Stopped.\n${table(rows)}`, json: { worker, stoppedBy: signal, ...ended } };
}

function logEvent(log: Logger, event: WorkerEvent): void {
  if (event.kind === 'warning') return log.warn(event.warning);
  const { kind: _, ...fields } = event;
  const job = `job ${event.job.slice(0, 12)} (${event.circuit})`;
  switch (event.kind) {
    case 'taken':
      return log.info(fields, `${job} taken`);
    case 'done': {
      const stages = Object.entries(event.timings).map(([stage, ms]) => `${stage} ${seconds(ms)}`);
      return log.info(fields, `${job} done with ${event.prover}: ${stages.join(', ')}`);
    }
    case 'failed':
      return log.error(fields, `${job} failed: ${event.error}`);
    case 'lost':
      return log.warn(fields, `${job} lost: it was cancelled, or it went to another worker after a silence`);
  }
}
