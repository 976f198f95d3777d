import { hostname } from 'node:os';
import { findProvers } from '../../proof/prover/find.js';
import { QueueConnection } from '../../proof/queue/connection.js';
import { Jobs } from '../../proof/queue/jobs.js';
import { work, type WorkerEvent } from '../../proof/queue/work.js';
import { StorageError } from '../../state/hashdb/driver.js';
import { parseAddress } from '../../server/address.js';
import { serveMetrics } from '../../server/metrics.js';
import { WorkerMetrics } from '../../server/worker-metrics.js';
import { requireQueue } from '../input.js';
import { count, inLine, type Outcome, printAside, seconds, table } from '../io.js';
import type { Places } from '../places.js';
import { signalled } from '../signals.js';

export interface WorkerOptions {
  readonly queue?: string;
  readonly prover: string;
  readonly workerMetrics?: string;
  readonly leaseSeconds: number;
}

/** Works until it is told to stop (SIGINT or SIGTERM). */
export async function workerCommand({ store }: Places, options: WorkerOptions): Promise<Outcome> {
  const [url, page] = [requireQueue(options.queue), options.workerMetrics && parseAddress(options.workerMetrics)];
  const programs = await findProvers(options.prover, process.env['PATH'] ?? '');
  const stop = new AbortController();
  const told = signalled().then((signal) => {
    printAside('stopping: finishing what is in hand');
    stop.abort();
    return signal;
  });
  const onWarning = (warning: string): void => printAside(`warning: ${warning}`);
  const connection = await QueueConnection.open(url, {
    createIfMissing: true,
    patience: { signal: stop.signal, onWarning },
  }).catch((error: unknown) => {
    // Told to stop while it waited for the server.
    if (stop.signal.aborted && error instanceof StorageError) return null;
    throw error;
  });
  const name = `${hostname()}:${process.pid}`;
  if (connection === null) return stopped(name, await told, { done: 0, failed: 0, lost: 0 });
  try {
    const metrics = new WorkerMetrics(new Jobs(connection));
    const metricsPage = page ? await serveMetrics(metrics.registry, page) : null;
    printAside(`worker ${name} takes jobs from the queue at ${connection.location}`);
    if (metricsPage !== null) printAside(`metrics at ${metricsPage.url}`);
    const ended = { done: 0, failed: 0, lost: 0 };
    const onEvent = (event: WorkerEvent): void => {
      metrics.take(event);
      if (event.kind in ended) ended[event.kind as keyof typeof ended]++;
      printAside(inLine(sentence(event)));
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
      await metricsPage?.stop();
      // Nobody waits for the server any more.
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

function sentence(event: WorkerEvent): string {
  if (event.kind === 'warning') return `warning: ${event.warning}`;
  const job = `job ${event.job.slice(0, 12)} (${event.circuit})`;
  switch (event.kind) {
    case 'taken':
      return `${job} taken`;
    case 'done':
      return `${job} done by ${event.prover}: ${Object.entries(event.timings)
        .map(([stage, ms]) => `${stage} ${seconds(ms)}`)
        .join(', ')}`;
    case 'failed':
      return `${job} failed: ${event.error}`;
    case 'lost':
      return `${job} is not this worker's any more: it was cancelled, or went to another after a silence`;
  }
}
