import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToNumber } from '../suite/suite.js';
import type { Account, Digest, Hex, Suite } from '../suite/suite.js';
import type { Operation } from '../trie/sequence.js';
import { BlockAccessError } from './block.js';
import type { AccountAccess, SlotAccess } from './block.js';

/** A slot, its key's hash and its value before. */
export interface KnownSlot extends SlotAccess {
  readonly hKey: Digest;
  readonly before: bigint;
}

/** An account's access, with the account before. */
export interface KnownAccount {
  readonly access: AccountAccess;
  readonly before: Account | null;
  /** Those before the block, in the order of their keys' hashes. */
  readonly slots: readonly KnownSlot[];
}

/** An account after the block, but for the root of its storage. */
export type BareAccount = Omit<Account, 'storageRoot'>;

/** What a block does to one account, in operations. */
export interface AccountPlan {
  /** On the storage trie that the account has before. */
  readonly oldStorage: readonly Operation[];
  /** On the storage trie of an account that is created, or created again. */
  readonly newStorage: readonly Operation[];
  readonly outcome:
    | { readonly kind: 'read' | 'delete' }
    | { readonly kind: 'update' | 'insert' | 'recreate'; readonly after: BareAccount };
}

const word = (x: bigint): Hex => `0x${x.toString(16).padStart(64, '0')}`;

const read = ({ slot }: SlotAccess): Operation => ({ kind: 'read', key: slot });

/** From one value to another that differs. */
const write = ({ slot }: SlotAccess, after: bigint): Operation =>
  after === 0n ? { kind: 'delete', key: slot } : { kind: 'put', key: slot, value: word(after) };

/**
 * The operations of a block on one account, in the order of Linea's state manager: slots that are read or set to 0 are
 * read, then slots are written, each in the order of their keys' hashes.
 * @throws {BlockAccessError} the accesses do not fit each other or the account before
 */
export async function planAccount(suite: Suite, { access, before, slots }: KnownAccount): Promise<AccountPlan> {
  const { address, after, isDestroyed } = access;
  const refuse = (reason: string): never => {
    throw new BlockAccessError(`account ${address} ${reason}`);
  };
  if (before === null) {
    if (isDestroyed) refuse('is destroyed, but was not there before the block');
    if (after === undefined || after === null) {
      const written = slots.find((slot) => (slot.after ?? 0n) !== 0n);
      if (written !== undefined) refuse(`is not there, but its slot ${written.slot} is written`);
      return { oldStorage: [], newStorage: [], outcome: { kind: 'read' } };
    }
    return {
      oldStorage: [],
      newStorage: newStorage(slots, 'reads'),
      outcome: { kind: 'insert', after: await bareAccount(suite, after, null) },
    };
  }
  if (after === null && !isDestroyed) refuse('is not there after the block, but is not destroyed');
  const reads = slots.filter((slot) => slot.after === undefined || slot.after === slot.before || slot.after === 0n);
  if (isDestroyed) {
    if (after === undefined || after === null) {
      const written = slots.find((slot) => (slot.after ?? 0n) !== 0n);
      if (written !== undefined) refuse(`is destroyed, but its slot ${written.slot} is written`);
      return { oldStorage: slots.map(read), newStorage: [], outcome: { kind: 'delete' } };
    }
    return {
      oldStorage: reads.map(read),
      newStorage: newStorage(slots, 'no reads'),
      outcome: { kind: 'recreate', after: await bareAccount(suite, after, null) },
    };
  }
  const writes = slots.flatMap((slot) =>
    slot.after === undefined || slot.after === slot.before ? [] : [write(slot, slot.after)],
  );
  const bare = after == null ? before : await bareAccount(suite, after, before);
  const isSame = (['nonce', 'balance', 'codeHash', 'keccakCodeHash', 'codeSize'] as const).every(
    (field) => bare[field] === before[field],
  );
  const oldStorage = [...reads.map(read), ...writes];
  if (isSame && writes.length === 0) return { oldStorage, newStorage: [], outcome: { kind: 'read' } };
  return { oldStorage, newStorage: [], outcome: { kind: 'update', after: bare } };
}

/** On an empty trie. Slots that are 0 after it are read, unless they were so before it was made. */
function newStorage(slots: readonly KnownSlot[], reading: 'reads' | 'no reads'): Operation[] {
  const isZero = (slot: KnownSlot): boolean => (slot.after ?? 0n) === 0n;
  const reads = reading === 'reads' ? slots.filter(isZero).map(read) : [];
  return [...reads, ...slots.filter((slot) => !isZero(slot)).map((slot) => write(slot, slot.after!))];
}

async function bareAccount(
  suite: Suite,
  { nonce, balance, code }: NonNullable<AccountAccess['after']>,
  before: Account | null,
): Promise<BareAccount> {
  if (code === undefined && before !== null) {
    const { codeHash, keccakCodeHash, codeSize } = before;
    return { nonce, balance, codeHash, keccakCodeHash, codeSize };
  }
  const bytes = code ?? new Uint8Array();
  return {
    nonce,
    balance,
    codeHash: await suite.code(bytes),
    keccakCodeHash: bytesToNumber(keccak_256(bytes)),
    codeSize: BigInt(bytes.length),
  };
}
