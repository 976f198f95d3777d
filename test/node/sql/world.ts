/** A database for the node's tests of one file, on a server that is started when first asked for. */
import { onTestFinished } from 'vitest';
import { openSql } from '../../../src/node/sql/postgres.js';
import type { Sql } from '../../../src/node/sql/sql.js';
import { postgres } from '../../postgres/server.js';

/** A schema of its own, closed with the test. */
export async function freshSql(): Promise<Sql> {
  const sql = openSql((await postgres()).url());
  onTestFinished(() => sql.close());
  return sql;
}
