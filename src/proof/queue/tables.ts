import type { Migration } from '../../state/hashdb/postgres-schema.js';

/**
 * Jobs beside pg-boss's own tables, in one schema: pg-boss says whose turn a job is, and counts its tries; here is
 * what is to be proven, who holds it, and what came of it. See `migrate`.
 */
export const JOB_TABLES: readonly Migration[] = [
  {
    name: 'proof_jobs: what is to be proven, and what came of it',
    // An id follows from its key; a second unique index would refuse, by chance, who submits what another does just
    // then. What is compressed already, PostgreSQL is not to compress.
    sql: (schema) => `
      create table ${schema}.proof_jobs (
        key text primary key,
        id uuid not null,
        queue text not null,
        trace bytea not null,
        submitted_at timestamptz not null default now(),
        lease uuid,
        worker text,
        failures integer not null default 0,
        error text,
        proof jsonb,
        prover text,
        timings jsonb,
        proven_at timestamptz
      );
      create index proof_jobs_id on ${schema}.proof_jobs (id);
      alter table ${schema}.proof_jobs alter column trace set storage external;
    `,
  },
];
