import { size } from 'viem';
import type { PublicClient } from 'viem';
import { SETTLEMENT_ABI } from './abi.js';
import { reading } from './asking.js';
import { ChainError } from './chain-error.js';
import { clientOf } from './client.js';
import { RECORD_BYTES } from './data.js';
import type { Forcing } from './journal.js';
import type { Address, Hash } from './point.js';
import type { Provider } from './provider.js';

/** Who may do what in a settlement, by the names of the contract. */
export const ROLES = { sequencer: 'SEQUENCER_ROLE', prover: 'PROVER_ROLE', guardian: 'GUARDIAN_ROLE' } as const;
/**
 * A role of a settlement.
 * @see {@link grantRole}
 */
export type Role = keyof typeof ROLES;

const hasRole = async (client: PublicClient, contract: Address, role: Role, account: Address): Promise<boolean> => {
  const id = await client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: ROLES[role] });
  return client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'hasRole', args: [id, account] });
};

/** The contract's time, which stands still while anything is stopped. */
const clockOf = (client: PublicClient, contract: Address): Promise<number> =>
  client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'clock' });

/**
 * Whether an account may prove a batch already: as the prover, or because the prover did not come.
 * @throws {ChainError}
 */
export const mayProve = (
  provider: Provider,
  contract: Address,
  account: Address,
  { posted }: { readonly posted: { readonly postedAt: number } },
): Promise<boolean> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    if (await hasRole(client, contract, 'prover', account)) return true;
    const timeout = await client.readContract({
      address: contract,
      abi: SETTLEMENT_ABI,
      functionName: 'proverTimeout',
    });
    return (await clockOf(client, contract)) >= posted.postedAt + timeout;
  });

/** Whether an account may post batches as well as prove them: then it can do both in one call. @throws {ChainError} */
export const maySettle = (provider: Provider, contract: Address, account: Address): Promise<boolean> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    return (
      (await hasRole(client, contract, 'sequencer', account)) && (await hasRole(client, contract, 'prover', account))
    );
  });

/** How many forced batches there have been. @throws {ChainError} */
export const forcedCount = (provider: Provider, contract: Address): Promise<number> =>
  reading(contract, () =>
    clientOf(provider).readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'forcedCount' }),
  );

/** What forcing these records costs, in wei, for whoever proves them. @throws {ChainError} */
export const forcedFee = (provider: Provider, contract: Address, data: Hash): Promise<bigint> =>
  reading(contract, async () => {
    const call = { address: contract, abi: SETTLEMENT_ABI, functionName: 'forcedRecordFee' } as const;
    return (await clientOf(provider).readContract(call)) * BigInt(size(data) / RECORD_BYTES);
  });

/**
 * The forced batch with some data, from an index on, and when it is due; null if there is none.
 * @throws {ChainError} among others, the endpoint has not reached the block that it is in
 */
export const findForced = (
  provider: Provider,
  contract: Address,
  { first, dataHash, block }: Forcing,
): Promise<{ readonly index: number; readonly due: number } | null> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    const address = contract;
    const head = await client.getBlockNumber({ cacheTime: 0 });
    if (block !== null && head < BigInt(block))
      throw new ChainError(`the endpoint is at block ${head} yet, and the batch was forced in block ${block}`);
    const end = await client.readContract({ address, abi: SETTLEMENT_ABI, functionName: 'forcedCount' });
    for (let index = first; index < end; index++) {
      const call = { address, abi: SETTLEMENT_ABI, functionName: 'forced', args: [index] } as const;
      const [found, , askedAt] = await client.readContract(call);
      if (found !== dataHash) continue;
      const delay = await client.readContract({ address, abi: SETTLEMENT_ABI, functionName: 'forceDelay' });
      const { number, timestamp } = await client.getBlock();
      const clock = await client.readContract({
        address,
        abi: SETTLEMENT_ABI,
        functionName: 'clock',
        blockNumber: number,
      });
      // By the contract's clock, which stands still during stops.
      return { index, due: Number(timestamp) + askedAt + delay - clock };
    }
    return null;
  });

/**
 * How many forced batches wait that an account may post: as the sequencer all of them, else those that are due.
 * @throws {ChainError}
 */
export const forcedToPost = (provider: Provider, contract: Address, account: Address): Promise<number> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    const read = (functionName: 'forcedPosted' | 'forcedCount' | 'forceDelay'): Promise<number> =>
      client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName });
    const first = await read('forcedPosted');
    const end = await read('forcedCount');
    if (first === end || (await hasRole(client, contract, 'sequencer', account))) return end - first;
    const delay = await read('forceDelay');
    const time = await clockOf(client, contract);
    let index = first;
    for (; index < end; index++) {
      const [, , askedAt] = await client.readContract({
        address: contract,
        abi: SETTLEMENT_ABI,
        functionName: 'forced',
        args: [index],
      });
      if (time < askedAt + delay) break;
    }
    return index - first;
  });
