/** Transactions that nobody signed, for what looks at their numbers alone. */
import type { EvmTransaction } from '../../../src/rules/evm/transaction.js';
import { Candidates } from '../../../src/node/pool/candidates.js';
import type { PoolMemory } from '../../../src/node/pool/memory.js';
import { pooled } from '../../../src/node/pool/pooled.js';
import type { Pooled } from '../../../src/node/pool/pooled.js';

export interface Wish {
  readonly sender: number;
  readonly nonce: number;
  readonly fee: number;
  readonly tip: number;
  readonly value: number;
  /** In slots of 32,768 bytes. */
  readonly slots?: number;
}

let arrivals = 0;

/** A transaction of one unit of gas: it costs `fee + value`. Equal wishes are one transaction. */
export function transaction(wish: Wish): EvmTransaction {
  const { sender, nonce, fee, tip, value, slots = 1 } = wish;
  const digits = [sender + 1, nonce, fee, tip, value, slots].map((n) => String(n).padStart(6, '0'));
  return {
    type: 2,
    hash: BigInt(digits.join('')),
    sender: BigInt(sender),
    nonce: BigInt(nonce),
    to: 1n,
    value: BigInt(value),
    data: new Uint8Array(),
    gasLimit: 1n,
    maxFeePerGas: BigInt(fee),
    maxPriorityFeePerGas: BigInt(Math.min(tip, fee)),
    bytes: new Uint8Array(slots * 32_768),
  };
}

export const arrival = (wish: Wish, since = 0): Pooled =>
  pooled(transaction(wish), { since, order: arrivals++, isStored: true });

/** Candidates of a block, and nobody who listens to what the taker says. */
export const candidatesOf = (memory: PoolMemory, baseFee: bigint): Candidates =>
  new Candidates(memory, baseFee, { included: () => {}, doubted: () => {}, refused: () => {} });
