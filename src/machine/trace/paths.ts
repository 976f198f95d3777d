import type { Fr } from '../../base/field/fr.js';
import { readRowBreaches, writeRowBreaches } from './path-rules.js';
import type { Breach, PathHashes } from './path-rules.js';
import type { KeyRow, Trace } from './trace.js';
import type { TraceViolation } from './violation.js';

/**
 * Checks read rows against the old root and write rows one after another, and that each key has one
 * of them. Yields violations; returns the root after the last write row.
 */
export function* checkPaths(
  hashes: PathHashes,
  { keys, reads, writes, publics }: Trace,
): Generator<TraceViolation, Fr> {
  const proven = new Map<number, string>();

  /** Returns what `breachesOf` does; null for a row of no key. */
  function* checkRow<Result>(
    table: 'reads' | 'writes',
    row: number,
    index: number,
    breachesOf: (key: KeyRow) => Generator<Breach, Result>,
  ): Generator<TraceViolation, Result | null> {
    const place = { table, row };
    const key = keys[index];
    if (key === undefined) {
      const detail = `expected an index below ${keys.length}, got ${index}`;
      yield { ...place, rule: 'the row is of a key in the key table', detail };
      return null;
    }
    const earlier = proven.get(index);
    if (earlier !== undefined) {
      yield { ...place, rule: 'a key has only one read or write row', detail: `${earlier} is of keys[${index}] too` };
    }
    proven.set(index, `${table}[${row}]`);
    const breaches = breachesOf(key);
    let found = breaches.next();
    for (; found.done !== true; found = breaches.next()) yield { ...place, ...found.value };
    return found.value;
  }

  for (const [i, row] of reads.entries()) {
    yield* checkRow('reads', i, row.key, (key) => readRowBreaches(hashes, key, row, publics.oldRoot));
  }
  let root = publics.oldRoot;
  for (const [i, row] of writes.entries()) {
    const rootBefore = root;
    root =
      (yield* checkRow('writes', i, row.key, (key) => writeRowBreaches(hashes, key, row, rootBefore))) ?? rootBefore;
  }
  for (const row of keys.keys()) {
    if (!proven.has(row)) {
      yield { table: 'keys', row, rule: 'a key has a read row or a write row', detail: 'it has neither' };
    }
  }
  return root;
}
