/** Jobs for a queue, planners of them, and workers: in this process, or in processes of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import type { ProverProgram } from '../../../src/proof/prover/program.js';
import type { ProofJob } from '../../../src/proof/prover/queue.js';
import { QueueConnection } from '../../../src/proof/queue/connection.js';
import { PostgresQueue } from '../../../src/proof/queue/postgres-queue.js';
import type { PostgresQueueOptions } from '../../../src/proof/queue/postgres-queue.js';
import { work } from '../../../src/proof/queue/work.js';
import type { WorkerEvent } from '../../../src/proof/queue/work.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { BIN, environment } from '../../cli/cli.js';
import { circuit, keys, STORE } from '../prover/prover.js';

/**
 * What a worker of this process keeps its jobs for: it takes a third of it to rest, or to find out what was cancelled.
 */
const LEASE_SECONDS = 6;
/** What one in its own process does: longer than it is silent on a busy machine. */
const LONG_LEASE_SECONDS = 60;

/** Few, as each is proven in earnest once. */
export const jobs: readonly ProofJob[] = await Promise.all(
  [5n, 6n, 7n].map(async (value) => ({
    trace: (await run([[1n, 7n]], [read(1n), write(2n, value)], 2)).trace,
    circuit,
    keys,
  })),
);

/** Open until the test is done. */
export async function connectTo(url: string): Promise<QueueConnection> {
  const connection = await QueueConnection.open(url, {
    createIfMissing: true,
    patience: { signal: new AbortController().signal, onWarning: () => {} },
  });
  onTestFinished(() => connection.close());
  return connection;
}

export async function planner(url: string, options?: PostgresQueueOptions): Promise<PostgresQueue> {
  const queue = await PostgresQueue.open(url, options);
  onTestFinished(() => queue.close());
  return queue;
}

export interface TestWorker {
  readonly events: readonly WorkerEvent[];
  /** Resolves with the first events of a kind, when there have been so many. */
  first<Kind extends WorkerEvent['kind']>(kind: Kind, count?: number): Promise<Extract<WorkerEvent, { kind: Kind }>[]>;
  stop(): Promise<void>;
}

/** A worker of this process; it ends with the test. */
export async function worker(
  url: string,
  program: ProverProgram,
  {
    name = 'worker',
    store = STORE,
    leaseSeconds = LEASE_SECONDS,
  }: { name?: string; store?: ArtifactStore; leaseSeconds?: number } = {},
): Promise<TestWorker> {
  const stop = new AbortController();
  const events: WorkerEvent[] = [];
  const told: (() => void)[] = [];
  const onEvent = (event: WorkerEvent): void => {
    events.push(event);
    told.forEach((tell) => tell());
  };
  const patience = { signal: stop.signal, onWarning: (warning: string) => onEvent({ kind: 'warning', warning }) };
  const connection = await QueueConnection.open(url, { createIfMissing: true, patience });
  const working = work({ connection, store, programs: [program], name, leaseSeconds, signal: stop.signal, onEvent });
  const end = async (): Promise<void> => {
    stop.abort();
    await working;
    await connection.close();
  };
  let ended: Promise<void> | null = null;
  const stopOnce = (): Promise<void> => (ended ??= end());
  onTestFinished(stopOnce);
  return {
    events,
    first: (kind, count = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.filter(
            (event): event is Extract<WorkerEvent, { kind: typeof kind }> => event.kind === kind,
          );
          if (found.length >= count) resolve(found.slice(0, count));
        };
        told.push(look);
        look();
      }),
    stop: stopOnce,
  };
}

export interface WorkerProcess {
  readonly metricsUrl: string | undefined;
  /** What it said so far on stderr. */
  readonly said: readonly string[];
  isRunning(): boolean;
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly stdout: string }>;
  /** Its exit code, when it has ended by itself. */
  readonly ended: Promise<number | null>;
}

/** `rootshift worker`; it ends with the test. */
export async function workerProcess(
  cwd: string,
  url: string,
  prover: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<WorkerProcess> {
  const line = [
    BIN,
    'worker',
    '--queue',
    url,
    '--prover',
    prover,
    '--lease-seconds',
    String(LONG_LEASE_SECONDS),
    ...args,
  ];
  const child = spawn(process.execPath, line, {
    cwd,
    env: { ...environment(), TMPDIR: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  let stdout = '';
  child.stdout.on('data', (data) => (stdout += String(data)));
  const said: string[] = [];
  const wanted = args.includes('--worker-metrics') ? 2 : 1;
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (text) => said.push(text) === wanted && resolve());
    void closed.then(() => reject(new Error(`the worker ended: ${said.join('\n')}`)));
  });
  return {
    metricsUrl: /http:\S+$/.exec(said[1] ?? '')?.[0],
    said,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended: closed.then(([code]) => code as number | null),
    end: async (signal) => {
      // As a terminal does, to all of the group.
      process.kill(-child.pid!, signal);
      const [code] = (await closed) as [number | null];
      return { code, stdout };
    },
  };
}
