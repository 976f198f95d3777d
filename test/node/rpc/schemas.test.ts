/** Answers hold to the specification of Ethereum's JSON-RPC: `rpcWorld` checks each; here are those of every kind. */
import { encodeDeployData, encodeFunctionData, getContractAddress } from 'viem';
import type { Hex, TransactionSerializable } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PUBLIC_METHODS } from '../../../src/node/rpc/methods/index.js';
import { TOKEN_ABI, TOKEN_CODE } from '../../rules/evm/world.js';
import { ANSWERS, AnswerError, checkAnswer } from './schemas.js';
import * as w from './world.js';

let world: w.RpcWorld;
beforeAll(async () => {
  world = await w.rpcWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.bugs).toEqual([]);
});

const TOKEN = getContractAddress({ from: w.ALICE.address, nonce: 0n });
const MOVE = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args: [w.BOB.address, 5n] });
const LIST = [{ address: TOKEN, storageKeys: [w.wordOf(1n, 32)] }];

async function send(request: Partial<TransactionSerializable>): Promise<Hex> {
  const nonce = Number(await world.ask('eth_getTransactionCount', w.ALICE.address, 'pending'));
  const isPriced = request.type === 'legacy' || request.type === 'eip2930';
  const price = isPriced ? { gasPrice: 1_000n } : { maxFeePerGas: 1_000n, maxPriorityFeePerGas: 10n };
  const filled = { chainId: 31337, nonce, gas: 1_000_000n, ...price, ...request } as TransactionSerializable;
  return (await world.ask('eth_sendRawTransaction', await w.ALICE.signTransaction(filled))) as Hex;
}

/** One of each type, and one of the first without a chain id. */
async function sendAll(): Promise<readonly Hex[]> {
  const authorization = await w.BOB.signAuthorization!({ chainId: 31337, address: TOKEN, nonce: 0 });
  return [
    await send({ type: 'legacy', to: w.BOB.address, value: 1n }),
    await send({ type: 'legacy', chainId: undefined, to: w.BOB.address, value: 1n }),
    await send({ type: 'eip2930', to: TOKEN, data: MOVE, accessList: LIST }),
    await send({ type: 'eip1559', to: TOKEN, data: MOVE, accessList: LIST }),
    await send({ type: 'eip7702', to: TOKEN, data: MOVE, authorizationList: [authorization] }),
  ];
}

describe('what the specification says of', () => {
  it('transactions of each type holds in blocks, receipts and logs', async () => {
    await send({ type: 'eip1559', data: encodeDeployData({ abi: TOKEN_ABI, bytecode: TOKEN_CODE, args: [1000n] }) });
    const types = [];
    for (const hash of await sendAll()) {
      const transaction = (await world.ask('eth_getTransactionByHash', hash)) as Record<string, Hex>;
      const receipt = (await world.ask('eth_getTransactionReceipt', hash)) as Record<string, Hex>;
      const block = (await world.ask('eth_getBlockByHash', receipt['blockHash'], true)) as Record<string, Hex>;
      expect(transaction['blockTimestamp']).toBe(block['timestamp']);
      expect(block['transactions']).toEqual([transaction]);
      expect(await world.ask('eth_getBlockReceipts', receipt['blockNumber'])).toEqual([receipt]);
      await world.ask('eth_getTransactionByBlockNumberAndIndex', receipt['blockNumber'], '0x0');
      await world.ask('eth_getTransactionByBlockHashAndIndex', receipt['blockHash'], '0x0');
      await world.ask('eth_getBlockTransactionCountByHash', receipt['blockHash']);
      types.push(transaction['type']);
    }
    expect(types).toEqual(['0x0', '0x0', '0x1', '0x2', '0x4']);
    expect(await world.ask('eth_getLogs', { fromBlock: '0x0', address: TOKEN })).toHaveLength(4);
    await world.ask('eth_getBlockByNumber', '0x0', false);
  });

  it('what waits holds in the pool', async () => {
    world.chain.isHeld = true;
    const hash = await send({ type: 'eip1559', to: w.BOB.address });
    expect(await world.ask('eth_getTransactionByHash', hash)).toMatchObject({ blockHash: null, blockTimestamp: null });
    for (const method of ['content', 'inspect', 'status']) await world.ask(`txpool_${method}`);
    await world.ask('txpool_contentFrom', w.ALICE.address);
    await world.chain.release();
    world.chain.isHeld = false;
  });

  it('filters holds, and their ids are numbers without leading zeros', async () => {
    const ids = [];
    // A random id has a leading zero one time in sixteen.
    for (let i = 0; i < 100; i++) ids.push(await world.ask('eth_newBlockFilter'));
    ids.push(await world.ask('eth_newFilter', { address: TOKEN }), await world.ask('eth_newPendingTransactionFilter'));
    await send({ type: 'eip1559', to: TOKEN, data: MOVE });
    for (const id of ids) expect(await world.ask('eth_getFilterChanges', id)).toHaveLength(1);
    await world.ask('eth_getFilterLogs', ids.at(-2));
    for (const id of ids) expect(await world.ask('eth_uninstallFilter', id)).toBe(true);
  });

  it('proofs, access lists, fees and accounts holds', async () => {
    const slots = ['0x0', w.wordOf(1n, 32)];
    expect(await world.ask('eth_getProof', TOKEN, slots, 'latest')).toMatchObject({ address: TOKEN.toLowerCase() });
    await world.ask('eth_getProof', w.wordOf(0xdeadn, 20), [], 'latest');
    await world.ask('eth_createAccessList', { from: w.ALICE.address, to: TOKEN, data: MOVE });
    await world.ask('eth_createAccessList', { from: w.CAROL.address, to: TOKEN, data: MOVE });
    await world.ask('eth_feeHistory', '0x5', 'latest', [10, 50]);
    await world.ask('eth_feeHistory', '0x5', 'latest');
    await world.ask('eth_getStorageAt', TOKEN, '0x0', 'latest');
    await world.ask('eth_getCode', TOKEN, 'latest');
    await world.ask('eth_call', { to: TOKEN, data: '0x18160ddd' });
    await world.ask('eth_estimateGas', { from: w.ALICE.address, to: TOKEN, data: MOVE });
    await world.ask('eth_getUncleCountByBlockNumber', 'latest');
    for (const method of Object.keys(PUBLIC_METHODS)) {
      if (/^(net|web3)_(?!sha3)|_(accounts|blobBaseFee|gasPrice|maxPriorityFeePerGas|syncing)$/.test(method))
        await world.ask(method);
    }
    await world.ask('web3_sha3', '0x00');
  });
});

describe('the check of answers', () => {
  it('has a schema of each public method that the specification can have, and no other', () => {
    const specified = Object.keys(PUBLIC_METHODS).filter((name) => /^(eth|net|txpool|web3)_/.test(name));
    expect(Object.keys(ANSWERS).toSorted()).toEqual(specified.toSorted());
  });

  it('refuses a field that is missing, one that is not known, and a number with leading zeros', async () => {
    const block = (await world.ask('eth_getBlockByNumber', 'latest', true)) as Record<string, unknown>;
    expect(() => checkAnswer('eth_getBlockByNumber', block)).not.toThrow();
    const { mixHash: _, ...less } = block;
    for (const wrong of [less, { ...block, own: 1 }, { ...block, number: '0x01' }]) {
      expect(() => checkAnswer('eth_getBlockByNumber', wrong)).toThrow(AnswerError);
    }
  });
});
