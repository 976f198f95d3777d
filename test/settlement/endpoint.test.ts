/** An endpoint that lies: what can be computed is not asked for, and what is asked for has bounds. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeFunctionData, getContractAddress, keccak256, parseTransaction, toHex } from 'viem';
import type { Hex } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { readBatches } from '../../src/settlement/chain.js';
import { ChainError, FeeError } from '../../src/settlement/chain-error.js';
import { deploySettlement } from '../../src/settlement/deploy.js';
import { Journal, JournalError } from '../../src/settlement/journal.js';
import { openEndpoint } from '../../src/settlement/provider.js';
import { Sender } from '../../src/settlement/sender.js';
import type { SenderOptions } from '../../src/settlement/sender.js';
import { DevelopmentKeysError } from '../../src/proof/verifier/solidity.js';
import { startChain } from '../proof/verifier/anvil.js';
import { endpointBefore } from './endpoint.js';
import type { Request } from './endpoint.js';
import { startSettlement, USUAL } from './world.js';
import type { SettlementWorld } from './world.js';

/** Of no account that anvil knows. */
const KEY: Hex = keccak256(toHex('endpoint'));
/** Of a view of the contract. */
const CALL = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'lastVirtual' });

let world: SettlementWorld;
let folder: string;
beforeAll(async () => {
  world = await startSettlement();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-endpoint-'));
  await world.tools.setBalance({ address: (await senderOn(world.url)).address, value: 10n ** 22n });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = (): string => path.join(folder, 'journal.json');
const senderOn = async (url: string, options: Partial<SenderOptions> = {}): Promise<Sender> =>
  new Sender({ url, privateKey: KEY, journal: await Journal.open(file()), pollingInterval: 25, ...options });
const lying = (method: string, result: unknown): Promise<string> =>
  endpointBefore(world.url, (request: Request) => (request.method === method ? { result } : null));
const settings = ({ address }: Sender) => ({
  roles: { admin: address, sequencer: address, prover: address, guardian: address },
  proverTimeout: 60,
  forceDelay: 60,
  changeDelay: 120,
});
const KEYS = [USUAL.keys, USUAL.keys] as const;

describe('the chain', () => {
  it('is asked for once: nothing is signed for one that is named later', async () => {
    const signed: (number | undefined)[] = [];
    let asked = 0;
    const url = await endpointBefore(world.url, ({ method, params }) => {
      if (method === 'eth_sendRawTransaction') signed.push(parseTransaction((params as [Hex])[0]).chainId);
      return method === 'eth_chainId' ? { result: asked++ === 0 ? toHex(31_337) : '0x1' } : null;
    });
    const sender = await senderOn(url);
    await deploySettlement(sender, KEYS, settings(sender));
    expect(new Set(signed)).toEqual(new Set([31_337]));
  });

  it('1337 is not one of development: keys are refused there as on any other', async () => {
    const sender = await senderOn(await lying('eth_chainId', toHex(1337)));
    await expect(deploySettlement(sender, KEYS, settings(sender))).rejects.toThrow(DevelopmentKeysError);
  });

  it('that was begun anew is told apart from the one that the journal is of', async () => {
    await (await senderOn(world.url)).send('a call', world.contract, CALL);
    const anew = await startChain('--timestamp', '1000000');
    try {
      await expect((await senderOn(anew.url)).send('a call', world.contract, CALL)).rejects.toThrow(JournalError);
      await expect((await senderOn(anew.url)).resume()).resolves.toBeNull();
      await expect((await senderOn(anew.url)).chainId()).rejects.toThrow(
        /^\S+journal\.json is of a chain 31337 that began with block 0x[0-9a-f]{64}, but the chain of the endpoint began with block 0x[0-9a-f]{64}: if the chain was begun anew, delete the file, else use an endpoint of the other chain$/,
      );
      expect(await (await senderOn(world.url)).chainId()).toBe(31_337);
    } finally {
      await anew.stop();
    }
  });
});

describe('a contract', () => {
  it('is where its maker and the nonce say, whatever the receipt says', async () => {
    const elsewhere = `0x${'11'.repeat(20)}`;
    const url = await endpointBefore(world.url, async ({ method }, answer) => {
      if (method !== 'eth_getTransactionReceipt') return null;
      const { result } = (await answer()) as { result: object | null };
      return { result: result && { ...result, contractAddress: elsewhere } };
    });
    const sender = await senderOn(url);
    const { address } = sender;
    const nonce = await world.reader.getTransactionCount({ address });
    const settlement = await deploySettlement(sender, KEYS, settings(sender));
    // The two verifiers are one contract, as the two circuits are one here.
    expect(settlement.toLowerCase()).toBe(
      getContractAddress({ from: address, nonce: BigInt(nonce) + 1n }).toLowerCase(),
    );
    expect((await senderOn(url)).journal.pending).toBeNull();
  });
});

describe('a fee', () => {
  const noMore = async (url: string, options: Partial<SenderOptions> = {}): Promise<unknown> => {
    const sender = await senderOn(url, options);
    const before = await world.reader.getBalance({ address: sender.address });
    const error: unknown = await sender.send('a call', world.contract, CALL).catch((reason: unknown) => reason);
    expect(await world.reader.getBalance({ address: sender.address })).toBe(before);
    expect(sender.journal.pending).toBeNull();
    return error;
  };

  it('beyond half an ether is not paid, whatever tip the endpoint claims', async () => {
    const error = await noMore(await lying('eth_maxPriorityFeePerGas', toHex(10n ** 15n)));
    expect(error).toBeInstanceOf(FeeError);
    expect((error as Error).message).toMatch(
      /^a call: expected a transaction that costs at most 0\.5 ether, but the endpoint asks for \d+\.\d+ ether \(\d+ gas at \d+(\.\d+)? gwei\)$/,
    );
  });

  it('beyond what was said is not paid; up to it, it is', async () => {
    const { address } = await senderOn(world.url);
    const gas = ((await world.reader.estimateGas({ account: address, to: world.contract, data: CALL })) * 12n) / 10n;
    const { maxFeePerGas } = await world.reader.estimateFeesPerGas();
    // The base fee of the next block may be another; by a factor of two it cannot.
    expect(await noMore(world.url, { maxFee: (gas * maxFeePerGas) / 2n })).toBeInstanceOf(FeeError);
    const sender = await senderOn(world.url, { maxFee: gas * maxFeePerGas * 2n });
    await expect(sender.send('a call', world.contract, CALL)).resolves.toMatchObject({ status: 'success' });
  });
});

describe('an answer that cannot be one', () => {
  it.each([
    ['null', null],
    ['[null]', [null]],
    ['{}', {}],
  ])("is told as the endpoint's: %s", async (_, result) => {
    const methods = new Set<string>();
    const all = await endpointBefore(world.url, ({ method }) => (methods.add(method), null));
    const sender = await senderOn(all);
    await deploySettlement(sender, KEYS, settings(sender));
    await sender.send('a call', world.contract, CALL);
    await readBatches(openEndpoint(all), world.contract);
    expect(methods.size).toBeGreaterThan(10);
    for (const method of methods) {
      // That there is none, yet, is an answer.
      if (result === null && /Receipt|ByHash/.test(method)) continue;
      // The gas price is asked for instead.
      if (method === 'eth_maxPriorityFeePerGas') continue;
      const url = await lying(method, result);
      const liar = await senderOn(url, { pollingInterval: 1 });
      const work = async (): Promise<void> => {
        await liar.send('another call', world.contract, `${CALL}00`);
        await readBatches(openEndpoint(url), world.contract);
      };
      const error: unknown = await work().catch((reason: unknown) => reason);
      expect(error, method).toBeInstanceOf(ChainError);
      expect((error as Error).message, method).toMatch(/endpoint|could not be found/);
      // What it signed nevertheless is settled by an honest one.
      await (await senderOn(world.url)).resume();
    }
  });

  it('is told of a body that is no JSON-RPC response', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('null');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await expect((await senderOn(`http://127.0.0.1:${port}`)).chainId()).rejects.toThrow(
        'could not ask which chain it is: ' +
          'expected the endpoint to answer eth_chainId with a JSON-RPC response, got null',
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
