import * as prometheus from 'prom-client';
import type { Jobs } from '../proof/queue/jobs.js';
import type { WorkerEvent } from '../proof/queue/work.js';

/** What a worker counts, for Prometheus. */
export class WorkerMetrics {
  readonly registry = new prometheus.Registry();
  private readonly ended = new prometheus.Counter({
    name: 'rootshift_worker_jobs_total',
    help: 'Finished jobs of this worker, by circuit and outcome: done, failed, or lost (cancelled or reassigned).',
    labelNames: ['circuit', 'outcome'],
    registers: [this.registry],
  });
  private readonly seconds = new prometheus.Histogram({
    name: 'rootshift_worker_stage_seconds',
    help: 'Duration of each stage of the jobs that this worker proved, by circuit.',
    labelNames: ['circuit', 'stage'],
    buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000],
    registers: [this.registry],
  });
  private readonly running = new prometheus.Gauge({
    name: 'rootshift_worker_running',
    help: 'Jobs that this worker holds: with the prover, or next.',
    registers: [this.registry],
  });

  /** Node's own metrics (memory, processor time, event loop) are among them. */
  constructor(jobs: Jobs) {
    prometheus.collectDefaultMetrics({ register: this.registry });
    new prometheus.Gauge({
      name: 'rootshift_queue_jobs',
      help: 'Jobs in the whole queue, by state.',
      labelNames: ['state'],
      registers: [this.registry],
      async collect() {
        for (const [state, n] of Object.entries(await jobs.counts())) this.set({ state }, n);
      },
    });
  }

  /** Counts what befalls the worker. */
  take(event: WorkerEvent): void {
    switch (event.kind) {
      case 'warning':
        return;
      case 'taken':
        return this.running.inc();
      case 'done':
        for (const [stage, ms] of Object.entries(event.timings))
          this.seconds.observe({ circuit: event.circuit, stage }, ms / 1000);
        return this.end(event);
      case 'failed':
      case 'lost':
        return this.end(event);
    }
  }

  private end({ circuit, kind }: Exclude<WorkerEvent, { kind: 'warning' }>): void {
    this.running.dec();
    this.ended.inc({ circuit, outcome: kind });
  }
}
