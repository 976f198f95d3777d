import type { Migration } from '../sql/migrate.js';

/** The pool's tables. */
export const POOL_MIGRATIONS: readonly Migration[] = [
  {
    name: 'transactions and blocked senders',
    sql: `
      create table pool_transactions (
        hash bytea primary key,
        bytes bytea not null,
        since bigint not null,
        arrival bigint generated always as identity
      );
      create table pool_blocked (sender bytea primary key);
    `,
  },
];
