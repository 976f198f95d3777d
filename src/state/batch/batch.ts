import { type Uint256 } from '../../base/field/limbs.js';
import { type EntryKey, type RequestedAccess } from './access.js';

/** An entry of the state and its value. */
export interface Entry extends EntryKey {
  readonly value: Uint256;
}

/** An ordered list of accesses, at least one, as a user asks for it. */
export interface Batch {
  readonly accesses: readonly RequestedAccess[];
  /** Entries of the state before the batch, each once; what a demonstration begins with. */
  readonly prestate: readonly Entry[];
  /** How many of the accesses each transaction has, in order; their sum is the number of accesses. */
  readonly transactionSizes: readonly number[];
  /** Where access `index` stands in the file that the batch came from. */
  where(index: number): string;
}

/** A batch is not one: the message says what was expected, what came, and where in the file. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
}

/**
 * A batch of the first `count` transactions. A batch without transactions counts as one.
 * @throws {BatchError} there are not so many, or they have no accesses
 */
export function takeTransactions(batch: Batch, count: number): Batch {
  const available = batch.transactionSizes.length;
  if (!Number.isInteger(count) || count < 1 || count > available) {
    throw new BatchError(`expected a number of transactions from 1 to ${available}, got ${count}`);
  }
  const transactionSizes = batch.transactionSizes.slice(0, count);
  const accesses = batch.accesses.slice(0, transactionSizes.reduce((sum, size) => sum + size, 0));
  if (accesses.length === 0) throw new BatchError(`the first ${count} transactions have no accesses`);
  return { ...batch, accesses, transactionSizes };
}
