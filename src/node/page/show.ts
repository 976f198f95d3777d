import { bytesToHex } from '@noble/hashes/utils.js';
import type { EvmTransaction } from '../../rules/evm/transaction.js';
import type { Access } from '../../state/batch/access.js';
import type { StoredBatch, StoredBlock, StoredLog, StoredReceipt } from '../store/state-db.js';
import type * as p from './app/shapes.js';

export const hexBytes = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;
export const hexNumber = (number: bigint): string => `0x${number.toString(16)}`;
export const hexWord = (word: bigint): string => `0x${word.toString(16).padStart(64, '0')}`;
export const hexAddress = (address: bigint): string => `0x${address.toString(16).padStart(40, '0')}`;

export const blockRow = (block: StoredBlock): p.BlockRow => ({
  number: Number(block.number),
  hash: hexWord(block.hash),
  timestamp: Number(block.timestamp),
  transactions: block.transactions.length,
  gasUsed: Number(block.gasUsed),
  gasLimit: Number(block.gasLimit),
  batch: Number(block.batch),
});

export const batchRow = (batch: StoredBatch): p.BatchRow => ({
  number: Number(batch.number),
  stage: batch.stage,
  proof: batch.proof,
  firstBlock: Number(batch.firstBlock),
  lastBlock: Number(batch.lastBlock),
  transactions: batch.transactions,
  writes: batch.writes,
  timestamp: Number(batch.timestamp),
});

export const transactionRow = ({ hash, sender, to, value, nonce }: EvmTransaction): p.TransactionRow => ({
  hash: hexWord(hash),
  from: hexAddress(sender),
  to: to === null ? null : hexAddress(to),
  value: String(value),
  nonce: Number(nonce),
});

export const placedRow = (
  transaction: EvmTransaction,
  { blockNumber, status, gasUsed }: StoredReceipt,
): p.PlacedRow => ({
  ...transactionRow(transaction),
  block: Number(blockNumber),
  succeeded: status === 'succeeded',
  gasUsed: Number(gasUsed),
});

export const signed = (transaction: EvmTransaction): p.Signed => ({
  ...transactionRow(transaction),
  type: transaction.type,
  gasLimit: Number(transaction.gasLimit),
  maxFeePerGas: String(transaction.maxFeePerGas),
  maxPriorityFeePerGas: String(transaction.maxPriorityFeePerGas),
  data: hexBytes(transaction.data),
});

export const accessRow = ({ op, kind, address, slot, value }: Access): p.AccessRow => ({
  op,
  kind,
  address: hexAddress(address),
  slot: hexNumber(slot),
  value: hexNumber(value),
});

export const logRow = ({ address, topics, data }: Pick<StoredLog, 'address' | 'topics' | 'data'>): p.LogRow => ({
  address: hexAddress(address),
  topics: topics.map(hexWord),
  data: hexBytes(data),
});
