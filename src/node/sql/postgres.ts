import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Closing } from '../../base/tasks/closing.js';
import { parsePostgresUrl } from '../../state/hashdb/postgres-place.js';
import type { PostgresPlace } from '../../state/hashdb/postgres-place.js';
import { SqlError } from './error.js';
import type { Queries, Sql, SqlValue } from './sql.js';

const MOST_CONNECTIONS = 8;
const CONNECT_MS = 10_000;
const PAUSE_MS = 250;

/** Integers of any size come as bigint, bytes as no more than bytes; PostgreSQL's `integer` fits a number. */
const types = new pg.TypeOverrides();
const readBytes = pg.types.getTypeParser(pg.types.builtins.BYTEA, 'text') as (text: string) => Uint8Array;
types.setTypeParser(pg.types.builtins.BYTEA, (text) => Uint8Array.from(readBytes(text)));
for (const type of [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]) types.setTypeParser(type, BigInt);

/**
 * Opens a schema of a PostgreSQL server: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`. Nothing is sent
 * before the first statement.
 * @throws {LocationError} no such URL
 */
export const openSql = (url: string): Sql => new PostgresSql(parsePostgresUrl(url));

class PostgresSql extends Closing implements Sql {
  readonly #pool: pg.Pool;
  readonly #listeners = new Set<Listener>();
  #closed: Promise<void> | null = null;

  constructor(private readonly place: PostgresPlace) {
    super();
    this.#pool = new pg.Pool({ ...configOf(place), max: MOST_CONNECTIONS });
    // A connection that breaks while nobody uses it is replaced when one is needed; one in use fails its query, too.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => void client.on('error', () => {}));
  }

  get location(): string {
    return this.place.shown;
  }

  get schema(): string {
    return this.place.schema;
  }

  async query<Row extends object>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#asking(() => rowsOn<Row>(this.#pool, text, values));
  }

  async transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    const client = await this.#asking(() => this.#pool.connect());
    let broken = true;
    try {
      await this.#asking(() => client.query('begin'));
      const result = await work({ query: (text, values) => this.#asking(() => rowsOn(client, text, values)) });
      await this.#asking(() => client.query('commit'));
      broken = false;
      return result;
    } finally {
      // Closing the connection also ends a transaction that is open on it.
      client.release(broken);
    }
  }

  async listen(channel: string, onNotice: (payload: string) => void, onGap: () => void): Promise<() => Promise<void>> {
    const listener = new Listener(this.place, channel, { onNotice, onGap });
    await this.#asking(() => listener.start());
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
      await listener.end();
    };
  }

  close(): Promise<void> {
    return (this.#closed ??= Promise.all([
      this.#pool.end(),
      ...[...this.#listeners].map((listener) => listener.end()),
    ]).then(() => {}));
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const { message, code } = error as Error & { readonly code?: string };
      const isAnswer = error instanceof pg.DatabaseError;
      const what = isAnswer ? 'refused a statement' : 'could not be reached';
      throw new SqlError(`the database at ${this.place.shown} ${what}: ${message}`, isAnswer ? (code ?? null) : null, {
        cause: error,
      });
    }
  }
}

const configOf = ({ connectionString, schema }: PostgresPlace): pg.ClientConfig => ({
  connectionString,
  connectionTimeoutMillis: CONNECT_MS,
  keepAlive: true,
  application_name: 'rootshift',
  types,
  options: `-c search_path=${schema}`,
});

async function rowsOn<Row extends object>(
  on: pg.Pool | pg.ClientBase,
  text: string,
  values: readonly SqlValue[] = [],
): Promise<Row[]> {
  const { rows } = await (values.length === 0 ? on.query<Row>(text) : on.query<Row>(text, [...values]));
  return rows;
}

/** A connection that only listens, and is made again when it is lost. */
class Listener {
  #client: pg.Client | null = null;
  #isEnded = false;

  constructor(
    private readonly place: PostgresPlace,
    private readonly channel: string,
    private readonly told: { readonly onNotice: (payload: string) => void; readonly onGap: () => void },
  ) {}

  async start(): Promise<void> {
    const client = new pg.Client(configOf(this.place));
    let isLost = false;
    const lost = (): void => {
      if (!isLost && this.#client === client) void this.#again();
      isLost = true;
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.told.onNotice(payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(this.channel)}`);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    if (this.#isEnded) return client.end();
    this.#client = client;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    const client = this.#client;
    this.#client = null;
    await client?.end();
  }

  async #again(): Promise<void> {
    for (;;) {
      if (this.#isEnded) return;
      try {
        await this.start();
        return this.told.onGap();
      } catch {
        await sleep(PAUSE_MS, undefined, { ref: false });
      }
    }
  }
}
