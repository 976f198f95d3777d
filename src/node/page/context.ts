import type { EvmChain } from '../../rules/evm/chain.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import type { TransactionPool } from '../pool/types.js';
import type { StateDb } from '../store/state-db.js';

/** What the page is answered from. */
export interface PageContext {
  readonly chain: EvmChain;
  readonly store: StateDb;
  readonly pool: TransactionPool;
  /** The state's nodes, under the roots of all blocks. */
  readonly state: HashDb;
  /** Name and version of the program. */
  readonly version: string;
}
