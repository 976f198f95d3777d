/** A chain that a pool waits for: accounts, and blocks in which everything costs what it may at most. */
import { hexToBytes } from 'viem';
import type { Hex, TransactionSerializable } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { EvmChain } from '../../../src/rules/evm/chain.js';
import type { EvmTransaction } from '../../../src/rules/evm/transaction.js';
import type { AccountState, TransactionPool } from '../../../src/node/pool/types.js';

export const CHAIN = new EvmChain(31337n);
export const GWEI = 10n ** 9n;
export const ETHER = 10n ** 18n;

export const account = (n: number) => privateKeyToAccount(`0x${String(n).padStart(64, '1')}`);
export type Account = ReturnType<typeof account>;
export const addressOf = ({ address }: { readonly address: Hex }): bigint => BigInt(address);

/** Signs a transfer of nothing for 21,000 gas at 2 gwei, if nothing else is said. */
export async function sign(from: Account, request: Partial<TransactionSerializable> = {}): Promise<Uint8Array> {
  const fees =
    request.type === 'legacy' || request.type === 'eip2930'
      ? { gasPrice: 2n * GWEI }
      : { maxFeePerGas: 2n * GWEI, maxPriorityFeePerGas: 2n * GWEI };
  const filled = { type: 'eip1559', chainId: 31337, nonce: 0, gas: 21_000n, to: from.address, ...fees, ...request };
  return hexToBytes(await from.signTransaction(filled as TransactionSerializable));
}

export class TestChain {
  readonly accounts = new Map<bigint, AccountState>();
  readonly executed: EvmTransaction[] = [];

  readonly read = async (addresses: readonly bigint[]): Promise<readonly AccountState[]> =>
    addresses.map((address) => this.accounts.get(address) ?? { nonce: 0n, balance: 10n * ETHER });

  /** Makes a block of at most so many transactions. @returns their hashes */
  async block(pool: TransactionPool, most = Infinity): Promise<bigint[]> {
    const candidates = pool.candidates({ baseFeePerGas: 0n });
    const taken: EvmTransaction[] = [];
    while (taken.length < most) {
      const next = await candidates.next();
      if (next === null) break;
      await this.#execute(next);
      taken.push(next);
      candidates.included(next);
    }
    await pool.stored(taken);
    return taken.map(({ hash }) => hash);
  }

  async #execute(transaction: EvmTransaction): Promise<void> {
    const { sender, nonce, gasLimit, maxFeePerGas, value } = transaction;
    const [before] = await this.read([sender]);
    const balance = before!.balance - gasLimit * maxFeePerGas - value;
    if (nonce !== before!.nonce || balance < 0n) throw new Error(`nonce ${nonce} is not the next, or is not paid`);
    this.accounts.set(sender, { nonce: nonce + 1n, balance });
    this.executed.push(transaction);
  }
}
