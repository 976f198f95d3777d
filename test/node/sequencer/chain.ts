/** What tests of the sequencer begin with, in this process and in others. */
import { privateKeyToAccount } from 'viem/accounts';
import type { EvmGenesis } from '../../../src/rules/evm/genesis.js';
import * as evm from '../../rules/evm/world.js';

export const ACCOUNTS = Array.from({ length: 8 }, (_, i) => privateKeyToAccount(`0x${`${i + 1}`.repeat(64)}`));
export const GENESIS: EvmGenesis = {
  chain: evm.CHAIN,
  entries: ACCOUNTS.map(({ address }) => evm.field(address, 'balance', evm.ETHER)),
  codes: new Map(),
};
export const AT = { timestamp: 1_700_000_000n, gasLimit: 30_000_000n, baseFeePerGas: 7n };
