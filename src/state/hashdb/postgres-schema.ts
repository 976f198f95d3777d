import type pg from 'pg';
import { NoDatabaseError, NotADatabaseError } from './driver.js';
import { DatabaseVersionError } from './format.js';
import type { PostgresSession } from './postgres-session.js';
import { tokensTable } from './postgres-tokens.js';

/** One step from an older layout of the tables to a newer one. */
export interface Migration {
  readonly name: string;
  /** The statements, for the schema with this name. */
  readonly sql: (schema: string) => string;
}

/** How the tables came to be as they are. A step that was ever released is never changed: another is added. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'records: bytes under bytes; tokens: which transactions were committed',
    // Hashes do not compress; PostgreSQL is not to try.
    sql: (schema) => `
      create table ${schema}.records (key bytea primary key, value bytea not null);
      alter table ${schema}.records alter column value set storage external;
      ${tokensTable(schema)}
    `,
  },
];

/**
 * Brings the tables of a schema up to what this program knows, one transaction a step. Processes that
 * do so at once take turns.
 * @throws {NoDatabaseError} there are no tables yet, and none were to be made
 * @throws {NotADatabaseError} there are tables of something else
 * @throws {DatabaseVersionError} the tables are newer than the program
 */
export async function migrate(
  session: Pick<PostgresSession, 'place' | 'read' | 'transaction'>,
  createIfMissing: boolean,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const { schema, shown } = session.place;
  const versionNow = (client: pg.ClientBase): Promise<number | null> => versionOf(client, schema, shown);
  for (;;) {
    const version = await session.read(versionNow);
    if (version === migrations.length) return;
    if (version === null && !createIfMissing) throw new NoDatabaseError(shown);
    if (version !== null && version > migrations.length) {
      throw new DatabaseVersionError(
        `the tables of the database at ${shown} have version ${version}, but this program knows versions up to ${migrations.length}: use a newer program`,
      );
    }
    await session.transaction(async (client) => {
      const before = await versionNow(client);
      if (before === null) await createSchema(client, schema);
      const next = migrations[before ?? 0];
      // Another process was faster.
      if (next === undefined) return false;
      await client.query(next.sql(schema));
      await client.query(`insert into ${schema}.migrations (version, name) values ($1, $2)`, [
        (before ?? 0) + 1,
        next.name,
      ]);
      return true;
    });
  }
}

async function createSchema(client: pg.ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  // A schema made by the server's administrator is taken as it is: `create schema if not exists` asks for a right over
  // it.
  if (rowCount === 0) await client.query(`create schema ${schema}`);
  await client.query(`
    create table ${schema}.migrations (
      version integer primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`);
}

/** How many steps the tables have behind them; null if there are none. */
async function versionOf(client: pg.ClientBase, schema: string, shown: string): Promise<number | null> {
  const { rows } = await client.query<{ name: string }>(
    'select relname as name from pg_class join pg_namespace n on n.oid = relnamespace where nspname = $1 order ' +
      'by relname',
    [schema],
  );
  if (rows.length === 0) return null;
  if (!rows.some(({ name }) => name === 'migrations')) {
    throw new NotADatabaseError(shown, `a schema ${schema} with ${rows[0]!.name} in it`);
  }
  const versions = await client.query<{ version: number }>(
    `select coalesce(max(version), 0) as version from ${schema}.migrations`,
  );
  return versions.rows[0]!.version;
}
