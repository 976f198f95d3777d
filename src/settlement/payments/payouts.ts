import { concat, encodePacked, keccak256, toHex } from 'viem';
import type { PaymentRecord } from '../../rules/payments/record.js';
import type { Address, Hash } from '../point.js';

/**
 * What a batch pays on Ethereum.
 * @see {@link payoutsOf}
 */
export interface BatchPayout {
  /** Among the batch's withdrawals and exits, from 0. */
  readonly index: number;
  readonly recipient: Address;
  /** In wei. */
  readonly amount: bigint;
}

/**
 * A batch's payouts, in order: to whom its withdrawals and exits go.
 *
 * @example
 * payoutsOf([record]).map(({ amount }) => amount);
 */
export const payoutsOf = (records: readonly PaymentRecord[]): BatchPayout[] =>
  records
    .filter(({ kind }) => kind === 'withdraw' || kind === 'exit')
    .map(({ kind, account, target, amount }, index) => ({
      index,
      recipient: toHex(kind === 'exit' ? account : target, { size: 20 }),
      amount,
    }));

const NOTHING: Hash = toHex(0n, { size: 32 });

/**
 * The contract's commitment to a batch's payouts, and the siblings of one of them from its leaf up: a keccak tree as
 * deep as their number needs, in which a node with nothing below is 0.
 *
 * @example
 * const { root: committed } = payoutTree(payoutsOf([record]), 0);
 */
export function payoutTree(
  payouts: readonly BatchPayout[],
  index: number,
): { readonly root: Hash; readonly path: readonly Hash[] } {
  let level = payouts.map(({ recipient, amount }) =>
    keccak256(encodePacked(['address', 'uint96'], [recipient, amount])),
  );
  const path: Hash[] = [];
  for (let at = index; level.length > 1; at >>= 1) {
    path.push(level[at ^ 1] ?? NOTHING);
    const nodes = level;
    level = Array.from({ length: Math.ceil(nodes.length / 2) }, (_, i) =>
      keccak256(concat([nodes[2 * i]!, nodes[2 * i + 1] ?? NOTHING])),
    );
  }
  return { root: level[0] ?? NOTHING, path };
}
