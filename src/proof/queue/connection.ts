import type pg from 'pg';
import PgBoss from 'pg-boss';
import { NoDatabaseError } from '../../state/hashdb/driver.js';
import { migrate } from '../../state/hashdb/postgres-schema.js';
import { PostgresSession } from '../../state/hashdb/postgres-session.js';
import { QueueError } from './error.js';
import type { Patience } from './patience.js';
import { PatientSession } from './patient-session.js';
import { queuePlace } from './place.js';
import { JOB_TABLES } from './tables.js';
import { Closing } from '../../base/tasks/closing.js';

/**
 * How a queue is opened.
 * @see {@link QueueConnection}
 */
export interface OpenQueueOptions {
  /** Create the tables if there are none; otherwise nothing is created. */
  readonly createIfMissing: boolean;
  readonly patience: Patience;
}

/** A connection to PostgreSQL as pg-boss takes it. */
interface BossDb {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** The part of pg-boss that is used here; its own types are not exported to users of this package. */
interface Boss {
  createQueue(
    name: string,
    options: { name: string; retryLimit?: number; expireInSeconds?: number; retentionMinutes?: number },
  ): Promise<void>;
  getQueueSize(name: string): Promise<number>;
  send(queue: string, data: object, options?: { id?: string; db?: BossDb }): Promise<string | null>;
  fetch(queue: string): Promise<{ id: string }[]>;
  complete(queue: string, id: string): Promise<void>;
  fail(queue: string, id: string, output: object, options: { db?: BossDb }): Promise<void>;
  cancel(queue: string, id: string): Promise<void>;
  deleteJob(queue: string, id: string, options?: { db?: BossDb }): Promise<void>;
  maintain(): Promise<void>;
}

/** Runs a statement and returns its rows. */
type Query = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** How many days ended jobs are kept. */
export const KEPT_DAYS = 14;

/**
 * The tables of a queue, and pg-boss over them. What is asked waits for a server that is away.
 *
 * @example
 * await using opened = await QueueConnection.open('postgres://host/jobs', { createIfMissing: true, patience });
 */
export class QueueConnection extends Closing {
  private constructor(
    private readonly session: PostgresSession,
    private readonly patient: PatientSession,
    readonly boss: Boss,
  ) {
    super();
  }

  /**
   * @throws {LocationError} `url` is no place of a queue
   * @throws {QueueError} there is no queue, and none was to be made
   * @throws {StorageError} the server refuses, or is away when the patience ends
   */
  static async open(url: string, { createIfMissing, patience }: OpenQueueOptions): Promise<QueueConnection> {
    const session = new PostgresSession(queuePlace(url));
    const stop = (): void => void session.close();
    patience.signal.addEventListener('abort', stop);
    try {
      const patient = new PatientSession(session, patience);
      await migrate(patient, createIfMissing, JOB_TABLES);
      const boss = new PgBoss({
        db: sqlBy((work) => patient.read(work)),
        schema: session.place.schema,
        // Its timers and handlers would use this machine's clock.
        supervise: false,
        schedule: false,
        archiveCompletedAfterSeconds: KEPT_DAYS * 86_400,
        archiveFailedAfterSeconds: KEPT_DAYS * 86_400,
      });
      await boss.start();
      return new QueueConnection(session, patient, boss);
    } catch (error) {
      await session.close();
      if (error instanceof NoDatabaseError)
        throw new QueueError(`there is no queue at ${session.place.shown}`, { cause: error });
      throw error;
    } finally {
      patience.signal.removeEventListener('abort', stop);
    }
  }

  /** The queue's address without its password. */
  get location(): string {
    return this.session.place.shown;
  }

  /** The table of jobs and their results. */
  get jobs(): string {
    return `${this.session.place.schema}.proof_jobs`;
  }

  /** pg-boss's table: which job is next. */
  get turns(): string {
    return `${this.session.place.schema}.job`;
  }

  readonly query: Query = (text, values) => this.patient.read((client) => rowsOn(client, text, values));

  /** The same without waiting. @throws {StorageError} the server is down or refuses */
  readonly queryNow: Query = (text, values) => this.session.read((client) => rowsOn(client, text, values));

  /**
   * Runs `work` as one transaction, which is rolled back if it throws or returns false. Through `db`, pg-boss takes
   * part.
   */
  transaction(work: (query: Query, db: BossDb) => Promise<boolean>): Promise<boolean> {
    return this.patient.transaction((client) =>
      work(
        (text, values) => rowsOn(client, text, values),
        sqlBy((statement) => statement(client)),
      ),
    );
  }

  /** Ends the connection; the queue stays. */
  close(): Promise<void> {
    return this.patient.close();
  }
}

const rowsOn = async <Row extends object>(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> => (await client.query<Row>(text, [...values])).rows;

/** How pg-boss is given a connection. What it sends without values may be several statements. */
const sqlBy = (on: <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>): BossDb => ({
  executeSql: (text, values) =>
    on((client) => (values === undefined ? client.query(text) : client.query(text, values))),
});
