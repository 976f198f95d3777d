import { BatchFullError } from '../../rules/evm/batch.js';
import type { EvmBatch } from '../../rules/evm/batch.js';
import { MissingBlockHashError } from '../../rules/evm/faults.js';
import { TransactionRejectedError } from '../../rules/evm/rejection.js';
import type { TransactionRejection } from '../../rules/evm/rejection.js';
import type { EvmTransaction } from '../../rules/evm/transaction.js';
import { transactionBytes } from '../store/batch-bytes.js';
import type { Included } from '../store/seal.js';
import type { Candidates } from './candidates.js';

/** What a block may take of its batch. */
export interface Room {
  /** What the block's transactions may use together. */
  readonly gasLimit: bigint;
  /** Bytes that are left in the batch. */
  readonly bytes: number;
  /** What an empty batch holds: entries that it may change, and bytes. */
  readonly most: { readonly writes: number; readonly bytes: number };
}

/** The transactions of a block, and what was used up when it took no more; null: there were no more. */
export interface Filled {
  readonly included: readonly Included[];
  readonly bytes: number;
  readonly full: 'gas' | 'writes' | 'bytes' | null;
}

/** The pool may offer these again: another block, or another transaction before it, may permit them. */
const FOR_NOW: ReadonlySet<TransactionRejection> = new Set(['blockGas', 'feeCap', 'nonceTooHigh', 'funds']);
/** No transaction uses less. */
const LEAST_GAS = 21_000n;

/** No batch can hold a transaction: the resource that it takes too much of, and what there is of it. */
export class NeverFitsError extends Error {
  override readonly name = 'NeverFitsError';
}

/**
 * Takes candidates into the batch's current block while they fit.
 * @param isOver asked before each: no more are taken then
 * @throws what else executing throws: the batch is then as before the transaction, the block is not complete
 */
export async function fillBlock(
  batch: EvmBatch,
  candidates: Candidates,
  room: Room,
  isOver: () => boolean,
): Promise<Filled> {
  const { most } = room;
  const included: Included[] = [];
  let bytes = 0;
  let gas = room.gasLimit;
  const take = async (transaction: EvmTransaction): Promise<Filled['full']> => {
    const size = transactionBytes(transaction.bytes.length);
    if (transaction.gasLimit > room.gasLimit) {
      return refuse(transaction, `its gas limit of ${transaction.gasLimit} exceeds a block's, ${room.gasLimit}`);
    }
    if (size > most.bytes) return refuse(transaction, `it takes ${size} bytes of a batch, which holds ${most.bytes}`);
    if (bytes + size > room.bytes) {
      candidates.postponed(transaction);
      return 'bytes';
    }
    try {
      const executed = await batch.execute(transaction, { mostChanged: most.writes });
      included.push({ transaction, ...executed });
      bytes += size;
      gas -= executed.receipt.gasUsed;
      candidates.included(transaction);
      return gas < LEAST_GAS ? 'gas' : null;
    } catch (error) {
      if (error instanceof BatchFullError) {
        if (error.own > error.most) {
          return refuse(transaction, `it changes ${error.own} entries of the state, and a batch at most ${error.most}`);
        }
        candidates.postponed(transaction);
        return 'writes';
      }
      if (error instanceof TransactionRejectedError && FOR_NOW.has(error.rejection)) {
        candidates.postponed(transaction);
        return error.rejection === 'blockGas' ? 'gas' : null;
      }
      if (error instanceof TransactionRejectedError || error instanceof MissingBlockHashError) {
        candidates.refused(transaction, error);
        return null;
      }
      throw error;
    }
  };
  const refuse = (transaction: EvmTransaction, why: string): null => {
    candidates.refused(transaction, new NeverFitsError(`the transaction never fits: ${why}`));
    return null;
  };
  let full: Filled['full'] = null;
  while (full === null && !isOver()) {
    const transaction = await candidates.next();
    if (transaction === null) break;
    full = await take(transaction);
  }
  return { included, bytes, full };
}
