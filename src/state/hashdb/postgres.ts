import type pg from 'pg';
import { sameBytes } from './driver.js';
import type { Change, Driver, Guard } from './driver.js';
import { byPages, partsOf } from './parts.js';
import { parsePostgresUrl } from './postgres-place.js';
import { migrate } from './postgres-schema.js';
import { PostgresSession } from './postgres-session.js';
import { Closing } from '../../base/tasks/closing.js';

export interface PostgresOptions {
  /**
   * Makes the schema and its tables if they are not there; else nothing is ever created. The PostgreSQL database is
   * there.
   */
  readonly createIfMissing?: boolean;
  /** Closes it: what the server has not answered yet fails. */
  readonly signal?: AbortSignal | undefined;
}

/** Keys asked for by one statement: some megabytes. */
const KEYS_AT_ONCE = 50_000;
/** What is written by one statement. */
const WRITTEN_AT_ONCE = { bytes: 8 << 20, items: 20_000 };

/** More than it ever takes. */
const COMPACTING_MS = 24 * 3600 * 1000;

/**
 * Opens a schema of a PostgreSQL server, version 13 or newer, as a database that any number of processes
 * share. Tables of an older version of this program are brought up to date.
 * @param url `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`; the schema is `rootshift` by default
 * @throws {LocationError} another kind of URL
 * @throws {NoDatabaseError} the schema is missing or empty, and was not to be made
 * @throws {NotADatabaseError} the schema holds something else
 * @throws {DatabaseVersionError} a newer version of this program made the tables
 * @throws {StorageError} the server cannot be reached, or refuses
 */
export async function openPostgres(
  url: string,
  { createIfMissing = false, signal }: PostgresOptions = {},
): Promise<Driver> {
  const session = new PostgresSession(parsePostgresUrl(url), signal);
  try {
    await migrate(session, createIfMissing);
  } catch (error) {
    await session.close();
    throw error;
  }
  return new PostgresDriver(session);
}

class PostgresDriver extends Closing implements Driver {
  private readonly table: string;

  constructor(private readonly session: PostgresSession) {
    super();
    this.table = `${session.place.schema}.records`;
  }

  get location(): string {
    return this.session.place.shown;
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const held = new Map<string, Uint8Array>();
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const wanted = keys.slice(from, from + KEYS_AT_ONCE);
      const { rows } = await this.session.read((client) =>
        client.query<Row>(`select key, value from ${this.table} where key = any($1::bytea[])`, [wanted]),
      );
      for (const { key, value } of rows) held.set(nameOf(key), value);
    }
    return keys.map((key) => held.get(nameOf(key)));
  }

  writeIf(guard: Guard, changes: readonly Change[]): Promise<boolean> {
    const final = [...new Map(changes.map((change) => [nameOf(change.key), change])).values()];
    const deleted = final.filter(({ value }) => value === null).map(({ key }) => key);
    const puts = final.filter((change): change is Put => change.value !== null);
    return this.session.transactionOnce(async (client) => {
      const { rows } = await client.query<Row>(`select value from ${this.table} where key = $1`, [guard.key]);
      if (!sameBytes(rows[0]?.value, guard.value)) return false;
      if (deleted.length > 0) await client.query(`delete from ${this.table} where key = any($1::bytea[])`, [deleted]);
      for (const part of partsOf(puts, ({ key, value }) => key.length + value.length, WRITTEN_AT_ONCE))
        await this.put(client, part);
      return true;
    });
  }

  private async put(client: pg.ClientBase, puts: readonly Put[]): Promise<void> {
    await client.query(
      `insert into ${this.table} (key, value) select * from unnest($1::bytea[], $2::bytea[])
       on conflict (key) do update set value = excluded.value`,
      [puts.map(({ key }) => key), puts.map(({ value }) => value)],
    );
  }

  iterate(from: Uint8Array, before: Uint8Array): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    const text = `select key, value from ${this.table} where key >= $1 and key < $2 order by key limit $3`;
    return byPages(from, async (start, limit) => {
      const { rows } = await this.session.read((client) => client.query<Row>(text, [start, before, limit]));
      return { records: rows, more: rows.length === limit };
    });
  }

  async sizeOnDisk(): Promise<number> {
    const { rows } = await this.session.read((client) =>
      client.query<{ bytes: string }>('select pg_total_relation_size($1::regclass) as bytes', [this.table]),
    );
    return Number(rows[0]!.bytes);
  }

  /** Writes the table anew: readers and writers wait until it is done. */
  async compact(): Promise<void> {
    const vacuum: pg.QueryConfig & { query_timeout: number } = {
      text: `vacuum (full, analyze) ${this.table}`,
      query_timeout: COMPACTING_MS,
    };
    await this.session.read((client) => client.query(vacuum));
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

interface Put extends Change {
  readonly value: Uint8Array;
}

const nameOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
