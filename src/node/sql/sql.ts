import type { Closable } from '../../base/tasks/closing.js';

/** A value that a statement takes: bytes are `bytea`, bigints any integer type, lists an array of one of these. */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | Date
  | null
  | readonly (string | number | bigint | Uint8Array | null)[];

/** Where statements go: a database, or one of its transactions. */
export interface Queries {
  /**
   * Runs a statement, whose parameters are `$1`, `$2` and so on, and gives its rows; without parameters, it may be
   * several. `bigint` and `numeric` columns come as bigint, `integer` as number, `bytea` as bytes, `jsonb` as what it
   * says. Tables need no schema's name.
   * @throws {SqlError} the server refuses, or cannot be reached
   */
  query<Row extends object>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
}

/**
 * A schema of a PostgreSQL server. What it is told it keeps, also if this process or the server is killed.
 *
 * @example
 * await using sql = await openSql('postgres://host/chain?schema=pool');
 * await migrate(sql, 'pool', POOL_MIGRATIONS);
 * const rows = await sql.query<{ nonce: bigint }>('select nonce from pool_transactions where hash = $1', [hash]);
 */
export interface Sql extends Queries, Closable {
  /** Its URL, without the password. */
  readonly location: string;
  readonly schema: string;
  /**
   * Runs `work` as one transaction: all that it writes or, if it throws, nothing. Not run again by itself.
   * @throws what `work` throws
   * @throws {SqlError} the server refuses, or cannot be reached
   */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  /**
   * Calls back for each `notify` on a channel, by whoever is connected to the same database. The connection is made
   * again when it is lost: notices sent meanwhile are lost, and `onGap` is told, after which what they would have said
   * has to be looked up.
   * @returns ends it
   */
  listen(channel: string, onNotice: (payload: string) => void, onGap: () => void): Promise<() => Promise<void>>;
}
