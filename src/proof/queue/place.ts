import { LocationError, masked, parseLocation } from '../../state/hashdb/location.js';
import { parsePostgresUrl } from '../../state/hashdb/postgres-place.js';
import type { PostgresPlace } from '../../state/hashdb/postgres-place.js';

const SUFFIX = '_jobs';
/** pg-boss takes names of 50 characters. */
const LONGEST = 50 - SUFFIX.length;

/**
 * Where a queue is kept: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`, as for a database of entries. Its
 * tables are in the schema `NAME_jobs`, so that the same URL may name both.
 * @throws {LocationError} another kind of URL, or a schema's name of more than 45 characters
 */
export function queuePlace(text: string): PostgresPlace {
  if (text === '' || parseLocation(text).kind !== 'postgres') {
    const got = masked(text) || 'an empty text';
    throw new LocationError(`expected postgres://USER@HOST:5432/DATABASE?schema=NAME for the queue, got ${got}`);
  }
  const place = parsePostgresUrl(text);
  if (place.schema.length > LONGEST) {
    throw new LocationError(
      `expected a schema name of at most ${LONGEST} characters for a queue, got ${JSON.stringify(place.schema)}`,
    );
  }
  return { ...place, schema: `${place.schema}${SUFFIX}` };
}
