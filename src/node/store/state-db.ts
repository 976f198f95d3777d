import type { Uint256 } from '../../base/field/limbs.js';
import type { ExecutedTransaction } from '../../rules/evm/batch.js';
import type { EvmLog, EvmReceipt } from '../../rules/evm/receipt.js';
import type { Access } from '../../state/batch/access.js';
import type { Digest } from '../../state/tree/node.js';
import type { BlockHeader } from './header.js';

/** A block that is stored. Its header is one of Ethereum's (Prague), with the HashDB's root as its state root. */
export interface StoredBlock extends BlockHeader {
  /** keccak256 of the header. */
  readonly hash: Uint256;
  /** The header's RLP, of which `hash` is the hash. */
  readonly header: Uint8Array;
  /** Bytes of the block as Ethereum encodes it. */
  readonly size: number;
  /** The number of its batch; 0 for the genesis alone. */
  readonly batch: bigint;
  /** The hashes of its transactions, in their order. */
  readonly transactions: readonly Uint256[];
}

/** Where a transaction is. */
export interface TransactionPlace {
  readonly blockNumber: bigint;
  readonly blockHash: Uint256;
  /** In the block, from 0. */
  readonly index: number;
}

/** A transaction in a block. `decodeTransaction(bytes, chain)` gives what it says. */
export interface StoredTransaction extends TransactionPlace {
  readonly hash: Uint256;
  readonly bytes: Uint8Array;
  readonly sender: bigint;
}

export interface StoredReceipt extends EvmReceipt, TransactionPlace {
  readonly sender: bigint;
  /** Null for a transaction that made a contract. */
  readonly to: bigint | null;
  /** The place in the block of the first of its logs. */
  readonly firstLog: number;
}

export interface StoredLog extends EvmLog, TransactionPlace {
  readonly transactionHash: Uint256;
  /** In the block, from 0. */
  readonly logIndex: number;
}

/** Which logs: of these blocks, of one of these addresses, and with one of these topics at each place. */
export interface LogFilter {
  readonly fromBlock: bigint;
  /** The last block, included. */
  readonly toBlock: bigint;
  /** Any, if empty. */
  readonly addresses: readonly bigint[];
  /** At each place the topics that are taken; an empty list takes any topic there, but there must be one. */
  readonly topics: readonly (readonly Uint256[])[];
}

/** How far a batch is. `open` takes blocks; `closed` takes none; `checked` was executed again with the same result. */
export type BatchStage = 'open' | 'closed' | 'checked';

/** Why a batch was closed: what was used up, its age, or somebody's order. */
export type ClosingReason = 'writes' | 'bytes' | 'age' | 'ordered';

/** How far a batch's proof is. */
export type ProofStage = 'none' | 'queued' | 'proven';

export interface StoredBatch {
  /** From 1. */
  readonly number: bigint;
  readonly stage: BatchStage;
  readonly closingReason: ClosingReason | null;
  readonly firstBlock: bigint;
  /** `firstBlock` - 1 if it has no block yet. */
  readonly lastBlock: bigint;
  /** The root before its first block, and after its last. */
  readonly oldRoot: Digest;
  readonly newRoot: Digest;
  /** Unix time in seconds, of its first block. */
  readonly timestamp: bigint;
  readonly transactions: number;
  /** Entries that differ from before the batch: what is proven. */
  readonly writes: number;
  /** Of its bytes, as they would be posted. */
  readonly size: number;
  readonly proof: ProofStage;
}

/** The access log of a transaction: what it depended on and changed. */
export type AccessLog = Pick<ExecutedTransaction, 'reads' | 'writes'>;

/**
 * Blocks and all that is in them, as RPC and page read it. Null is the answer where there is none.
 * @throws {SqlError} all of it: the server refuses, or cannot be reached
 */
export interface StateDb {
  /** The newest block's number; 0 is the genesis. */
  height(): Promise<bigint>;
  block(number: bigint): Promise<StoredBlock | null>;
  blockByHash(hash: Uint256): Promise<StoredBlock | null>;
  /** Those `first <= number <= last` that there are, in order. */
  blocks(first: bigint, last: bigint): Promise<StoredBlock[]>;
  /** Hashes of the blocks before one, the parent's first, at most 256: what BLOCKHASH is answered from. */
  ancestors(number: bigint): Promise<Uint256[]>;

  transaction(hash: Uint256): Promise<StoredTransaction | null>;
  /** Of a block, in their order; none if there is no such block. */
  transactionsOf(number: bigint): Promise<StoredTransaction[]>;
  receipt(hash: Uint256): Promise<StoredReceipt | null>;
  receiptsOf(number: bigint): Promise<StoredReceipt[]>;
  /**
   * In the order of blocks and logs.
   * @param limit no more than so many; ask for one more than allowed to see whether there are more
   */
  logs(filter: LogFilter, limit: number): Promise<StoredLog[]>;
  accessLog(hash: Uint256): Promise<AccessLog | null>;

  /** The newest batch; null before the first block. */
  newestBatch(): Promise<StoredBatch | null>;
  batch(number: bigint): Promise<StoredBatch | null>;
  /** Those `first <= number <= last` that there are, in order. */
  batches(first: bigint, last: bigint): Promise<StoredBatch[]>;
  /** What is posted of a closed batch, and executed again: see `decodeBatch`. */
  batchBytes(number: bigint): Promise<Uint8Array | null>;
  /** What is proven of a closed batch: each entry that differs from before it, once, with its value after it. */
  netWrites(number: bigint): Promise<Access[] | null>;
  /** The file of its proof, as `formatProof` makes it. */
  batchProof(number: bigint): Promise<string | null>;

  /** A contract's code by its keccak256: a `CodeSource`. */
  get(hash: Uint256): Promise<Uint8Array | undefined>;

  /**
   * Calls back with the number of each new block, in order, whichever process made it, once it can be read.
   * @param onRollBack told the number of the last block that is left, when later ones were taken back
   * @returns ends it
   */
  onBlock(listener: (number: bigint) => void, onRollBack?: (last: bigint) => void): Promise<() => Promise<void>>;
}
