import { RpcError } from '../../base/json-rpc/answer.js';
import type { StateDb, StoredBlock } from '../store/state-db.js';
import { SERVER_ERROR } from './errors.js';
import { quantity, word } from './hex.js';
import type { BlockName } from './params.js';

/**
 * A named block's number. `latest` and `pending` are the newest block. Without a chain below this one, nothing that
 * happened here is safe from its operator: `safe` and `finalized` are the genesis.
 */
export async function numberOf(store: StateDb, name: Exclude<BlockName, { readonly hash: bigint }>): Promise<bigint> {
  switch (name) {
    case 'latest':
    case 'pending':
      return store.height();
    case 'safe':
    case 'finalized':
    case 'earliest':
      return 0n;
    default:
      return name;
  }
}

/** A named block; null if there is none. */
export async function findBlock(store: StateDb, name: BlockName): Promise<StoredBlock | null> {
  if (typeof name === 'object') return store.blockByHash(name.hash);
  return store.block(await numberOf(store, name));
}

/** @throws {RpcError} there is no such block */
export async function blockNamed(store: StateDb, name: BlockName): Promise<StoredBlock> {
  const block = await findBlock(store, name);
  if (block !== null) return block;
  const shown = typeof name === 'object' ? word(name.hash) : typeof name === 'bigint' ? quantity(name) : name;
  throw new RpcError(SERVER_ERROR, `header not found: there is no block ${shown}`);
}
