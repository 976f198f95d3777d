/** Blocks of a small chain, executed: transfers, a token that is deployed and sent, a failure. */
import { encodeDeployData, encodeFunctionData, getContractAddress } from 'viem';
import { decodeTransaction } from '../../../src/rules/evm/decode.js';
import { sealBlock } from '../../../src/node/store/seal.js';
import type { Included, SealedBlock } from '../../../src/node/store/seal.js';
import * as evm from '../../rules/evm/world.js';
import type { World } from '../../rules/evm/world.js';

export const TOKEN = getContractAddress({ from: evm.ALICE.address, nonce: 0n });
export const GENESIS = sealBlock({ ...evm.ENVIRONMENT, number: 0n, ancestors: [] }, [], 1n, 'prague');

const sent = (to: bigint, amount: bigint) =>
  encodeFunctionData({ abi: evm.TOKEN_ABI, functionName: 'transfer', args: [evm.hexAddress(to), amount] });

/** What each block's transactions ask for, all of Alice. */
const BLOCKS: readonly (readonly Parameters<World['send']>[0][])[] = [
  [
    { data: encodeDeployData({ abi: evm.TOKEN_ABI, bytecode: evm.TOKEN_CODE, args: [1000n] }) },
    { type: 'legacy', to: evm.BOB.address, value: 5n },
  ],
  [
    { to: TOKEN, data: sent(0xb0bn, 300n) },
    { to: TOKEN, data: sent(0xb0bn, 5000n) },
    { type: 'eip2930', to: TOKEN, data: sent(0xca201n, 7n) },
  ],
  [{ to: evm.BOB.address, value: 1n }],
];

export interface Chain {
  readonly blocks: readonly SealedBlock[];
  /** Those of the first block. */
  readonly codes: ReadonlyMap<bigint, Uint8Array>;
}

/** The blocks after the genesis. State roots are made up: no tree is behind them. */
export async function chain(): Promise<Chain> {
  const { batch, sign } = await evm.world();
  const blocks: SealedBlock[] = [];
  let nonce = 0;
  for (const [i, requests] of BLOCKS.entries()) {
    const ancestors = [...blocks.map(({ hash }) => hash).reverse(), GENESIS.hash];
    const environment = { ...evm.ENVIRONMENT, number: BigInt(i + 1), ancestors };
    batch.enterBlock(environment);
    const included: Included[] = [];
    for (const request of requests) {
      const transaction = decodeTransaction(await sign({ ...request, nonce: nonce++ }), evm.CHAIN);
      included.push({ transaction, ...(await batch.execute(transaction)) });
    }
    blocks.push(sealBlock(environment, included, BigInt(i + 2), 'prague'));
  }
  return { blocks, codes: batch.netChanges().codes };
}
