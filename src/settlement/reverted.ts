import { BaseError, ExecutionRevertedError } from 'viem';
import type { PublicClient, TransactionReceipt } from 'viem';
import type { PendingCall } from './journal.js';

/**
 * What contradicts a receipt that says that a call reverted; null if nothing does. A call that is forgotten though it
 * did not revert is sent a second time, so the endpoint must tell the same in all that it says: the events of the
 * block, the account's nonce, and what the call does to the state before the block. What others did earlier in that
 * block may have made it revert: then it counts once the block is final.
 */
export async function contradictionOf(
  client: PublicClient,
  { from, to, data, value = '0', gas, nonce }: PendingCall,
  { transactionHash, blockHash, blockNumber, logs }: TransactionReceipt,
): Promise<string | null> {
  const events = [...logs, ...(await client.getLogs({ blockHash }))];
  if (events.some((event) => event.transactionHash === transactionHash)) return 'it also shows events of it';
  if ((await client.getTransactionCount({ address: from, blockNumber })) <= nonce)
    return 'by the same endpoint its nonce is not used';
  const before = { account: from, data, value: BigInt(value), gas: BigInt(gas), blockNumber: blockNumber - 1n };
  try {
    await client.call(to === null ? before : { ...before, to });
  } catch (error) {
    if (error instanceof BaseError && error.walk((cause) => cause instanceof ExecutionRevertedError) !== null)
      return null;
    throw error;
  }
  const final = await client.getTransactionCount({ address: from, blockTag: 'finalized' });
  return final > nonce ? null : 'the state before its block permits it, and the block is not final yet';
}
