import type { EvmTransaction } from '../../rules/evm/transaction.js';

type Fees = Pick<EvmTransaction, 'maxFeePerGas' | 'maxPriorityFeePerGas'>;

/** What the fee recipient gets for a unit of gas, in wei. Negative: the transaction cannot be in such a block. */
export function effectiveTip({ maxFeePerGas, maxPriorityFeePerGas }: Fees, baseFee: bigint): bigint {
  const left = maxFeePerGas - baseFee;
  return left < maxPriorityFeePerGas ? left : maxPriorityFeePerGas;
}

/** Percent. geth's `pricebump`: a replacement costs its network as much as a new transaction, so it has to pay. */
const BUMP = 10n;

/** Whether both fees are raised enough for a transaction to take the place of another. geth rounds down, too. */
export function isReplacement(by: Fees, old: Fees): boolean {
  const isRaised = (fee: bigint, before: bigint): boolean => fee > before && fee >= leastReplacement(before);
  return isRaised(by.maxFeePerGas, old.maxFeePerGas) && isRaised(by.maxPriorityFeePerGas, old.maxPriorityFeePerGas);
}

/** The least fee that may replace this one, in wei, if it is above it. */
export const leastReplacement = (fee: bigint): bigint => (fee * (100n + BUMP)) / 100n;
