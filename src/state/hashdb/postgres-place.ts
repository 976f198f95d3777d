import { LocationError, masked } from './location.js';
import { parseUrl } from './url.js';

/** A database on a PostgreSQL server: a schema of its own, so that several have room in one PostgreSQL database. */
export interface PostgresPlace {
  /** The URL without what is said in it to this program alone. */
  readonly connectionString: string;
  readonly schema: string;
  /** The URL as it may be shown. */
  readonly shown: string;
}

export const DEFAULT_SCHEMA = 'rootshift';

const EXPECTED = 'a URL such as postgres://USER@HOST:5432/DATABASE?schema=NAME';

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`. The schema is `rootshift` if none is named;
 * all other parameters are those of PostgreSQL's own connection strings.
 * @throws {LocationError} no such URL, or a schema's name that would need quotes in SQL
 */
export function parsePostgresUrl(text: string): PostgresPlace {
  const url = parseUrl(text, EXPECTED);
  const schema = url.searchParams.get('schema') ?? DEFAULT_SCHEMA;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new LocationError(
      `expected a schema of lower-case letters, digits and _ in ${masked(text)}, at most 63, got ${JSON.stringify(schema)}`,
    );
  }
  url.searchParams.delete('schema');
  return { connectionString: url.href, schema, shown: masked(text) };
}
