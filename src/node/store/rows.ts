import { bytesOf, numberOf } from '../../rules/evm/bytes.js';
import type { EvmReceipt } from '../../rules/evm/receipt.js';
import { decodeHeader } from './header.js';
import type {
  BatchStage,
  ClosingReason,
  ProofStage,
  StoredBatch,
  StoredBlock,
  StoredLog,
  StoredReceipt,
  StoredTransaction,
} from './state-db.js';

/** Hashes, roots and words as the tables have them; `numberOf` reads them. */
export const word = (number: bigint): Uint8Array => bytesOf(number, 32);

/** Addresses as the tables have them. */
export const addressBytes = (address: bigint): Uint8Array => bytesOf(address, 20);

export interface BlockRow {
  readonly hash: Uint8Array;
  readonly header: Uint8Array;
  readonly size: number;
  readonly batch: bigint;
  readonly transactions: readonly Uint8Array[];
}

export const BLOCK_COLUMNS = `b.hash, b.header, b.size, b.batch,
  array(select t.hash from transactions t where t.block = b.number order by t.index) as transactions`;

export const blockOf = ({ hash, header, size, batch, transactions }: BlockRow): StoredBlock => ({
  ...decodeHeader(header),
  hash: numberOf(hash),
  header: header,
  size,
  batch,
  transactions: transactions.map(numberOf),
});

interface PlaceRow {
  readonly block: bigint;
  readonly block_hash: Uint8Array;
  readonly index: number;
}

const placeOf = ({ block, block_hash, index }: PlaceRow) => ({
  blockNumber: block,
  blockHash: numberOf(block_hash),
  index,
});

export interface TransactionRow extends PlaceRow {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly sender: Uint8Array;
}

export const TRANSACTION_COLUMNS = 't.block, b.hash as block_hash, t.index, t.hash, t.bytes, t.sender';

export const transactionOf = (row: TransactionRow): StoredTransaction => ({
  ...placeOf(row),
  hash: numberOf(row.hash),
  bytes: row.bytes,
  sender: numberOf(row.sender),
});

export interface ReceiptRow extends PlaceRow {
  readonly hash: Uint8Array;
  readonly sender: Uint8Array;
  readonly recipient: Uint8Array | null;
  readonly type: number;
  readonly status: EvmReceipt['status'];
  readonly gas_used: bigint;
  readonly cumulative_gas_used: bigint;
  readonly effective_gas_price: bigint;
  readonly contract: Uint8Array | null;
  readonly bloom: Uint8Array;
  readonly output: Uint8Array;
  readonly failure: string | null;
  readonly first_log: number;
}

export const RECEIPT_COLUMNS = `t.block, b.hash as block_hash, t.index, t.hash, t.sender, t.recipient, t.type, t.status,
  t.gas_used, t.cumulative_gas_used, t.effective_gas_price, t.contract, t.bloom, t.output, t.failure, t.first_log`;

export const receiptOf = (row: ReceiptRow, logs: EvmReceipt['logs']): StoredReceipt => ({
  ...placeOf(row),
  transactionHash: numberOf(row.hash),
  sender: numberOf(row.sender),
  to: row.recipient === null ? null : numberOf(row.recipient),
  type: row.type,
  status: row.status,
  gasUsed: row.gas_used,
  cumulativeGasUsed: row.cumulative_gas_used,
  effectiveGasPrice: row.effective_gas_price,
  contractAddress: row.contract === null ? null : numberOf(row.contract),
  logs,
  bloom: row.bloom,
  output: row.output,
  failure: row.failure,
  firstLog: row.first_log,
});

export interface LogRow extends PlaceRow {
  readonly log_index: number;
  readonly transaction: Uint8Array;
  readonly address: Uint8Array;
  readonly topic0: Uint8Array | null;
  readonly topic1: Uint8Array | null;
  readonly topic2: Uint8Array | null;
  readonly topic3: Uint8Array | null;
  readonly data: Uint8Array;
}

export const LOG_COLUMNS = `l.block, b.hash as block_hash, l.index, l.log_index, t.hash as transaction, l.address,
  l.topic0, l.topic1, l.topic2, l.topic3, l.data`;

export const logOf = (row: LogRow): StoredLog => ({
  ...placeOf(row),
  transactionHash: numberOf(row.transaction),
  logIndex: row.log_index,
  address: numberOf(row.address),
  topics: [row.topic0, row.topic1, row.topic2, row.topic3].filter((topic) => topic !== null).map(numberOf),
  data: row.data,
});

export interface BatchRow {
  readonly number: bigint;
  readonly stage: BatchStage;
  readonly closing_reason: ClosingReason | null;
  readonly first_block: bigint;
  readonly last_block: bigint;
  readonly old_root: Uint8Array;
  readonly new_root: Uint8Array;
  readonly timestamp: bigint;
  readonly transactions: number;
  readonly writes: number;
  readonly size: number;
  readonly proof_stage: ProofStage;
}

export const BATCH_COLUMNS = `number, stage, closing_reason, first_block, last_block, old_root, new_root, timestamp,
  transactions, writes, size, proof_stage`;

export const batchOf = (row: BatchRow): StoredBatch => ({
  number: row.number,
  stage: row.stage,
  closingReason: row.closing_reason,
  firstBlock: row.first_block,
  lastBlock: row.last_block,
  oldRoot: numberOf(row.old_root),
  newRoot: numberOf(row.new_root),
  timestamp: row.timestamp,
  transactions: row.transactions,
  writes: row.writes,
  size: row.size,
  proof: row.proof_stage,
});
