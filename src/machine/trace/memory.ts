import { entryId, treeKey } from '../../state/batch/encoding.js';
import { frToHex } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Trace } from './trace.js';
import type { TraceRule, TraceViolation } from './violation.js';

/** What the log says of one key, up to some access. */
interface Cell {
  readonly oldValue: Uint256;
  readonly value: Uint256;
  /** Time of the last access; access t is the log's row t - 1. */
  readonly time: number;
}

/** Checks that the key table has each key once, and that log and key table tell one history of it. */
export function* checkMemory({ log, keys }: Trace): Generator<TraceViolation> {
  const rowOf = new Map<string, number>();
  for (const [row, key] of keys.entries()) {
    const violation = violationOf('keys', row);
    const earlier = rowOf.get(entryId(key));
    if (earlier !== undefined)
      yield violation('a key has one row of the key table', `keys[${earlier}] has the same key`);
    rowOf.set(entryId(key), row);
    const hash = treeKey(key);
    if (key.treeKey !== hash) {
      yield violation('the tree key is the hash of the entry', differ(frToHex(hash), frToHex(key.treeKey)));
    }
  }

  const cells = new Map<string, Cell>();
  for (const [row, access] of log.entries()) {
    const violation = violationOf('log', row);
    const time = row + 1;
    const id = entryId(access);
    if (!rowOf.has(id)) yield violation('the key is in the key table', 'no row of the key table has this key');
    if (access.previousTime >= time) {
      yield violation(
        'the previous time is before the access',
        `the access has time ${time}, got ${access.previousTime}`,
      );
    }
    const cell = cells.get(id) ?? { oldValue: access.previousValue, value: access.previousValue, time: 0 };
    if (access.previousTime !== cell.time) {
      yield violation(
        'the previous time is that of the last access to the key',
        differ(cell.time, access.previousTime),
      );
    }
    if (access.previousValue !== cell.value) {
      yield violation('the previous value is the last value of the key', differWords(cell.value, access.previousValue));
    }
    if (access.op === 'read' && access.value !== access.previousValue) {
      yield violation('a read returns the previous value', differWords(access.previousValue, access.value));
    }
    cells.set(id, { ...cell, value: access.value, time });
  }

  for (const [row, key] of keys.entries()) {
    const violation = violationOf('keys', row);
    const cell = cells.get(entryId(key));
    if (cell === undefined) {
      yield violation('the key is accessed in the log', 'no row of the log has this key');
      continue;
    }
    if (key.oldValue !== cell.oldValue) {
      yield violation('the old value is the value before the first access', differWords(cell.oldValue, key.oldValue));
    }
    if (key.newValue !== cell.value) {
      yield violation('the new value is the value after the last access', differWords(cell.value, key.newValue));
    }
    if (key.lastTime !== cell.time) {
      yield violation('the last time is that of the last access', differ(cell.time, key.lastTime));
    }
  }
}

const violationOf =
  (table: 'log' | 'keys', row: number) =>
  (rule: TraceRule, detail: string): TraceViolation => ({ table, row, rule, detail });

const differ = (expected: number | string, got: number | string): string => `expected ${expected}, got ${got}`;
const differWords = (expected: Uint256, got: Uint256): string => differ(uint256ToHex(expected), uint256ToHex(got));
