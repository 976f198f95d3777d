import { toUint256 } from '../../../base/field/limbs.js';
import type { EntryKey } from '../access.js';
import { makeBatch } from '../batch.js';
import type { Batch, PlacedAccess } from '../batch.js';
import { entryId } from '../encoding.js';
import { expected, findField, hasField, readList, readObject } from '../fields.js';
import type { Located } from '../fields.js';
import { readAccounts } from './account.js';
import type { Account, Statement } from './account.js';
import { firstValues, readOf, writeOf } from './accesses.js';

/**
 * A transaction's result of geth's `prestateTracer`, and of those that follow it (reth, erigon, anvil).
 *
 * Plain, it has the accounts that the transaction met, as they were before it: reads. With `diffMode`, it has
 * `pre`, the changed accounts before, and `post`, what of them is different after: each entry that is stated in
 * `pre` or changes is read, then what changes is written. `pre` leaves out what is 0. `post` leaves out what
 * stays, slots that are cleared, and accounts that are destroyed: of these everything that is known goes to 0.
 * The prestate is what the reads state.
 * @throws {FieldError}
 */
export const readTrace = (at: Located): Batch => traced([at]);

/**
 * The results of a block's transactions, `[{txHash, result}]`, as `debug_traceBlock...` answers.
 * @throws {FieldError} among others, there are several, without `diffMode`: they do not say what changed
 */
export function readBlockTrace(at: Located): Batch {
  const results = readList(at).map((item) => {
    const error = findField(item, 'error');
    if (error !== undefined) expected('a result', error);
    return readObject(item, ['result'], ['txHash']).result;
  });
  const plain = results.find((result) => !isDiff(result));
  if (plain !== undefined && results.length > 1) {
    expected(
      '"pre" and "post" of a trace with diffMode: several transactions must state what they change',
      plain,
      'a trace without diffMode',
    );
  }
  return traced(results);
}

const isDiff = (at: Located): boolean => hasField(at, 'pre') || hasField(at, 'post');

function traced(results: readonly Located[]): Batch {
  const transactions = results.map((result) => (isDiff(result) ? changesOf(result) : readsOf(result)));
  return makeBatch(transactions, firstValues(transactions));
}

const readsOf = (at: Located): PlacedAccess[] =>
  [...readAccounts(at, []).values()].flatMap(({ statements }) => statements.map(readOf));

function changesOf(at: Located): PlacedAccess[] {
  const { pre, post } = readObject(at, ['pre', 'post']);
  const before = readAccounts(pre, []);
  const after = readAccounts(post, []);
  const held = [...before.values()].flatMap(({ statements }) => statements);
  const known = new Set(held.map(entryId));
  const writes = [...before.values()].flatMap((account) => clearedIn(after.get(account.address), account));
  writes.push(...[...after.values()].flatMap(({ statements }) => statements));
  const absent = writes.filter((entry) => !known.has(entryId(entry))).map((entry) => ({ ...entry, value: NOTHING }));
  return [...held, ...absent].map(readOf).concat(writes.map(writeOf));
}

const NOTHING = toUint256(0n);

/** What of an account goes to 0, as `post` does not have it. */
function clearedIn(after: Account | undefined, { address, where, statements }: Account): Statement[] {
  const slots = statements.filter(({ kind }) => kind === 'storage');
  const cleared = (entry: EntryKey, at: string): Statement => ({
    address,
    kind: entry.kind,
    slot: entry.slot,
    value: NOTHING,
    where: at,
  });
  if (after === undefined) {
    const kinds = (['balance', 'nonce', 'code', 'length'] as const).map((kind) => ({ address, kind, slot: NOTHING }));
    return [...kinds.map((entry) => cleared(entry, where)), ...slots.map((slot) => cleared(slot, slot.where))];
  }
  const stay = new Set(after.statements.map(entryId));
  return slots.filter((slot) => !stay.has(entryId(slot))).map((slot) => cleared(slot, slot.where));
}
