import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { HashDbError, storageError, UnknownOutcomeError } from './driver.js';
import type { PostgresPlace } from './postgres-place.js';

const MOST_CONNECTIONS = 8;
const CONNECT_MS = 10_000;
/** A server that is silent for so long over one statement counts as gone. */
const STATEMENT_MS = 300_000;
/** A transaction whose client is silent for so long ends: it may be gone, and others wait for their turn. */
const SILENCE_MS = 60_000;
const TRIES = 3;
/** For so long a server that went away during a COMMIT is asked what became of it. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 100;
/** Of the two numbers of an advisory lock, the one that says that it is Rootshift's. */
const LOCKS = 0x726f6f74;

/** Connections to one PostgreSQL server: what goes wrong with them is seen to here. */
export class PostgresSession {
  private readonly pool: pg.Pool;

  constructor(readonly place: PostgresPlace) {
    this.pool = new pg.Pool({
      connectionString: place.connectionString,
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'rootshift',
    });
    // A connection that breaks while nobody uses it is replaced when one is needed; one in use fails its query, too.
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => void client.on('error', () => {}));
  }

  /**
   * Runs `work`, which changes nothing, on a connection; again on another if that one turns out to be dead.
   * @throws {StorageError} the server cannot be reached, or refuses
   */
  read<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return this.trying('read', () => this.onConnection(work));
  }

  /**
   * Runs `work` as one transaction: all of what it writes or, if it throws or returns false, nothing.
   * Transactions over one schema take turns, and each statement sees what those before wrote. Run again
   * if the server undid it for the sake of others, or went away before it was told to commit.
   *
   * If the COMMIT is not answered, or with an error, the server is asked, as soon as it is there again, what became of
   * that transaction; its answer counts. An error may be a server's last word before it crashes, as where its log has no room.
   * @returns what `work` returned
   * @throws {StorageError} the server cannot be reached, or refuses: nothing was written
   * @throws {UnknownOutcomeError} it went away during the COMMIT and did not come back for half a minute
   */
  transaction(work: (client: pg.ClientBase) => Promise<boolean>): Promise<boolean> {
    return this.trying('write', async () => {
      let committing: string | null = null;
      try {
        return await this.onConnection(async (client) => {
          const transaction = await this.begin(client);
          const wanted = await work(client);
          if (wanted) committing = transaction;
          await client.query(wanted ? 'commit' : 'rollback');
          return wanted;
        });
      } catch (error) {
        if (committing !== null && (await this.wasCommitted(committing, error))) return true;
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  /** Begins a transaction and waits for its turn. Returns the transaction's number. */
  private async begin(client: pg.ClientBase): Promise<string> {
    const results: unknown = await client.query(`
      begin isolation level read committed;
      set local idle_in_transaction_session_timeout = ${SILENCE_MS};
      select pg_advisory_xact_lock(${LOCKS}, hashtext('${this.place.schema}'));
      select pg_current_xact_id()::text as id`);
    return (results as readonly pg.QueryResult<{ id: string }>[])[3]!.rows[0]!.id;
  }

  private async onConnection<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw new NoConnection(error);
    });
    let broken = true;
    try {
      const result = await work(client);
      broken = false;
      return result;
    } finally {
      // A connection on which anything failed is closed, which also ends a transaction that was open on it.
      client.release(broken);
    }
  }

  private async trying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof HashDbError) throw error;
        if (error instanceof NoConnection) throw storageError(this.place.shown, 'reach', error.cause);
        if (tries < TRIES && (isLost(error) || wasUndone(error))) continue;
        throw isLost(error) || error instanceof pg.DatabaseError ? storageError(this.place.shown, what, error) : error;
      }
    }
  }

  /** What became of a transaction whose COMMIT was not answered. It may be under way still. */
  private async wasCommitted(transaction: string, cause: unknown): Promise<boolean> {
    for (const start = performance.now(); performance.now() - start < PATIENCE_MS; await sleep(PAUSE_MS)) {
      const status = await this.onConnection((client) => statusOf(client, transaction)).catch((error: unknown) => {
        if (error instanceof NoConnection || isLost(error)) return 'unknown';
        throw error;
      });
      if (status === 'committed') return true;
      if (status === 'aborted') return false;
    }
    throw new UnknownOutcomeError(
      `the connection to the database at ${this.place.shown} was lost during a write; it is not known whether the write was made: check the current root`,
      { cause },
    );
  }
}

/** Nothing was sent: there was no connection to send it by. */
class NoConnection extends Error {
  constructor(cause: unknown) {
    super('no connection', { cause });
  }
}

/** The connection broke, or the server is going down or coming up (PostgreSQL's error codes, classes 08 and 57). */
const isLost = (error: unknown): boolean =>
  error instanceof pg.DatabaseError
    ? /^(08|57P0[1235])/.test(error.code ?? '')
    : // What pg and sockets throw has no class of its own; a bug's error has.
      error instanceof Error && error.constructor === Error;

/** The server undid the transaction for the sake of others: serialization failure, deadlock. */
const wasUndone = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && ['40001', '40P01'].includes(error.code ?? '');

/** The server's error for a transaction that has not begun yet. */
const NOT_BEGUN = '22023';

async function statusOf(client: pg.ClientBase, transaction: string): Promise<string | null> {
  const asked = client.query<{ status: string | null }>('select pg_xact_status($1::xid8) as status', [transaction]);
  const { rows } = await asked.catch((error: unknown) => {
    // It crashed before anything of the transaction was in its log, and counts on from before it.
    if (error instanceof pg.DatabaseError && error.code === NOT_BEGUN) return { rows: [{ status: 'aborted' }] };
    throw error;
  });
  return rows[0]!.status;
}
