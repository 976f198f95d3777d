import { encodeFunctionData, getAddress } from 'viem';
import { proveEntry } from '../../engine/prove-entry.js';
import { stateProofArguments } from '../../proof/verifier/state-proofs.js';
import { accountEntry, accountOf } from '../../rules/payments/account.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import { reading } from '../asking.js';
import { ChainError } from '../chain-error.js';
import { clientOf } from '../client.js';
import type { Address, Hash } from '../point.js';
import type { Provider } from '../provider.js';
import { PAYMENTS_ABI } from '../abi.js';
import type { PaymentsOptions } from './ask.js';
import { payoutsOf, payoutTree } from './payouts.js';
import type { BatchPayout } from './payouts.js';
import type { PaymentsLedger, PostedPaymentsBatch } from './ledger.js';

/**
 * A payout that nobody has claimed yet.
 * @see {@link openPayouts}
 */
export interface OpenPayout {
  readonly batch: PostedPaymentsBatch;
  readonly payout: BatchPayout;
}

/**
 * The payouts of consolidated batches to an account that nobody has claimed.
 *
 * @example
 * openPayouts(await readPayments(sender.provider, contract), sender.address).length;
 */
export const openPayouts = ({ batches, claimed }: PaymentsLedger, account: Address): OpenPayout[] =>
  batches
    .filter(({ root }) => root !== null)
    .flatMap((batch) => payoutsOf(batch.records).map((payout) => ({ batch, payout })))
    .filter(({ payout }) => payout.recipient.toLowerCase() === account.toLowerCase())
    .filter(({ batch, payout }) => !claimed.has(`${batch.number}:${payout.index}`));

/**
 * What an account can be paid by the contract at once, in wei.
 * @throws {ChainError}
 *
 * @example
 * await readOwed(sender.provider, contract, sender.address);
 */
export const readOwed = (provider: Provider, contract: Address, account: Address): Promise<bigint> =>
  reading(contract, () =>
    clientOf(provider).readContract({ address: contract, abi: PAYMENTS_ABI, functionName: 'owed', args: [account] }),
  );

/**
 * What became of claiming.
 * @see {@link claimPayouts}
 */
export interface ClaimedPayouts {
  /** Payouts that were claimed now. */
  readonly claimed: number;
  /** Payouts that the contract does not owe yet: an alarm could still void their batches. */
  readonly maturing: number;
  /** What came to the sender, in wei. */
  readonly amount: bigint;
}

/**
 * Claims the payouts to the sender that have matured, and has everything that the contract owes it paid out. What was
 * claimed before a kill is not claimed again, but paid out.
 * @throws {ChainError} the contract refuses it, among others
 *
 * @example
 * const { amount: received } = await claimPayouts({ sender, contract }, await readPayments(sender.provider, contract));
 */
export async function claimPayouts(options: PaymentsOptions, ledger: PaymentsLedger): Promise<ClaimedPayouts> {
  const { sender, contract } = options;
  await sender.resume();
  const isMatured = await maturedAt(options);
  const open = openPayouts(ledger, sender.address);
  const matured = open.filter(({ batch }) => isMatured(batch));
  for (const { batch, payout } of matured) {
    const { path } = payoutTree(payoutsOf(batch.records), payout.index);
    const onChain = { ...payout, index: BigInt(payout.index) };
    const args = [batch.number, batch.posted, batch.consolidatedAt, onChain, path] as const;
    const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'claim', args });
    await sender.send(`claim payout ${payout.index} of batch ${batch.number}`, contract, call);
  }
  const amount = await readOwed(sender.provider, contract, sender.address);
  if (amount > 0n) await send(options, 'fetch what is owed', 'fetch', [sender.address]);
  return { claimed: matured.length, maturing: open.length - matured.length, amount };
}

/**
 * Takes proofs of a version of verifiers no more, as the contract's guardian: against keys by which somebody forges
 * proofs. What they proved and has not matured, anyone can then drop. There is no way back.
 * @throws {ChainError} among others, the sender is no guardian, or there is no such version
 *
 * @example
 * await revokePaymentsVersion({ sender, contract }, 1);
 */
export async function revokePaymentsVersion(options: PaymentsOptions, version: number): Promise<void> {
  await options.sender.resume();
  await send(options, `revoke version ${version}`, 'revokeVersion', [version]);
}

/**
 * Drops a batch and all behind it: the first one of a revoked version that is not proven or has not matured, else the
 * next one to prove, once it has waited for `dropTimeout`. What they took of the queue goes back there.
 * @returns the number of the batch
 * @throws {ChainError} no batch waits; or it has not waited for long enough
 *
 * @example
 * await dropPayments({ sender, contract }, await readPayments(sender.provider, contract));
 */
export async function dropPayments(options: PaymentsOptions, ledger: PaymentsLedger): Promise<number> {
  const isMatured = await maturedAt(options);
  const revoked = ledger.batches.find(
    (batch) => ledger.revoked.has(batch.posted.version) && (batch.root === null || !isMatured(batch)),
  );
  const { number, posted, consolidatedAt } = revoked ?? firstUnproven(ledger);
  await send(options, `drop batch ${number}`, 'dropBatches', [number, posted, consolidatedAt]);
  return number;
}

/** Whether what a consolidated batch pays can be claimed by now. */
async function maturedAt({ sender, contract }: PaymentsOptions): Promise<(batch: PostedPaymentsBatch) => boolean> {
  const client = clientOf(sender.provider);
  const place = { address: contract, abi: PAYMENTS_ABI } as const;
  const clock = await reading(contract, () => client.readContract({ ...place, functionName: 'clock' }));
  const [, , , delay] = await reading(contract, () => client.readContract({ ...place, functionName: 'limits' }));
  return ({ consolidatedAt }) => clock >= consolidatedAt + delay;
}

/**
 * Freezes the contract for good, because the oldest operation of its queue, or else the oldest unproven batch, has
 * waited for `freezeDelay`: from then on everybody leaves by `escapePayments` and `refundPayments`.
 * @throws {ChainError} nothing has waited for long enough
 *
 * @example
 * await freezePayments({ sender, contract }, await readPayments(sender.provider, contract));
 */
export async function freezePayments(options: PaymentsOptions, ledger: PaymentsLedger): Promise<void> {
  const proven = ledger.batches.filter(({ root }) => root !== null).at(-1)?.posted;
  const isWaiting = ledger.operations.length > (proven === undefined ? 0 : proven.firstItem + proven.items);
  if (isWaiting) await send(options, 'freeze', 'freezeQueue', []);
  else await send(options, 'freeze', 'freezeUnproven', [firstUnproven(ledger).posted]);
}

/**
 * Leaves a frozen contract with all that an account holds at the consolidated root, which a Merkle proof shows to the
 * contract: the sender's account, or another that is named. What is owed then, `claimPayouts` fetches.
 * @param db at the consolidated root
 * @returns what was escaped with, in wei
 * @throws {ChainError} the contract is not frozen, or not for long enough, or the account escaped already
 *
 * @example
 * await syncPayments(db, await readPayments(sender.provider, contract));
 * await escapePayments({ sender, contract }, db);
 */
export async function escapePayments(
  options: PaymentsOptions,
  db: HashDb,
  { account = options.sender.address }: { readonly account?: Address } = {},
): Promise<bigint> {
  const proof = await proveEntry(db, accountEntry(BigInt(account)));
  const { path } = stateProofArguments(proof);
  const { balance } = accountOf(proof.value);
  if (balance === 0n)
    throw new ChainError(`expected an account with ether at the consolidated root, ${account} has none`);
  await send(options, `escape ${getAddress(account)}`, 'escape', [account, proof.value, path]);
  return balance;
}

/**
 * Takes back what the queue of a frozen contract holds of an account: deposits that were not consolidated.
 * @returns how many operations were paid back
 * @throws {ChainError} the contract is not frozen, among others
 *
 * @example
 * await refundPayments({ sender, contract }, await readPayments(sender.provider, contract));
 */
export async function refundPayments(options: PaymentsOptions, ledger: PaymentsLedger): Promise<number> {
  const proven = ledger.batches.filter(({ root }) => root !== null).at(-1)?.posted;
  const waiting = ledger.operations
    .slice(proven === undefined ? 0 : proven.firstItem + proven.items)
    .filter(({ account }) => account.toLowerCase() === options.sender.address.toLowerCase())
    .filter(({ index }) => !ledger.refunded.has(index));
  for (const { index } of waiting) await send(options, `take back operation ${index}`, 'refund', [index]);
  return waiting.length;
}

const firstUnproven = ({ batches, contract }: PaymentsLedger): PostedPaymentsBatch => {
  const first = batches.find(({ root }) => root === null);
  if (first === undefined) throw new ChainError(`expected a batch of ${contract} that waits for its proof, found none`);
  return first;
};

type Call = Parameters<typeof encodeFunctionData<typeof PAYMENTS_ABI>>[0];

async function send(
  { sender, contract, onProgress = () => {} }: PaymentsOptions,
  what: string,
  functionName: 'fetch' | 'dropBatches' | 'revokeVersion' | 'freezeQueue' | 'freezeUnproven' | 'escape' | 'refund',
  args: readonly unknown[],
): Promise<void> {
  onProgress(what, 0, 0);
  const data: Hash = encodeFunctionData({ abi: PAYMENTS_ABI, functionName, args } as Call);
  await sender.send(what, contract, data);
}
