import { RLP } from '@ethereumjs/rlp';
import { concatBytes } from '@noble/hashes/utils.js';
import { bytesOf, numberOf } from '../../rules/evm/bytes.js';
import type { BlockEnvironment } from '../../rules/evm/environment.js';

/** A block as a batch's bytes have it: what decides how its transactions run, and the transactions. */
export interface BatchBlock extends Omit<BlockEnvironment, 'number' | 'ancestors'> {
  /** As they were sent. */
  readonly transactions: readonly Uint8Array[];
}

/** Bytes that are no batch. */
export class BatchBytesError extends Error {
  override readonly name = 'BatchBytesError';
}

/** The form of the bytes, their first one. */
const VERSION = 1;
const SCALARS = ['timestamp', 'gasLimit', 'baseFeePerGas', 'prevRandao', 'feeRecipient'] as const;

/**
 * The bytes of a batch's blocks: 1, then RLP of a list of blocks, each a list of timestamp, gas limit, base fee,
 * PREVRANDAO, fee recipient, and its transactions. Whoever has the state and the blocks before comes by them to the
 * same blocks.
 */
export const encodeBatch = (blocks: readonly BatchBlock[]): Uint8Array =>
  concatBytes(
    Uint8Array.of(VERSION),
    RLP.encode(blocks.map((block) => [...SCALARS.map((name) => scalar(block[name])), [...block.transactions]])),
  );

/** The most that a block adds to a batch's bytes, beside its transactions. */
export const BLOCK_BYTES = 5 * 33 + 2 * 9;

/** The most that a transaction of so many bytes adds. */
export const transactionBytes = (length: number): number => length + 9;

/** @throws {BatchBytesError} they are no batch's */
export function decodeBatch(bytes: Uint8Array): BatchBlock[] {
  if (bytes[0] !== VERSION) throw new BatchBytesError(`expected a batch of form ${VERSION}, got ${bytes[0]}`);
  let blocks: unknown;
  try {
    blocks = RLP.decode(bytes.subarray(1));
  } catch (error) {
    throw new BatchBytesError(`expected a batch's blocks: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(blocks)) throw new BatchBytesError('expected a list of blocks, got bytes');
  return blocks.map(readBlock);
}

function readBlock(fields: unknown, place: number): BatchBlock {
  const refuse = (what: string): never => {
    throw new BatchBytesError(`block ${place} of the batch: expected ${what}`);
  };
  if (!Array.isArray(fields) || fields.length !== SCALARS.length + 1) return refuse(`${SCALARS.length + 1} fields`);
  const transactions: unknown = fields.at(-1);
  if (!Array.isArray(transactions)) return refuse('a list of transactions');
  const scalars = SCALARS.map((name, i) => {
    const field: unknown = fields[i];
    return field instanceof Uint8Array && field.length <= 32 ? numberOf(field) : refuse(`${name} of at most 32 bytes`);
  });
  const [timestamp, gasLimit, baseFeePerGas, prevRandao, feeRecipient] = scalars as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const read = (transaction: unknown): Uint8Array =>
    transaction instanceof Uint8Array ? transaction : refuse('transactions of bytes');
  return { timestamp, gasLimit, baseFeePerGas, prevRandao, feeRecipient, transactions: transactions.map(read) };
}

const scalar = (number: bigint): Uint8Array =>
  number === 0n ? new Uint8Array() : bytesOf(number, Math.ceil(number.toString(16).length / 2));
