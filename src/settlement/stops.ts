import { SETTLEMENT_ABI } from './abi.js';
import { PARTS } from './administer.js';
import type { Part } from './administer.js';
import { reading } from './asking.js';
import { ChainError } from './chain-error.js';
import { clientOf } from './client.js';
import type { Address } from './point.js';
import type { Provider } from './provider.js';

/** Checks that a part of a settlement is not stopped. @throws {ChainError} it is, or the endpoint does not say */
export const requireGoing = (provider: Provider, contract: Address, part: Part): Promise<void> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    const call = { address: contract, abi: SETTLEMENT_ABI, functionName: 'stoppedUntil', args: [PARTS[part]] } as const;
    const until = await client.readContract(call);
    const { timestamp } = await client.getBlock();
    if (timestamp >= BigInt(until)) return;
    const time = new Date(until * 1000).toISOString();
    throw new ChainError(
      `${part} is stopped at the settlement at ${contract} until ${time}; run the command again then`,
    );
  });
