import { keccak256, parseTransaction, recoverTransactionAddress, serializeTransaction } from 'viem';
import type { PublicClient, Signature, Transaction, TransactionSerializable, TransactionSerialized } from 'viem';
import type { PendingCall } from './journal.js';
import type { Hash } from './point.js';

/** The transaction that has a call's nonce. */
export interface NonceTaker {
  readonly hash: Hash;
  readonly blockNumber: bigint;
  /** True if it is one of the call's own, and only its receipt is not to be had. */
  readonly isOwn: boolean;
}

/**
 * Finds the transaction that took a call's nonce, by way of the account's nonce at earlier blocks. Another transaction
 * is believed only if it bears the account's signature, which the endpoint cannot make.
 * @returns null if the endpoint shows none
 */
export async function findNonceTaker(client: PublicClient, call: PendingCall): Promise<NonceTaker | null> {
  const blockNumber = await blockOf(client, call);
  if (blockNumber === null) return null;
  const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true });
  const found = transactions.find(
    ({ from, nonce }) => from.toLowerCase() === call.from.toLowerCase() && nonce === call.nonce,
  );
  if (found === undefined) return null;
  const { hash } = found;
  if (call.transactions.some((own) => own.hash === hash)) return { hash, blockNumber, isOwn: true };
  return (await isSignedBy(call, found)) ? { hash, blockNumber, isOwn: false } : null;
}

/** The first block after which the account's nonce is higher than the call's; null if it is not. */
async function blockOf(client: PublicClient, { from, nonce }: PendingCall): Promise<bigint | null> {
  const isUsed = async (blockNumber: bigint): Promise<boolean> =>
    (await client.getTransactionCount({ address: from, blockNumber })) > nonce;
  let used = await client.getBlockNumber({ cacheTime: 0 });
  if (!(await isUsed(used))) return null;
  // Endpoints keep old states for a while only, so the search begins with the last blocks.
  let unused = used;
  for (let step = 1n; await isUsed(unused); step *= 2n) {
    used = unused;
    unused -= step;
    if (unused < 0n) return null;
  }
  while (used - unused > 1n) {
    const middle = (used + unused) / 2n;
    if (await isUsed(middle)) used = middle;
    else unused = middle;
  }
  return used;
}

/** Whether a transaction, as an endpoint describes it, bears the account's signature for the call's chain and nonce. */
async function isSignedBy(
  call: PendingCall,
  { hash, input, r, s, v, yParity, ...fields }: Transaction,
): Promise<boolean> {
  const signature: Signature = yParity === undefined ? { r, s, v } : { r, s, yParity };
  try {
    // What is left over of the endpoint's fields is not serialized; what is missing makes another hash.
    const raw = serializeTransaction({ ...fields, data: input } as TransactionSerializable, signature);
    const { chainId, nonce = 0 } = parseTransaction(raw);
    if (keccak256(raw) !== hash || chainId !== call.chainId || nonce !== call.nonce) return false;
    return (await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerialized })) === call.from;
  } catch {
    // It is no transaction that an account signs.
    return false;
  }
}
