import type { EvmChain } from '../../rules/evm/chain.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import type { TransactionPool } from '../pool/types.js';
import type { Filters } from './filters.js';
import type { RpcLimits } from './limits.js';
import type { StateDb, StoredBlock } from '../store/state-db.js';

/** What the methods are answered from. */
export interface RpcContext {
  readonly chain: EvmChain;
  readonly store: StateDb;
  /** The state's nodes, under the roots of all blocks. */
  readonly state: HashDb;
  readonly pool: TransactionPool;
  readonly limits: RpcLimits;
  /** The base fee of a block's child, in wei. */
  readonly nextBaseFee: (parent: StoredBlock) => bigint;
  /** What `web3_clientVersion` says. */
  readonly clientVersion: string;
  readonly filters: Filters;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}
