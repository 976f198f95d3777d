import { decodeTransaction } from '../../rules/evm/decode.js';
import type { EvmChain } from '../../rules/evm/chain.js';
import { TransactionRejectedError } from '../../rules/evm/rejection.js';
import type { TransactionRejection } from '../../rules/evm/rejection.js';
import type { EvmTransaction } from '../../rules/evm/transaction.js';
import { PoolError } from './errors.js';
import type { PoolRefusal } from './errors.js';

/** What a transaction is held to before anybody asks for its sender's account. */
export interface StaticRules {
  readonly chain: EvmChain;
  readonly maxBytes: number;
  readonly blockGasLimit: bigint;
  /** The least `maxPriorityFeePerGas` now, in wei. */
  readonly priceFloor: bigint;
}

/** What `decodeTransaction` says, in geth's words. The others need a state: it says none of them. */
const WORDS: Partial<Record<TransactionRejection, PoolRefusal>> = {
  type: 'transaction type not supported',
  chainId: 'invalid chain id for signer',
  signature: 'invalid sender',
  intrinsicGas: 'intrinsic gas too low',
};

/** @throws {PoolError} */
export function checkStatic(bytes: Uint8Array, rules: StaticRules): EvmTransaction {
  const { chain, maxBytes, blockGasLimit, priceFloor } = rules;
  // First, so that nobody has it read.
  if (bytes.length > maxBytes)
    throw new PoolError('oversized data', `transaction size ${bytes.length}, limit ${maxBytes}`);
  const transaction = decode(bytes, chain);
  const { gasLimit, maxPriorityFeePerGas } = transaction;
  if (gasLimit > blockGasLimit)
    throw new PoolError('exceeds block gas limit', `gas limit ${gasLimit}, of a block ${blockGasLimit}`);
  if (maxPriorityFeePerGas < priceFloor) {
    const tip = `gas tip cap ${maxPriorityFeePerGas}, minimum needed ${priceFloor}`;
    throw new PoolError('transaction underpriced', tip);
  }
  return transaction;
}

/** @throws {PoolError} */
function decode(bytes: Uint8Array, chain: EvmChain): EvmTransaction {
  try {
    return decodeTransaction(bytes, chain);
  } catch (error) {
    if (!(error instanceof TransactionRejectedError)) throw error;
    throw new PoolError(WORDS[error.rejection] ?? 'malformed transaction', error.message);
  }
}
