import { uint256ToHex } from '../../base/field/limbs.js';
import type { EvmGenesis } from '../../rules/evm/genesis.js';
import { changeOf } from '../../state/hashdb/change.js';
import { EMPTY } from '../../state/tree/node.js';
import type { BlockHeader } from '../store/header.js';
import { sealBlock } from '../store/seal.js';
import { StoredChainError } from '../store/state-store.js';
import { followSql } from './follow-sql.js';
import type { ChainParts } from './parts.js';

/** What the genesis says beside its state. */
export type GenesisBlock = Pick<BlockHeader, 'timestamp' | 'gasLimit' | 'baseFeePerGas'>;

/**
 * Makes a chain's first block and the state under it, unless they are there; then the HashDB's current state is that
 * after the last block. The state comes first: a block without its state is nothing, a state without its block is found
 * here again. Whatever else works on the chain is opened after this.
 * @throws {StoredChainError} another chain is there, or a state of something else
 */
export async function beginChain(parts: ChainParts, genesis: EvmGenesis, at: GenesisBlock): Promise<void> {
  await makeGenesis(parts, genesis, at);
  await followSql(parts.db, await parts.store.stateRoot());
}

async function makeGenesis({ chain, db, store }: ChainParts, genesis: EvmGenesis, at: GenesisBlock): Promise<void> {
  const change = await changeOf(db, EMPTY, genesis.entries);
  const environment = { ...at, number: 0n, prevRandao: 0n, feeRecipient: 0n, ancestors: [] };
  const block = sealBlock(environment, [], change.root, chain.fork);
  const stored = await store.block(0n);
  if (stored !== null) {
    if (stored.hash === block.hash) return;
    throw new StoredChainError(
      `expected a chain whose genesis has hash ${uint256ToHex(block.hash)}, but the stored one has ` +
        `${uint256ToHex(stored.hash)}: take the genesis with which it was begun, or another database`,
    );
  }
  const { root } = await db.current();
  if (root === EMPTY && change.root !== EMPTY) await db.commit({ ...change, origin: 'load' });
  else if (root !== change.root) {
    throw new StoredChainError(
      'expected an empty state for a new chain, but the HashDB has one that no stored block names',
    );
  }
  await store.begin(block, genesis.codes);
}
