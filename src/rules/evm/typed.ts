import type { TypedTransaction } from '@ethereumjs/tx';
import { UndecodedTransactionError } from './transaction.js';
import type { EvmTransaction } from './transaction.js';

const decoded = new WeakMap<EvmTransaction, TypedTransaction>();

/** Keeps a transaction as the packages of EthereumJS have it, for as long as the transaction is kept. */
export function keepTyped(transaction: EvmTransaction, typed: TypedTransaction): void {
  decoded.set(transaction, typed);
}

/** @throws {UndecodedTransactionError} `decodeTransaction` did not make it */
export function typedOf(transaction: EvmTransaction): TypedTransaction {
  const typed = decoded.get(transaction);
  if (typed !== undefined) return typed;
  throw new UndecodedTransactionError('expected a transaction that decodeTransaction made, got another object');
}
