import type { EvmChain } from '../../rules/evm/chain.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import type { StateStore } from '../store/state-store.js';

/** A chain, and the two stores that hold it: the state's tree, and blocks. */
export interface ChainParts {
  readonly chain: EvmChain;
  readonly db: HashDb;
  readonly store: StateStore;
}
