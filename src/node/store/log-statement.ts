import type { SqlValue } from '../sql/sql.js';
import { addressBytes, LOG_COLUMNS, word } from './rows.js';
import type { LogFilter } from './state-db.js';

/** The statement that finds logs, in the order of blocks and logs. */
export function logStatement(
  { fromBlock, toBlock, addresses, topics }: LogFilter,
  limit: number,
): { readonly text: string; readonly values: SqlValue[] } {
  const values: SqlValue[] = [fromBlock, toBlock, limit];
  const conditions = ['l.block between $1 and $2'];
  const among = (column: string, wanted: readonly Uint8Array[]): void => {
    values.push(wanted);
    conditions.push(`${column} = any($${values.length}::bytea[])`);
  };
  if (addresses.length > 0) among('l.address', addresses.map(addressBytes));
  topics.forEach((wanted, place) => {
    const column = `l.topic${place}`;
    // Not more than four: no log has a fifth.
    if (place > 3) conditions.push('false');
    else if (wanted.length === 0) conditions.push(`${column} is not null`);
    else among(column, wanted.map(word));
  });
  const text = `select ${LOG_COLUMNS} from logs l join blocks b on b.number = l.block
    join transactions t on t.block = l.block and t.index = l.index
    where ${conditions.join(' and ')} order by l.block, l.log_index limit $3`;
  return { text, values };
}
