import { encodeFunctionData, keccak256 } from 'viem';
import { PAYMENT_KINDS } from '../../rules/payments/record.js';
import type { Watching } from '../../base/tasks/watching.js';
import { reading } from '../asking.js';
import { ChainError } from '../chain-error.js';
import { clientOf } from '../client.js';
import type { Forcing } from '../journal.js';
import type { Address, Hash } from '../point.js';
import { placeOf } from '../post.js';
import type { Provider } from '../provider.js';
import type { Sender } from '../sender.js';
import { PAYMENTS_ABI } from '../abi.js';

/**
 * A payments contract, and who sends to it.
 * @see {@link depositPayment}
 */
export interface PaymentsOptions extends Watching {
  readonly sender: Sender;
  readonly contract: Address;
}

/**
 * An operation in the contract's queue, and from when on, in Unix time, nothing else may be posted before it.
 * @see {@link depositPayment}
 */
export interface Asked {
  readonly index: number;
  readonly due: number;
  /** What the contract asked for it, in wei. */
  readonly fee: bigint;
}

/** An operation as the contract keeps it. */
interface Wanted {
  readonly account: Address;
  readonly kind: number;
  readonly keyHash: bigint;
  readonly amount: bigint;
}

/**
 * Moves ether of the sender into an account of the contract. If an earlier process asked for the same and ended before
 * it could tell, it is not asked for again.
 * @param deposit `amount` in wei; `to` is the sender's own account by default; `keyHash` sets that account's key
 * @throws {ChainError} the contract refuses it, among others
 * @throws what the signal was aborted with
 *
 * @example
 * const { due } = await depositPayment({ sender, contract }, { amount: 10n ** 18n });
 */
export const depositPayment = (
  options: PaymentsOptions,
  deposit: { readonly amount: bigint; readonly to?: Address; readonly keyHash?: bigint },
): Promise<Asked> => {
  const { amount, to = options.sender.address, keyHash = 0n } = deposit;
  const data = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'deposit', args: [to, keyHash, amount] });
  return ask(options, 'deposit', data, { account: to, kind: PAYMENT_KINDS.deposit, keyHash, amount });
};

/**
 * Sets the key of the sender's account, or, with 0, takes it. Sent once, as a deposit is.
 * @throws {ChainError} the contract refuses it, among others
 * @throws what the signal was aborted with
 *
 * @example
 * await setPaymentKey({ sender, contract }, 0n);
 */
export const setPaymentKey = (options: PaymentsOptions, keyHash: bigint): Promise<Asked> => {
  const data = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'setKey', args: [keyHash] });
  const account = options.sender.address;
  return ask(options, 'set a key', data, { account, kind: PAYMENT_KINDS.setKey, keyHash, amount: 0n });
};

/**
 * Asks for all that the sender's account holds, to be paid to its own address. Sent once, as a deposit is.
 * @throws {ChainError} the contract refuses it, among others
 * @throws what the signal was aborted with
 *
 * @example
 * await exitPayments({ sender, contract });
 */
export const exitPayments = (options: PaymentsOptions): Promise<Asked> => {
  const data = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'exit' });
  const account = options.sender.address;
  return ask(options, 'exit', data, { account, kind: PAYMENT_KINDS.exit, keyHash: 0n, amount: 0n });
};

/** Asks for an operation once, whatever becomes of the process: as `forceBatch` does. */
async function ask(
  { sender, contract, onProgress = () => {} }: PaymentsOptions,
  what: string,
  data: Hash,
  wanted: Wanted,
): Promise<Asked> {
  const { journal, provider } = sender;
  const place = await placeOf(sender, contract);
  const dataHash = keccak256(data);
  await sender.resume();
  const begun = journal.forcing(place);
  let found = begun?.dataHash === dataHash ? await findAsked(provider, contract, begun, wanted) : null;
  if (found === null) {
    const call = { address: contract, abi: PAYMENTS_ABI } as const;
    const client = clientOf(provider);
    const first = await reading(contract, () => client.readContract({ ...call, functionName: 'queueLength' }));
    const fee = await reading(contract, () => client.readContract({ ...call, functionName: 'operationFee' }));
    const forcing: Forcing = { first, dataHash, block: null };
    await journal.setForcing(place, forcing);
    onProgress(what, 0, 0);
    // The fee may have risen until it is mined; what is above it is owed back.
    const { blockNumber } = await sender.send(what, contract, data, { value: wanted.amount + 2n * fee });
    await journal.setForcing(place, { ...forcing, block: Number(blockNumber) });
    found = await findAsked(provider, contract, forcing, wanted);
    if (found === null)
      throw new ChainError(
        `the endpoint reports that the call was mined, but the queue of ${contract} does not have the operation; run the command again`,
      );
  }
  // The last step: whoever begins before it finds what was asked for, and whoever begins after it asks once more.
  await journal.setForcing(place, null);
  return found;
}

/** An operation of the queue from an index on; null if it is not there. */
const findAsked = (
  provider: Provider,
  contract: Address,
  { first, block }: Forcing,
  wanted: Wanted,
): Promise<Asked | null> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    const call = { address: contract, abi: PAYMENTS_ABI } as const;
    const head = await client.getBlock();
    if (block !== null && head.number < BigInt(block))
      throw new ChainError(`the endpoint is at block ${head.number} yet, and the call was mined in block ${block}`);
    const end = await client.readContract({ ...call, functionName: 'queueLength' });
    for (let index = first; index < end; index++) {
      const [account, askedAt, kind, fee, keyHash, amount] = await client.readContract({
        ...call,
        functionName: 'operations',
        args: [index],
      });
      const isWanted =
        account.toLowerCase() === wanted.account.toLowerCase() &&
        kind === wanted.kind &&
        keyHash === wanted.keyHash &&
        amount === wanted.amount;
      if (!isWanted) continue;
      const [delay] = await client.readContract({ ...call, functionName: 'limits' });
      const clock = await client.readContract({ ...call, functionName: 'clock', blockNumber: head.number });
      // By the contract's clock, which stands still during stops.
      return { index, due: Number(head.timestamp) + askedAt + delay - clock, fee: BigInt(fee) * 10n ** 9n };
    }
    return null;
  });
