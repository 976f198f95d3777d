import { toUint256 } from '../../../base/field/limbs.js';
import type { Uint256 } from '../../../base/field/limbs.js';
import type { EntryKey } from '../access.js';
import { makeBatch } from '../batch.js';
import type { Batch, Entry, PlacedAccess } from '../batch.js';
import { entryId } from '../encoding.js';
import { expected, findField, readList, readNamed, readObject, readUnsigned, whereIs } from '../fields.js';
import type { Located } from '../fields.js';
import { codeEntry, readAddressDigits, readHexBytes, readHexWord, stated, statementsOfCode } from './account.js';
import type { Statement } from './account.js';
import { readOf, writeOf } from './accesses.js';
import { CompactTrieError, readCompactTrie, valueIn } from './compact-trie.js';
import type { PartialTrie, TrieAccount } from './compact-trie.js';
import { keccakOfNumber } from './keccak.js';

/** An access of a trace. What a read finds is not in the trace: its entry's value counts for writes only. */
interface Traced {
  readonly op: 'read' | 'write';
  readonly entry: Statement;
}

/**
 * The witness of a block as Polygon Zero's provers take it (a `BlockTrace`): what its transactions read and write, and
 * the tries before it, which have the prestate of all that they access.
 *
 * Of each account are read: its nonce and balance if they change, its slots of `storage_read`, its code if `code_usage`
 * reads it. Then what changes is written. An account that is `self_destructed` loses balance, nonce, code, length and
 * the slots that its trace names.
 * @throws {FieldError}
 */
export function readZeroWitness(at: Located): Batch {
  const tries = readTries(required(required(required(at, 'trie_pre_images'), 'combined'), 'compact'));
  const prestate = new Map<string, Entry>();
  const held = new Map<string, Uint256>();
  const transactions = readList(required(at, 'txn_info')).map((transaction) =>
    tracesOf(required(transaction, 'traces')).map((access): PlacedAccess => {
      const { address, kind, slot, where } = access.entry;
      const entry = { address, kind, slot };
      const id = entryId(entry);
      if (!held.has(id)) {
        const value = valueBefore(tries, entry);
        if (value !== undefined) {
          prestate.set(id, { ...entry, value });
          held.set(id, value);
        }
      }
      if (access.op === 'write') {
        held.set(id, access.entry.value);
        return writeOf(access.entry);
      }
      const value = held.get(id);
      return value === undefined ? { access: { op: 'read', ...entry }, where } : readOf({ ...entry, value, where });
    }),
  );
  return makeBatch(transactions, [...prestate.values()]);
}

const required = (at: Located, name: string): Located =>
  findField(at, name) ?? expected(`a field "${name}"`, at, 'none');

function readTries(at: Located): PartialTrie<TrieAccount> {
  try {
    return readCompactTrie(readHexBytes(at));
  } catch (error) {
    if (error instanceof CompactTrieError) expected('tries in the compact form', at, error.message);
    throw error;
  }
}

/** The reads of all accounts and their writes, account by account, the reads of all first. */
function tracesOf(at: Located): Traced[] {
  const accesses = readNamed(at).flatMap(([name, trace]) => traceOf(readAddressDigits(name, trace), trace));
  return [...accesses.filter(({ op }) => op === 'read'), ...accesses.filter(({ op }) => op === 'write')];
}

function traceOf(address: bigint, at: Located): Traced[] {
  const fields = readObject(
    at,
    [],
    ['balance', 'nonce', 'storage_read', 'storage_written', 'code_usage', 'self_destructed'],
  );
  const storage = (slot: bigint, value: bigint, where: Located): Statement => ({
    address,
    kind: 'storage',
    slot: toUint256(slot),
    value: toUint256(value),
    where: whereIs(where),
  });
  const slots = readListOf(fields.storage_read).map((item) => storage(readHexWord(item), 0n, item));
  const written = (fields.storage_written === undefined ? [] : readNamed(fields.storage_written)).map(([name, value]) =>
    storage(readHexWord({ ...value, value: name }), readUnsigned(value, 256), value),
  );
  const changed = [
    ...(fields.nonce === undefined ? [] : [stated(address, 'nonce', readUnsigned(fields.nonce, 64), fields.nonce)]),
    ...(fields.balance === undefined
      ? []
      : [stated(address, 'balance', readUnsigned(fields.balance, 256), fields.balance)]),
  ];
  const code = codeUsage(address, fields.code_usage);
  const writes =
    fields.self_destructed?.value === true
      ? destroyed(address, at, [...slots, ...written])
      : [...changed, ...written, ...code.written];
  return [
    ...[...changed, ...slots, ...code.read].map((entry) => ({ op: 'read', entry }) as const),
    ...writes.map((entry) => ({ op: 'write', entry }) as const),
  ];
}

const readListOf = (at: Located | undefined): Located[] => (at === undefined ? [] : readList(at));

/** `{"read": hash}` or `{"write": code}`. */
function codeUsage(
  address: bigint,
  at: Located | undefined,
): { readonly read: Statement[]; readonly written: Statement[] } {
  if (at === undefined) return { read: [], written: [] };
  const write = findField(at, 'write');
  if (write !== undefined) return { read: [], written: statementsOfCode(address, write) };
  const read = required(at, 'read');
  return { read: [stated(address, 'code', codeEntry(readHexWord(read)), read)], written: [] };
}

function destroyed(address: bigint, at: Located, slots: readonly Statement[]): Statement[] {
  const kinds = (['balance', 'nonce', 'code', 'length'] as const).map((kind) => stated(address, kind, 0n, at));
  const named = new Map(slots.map((slot) => [entryId(slot), { ...slot, value: toUint256(0n) }]));
  return [...kinds, ...named.values()];
}

/** What an entry held before the block; undefined if the witness does not have it. */
function valueBefore(tries: PartialTrie<TrieAccount>, { address, kind, slot }: EntryKey): Uint256 | undefined {
  const account = valueIn(tries, keccakOfNumber(address, 20));
  if (account === null) return toUint256(0n);
  if (account === undefined) return undefined;
  switch (kind) {
    case 'balance':
      return toUint256(account.balance);
    case 'nonce':
      return toUint256(account.nonce);
    case 'code':
      return toUint256(account.codeHash ?? 0n);
    case 'storage': {
      const value = valueIn(account.storage, keccakOfNumber(slot, 32));
      return value === undefined ? undefined : toUint256(value ?? 0n);
    }
    case 'length':
      return undefined;
  }
}
