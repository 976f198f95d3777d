import { RejectedError } from '../common/rules.js';

/**
 * Why a transaction is refused:
 * - `type`: its type is not 0, 1, 2 or 4
 * - `malformed`: its bytes are no transaction
 * - `chainId`: it is signed for another chain
 * - `signature`: nobody signed it
 * - `intrinsicGas`: its gas limit is below what it costs before anything runs
 * - `blockGas`: its gas limit exceeds what is left in the block
 * - `feeCap`: it pays less than the block's base fee
 * - `nonceTooLow`, `nonceTooHigh`: it is not the sender's next
 * - `funds`: the sender cannot pay gas limit and value
 * - `senderHasCode`: the sender is a contract (EIP-3607)
 * - `precompile`: it calls a precompiled contract that is missing here
 *
 * @example
 * const rejection: TransactionRejection = 'nonceTooLow';
 */
export type TransactionRejection =
  | 'type'
  | 'malformed'
  | 'chainId'
  | 'signature'
  | 'intrinsicGas'
  | 'blockGas'
  | 'feeCap'
  | 'nonceTooLow'
  | 'nonceTooHigh'
  | 'funds'
  | 'senderHasCode'
  | 'precompile';

/** A transaction cannot be in a block: it is not executed, nobody pays, and the state stays as it was. */
export class TransactionRejectedError extends RejectedError {
  override readonly name = 'TransactionRejectedError';
  constructor(
    readonly rejection: TransactionRejection,
    message: string,
  ) {
    super(message);
  }
}
