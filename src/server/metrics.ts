import * as grpc from '@grpc/grpc-js';
import * as prometheus from 'prom-client';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { Batches } from './batches.js';
import { addGauge } from './gauge.js';
import type { WatchedCall } from './interceptors.js';

/** What a server counts, for Prometheus. */
export class Metrics {
  readonly registry = new prometheus.Registry();
  private readonly calls = this.counter('rootshift_calls_total', 'Answered calls, by method and gRPC status code.', [
    'method',
    'code',
  ]);
  private readonly seconds = new prometheus.Histogram({
    name: 'rootshift_call_seconds',
    help: 'Time from the start of a call to its answer, by method.',
    labelNames: ['method'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers: [this.registry],
  });
  private readonly running = new prometheus.Gauge({
    name: 'rootshift_calls_running',
    help: 'Calls in progress.',
    registers: [this.registry],
  });

  /** Node's own metrics (memory, processor time, event loop) are among them. */
  constructor(db: HashDb, batches: Batches) {
    prometheus.collectDefaultMetrics({ register: this.registry });
    addGauge(this.registry, 'rootshift_batches_open', 'Batches that clients have open.', () => batches.open);
    addGauge(
      this.registry,
      'rootshift_batches_expired',
      'Batches dropped so far because their clients were silent.',
      () => batches.expired,
    );
    addGauge(
      this.registry,
      'rootshift_root_number',
      'Number of the current root in the history.',
      async () => (await db.current()).number,
    );
    addGauge(
      this.registry,
      'rootshift_entries',
      'Entries present under the current root.',
      async () => (await db.current()).entries,
    );
    addGauge(this.registry, 'rootshift_nodes', 'Nodes kept, including those of older roots.', () => db.nodeCount());
    addGauge(this.registry, 'rootshift_disk_bytes', 'Bytes that the database takes.', () => db.sizeOnDisk());
  }

  /** Counts a call that begins. @returns counts its end */
  readonly began = ({ method }: WatchedCall): ((code: grpc.status) => void) => {
    const stop = this.seconds.startTimer({ method });
    this.running.inc();
    return (code) => {
      this.running.dec();
      stop();
      this.calls.inc({ method, code: grpc.status[code] });
    };
  };

  private counter(name: string, help: string, labelNames: readonly string[]): prometheus.Counter {
    return new prometheus.Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
