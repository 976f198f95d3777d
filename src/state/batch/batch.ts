import { ContentError } from '../../base/files/content-error.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { EntryKey, RequestedAccess } from './access.js';

/**
 * An entry of the state and its value.
 *
 * @example
 * const loaded: Entry = { ...entry, value: toUint256(100n) };
 */
export interface Entry extends EntryKey {
  readonly value: Uint256;
}

/**
 * An ordered list of accesses, perhaps none, as a user asks for it.
 * @see {@link parseBatch}
 */
export interface Batch {
  readonly accesses: readonly RequestedAccess[];
  /** Entries of the state before the batch, each once; what a demonstration begins with. */
  readonly prestate: readonly Entry[];
  /** How many of the accesses each transaction has, in order; their sum is the number of accesses. */
  readonly transactionSizes: readonly number[];
  /** Where access `index` stands in the file that the batch came from. */
  where(index: number): string;
}

/** An access, and where it stands in the file that it came from, such as `transactions[0][3]`. */
export interface PlacedAccess {
  readonly access: RequestedAccess;
  readonly where: string;
}

/** A batch of transactions, in order. */
export function makeBatch(transactions: readonly (readonly PlacedAccess[])[], prestate: readonly Entry[]): Batch {
  const placed = transactions.flat();
  return {
    accesses: placed.map(({ access }) => access),
    prestate,
    transactionSizes: transactions.map(({ length }) => length),
    where: (index) => placed[index]?.where ?? `access ${index}`,
  };
}

/** A batch is not one: the message says what was expected, what came, and where in the file. */
export class BatchError extends ContentError {
  override readonly name = 'BatchError';
}

/**
 * A batch of the first `count` transactions. A list of accesses counts as one transaction.
 * @throws {BatchError} there are not so many
 *
 * @example
 * takeTransactions(batch, 3).transactionSizes.length; // 3
 */
export function takeTransactions(batch: Batch, count: number): Batch {
  const available = batch.transactionSizes.length;
  if (!Number.isInteger(count) || count < 1 || count > available) {
    const range = available === 0 ? 'a batch with transactions' : `a number of transactions from 1 to ${available}`;
    throw new BatchError(`expected ${range}, got ${available === 0 ? 'one without' : count}`);
  }
  const transactionSizes = batch.transactionSizes.slice(0, count);
  const accesses = batch.accesses.slice(
    0,
    transactionSizes.reduce((sum, size) => sum + size, 0),
  );
  return { ...batch, accesses, transactionSizes };
}
