import { uint256ToHex } from '../../base/field/limbs.js';
import { HashDbError } from '../../state/hashdb/driver.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import type { Digest } from '../../state/tree/node.js';
import { StoredChainError } from '../store/state-store.js';

/**
 * Makes a block's root the HashDB's current one. The HashDB is ahead if a block was being stored when the process
 * ended: its state is there, the block is not, so it did not happen.
 * @throws {StoredChainError} the HashDB does not have this root
 */
export async function followSql(db: HashDb, root: Digest): Promise<void> {
  const current = await db.current();
  if (current.root === root) return;
  const target = await db.roots.find(root).catch((cause: unknown) => {
    if (!(cause instanceof HashDbError)) throw cause;
    throw new StoredChainError(
      `the last block has state root ${uint256ToHex(root)}, which the HashDB does not have: ${cause.message}`,
      { cause },
    );
  });
  await db.commit({
    parent: current.root,
    root,
    nodes: new Map(),
    keyPreimages: new Map(),
    valuePreimages: new Map(),
    entriesDelta: target.entries - current.entries,
    origin: 'write',
  });
}
