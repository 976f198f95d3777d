import { accountFromHex } from '../suite/account-bytes.js';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '../suite/kind.js';
import type { Digest, Hex, Suite } from '../suite/suite.js';
import { ACCOUNT_TRIE_ID } from '../world/world.js';
import type { WorldReader } from '../world/world.js';
import { proveEntries, verifyEntries } from './entries-proof.js';
import type { EntriesProof, EntriesQuery, EntriesVerdict } from './entries-proof.js';
import { proveKeys } from './key-proof.js';
import type { KeyProof } from './key-proof.js';
import { ProofRefusedError, verifyKeys } from './verify-keys.js';

/**
 * Shows which slots an account has, and that it has no others; or which accounts a state has.
 * @see {@link proveList}
 */
export interface ListProof {
  /** The account whose slots they are; null: the entries are the state's accounts. */
  readonly account: KeyProof | null;
  readonly entries: EntriesProof;
}

/** There is no account whose slots could be listed. */
export class NoAccountError extends Error {
  override readonly name = 'NoAccountError';
}

/**
 * Proves which slots an account has, or which accounts a state has, and that there are no others. Ranges are of the
 * hashes of slots or addresses.
 * @param address null: the accounts
 * @throws {NoAccountError} the account is not there
 * @throws {TrieInputError} the address is not 20 bytes
 * @throws {RangeError} the range is empty, or goes beyond the keys of HEAD and TAIL
 *
 * @example
 * const allSlots = await proveList(state.suite, await state.at(7), ownAddress); // after block 7
 */
export async function proveList(
  suite: Suite,
  world: WorldReader,
  address: Hex | null,
  query: EntriesQuery = {},
): Promise<ListProof> {
  const accounts = await world.trie(ACCOUNT_TRIE_ID);
  if (address === null) return { account: null, entries: await proveEntries(suite, accounts, query) };
  const [account] = await proveKeys(suite, ACCOUNT_TRIE, accounts, [address]);
  if (account!.kind === 'absent') throw new NoAccountError(`there is no account ${address} in this state`);
  const storage = await world.trie(account!.leaf.leafIndex);
  return { account: account!, entries: await proveEntries(suite, storage, query) };
}

/**
 * Result of a list: as of its entries, and whose slots they are; null: they are accounts.
 * @see {@link verifyList}
 */
export type ListVerdict =
  | (Extract<EntriesVerdict, { readonly isAccepted: true }> & { readonly address: Hex | null })
  | Extract<EntriesVerdict, { readonly isAccepted: false }>;

/**
 * Verifies against a state root alone which slots an account has, or which accounts the state has.
 *
 * @example
 * const verdict = await verifyList(POSEIDON2_KOALABEAR, stateRoot, allSlots);
 * if (verdict.isAccepted && verdict.isAll) console.log(`${verdict.address} has these slots and no others`);
 */
export async function verifyList(
  suite: Suite,
  stateRoot: Digest,
  { account, entries }: ListProof,
): Promise<ListVerdict> {
  if (account === null) {
    const verdict = await verifyEntries(suite, ACCOUNT_TRIE, stateRoot, entries);
    return verdict.isAccepted ? { ...verdict, address: null } : verdict;
  }
  try {
    const [found] = await verifyKeys(suite, ACCOUNT_TRIE, stateRoot, [account]);
    if (found!.value === null) return { isAccepted: false, reason: 'its account is not there' };
    const { storageRoot } = accountFromHex(suite, found!.value);
    const verdict = await verifyEntries(suite, STORAGE_TRIE, storageRoot, entries);
    return verdict.isAccepted ? { ...verdict, address: account.key } : verdict;
  } catch (error) {
    if (!(error instanceof ProofRefusedError)) throw error;
    return { isAccepted: false, reason: error.message };
  }
}
