/**
 * What the node tells its page. Hashes, addresses and bytes are hexadecimal with `0x`; amounts are decimal, in wei;
 * times are Unix seconds.
 */
export interface BlockRow {
  readonly number: number;
  readonly hash: string;
  readonly timestamp: number;
  readonly transactions: number;
  readonly gasUsed: number;
  readonly gasLimit: number;
  readonly batch: number;
}

export interface BatchRow {
  readonly number: number;
  readonly stage: 'open' | 'closed' | 'checked';
  readonly proof: 'none' | 'queued' | 'proven';
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly transactions: number;
  readonly writes: number;
  readonly timestamp: number;
}

export interface TransactionRow {
  readonly hash: string;
  readonly from: string;
  /** Null if it makes a contract. */
  readonly to: string | null;
  readonly value: string;
  readonly nonce: number;
}

export interface PlacedRow extends TransactionRow {
  readonly block: number;
  readonly succeeded: boolean;
  readonly gasUsed: number;
}

export interface Overview {
  readonly chainId: string;
  readonly fork: string;
  readonly head: BlockRow;
  readonly baseFee: string;
  readonly stateRoot: string;
  readonly pending: number;
  readonly queued: number;
  readonly blocks: readonly BlockRow[];
  readonly batches: readonly BatchRow[];
  readonly transactions: readonly PlacedRow[];
}

/** A part of a long list, the newest first. */
export interface Listed<Row> {
  readonly rows: readonly Row[];
  /** The number of the newest that is not here; null if there is none. */
  readonly older: number | null;
}

export interface BlockPage extends BlockRow {
  readonly parentHash: string;
  readonly stateRoot: string;
  readonly feeRecipient: string;
  readonly baseFee: string;
  readonly prevRandao: string;
  readonly size: number;
  readonly isHead: boolean;
  readonly rows: readonly PlacedRow[];
}

export interface BatchPage extends BatchRow {
  readonly closingReason: string | null;
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly size: number;
  readonly isNewest: boolean;
  readonly blocks: readonly BlockRow[];
}

export interface AccessRow {
  readonly op: 'read' | 'write';
  readonly kind: string;
  readonly address: string;
  readonly slot: string;
  readonly value: string;
}

export interface LogRow {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

/** What a transaction says, whether it is in a block or not. */
export interface Signed extends TransactionRow {
  readonly type: number;
  readonly gasLimit: number;
  readonly maxFeePerGas: string;
  readonly maxPriorityFeePerGas: string;
  readonly data: string;
}

export type TransactionPage =
  | { readonly where: 'pool'; readonly transaction: Signed; readonly isReady: boolean }
  /** It left the pool without being in a block. */
  | { readonly where: 'dropped'; readonly hash: string; readonly why: string }
  | {
      readonly where: 'block';
      readonly transaction: Signed;
      readonly block: number;
      readonly index: number;
      readonly succeeded: boolean;
      readonly gasUsed: number;
      readonly gasPrice: string;
      readonly contract: string | null;
      readonly logs: readonly LogRow[];
      /** Null where it is not kept. */
      readonly accesses: readonly AccessRow[] | null;
    };

export interface Slot {
  readonly slot: string;
  readonly value: string;
}

export interface AccountPage {
  readonly address: string;
  readonly block: number;
  readonly balance: string;
  readonly nonce: number;
  /** Null if it has no code. */
  readonly codeHash: string | null;
  readonly codeBytes: number;
  /** The account whose code it runs (EIP-7702). */
  readonly delegate: string | null;
  readonly slots: readonly Slot[];
  readonly pending: readonly TransactionRow[];
  readonly queued: readonly TransactionRow[];
}

export interface PoolRow extends TransactionRow {
  readonly maxFeePerGas: string;
  readonly maxPriorityFeePerGas: string;
  readonly isReady: boolean;
}

export interface PoolPage {
  readonly pending: number;
  readonly queued: number;
  readonly priceFloor: string;
  /** The first so many. */
  readonly rows: readonly PoolRow[];
}

/** Where a hash leads. */
export type Found = { readonly kind: 'block'; readonly number: number } | { readonly kind: 'transaction' };
