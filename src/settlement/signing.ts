import { formatEther, formatGwei, keccak256 } from 'viem';
import type { FeeValuesEIP1559, PrivateKeyAccount } from 'viem';
import { FeeError } from './chain-error.js';
import type { PendingCall } from './journal.js';

/**
 * What the next transaction of a call pays for gas: what the chain takes now, and more than the last one of the call,
 * by what pools ask of a replacement.
 */
export function nextFees({ transactions }: PendingCall, now: FeeValuesEIP1559): FeeValuesEIP1559 {
  const last = transactions.at(-1);
  const atLeast = (fee: bigint, before: string | undefined): bigint => {
    const least = before === undefined ? 0n : above(before);
    return fee > least ? fee : least;
  };
  return {
    maxFeePerGas: atLeast(now.maxFeePerGas, last?.maxFeePerGas),
    maxPriorityFeePerGas: atLeast(now.maxPriorityFeePerGas, last?.maxPriorityFeePerGas),
  };
}

/** A fee that pools take for a replacement: they want a tenth more. */
export const above = (fee: string): bigint => (BigInt(fee) * 5n) / 4n + 1n;

/** Signs a call once more. @throws {FeeError} it may cost more than `most` wei */
export async function sign(
  account: PrivateKeyAccount,
  call: PendingCall,
  { maxFeePerGas, maxPriorityFeePerGas }: FeeValuesEIP1559,
  most: bigint,
): Promise<PendingCall> {
  const gas = BigInt(call.gas);
  if (gas * maxFeePerGas > most) {
    const asked = `${formatEther(gas * maxFeePerGas)} ether (${gas} gas at ${formatGwei(maxFeePerGas)} gwei)`;
    throw new FeeError(
      `${call.what}: expected a transaction that costs at most ${formatEther(most)} ether, but the endpoint asks for ${asked}`,
    );
  }
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: call.chainId,
    nonce: call.nonce,
    gas,
    value: BigInt(call.value ?? 0),
    data: call.data,
    ...(call.to && { to: call.to }),
    maxFeePerGas,
    maxPriorityFeePerGas,
  });
  const transaction = {
    hash: keccak256(raw),
    raw,
    maxFeePerGas: String(maxFeePerGas),
    maxPriorityFeePerGas: String(maxPriorityFeePerGas),
  };
  return { ...call, transactions: [...call.transactions, transaction] };
}
