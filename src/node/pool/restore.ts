import type { Uint256 } from '../../base/field/limbs.js';
import type { EvmChain } from '../../rules/evm/chain.js';
import { decodeTransaction } from '../../rules/evm/decode.js';
import { TransactionRejectedError } from '../../rules/evm/rejection.js';
import type { PoolJournal, StoredRow } from './journal.js';
import type { Dropped, PoolMemory } from './memory.js';
import { pooled } from './pooled.js';
import type { Pooled } from './pooled.js';
import type { ReadAccounts } from './types.js';

/** What `restore` did not take. */
export interface Unrestored {
  /** Those that this chain's rules refuse: the chain is another than when they came. */
  readonly gone: readonly Uint256[];
  readonly dropped: readonly Dropped[];
}

/** Takes into memory what is stored, as far as the accounts and the limits of now permit it. */
export async function restore(
  memory: PoolMemory,
  journal: PoolJournal,
  chain: EvmChain,
  accounts: ReadAccounts,
  nextOrder: () => number,
): Promise<Unrestored> {
  const rows = await journal.transactions();
  const gone: Uint256[] = [];
  const entries: Pooled[] = [];
  for (const row of rows) {
    const entry = decoded(row, chain, nextOrder);
    if (entry === null) gone.push(row.hash);
    else entries.push(entry);
  }
  const senders = [...new Set(entries.map(({ transaction }) => transaction.sender))];
  const states = await accounts(senders);
  const accountOf = new Map(senders.map((sender, i) => [sender, states[i]!]));
  entries.forEach((entry) => memory.restore(entry, accountOf.get(entry.transaction.sender)!));
  const settled = senders.flatMap((sender) => memory.settle(sender, accountOf.get(sender)!));
  return { gone, dropped: [...settled, ...memory.shrink()] };
}

function decoded({ bytes, since }: StoredRow, chain: EvmChain, nextOrder: () => number): Pooled | null {
  try {
    return pooled(decodeTransaction(bytes, chain), { since, order: nextOrder(), isStored: true });
  } catch (error) {
    if (error instanceof TransactionRejectedError) return null;
    throw error;
  }
}
