import type { RunTxResult } from '@ethereumjs/vm';
import { numberOf } from './bytes.js';
import type { EvmReceipt } from './receipt.js';
import type { EvmTransaction } from './transaction.js';

/** The receipt of an executed transaction. */
export function receiptOf(transaction: Pick<EvmTransaction, 'type' | 'to' | 'hash'>, result: RunTxResult): EvmReceipt {
  const { execResult, createdAddress, totalGasSpent, amountSpent, bloom, receipt } = result;
  const failure = execResult.exceptionError?.error ?? null;
  return {
    transactionHash: transaction.hash,
    type: transaction.type,
    status: failure === null ? 'succeeded' : 'failed',
    gasUsed: totalGasSpent,
    cumulativeGasUsed: receipt.cumulativeBlockGasUsed,
    effectiveGasPrice: amountSpent / totalGasSpent,
    contractAddress: transaction.to === null && createdAddress !== undefined ? numberOf(createdAddress.bytes) : null,
    logs: (execResult.logs ?? []).map(([address, topics, data]) => ({
      address: numberOf(address),
      topics: topics.map(numberOf),
      data,
    })),
    bloom: bloom.bitvector,
    output: execResult.returnValue,
    failure,
  };
}
