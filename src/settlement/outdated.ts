import { describeEntry } from '../state/batch/access.js';
import type { RequestedAccess } from '../state/batch/access.js';
import { entryId } from '../state/batch/encoding.js';
import { uint256ToHex } from '../base/field/limbs.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import { WorkingState } from '../state/hashdb/working-state.js';
import type { Followed, PostedBatch } from './chain.js';
import { OutdatedBatchError } from './error.js';
import { rootsOf } from './sync.js';

/**
 * Checks that a batch still stands: that the database, on whose state it was made, is at the chain's root, and that
 * every value that it reads is what the state has then, with the batches that wait for their proofs.
 * @throws {OutdatedBatchError}
 */
export async function requireUpToDate(
  db: HashDb,
  followed: Followed,
  batches: readonly PostedBatch[],
  accesses: readonly RequestedAccess[],
): Promise<void> {
  const { root } = await db.current();
  const onChain = rootsOf(followed, batches).at(-1)!;
  if (root !== onChain) {
    throw new OutdatedBatchError(
      `the batch was made on the database's root 0x${root.toString(16)}, but the chain is at 0x${onChain.toString(16)}`,
    );
  }
  const state = new WorkingState(db, root);
  for (const batch of batches) {
    if (batch.root === null) for (const write of batch.writes) state.set(write, write.value);
  }
  const before = await state.getMany(accesses);
  const written = new Map<string, bigint>();
  for (const [index, access] of accesses.entries()) {
    const id = entryId(access);
    const held = written.get(id) ?? before[index]!;
    if (access.op === 'write') written.set(id, access.value);
    else if (access.value !== undefined && access.value !== held) {
      throw new OutdatedBatchError(
        `access ${index} of the batch reads ${uint256ToHex(access.value)} from ${describeEntry(access)}, but the chain's state has 0x${held.toString(16)}`,
      );
    }
  }
}
