import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { HashDbError, storageError, UnknownOutcomeError } from './driver.js';
import type { PostgresPlace } from './postgres-place.js';
import type { Token } from './postgres-tokens.js';
import { Tokens } from './postgres-tokens.js';

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
  private readonly tokens: Tokens;
  private readonly sockets = new Set<Socket>();
  private closed: Promise<void> | null = null;

  /** @param signal closes it */
  constructor(
    readonly place: PostgresPlace,
    private readonly signal?: AbortSignal,
  ) {
    this.tokens = new Tokens(place.schema);
    this.pool = new pg.Pool({
      connectionString: place.connectionString,
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'rootshift',
      stream: () => {
        const socket = new Socket();
        this.sockets.add(socket);
        socket.once('close', () => this.sockets.delete(socket));
        return socket;
      },
    });
    // A connection that breaks while nobody uses it is replaced when one is needed; one in use fails its query, too.
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => void client.on('error', () => {}));
    if (signal?.aborted) this.stop();
    else signal?.addEventListener('abort', this.stop);
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
   * Transactions over one schema take turns, and each statement sees what those before wrote. Run again if the server
   * undid it for the sake of others, or went away, also during the COMMIT: what is done twice has to do no harm.
   * @returns what `work` returned
   * @throws {StorageError} the server cannot be reached, or refuses
   */
  transaction(work: (client: pg.ClientBase) => Promise<boolean>): Promise<boolean> {
    return this.trying('write', () =>
      this.onConnection(async (client) => {
        await this.begin(client);
        return end(client, await work(client));
      }),
    );
  }

  /**
   * The same, but what was done is not done again. The transaction leaves a token. If the COMMIT is not answered, or
   * with an error, the server is asked for it as soon as it is there again. An error may be a server's last word before
   * it crashes, as where its log has no room.
   * @throws {StorageError} the server cannot be reached, or refuses: nothing was written
   * @throws {UnknownOutcomeError} it went away during the COMMIT and did not come back for half a minute
   */
  transactionOnce(work: (client: pg.ClientBase) => Promise<boolean>): Promise<boolean> {
    return this.trying('write', async () => {
      let committing: Token | null = null;
      try {
        return await this.onConnection(async (client) => {
          const token = this.tokens.next(client);
          await this.begin(client, this.tokens.leave(token));
          const wanted = await work(client);
          if (wanted) committing = token;
          return end(client, wanted);
        });
      } catch (error) {
        if (committing !== null && (await this.wasCommitted(committing, error))) return true;
        throw error;
      }
    });
  }

  /** What the server has not answered yet fails. */
  close(): Promise<void> {
    return (this.closed ??= this.end());
  }

  private readonly stop = (): void => void this.close();

  private async end(): Promise<void> {
    this.signal?.removeEventListener('abort', this.stop);
    // Those that nobody uses say goodbye.
    const ended = this.pool.end();
    if (this.pool.totalCount > 0) for (const socket of this.sockets) socket.destroy();
    await ended;
  }

  /** Begins a transaction, waits for its turn, and runs what more comes first. */
  private async begin(client: pg.ClientBase, first = ''): Promise<void> {
    await client.query(`
      begin isolation level read committed;
      set local idle_in_transaction_session_timeout = ${SILENCE_MS};
      select pg_advisory_xact_lock(${LOCKS}, hashtext('${this.place.schema}'));
      ${first}`);
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

  /**
   * What became of a transaction whose COMMIT was not answered. It may be under way still: whoever has the next turn
   * sees what it left.
   */
  private async wasCommitted(token: Token, cause: unknown): Promise<boolean> {
    const start = performance.now();
    for (; this.closed === null && performance.now() - start < PATIENCE_MS; await sleep(PAUSE_MS)) {
      try {
        return await this.onConnection(async (client) => {
          await this.begin(client);
          const isThere = await this.tokens.isThere(client, token);
          await end(client, false);
          return isThere;
        });
      } catch (error) {
        if (!(error instanceof NoConnection) && !isLost(error)) throw error;
      }
    }
    throw new UnknownOutcomeError(
      `the connection to the database at ${this.place.shown} was lost during a write; it is not known whether the write was made: check the current root`,
      { cause },
    );
  }
}

async function end(client: pg.ClientBase, wanted: boolean): Promise<boolean> {
  await client.query(wanted ? 'commit' : 'rollback');
  return wanted;
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
