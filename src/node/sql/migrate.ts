import type { Sql } from './sql.js';

/** One step from an older layout of some tables to a newer one. A step that was ever released is never changed. */
export interface Migration {
  readonly name: string;
  /** Statements. The tables' names need no schema. */
  readonly sql: string;
}

/** The tables are newer than the program. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** Of the two numbers of an advisory lock, the one that says that it is a migration of Rootshift's. */
const LOCKS = 0x726d6967;

/**
 * Brings a component's tables up to what this program knows, one transaction a step, and makes the schema if there is
 * none. Processes that do so at once take turns.
 * @param component whose tables: several may have theirs in one schema
 * @throws {MigrationError} the tables are newer than the program
 * @throws {SqlError} the server refuses, or cannot be reached
 */
export async function migrate(sql: Sql, component: string, migrations: readonly Migration[]): Promise<void> {
  const { schema, location } = sql;
  for (let isDone = false; !isDone;) {
    isDone = await sql.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOCKS, schema]);
      const [found] = await tx.query('select 1 as found from pg_namespace where nspname = $1', [schema]);
      // A schema made by the server's administrator is taken as it is: `if not exists` asks for a right over it.
      if (found === undefined) await tx.query(`create schema ${schema}`);
      await tx.query(`create table if not exists node_migrations (
        component text not null,
        version integer not null,
        name text not null,
        applied_at timestamptz not null default now(),
        primary key (component, version)
      )`);
      const [row] = await tx.query<{ version: number }>(
        'select coalesce(max(version), 0) as version from node_migrations where component = $1',
        [component],
      );
      const { version } = row!;
      if (version > migrations.length) {
        const what = `the tables of the ${component} at ${location} have version ${version}`;
        throw new MigrationError(
          `${what}, but this program knows versions up to ${migrations.length}: use a newer program`,
        );
      }
      const next = migrations[version];
      if (next === undefined) return true;
      await tx.query(next.sql);
      await tx.query('insert into node_migrations (component, version, name) values ($1, $2, $3)', [
        component,
        version + 1,
        next.name,
      ]);
      return version + 1 === migrations.length;
    });
  }
}
