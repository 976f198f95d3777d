import type { PublicClient } from 'viem';
import { SETTLEMENT_ABI } from './abi.js';
import { reading } from './asking.js';
import type { PostedBatch } from './chain.js';
import { clientOf } from './client.js';
import type { Address } from './point.js';
import type { Provider } from './provider.js';

/** Who may do what in a settlement, by the names of the contract. */
export const ROLES = { sequencer: 'SEQUENCER_ROLE', prover: 'PROVER_ROLE', guardian: 'GUARDIAN_ROLE' } as const;
export type Role = keyof typeof ROLES;

const hasRole = async (client: PublicClient, contract: Address, role: Role, account: Address): Promise<boolean> => {
  const id = await client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: ROLES[role] });
  return client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'hasRole', args: [id, account] });
};

/** The contract's time, which stands still while anything is stopped. */
const clockOf = (client: PublicClient, contract: Address): Promise<number> =>
  client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'clock' });

/** Whether an account may prove a batch already: as the prover, or because the prover did not come. @throws {ChainError} */
export const mayProve = (
  provider: Provider,
  contract: Address,
  account: Address,
  { posted }: PostedBatch,
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

/** How many forced batches wait that an account may post: as the sequencer all of them, else those that are due. @throws {ChainError} */
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
