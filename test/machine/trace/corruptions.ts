import { expect } from 'vitest';
import { treeKey } from '../../../src/state/batch/encoding.js';
import type { Effect, Trace } from '../../../src/machine/trace/trace.js';
import type { TraceRule, TraceTable } from '../../../src/machine/trace/violation.js';
import { plainEntry } from './honest.js';

type Mutable<T> = T extends bigint | string | number | null ? T : { -readonly [K in keyof T]: Mutable<T[K]> };
/** A trace to be tampered with. */
export type Draft = Mutable<Trace>;

/** Index of the first row that fits; the honest trace has one for each use below. */
function find<T>(rows: readonly T[], fits: (row: T) => boolean): number {
  const index = rows.findIndex(fits);
  expect(index).not.toBe(-1);
  return index;
}
export const writeOf = (t: Draft, effect: Effect, extension = 0): number =>
  find(t.writes, (row) => row.effect === effect && row.extension >= extension);
export const readOf = (t: Draft, present: boolean, beside: boolean): number =>
  find(t.reads, ({ key, otherLeaf }) => (t.keys[key]!.oldValue !== 0n) === present && (otherLeaf !== null) === beside);
const firstAccess = (t: Draft, op: 'read' | 'write'): number =>
  find(t.log, (row) => row.op === op && row.previousTime === 0);
const laterAccess = (t: Draft, op: 'read' | 'write'): number =>
  find(t.log, (row) => row.op === op && row.previousTime !== 0);
const bump = <T extends bigint>(x: T): T => (x + 1n) as T;
export const fr = (x: bigint): Draft['publics']['oldRoot'] => x as Draft['publics']['oldRoot'];

/** The path of a read row, shown by a write row that changes nothing. */
export function showByWrite(t: Draft, read: number, effect: 'nothing' | 'update'): number {
  const [row] = t.reads.splice(read, 1);
  t.writes.unshift({ ...row!, effect, extension: 0, siblingChildren: null });
  return 0;
}

/** Changes the trace in place; returns the row to be blamed, null for the public signals. */
type Corrupt = (t: Draft) => number | null;
type Case = readonly [table: TraceTable, rule: TraceRule, what: string, corrupt: Corrupt];

/** Traces that are not right, each one value (or one row) apart from an honest one. */
export const CORRUPTIONS: readonly Case[] = [
  [
    'publics',
    'the cells are the nodes of one level of the old tree',
    'cells that are not',
    (t) => {
      t.cells = Array.from({ length: 4 }, () => fr(5n));
      return null;
    },
  ],
  [
    'publics',
    'the cells are the nodes of one level of the old tree',
    'a number of cells that no level has',
    (t) => {
      t.cells = Array.from({ length: 3 }, () => t.publics.oldRoot);
      return null;
    },
  ],
  [
    'log',
    'the key is in the key table',
    'an access to a key of no row',
    (t) => {
      const row = firstAccess(t, 'write');
      t.log[row]!.slot = bump((t.log[row]!.slot + (1n << 40n)) as never);
      return row;
    },
  ],
  [
    'log',
    'the previous time is before the access',
    'an access that follows itself',
    (t) => {
      const row = laterAccess(t, 'read');
      t.log[row]!.previousTime = row + 1;
      return row;
    },
  ],
  [
    'log',
    'the previous time is that of the last access to the key',
    'a stale time',
    (t) => {
      const row = laterAccess(t, 'read');
      t.log[row]!.previousTime = 0;
      return row;
    },
  ],
  [
    'log',
    'the previous value is the last value of the key',
    'a stale read, with the value before the batch',
    (t) => {
      const row = laterAccess(t, 'read');
      const { oldValue } = t.keys[find(t.keys, ({ slot }) => slot === t.log[row]!.slot)]!;
      t.log[row]!.previousValue = oldValue;
      t.log[row]!.value = oldValue;
      return row;
    },
  ],
  [
    'log',
    'a read returns the previous value',
    'a read of a value one off',
    (t) => {
      const row = firstAccess(t, 'read');
      t.log[row]!.value = bump(t.log[row]!.value);
      return row;
    },
  ],
  ['keys', 'a key has one row of the key table', 'a key with two histories', (t) => t.keys.push({ ...t.keys[0]! }) - 1],
  [
    'keys',
    'the tree key is the hash of the entry',
    'a tree key one off',
    (t) => {
      t.keys[1]!.treeKey = bump(t.keys[1]!.treeKey);
      return 1;
    },
  ],
  [
    'keys',
    'the key is accessed in the log',
    'a row of a key that nobody accesses',
    (t) => {
      const { value, ...entry } = plainEntry(999_999, 5);
      return t.keys.push({ ...entry, treeKey: treeKey(entry), oldValue: value, newValue: value, lastTime: 1 }) - 1;
    },
  ],
  [
    'keys',
    'the old value is the value before the first access',
    'an old value one off',
    (t) => {
      t.keys[0]!.oldValue = bump(t.keys[0]!.oldValue);
      return 0;
    },
  ],
  [
    'keys',
    'the old value is the value before the first access',
    'a first write whose previous value is one off',
    (t) => {
      const row = firstAccess(t, 'write');
      t.log[row]!.previousValue = bump(t.log[row]!.previousValue);
      return find(t.keys, ({ slot }) => slot === t.log[row]!.slot);
    },
  ],
  [
    'keys',
    'the new value is the value after the last access',
    'a new value one off',
    (t) => {
      t.keys[0]!.newValue = bump(t.keys[0]!.newValue);
      return 0;
    },
  ],
  [
    'keys',
    'the last time is that of the last access',
    'a last time one off',
    (t) => {
      t.keys[0]!.lastTime -= 1;
      return 0;
    },
  ],
  ['keys', 'a key has a read row or a write row', 'a key without a path', (t) => t.reads.pop()!.key],
  [
    'reads',
    'the row is of a key in the key table',
    'an index past the key table',
    (t) => {
      t.reads[1]!.key = t.keys.length;
      return 1;
    },
  ],
  [
    'writes',
    'the row is of a key in the key table',
    'a negative index',
    (t) => {
      t.writes[1]!.key = -1;
      return 1;
    },
  ],
  ['reads', 'a key has only one read or write row', 'a key read twice', (t) => t.reads.push({ ...t.reads[0]! }) - 1],
  [
    'writes',
    'a key has only one read or write row',
    'a key read and written',
    (t) => {
      t.writes.unshift({ ...t.writes[0]!, key: t.reads[0]!.key });
      return 0;
    },
  ],
  [
    'reads',
    'the path is no longer than a key',
    'a path of 255 levels more',
    (t) => {
      t.reads[0]!.siblings.push(...Array.from({ length: 255 }, () => [fr(0n)]));
      return 0;
    },
  ],
  [
    'writes',
    'the path is no longer than a key',
    'an extension of 254 levels more',
    (t) => {
      const row = writeOf(t, 'createBesideLeaf');
      t.writes[row]!.extension += 254;
      return row;
    },
  ],
  [
    'reads',
    'a level has a sibling for each other digit',
    'a sibling too many',
    (t) => {
      t.reads[0]!.siblings[1]!.push(fr(0n));
      return 0;
    },
  ],
  [
    'writes',
    'a level has a sibling for each other digit',
    'a sibling too few',
    (t) => {
      t.writes[0]!.siblings[1]!.pop();
      return 0;
    },
  ],
  [
    'reads',
    'the other leaf has another key',
    'a key absent beside itself',
    (t) => {
      const row = readOf(t, false, true);
      t.reads[row]!.otherLeaf!.key = t.keys[t.reads[row]!.key]!.treeKey;
      return row;
    },
  ],
  [
    'writes',
    'the other leaf has another key',
    'a key created beside itself',
    (t) => {
      const row = writeOf(t, 'createBesideLeaf');
      t.writes[row]!.otherLeaf!.key = t.keys[t.writes[row]!.key]!.treeKey;
      return row;
    },
  ],
  [
    'reads',
    'the root of the path is the root before',
    'a sibling one off',
    (t) => {
      t.reads[0]!.siblings[0]![0] = bump(t.reads[0]!.siblings[0]![0]!);
      return 0;
    },
  ],
  [
    'reads',
    'the root of the path is the root before',
    'a key absent at a leaf, said to be absent at an empty node',
    (t) => {
      const row = readOf(t, false, true);
      t.reads[row]!.otherLeaf = null;
      return row;
    },
  ],
  [
    'reads',
    'the root of the path is the root before',
    'a level skipped',
    (t) => {
      t.reads[0]!.siblings.shift();
      return 0;
    },
  ],
  [
    'reads',
    'the root of the path is the root before',
    'another old root',
    (t) => {
      t.publics.oldRoot = bump(t.publics.oldRoot);
      return 0;
    },
  ],
  [
    'reads',
    'the value of a read row does not change',
    'a changed key, only read',
    (t) => {
      const [row] = t.writes.splice(writeOf(t, 'update'), 1);
      t.reads.unshift({ key: row!.key, siblings: row!.siblings, otherLeaf: null });
      return 0;
    },
  ],
  [
    'reads',
    'a present key has no other leaf',
    'a present key beside another leaf',
    (t) => {
      const row = readOf(t, true, false);
      t.reads[row]!.otherLeaf = { key: fr(1n), value: fr(1n) };
      return row;
    },
  ],
  [
    'writes',
    'the root of the path is the root before',
    'two rows in the wrong order',
    (t) => {
      [t.writes[0], t.writes[1]] = [t.writes[1]!, t.writes[0]!];
      return 0;
    },
  ],
  [
    'writes',
    'the effect follows from presence before and after',
    'an update called a create',
    (t) => {
      const row = writeOf(t, 'update');
      t.writes[row]!.effect = 'createAtEmpty';
      return row;
    },
  ],
  [
    'writes',
    'the effect follows from presence before and after',
    'a delete that does nothing',
    (t) => {
      const row = writeOf(t, 'delete');
      t.writes[row]!.effect = 'nothing';
      return row;
    },
  ],
  [
    'writes',
    'the effect has another leaf exactly if its short lane ends at one',
    'an update beside another leaf',
    (t) => {
      const row = writeOf(t, 'update');
      t.writes[row]!.otherLeaf = { key: fr(1n), value: fr(1n) };
      return row;
    },
  ],
  [
    'writes',
    'the effect has another leaf exactly if its short lane ends at one',
    'a create beside nothing',
    (t) => {
      const row = writeOf(t, 'createBesideLeaf');
      t.writes[row]!.otherLeaf = null;
      return row;
    },
  ],
  [
    'writes',
    'the effect has an extension exactly if two leaves part',
    'a create at an empty node, one level deeper',
    (t) => {
      const row = writeOf(t, 'createAtEmpty');
      t.writes[row]!.extension = 1;
      return row;
    },
  ],
  [
    'writes',
    'the effect has an extension exactly if two leaves part',
    'two leaves that do not part',
    (t) => {
      const row = writeOf(t, 'createBesideLeaf');
      t.writes[row]!.extension = 0;
      return row;
    },
  ],
  [
    'writes',
    'the keys agree on the extension but for its last level',
    'leaves one level deeper than need be',
    (t) => {
      const row = writeOf(t, 'createBesideLeaf', 2);
      t.writes[row]!.extension += 1;
      return row;
    },
  ],
  [
    'writes',
    'the keys part at the last level of the extension',
    'leaves that part too early',
    (t) => {
      const row = writeOf(t, 'createBesideLeaf', 2);
      t.writes[row]!.extension -= 1;
      return row;
    },
  ],
  [
    'writes',
    'a deleted leaf leaves a sibling',
    'a delete below a level of nothing',
    (t) => {
      const row = writeOf(t, 'delete');
      t.writes[row]!.siblings.push(t.writes[row]!.siblings[0]!.map(() => fr(0n)));
      return row;
    },
  ],
  [
    'writes',
    'a sibling that stays alone shows its children, and no other does',
    'a sibling that hides its children',
    (t) => {
      const row = find(t.writes, ({ siblingChildren }) => siblingChildren !== null);
      t.writes[row]!.siblingChildren = null;
      return row;
    },
  ],
  [
    'writes',
    'a sibling that stays alone shows its children, and no other does',
    'children shown by an update',
    (t) => {
      const row = writeOf(t, 'update');
      t.writes[row]!.siblingChildren = t.writes[row]!.siblings[0]!;
      return row;
    },
  ],
  [
    'writes',
    'the children hash to the sibling that stays alone',
    'a child one off',
    (t) => {
      const row = find(t.writes, ({ siblingChildren }) => siblingChildren !== null);
      t.writes[row]!.siblingChildren![0] = bump(t.writes[row]!.siblingChildren![0]!);
      return row;
    },
  ],
  [
    'writes',
    'the children hash to the sibling that stays alone',
    'a child too many',
    (t) => {
      const row = find(t.writes, ({ siblingChildren }) => siblingChildren !== null);
      t.writes[row]!.siblingChildren!.push(fr(0n));
      return row;
    },
  ],
  [
    'writes',
    'a lifted leaf stops beside a sibling or at the root',
    'a leaf lifted one level less',
    (t) => {
      const row = writeOf(t, 'deleteAndLift', 2);
      t.writes[row]!.siblings.push(t.writes[row]!.siblings[0]!.map(() => fr(0n)));
      t.writes[row]!.extension -= 1;
      return row;
    },
  ],
  [
    'writes',
    'the root of the path is the root before',
    'a write row’s other leaf of another value',
    (t) => {
      const row = writeOf(t, 'createBesideLeaf');
      t.writes[row]!.otherLeaf!.value = bump(t.writes[row]!.otherLeaf!.value);
      return row;
    },
  ],
  [
    'publics',
    'a level has 1 or 2 bits',
    'levels of 3 bits',
    (t) => {
      t.bitsPerLevel = 3 as 2;
      return null;
    },
  ],
  [
    'publics',
    'the new root is the root after the last write row',
    'another new root',
    (t) => {
      t.publics.newRoot = bump(t.publics.newRoot);
      return null;
    },
  ],
  [
    'publics',
    'logHash is the commitment to the log',
    'another commitment',
    (t) => {
      t.publics.logHash = bump(t.publics.logHash);
      return null;
    },
  ],
  [
    'publics',
    'logHash is the commitment to the log',
    'another commitment so far',
    (t) => {
      t.publics.logHashIn = bump(t.publics.logHashIn);
      return null;
    },
  ],
  [
    'publics',
    'logHash is the commitment to the log',
    'a read passed off as a write of what is there',
    (t) => {
      t.log[firstAccess(t, 'read')]!.op = 'write';
      return null;
    },
  ],
  [
    'publics',
    'dataOut is the polynomial of the writes at x',
    'another data value',
    (t) => {
      t.publics.dataOut = bump(t.publics.dataOut);
      return null;
    },
  ],
  [
    'publics',
    'dataOut is the polynomial of the writes at x',
    'another point',
    (t) => {
      t.publics.x = bump(t.publics.x);
      return null;
    },
  ],
  [
    'publics',
    'dataOut is the polynomial of the writes at x',
    'another data value so far',
    (t) => {
      t.publics.dataIn = bump(t.publics.dataIn);
      return null;
    },
  ],
];
