import { treeKeys } from '../../state/batch/encoding.js';
import type { ReadAccounts } from '../pool/types.js';
import type { ChainParts } from './parts.js';

/**
 * Reads accounts in the state after the last block that is stored, as a pool asks for them. The HashDB's own current
 * state may be one block ahead. A pool that believed it would drop that block's transactions, and they would be lost
 * with a block that is never stored.
 */
export const storedAccounts =
  ({ db, store }: Pick<ChainParts, 'db' | 'store'>): ReadAccounts =>
  async (addresses) => {
    const entries = addresses.flatMap((address) =>
      (['nonce', 'balance'] as const).map((kind) => ({ address, kind, slot: 0n })),
    );
    const keys = await treeKeys(entries);
    const values = await db.entryValues(await store.stateRoot(), keys);
    return addresses.map((_, i) => ({ nonce: values[2 * i]!, balance: values[2 * i + 1]! }));
  };
