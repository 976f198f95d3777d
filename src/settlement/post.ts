import { bytesToHex, encodeFunctionData, keccak256 } from 'viem';
import type { RequestedAccess } from '../state/batch/access.js';
import { logHash } from '../state/batch/log.js';
import type { Watching } from '../base/tasks/watching.js';
import { SETTLEMENT_ABI } from './abi.js';
import type { PostedBatch } from './chain.js';
import { ChainError } from './chain-error.js';
import { encodeBatchData, MAX_RECORDS } from './data.js';
import type { Write } from './data.js';
import type { Forcing, Posting } from './journal.js';
import type { Address, Hash } from './point.js';
import { findForced, forcedCount, forcedFee, forcedToPost } from './roles.js';
import { NothingToPostError } from './error.js';
import type { Sender } from './sender.js';

/**
 * Where it is posted, and by whom.
 * @see {@link forceBatch}
 */
export interface PostOptions extends Watching {
  readonly sender: Sender;
  readonly contract: Address;
}

/** Parts that are posted by one call: two full ones are 87 kB, and pools take transactions of 128 KiB. */
const PARTS_AT_ONCE = 2;

/** Forced batches that are posted by one call: some 35,000 gas each. */
const FORCED_AT_ONCE = 100;

const writesOf = (accesses: readonly RequestedAccess[]): Write[] => {
  const writes = accesses.filter((access): access is Write => access.op === 'write');
  if (writes.length === 0) throw new NothingToPostError('expected a batch with at least one write, got none');
  return writes;
};

/** A batch's writes as they are posted, 512 in a part. */
export interface Parts {
  readonly parts: readonly {
    readonly data: Hash;
    readonly fee: bigint;
    readonly prover: Address;
    readonly logHash: bigint;
  }[];
  readonly dataHashes: readonly Hash[];
  /** The numbers of those that an earlier process posted, of the first ones. */
  readonly posted: readonly number[];
}

/**
 * Cuts a batch's writes into parts, and finds which of them an earlier process posted: these are not posted again, as
 * long as `forgetPosting` was not called.
 * @throws {ChainError} another batch was posted in part
 * @throws {NothingToPostError}
 */
export async function partsOf(
  { sender, contract }: PostOptions,
  batches: readonly PostedBatch[],
  accesses: readonly RequestedAccess[],
): Promise<Parts> {
  const writes = writesOf(accesses);
  const parts = Array.from({ length: Math.ceil(writes.length / MAX_RECORDS) }, (_, i) => {
    const some = writes.slice(i * MAX_RECORDS, (i + 1) * MAX_RECORDS);
    return { data: bytesToHex(encodeBatchData(some)), fee: 0n, prover: sender.address, logHash: logHash(some) };
  });
  const dataHashes = parts.map(({ data }) => keccak256(data));
  const posted = await begun(sender, await placeOf(sender, contract), dataHashes, batches);
  return { parts, dataHashes, posted };
}

/**
 * Posts the parts that are left, as many in a call as a transaction holds, for this sender to prove by a log of the
 * very writes, whose commitment follows from them.
 * @param batches the chain's: if others are posted meanwhile, the contract refuses the call
 * @returns the numbers that all parts have
 * @throws {ChainError}
 */
export async function post(
  { sender, contract, onProgress = () => {} }: PostOptions,
  batches: readonly PostedBatch[],
  { parts, dataHashes, posted }: Parts,
): Promise<number[]> {
  const numbers = [...posted];
  // Of another fork there may be none left.
  if (posted.length === 0)
    await sender.journal.setPosting(await placeOf(sender, contract), { first: batches.length + 1, dataHashes });
  let next = batches.length + 1;
  for (let at = posted.length; at < parts.length; at += PARTS_AT_ONCE) {
    const some = parts.slice(at, at + PARTS_AT_ONCE);
    const args = [next, some] as const;
    const what = some.length === 1 ? `batch ${next}` : `batches ${next} to ${next + some.length - 1}`;
    onProgress(`posting ${what}`, 0, 0);
    await sender.send(
      `post ${what}`,
      contract,
      encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'sequenceBatches', args }),
    );
    for (let i = 0; i < some.length; i++) numbers.push(next++);
  }
  return numbers;
}

/**
 * Whoever posts the same batch from now on means it to be posted once more. A batch that is posted in part stays known.
 */
export async function forgetPosting(sender: Sender, contract: Address, batches: readonly PostedBatch[]): Promise<void> {
  const place = await placeOf(sender, contract);
  const posting = sender.journal.posting(place);
  if (posting === undefined || numbersOf(posting, batches, sender.address).length < posting.dataHashes.length) return;
  await sender.journal.setPosting(place, null);
}

/** The numbers under which an earlier process posted parts of the batch that has these. */
async function begun(
  sender: Sender,
  place: string,
  dataHashes: readonly string[],
  batches: readonly PostedBatch[],
): Promise<number[]> {
  const posting = sender.journal.posting(place);
  if (posting === undefined) return [];
  const numbers = numbersOf(posting, batches, sender.address);
  if (posting.dataHashes.join() === dataHashes.join()) return numbers;
  const left = posting.dataHashes.length - numbers.length;
  if (numbers.length === 0 || left === 0) return [];
  throw new ChainError(
    `expected the batch that is partly posted (${left} of ${posting.dataHashes.length} parts are left), got another batch`,
  );
}

/** In order, and not before the number that was next when the posting began; batches of others may lie between them. */
function numbersOf({ first, dataHashes }: Posting, batches: readonly PostedBatch[], account: Address): number[] {
  const numbers: number[] = [];
  for (const { number, posted } of batches.slice(first - 1)) {
    if (posted.prover === account && posted.dataHash === dataHashes[numbers.length]) numbers.push(number);
  }
  return numbers;
}

export const placeOf = async (sender: Sender, contract: Address): Promise<string> =>
  `${await sender.chainId()}:${contract.toLowerCase()}`;

/**
 * Posts the forced batches that wait, as far as this sender may: the sequencer posts nothing else before them once
 * they are due.
 * @returns how many
 * @throws {ChainError}
 */
export async function postForced({ sender, contract, onProgress = () => {} }: PostOptions): Promise<number> {
  const count = await forcedToPost(sender.provider, contract, sender.address);
  for (let left = count; left > 0; left -= FORCED_AT_ONCE) {
    onProgress(`posting forced batches, ${left} left`, 0, 0);
    const data = encodeFunctionData({
      abi: SETTLEMENT_ABI,
      functionName: 'sequenceForcedBatches',
      args: [Math.min(left, FORCED_AT_ONCE)],
    });
    await sender.send('post forced batches', contract, data);
  }
  return count;
}

/**
 * A forced batch, and from when on, in Unix time, anyone may post it, and nobody anything else.
 * @see {@link forceBatch}
 */
export interface Forced {
  readonly index: number;
  readonly due: number;
}

/**
 * Asks for a batch without the sequencer. Its writes must be to entries of the sender's own address. If an earlier
 * process asked for the same batch and ended before it could tell, the batch is not asked for again.
 * @throws {ChainError | NothingToPostError | BatchDataError}
 *
 * @example
 * const { due } = await forceBatch({ sender, contract }, [{ op: 'write', ...entry, value: 100n }]);
 */
export async function forceBatch(
  { sender, contract, onProgress = () => {} }: PostOptions,
  accesses: readonly RequestedAccess[],
): Promise<Forced> {
  const data = bytesToHex(encodeBatchData(writesOf(accesses)));
  const dataHash = keccak256(data);
  const { journal } = sender;
  const place = await placeOf(sender, contract);
  await sender.resume();
  const begun = journal.forcing(place);
  let forced = begun?.dataHash === dataHash ? await findForced(sender.provider, contract, begun) : null;
  if (forced === null) {
    const forcing: Forcing = { first: await forcedCount(sender.provider, contract), dataHash, block: null };
    await journal.setForcing(place, forcing);
    onProgress('forcing the batch', 0, 0);
    const call = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'forceBatch', args: [data] });
    const value = await forcedFee(sender.provider, contract, data);
    const { blockNumber } = await sender.send('force a batch', contract, call, { value });
    await journal.setForcing(place, { ...forcing, block: Number(blockNumber) });
    forced = await findForced(sender.provider, contract, forcing);
    if (forced === null)
      throw new ChainError(
        `the endpoint reports that a batch was forced, but the settlement at ${contract} has no such batch; run the command again`,
      );
  }
  // The last step: whoever begins before it finds what was forced, and whoever begins after it forces once more.
  await journal.setForcing(place, null);
  return forced;
}
