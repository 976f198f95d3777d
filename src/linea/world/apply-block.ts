import { accountFromHex, accountToHex } from '../suite/account-bytes.js';
import { emptyTrie } from '../suite/empty.js';
import { ACCOUNT_TRIE, checkHex, STORAGE_TRIE } from '../suite/kind.js';
import type { Account, Digest, Hex, Suite } from '../suite/suite.js';
import type { Trace } from '../trace/trace.js';
import { applyAll } from '../trie/apply.js';
import type { Applied, Task } from '../trie/apply.js';
import { find } from '../trie/find.js';
import { MemoryTrie } from '../trie/memory-trie.js';
import type { Operation } from '../trie/sequence.js';
import type { TrieReader } from '../trie/store.js';
import { BlockAccessError } from './block.js';
import type { AccountAccess, BlockAccesses } from './block.js';
import { planAccount } from './plan-account.js';
import type { AccountPlan, KnownAccount, KnownSlot } from './plan-account.js';
import { ACCOUNT_TRIE_ID } from './world.js';
import type { TrieId, WorldChange, WorldReader } from './world.js';

/**
 * A block's effect on the state, and its traces in the order in which Linea's prover takes them.
 * @see {@link applyBlock}
 */
export interface AppliedBlock {
  readonly oldRoot: Digest;
  readonly newRoot: Digest;
  readonly traces: readonly Trace[];
  readonly change: WorldChange;
}

/** A plan with the tries that it is for. */
interface Work {
  readonly address: Hex;
  readonly plan: AccountPlan;
  readonly oldTrie: TrieId | null;
  readonly oldStorage: TrieReader;
  /** Of an account that is created, or created again. */
  readonly newTrie: TrieId | null;
}

/**
 * Does a block to a world, which stays as it is. Accounts are in the order of their keys' hashes.
 * @throws {BlockAccessError} the accesses do not fit each other, or the world
 * @throws {TrieInputError} an address or slot is not of its length, or hashes to the key of HEAD or TAIL
 * @throws {EncodingRangeError} an account has a number that the suite cannot hash
 *
 * @example
 * const { newRoot, traces, change } = await applyBlock(POSEIDON_BN254, world, accesses);
 * await world.commit(change);
 */
export async function applyBlock(suite: Suite, world: WorldReader, { accounts }: BlockAccesses): Promise<AppliedBlock> {
  const accountTrie = await world.trie(ACCOUNT_TRIE_ID);
  const state = await accountTrie.state();
  const works: Work[] = [];
  let nextFreeNode = state.nextFreeNode;
  for (const { access, hKey } of await inOrder(suite, accounts)) {
    const { index, account, storage } = await accountBefore(suite, world, accountTrie, hKey);
    const known: KnownAccount = { access, before: account, slots: await slotsBefore(suite, storage, access) };
    const plan = await planAccount(suite, known);
    const isNew = plan.outcome.kind === 'insert' || plan.outcome.kind === 'recreate';
    const newTrie = isNew ? nextFreeNode++ : null;
    works.push({ address: access.address, plan, oldTrie: index, oldStorage: storage, newTrie });
  }
  const empty = await MemoryTrie.empty(suite);
  const task = (location: Hex, reader: TrieReader, operations: readonly Operation[]): Task => ({
    reader,
    location,
    operations,
    kind: STORAGE_TRIE,
  });
  const storages = await applyAll(
    suite,
    works.flatMap(({ address, plan, oldStorage }) => [
      task(address, oldStorage, plan.oldStorage),
      task(address, empty, plan.newStorage),
    ]),
  );
  const tops = await suite.tops(storages.map(({ change }) => change.state));
  const operations = works.map(({ address, plan: { outcome } }, i) =>
    accountOperations(address, outcome, tops[2 * i]!, tops[2 * i + 1]!),
  );
  const [applied] = await applyAll(suite, [
    { reader: accountTrie, kind: ACCOUNT_TRIE, location: '0x', operations: operations.flat() },
  ]);
  const roots = await suite.tops([state, applied!.change.state]);
  const oldRoot = roots[0]!;
  const newRoot = roots[1]!;
  return {
    oldRoot,
    newRoot,
    traces: arrange(works, operations, storages, applied!),
    change: changeOf(works, storages, applied!),
  };
}

/** @throws {BlockAccessError} an account twice, or a slot of one */
async function inOrder(
  suite: Suite,
  accounts: readonly AccountAccess[],
): Promise<{ readonly access: AccountAccess; readonly hKey: Digest }[]> {
  const seen = new Set<Hex>();
  for (const { address, slots } of accounts) {
    checkHex('account address', address, ACCOUNT_TRIE.keyBytes);
    if (seen.has(address)) throw new BlockAccessError(`account ${address} is there twice`);
    seen.add(address);
    const names = new Set<Hex>();
    for (const { slot } of slots) {
      checkHex(`slot of account ${address}`, slot, STORAGE_TRIE.keyBytes);
      if (names.has(slot)) throw new BlockAccessError(`slot ${slot} of account ${address} is there twice`);
      names.add(slot);
    }
  }
  const hKeys = await ACCOUNT_TRIE.hashKeys(
    suite,
    accounts.map(({ address }) => address),
  );
  return accounts.map((access, i) => ({ access, hKey: hKeys[i]! })).sort((a, b) => (a.hKey < b.hKey ? -1 : 1));
}

async function accountBefore(
  suite: Suite,
  world: WorldReader,
  accountTrie: TrieReader,
  hKey: Digest,
): Promise<{ readonly index: TrieId | null; readonly account: Account | null; readonly storage: TrieReader }> {
  const found = await find(accountTrie, hKey);
  if (found === null) return { index: null, account: null, storage: await MemoryTrie.empty(suite) };
  const account = accountFromHex(suite, found.leaf.value);
  return { index: found.index, account, storage: await world.trie(found.index) };
}

async function slotsBefore(suite: Suite, storage: TrieReader, { slots }: AccountAccess): Promise<KnownSlot[]> {
  const hKeys = await STORAGE_TRIE.hashKeys(
    suite,
    slots.map(({ slot }) => slot),
  );
  const known: KnownSlot[] = [];
  for (const [i, slot] of slots.entries()) {
    const found = await find(storage, hKeys[i]!);
    known.push({ ...slot, hKey: hKeys[i]!, before: found === null ? 0n : BigInt(found.leaf.value) });
  }
  return known.sort((a, b) => (a.hKey < b.hKey ? -1 : 1));
}

function accountOperations(key: Hex, outcome: AccountPlan['outcome'], oldTop: Digest, newTop: Digest): Operation[] {
  switch (outcome.kind) {
    case 'read':
      return [{ kind: 'read', key }];
    case 'delete':
      return [{ kind: 'delete', key }];
    case 'update':
      return [{ kind: 'put', key, value: accountToHex({ ...outcome.after, storageRoot: oldTop }) }];
    case 'insert':
      return [{ kind: 'put', key, value: accountToHex({ ...outcome.after, storageRoot: newTop }) }];
    case 'recreate':
      return [
        { kind: 'delete', key },
        { kind: 'put', key, value: accountToHex({ ...outcome.after, storageRoot: newTop }) },
      ];
  }
}

/** An account's traces stand together: of one that is only read, the account's first; of any other, its storage's. */
function arrange(
  works: readonly Work[],
  operations: readonly (readonly Operation[])[],
  storages: readonly Applied[],
  accounts: Applied,
): Trace[] {
  let used = 0;
  return works.flatMap(({ plan }, i) => {
    const mine = accounts.traces.slice(used, used + operations[i]!.length);
    used += mine.length;
    const oldStorage = storages[2 * i]!.traces;
    const newStorage = storages[2 * i + 1]!.traces;
    switch (plan.outcome.kind) {
      case 'read':
        return [...mine, ...oldStorage];
      case 'update':
      case 'delete':
        return [...oldStorage, ...mine];
      case 'insert':
        return [...newStorage, ...mine];
      case 'recreate':
        return [...oldStorage, mine[0]!, ...newStorage, mine[1]!];
    }
  });
}

function changeOf(works: readonly Work[], storages: readonly Applied[], accounts: Applied): WorldChange {
  const tries = new Map([[ACCOUNT_TRIE_ID, accounts.change]]);
  const dropped: TrieId[] = [];
  works.forEach(({ plan, oldTrie, newTrie }, i) => {
    const { kind } = plan.outcome;
    if (kind === 'delete' || kind === 'recreate') dropped.push(oldTrie!);
    else if (oldTrie !== null) tries.set(oldTrie, storages[2 * i]!.change);
    if (newTrie !== null) tries.set(newTrie, storages[2 * i + 1]!.change);
  });
  for (const [id, { leaves }] of tries) if (leaves.size === 0) tries.delete(id);
  return { tries, dropped };
}

/**
 * The state root of a world without accounts.
 *
 * @example
 * await emptyStateRoot(POSEIDON2_KOALABEAR);
 */
export const emptyStateRoot = async (suite: Suite): Promise<Digest> => (await emptyTrie(suite)).topRoot;
