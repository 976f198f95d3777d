import type { PublicClient } from 'viem';
import { SETTLEMENT_ABI } from './abi.js';
import { reading } from './asking.js';
import type { PostedBatch } from './chain.js';
import { clientOf } from './client.js';
import type { Address } from './point.js';
import type { Provider } from './provider.js';

type Role = 'SEQUENCER_ROLE' | 'PROVER_ROLE';

const hasRole = async (client: PublicClient, contract: Address, name: Role, account: Address): Promise<boolean> => {
  const role = await client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: name });
  return client.readContract({
    address: contract,
    abi: SETTLEMENT_ABI,
    functionName: 'hasRole',
    args: [role, account],
  });
};

const now = async (client: PublicClient): Promise<number> => Number((await client.getBlock()).timestamp);

/** Whether an account may prove a batch already: as the prover, or because the prover did not come. @throws {ChainError} */
export const mayProve = (
  provider: Provider,
  contract: Address,
  account: Address,
  { posted }: PostedBatch,
): Promise<boolean> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    if (await hasRole(client, contract, 'PROVER_ROLE', account)) return true;
    const timeout = await client.readContract({
      address: contract,
      abi: SETTLEMENT_ABI,
      functionName: 'proverTimeout',
    });
    return (await now(client)) >= posted.postedAt + timeout;
  });

/** How many forced batches wait that an account may post: as the sequencer all of them, else those that are due. @throws {ChainError} */
export const forcedToPost = (provider: Provider, contract: Address, account: Address): Promise<number> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    const read = (functionName: 'forcedPosted' | 'forcedCount' | 'forceDelay'): Promise<number> =>
      client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName });
    const first = await read('forcedPosted');
    const end = await read('forcedCount');
    if (first === end || (await hasRole(client, contract, 'SEQUENCER_ROLE', account))) return end - first;
    const delay = await read('forceDelay');
    const time = await now(client);
    let index = first;
    for (; index < end; index++) {
      const [, askedAt] = await client.readContract({
        address: contract,
        abi: SETTLEMENT_ABI,
        functionName: 'forced',
        args: [index],
      });
      if (time < askedAt + delay) break;
    }
    return index - first;
  });
