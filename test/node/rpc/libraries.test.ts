/** Libraries and wallets use the node as any other: what they call, and what they make of the answers. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ContractFactory, JsonRpcProvider, parseEther as toWei, Wallet } from 'ethers';
import type { Contract } from 'ethers';
import { encodeFunctionData, parseAbi, parseEther } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_ABI, TOKEN_CODE } from '../../rules/evm/world.js';
import * as w from './world.js';

let world: w.RpcWorld;
beforeAll(async () => {
  world = await w.rpcWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.bugs).toEqual([]);
});

describe('viem', () => {
  it('sends ether, waits for the receipt, and sees it in the block', async () => {
    const client = w.viemOf(world.url);
    const before = await client.getBalance({ address: w.BOB.address });
    const hash = await client.sendTransaction({ to: w.BOB.address, value: parseEther('1') });
    const receipt = await client.waitForTransactionReceipt({ hash });
    expect(receipt).toMatchObject({ status: 'success', gasUsed: 21_000n, type: 'eip1559' });
    expect(await client.getBalance({ address: w.BOB.address })).toBe(before + parseEther('1'));
    const block = await client.getBlock({ blockHash: receipt.blockHash, includeTransactions: true });
    expect(block.transactions).toMatchObject([{ hash, value: parseEther('1'), from: w.ALICE.address.toLowerCase() }]);
  });

  it('deploys a token, moves it, reads it, and finds its events', async () => {
    const client = w.viemOf(world.url);
    const hash = await client.deployContract({ abi: TOKEN_ABI, bytecode: TOKEN_CODE, args: [1000n] });
    const { contractAddress: address, blockNumber } = await client.waitForTransactionReceipt({ hash });
    const token = { address: address!, abi: TOKEN_ABI } as const;
    expect(await client.readContract({ ...token, functionName: 'balanceOf', args: [w.ALICE.address] })).toBe(1000n);
    const { request } = await client.simulateContract({
      ...token,
      functionName: 'transfer',
      args: [w.BOB.address, 5n],
    });
    await client.waitForTransactionReceipt({ hash: await client.writeContract(request) });
    const events = await client.getContractEvents({ ...token, eventName: 'Transfer', fromBlock: blockNumber });
    expect(events.at(-1)).toMatchObject({ args: { value: 5n } });
    // Read as it was before.
    const then = { blockNumber };
    expect(await client.readContract({ ...token, functionName: 'balanceOf', args: [w.BOB.address], ...then })).toBe(0n);
  });

  it('decodes why a call reverts', async () => {
    const client = w.viemOf(world.url);
    const hash = await client.deployContract({ abi: TOKEN_ABI, bytecode: TOKEN_CODE, args: [1n] });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    const call = {
      address: contractAddress!,
      abi: TOKEN_ABI,
      functionName: 'transfer',
      args: [w.BOB.address, 2n],
    } as const;
    await expect(client.simulateContract(call)).rejects.toThrow(/reverted/);
  });
});

describe('ethers', () => {
  it('sends ether and deploys a token, with its calls in batches', async () => {
    // ethers takes an answer of the last 250 ms for the newest: here blocks come at once.
    const provider = new JsonRpcProvider(world.url, undefined, { pollingInterval: 20, cacheTimeout: -1 });
    const wallet = new Wallet(hexKey(w.BOB), provider);
    const sent = await wallet.sendTransaction({ to: w.CAROL.address, value: toWei('2') });
    expect(await sent.wait()).toMatchObject({ status: 1, gasUsed: 21_000n });
    const factory = new ContractFactory(TOKEN_ABI as never, TOKEN_CODE, wallet);
    const token = (await (await factory.deploy(77n)).waitForDeployment()) as Contract;
    const moved = await token.getFunction('transfer')(w.CAROL.address, 7n);
    const receipt = await moved.wait();
    expect(receipt.logs).toHaveLength(1);
    expect(await Promise.all([w.BOB, w.CAROL].map(({ address }) => token.getFunction('balanceOf')(address)))).toEqual([
      70n,
      7n,
    ]);
    const filter = token.getEvent('Transfer')(w.BOB.address);
    expect(await token.queryFilter(filter, 0)).toHaveLength(1);
    await expect(token.getFunction('transfer')(w.ALICE.address, 1000n)).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
    });
    provider.destroy();
  });
});

const hexKey = (account: typeof w.ALICE): string => `0x${Buffer.from(account.getHdKey().privateKey!).toString('hex')}`;

describe('cast', () => {
  const cast = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('npx', ['cast', ...args, '--rpc-url', world.url])).stdout.trim();

  it('reads, estimates and sends', async () => {
    expect(await cast('chain-id')).toBe('31337');
    expect(BigInt(await cast('balance', w.CAROL.address))).toBeGreaterThan(0n);
    const sent = JSON.parse(
      await cast('send', w.ALICE.address, '--value', '1', '--private-key', hexKey(w.CAROL), '--json'),
    ) as { status: string; transactionHash: string };
    expect(sent.status).toBe('0x1');
    expect(await cast('receipt', sent.transactionHash, 'gasUsed')).toBe('21000');
    expect(await cast('estimate', w.ALICE.address, '--value', '1', '--from', w.CAROL.address)).toBe('21000');
    expect(await cast('block', 'latest', '--field', 'gasUsed')).toBe('21000');
  });
});

describe("a wallet's sequence of calls", () => {
  // What MetaMask asks when a network is added, then when its user sends: eth_chainId, net_version, blocks with fees,
  // balances by eth_call of a multicall contract, code of the recipient, fee history, estimate, nonce, raw transaction.
  it('is answered from the addition of the network to the receipt', async () => {
    const { ask } = world;
    expect(await ask('eth_chainId')).toBe('0x7a69');
    expect(await ask('net_version')).toBe('31337');
    const block = (await ask('eth_getBlockByNumber', 'latest', false)) as Record<string, string>;
    expect(block['baseFeePerGas']).toMatch(/^0x[1-9a-f]/);
    expect(await ask('eth_getBalance', w.ALICE.address, 'latest')).toMatch(/^0x[1-9a-f]/);
    expect(await ask('eth_getCode', w.BOB.address, 'latest')).toBe('0x');
    expect(await ask('eth_feeHistory', '0x5', 'latest', [10, 50, 95])).toMatchObject({
      oldestBlock: expect.any(String),
    });
    expect(await ask('eth_gasPrice')).toMatch(/^0x/);
    const call = { from: w.ALICE.address, to: w.BOB.address, value: '0xde0b6b3a7640000' };
    expect(await ask('eth_estimateGas', call)).toBe('0x5208');
    const nonce = Number(await ask('eth_getTransactionCount', w.ALICE.address, 'pending'));
    const signed = await w.ALICE.signTransaction({
      type: 'eip1559',
      chainId: 31337,
      nonce,
      to: w.BOB.address,
      value: parseEther('1'),
      gas: 21_000n,
      maxFeePerGas: 10n ** 9n,
      maxPriorityFeePerGas: 1n,
    });
    const hash = await ask('eth_sendRawTransaction', signed);
    expect(await ask('eth_getTransactionByHash', hash)).toMatchObject({ hash, nonce: w.hexOf(BigInt(nonce)) });
    expect(await ask('eth_getTransactionReceipt', hash)).toMatchObject({ status: '0x1' });
  });
});

describe('Uniswap V2', () => {
  it('gets its factory, router, pair and liquidity, and swaps', async () => {
    const client = w.viemOf(world.url);
    const load = async (name: string): Promise<{ abi: never; bytecode: `0x${string}` }> => {
      const { default: json } = (await import(name, { with: { type: 'json' } })) as {
        default: { abi: never; bytecode: string };
      };
      return {
        abi: json.abi,
        bytecode: json.bytecode.startsWith('0x') ? (json.bytecode as `0x${string}`) : `0x${json.bytecode}`,
      };
    };
    const deploy = async ({ abi, bytecode }: { abi: never; bytecode: `0x${string}` }, args: readonly unknown[]) => {
      const hash = await client.deployContract({ abi, bytecode, args } as never);
      const { contractAddress, status } = await client.waitForTransactionReceipt({ hash });
      expect(status).toBe('success');
      return { address: contractAddress!, abi };
    };
    const send = async (
      contract: { address: `0x${string}`; abi: never },
      functionName: string,
      args: readonly unknown[],
    ) => {
      const hash = await client.writeContract({ ...contract, functionName, args } as never);
      const receipt = await client.waitForTransactionReceipt({ hash });
      expect(receipt.status, functionName).toBe('success');
      return receipt;
    };
    const read = (
      contract: { address: `0x${string}`; abi: never },
      functionName: string,
      args: readonly unknown[] = [],
    ) => client.readContract({ ...contract, functionName, args } as never) as Promise<unknown>;
    const factory = await deploy(await load('@uniswap/v2-core/build/UniswapV2Factory.json'), [w.ALICE.address]);
    const weth = await deploy(await load('@uniswap/v2-periphery/build/WETH9.json'), []);
    const router = await deploy(await load('@uniswap/v2-periphery/build/UniswapV2Router02.json'), [
      factory.address,
      weth.address,
    ]);
    const erc20 = { abi: TOKEN_ABI as never, bytecode: TOKEN_CODE };
    const one = await deploy(erc20, [10n ** 21n]);
    const other = await deploy(erc20, [10n ** 21n]);
    for (const token of [one, other]) await send(token, 'approve', [router.address, 2n ** 255n]);
    const late = 2n ** 40n;
    await send(router, 'addLiquidity', [
      one.address,
      other.address,
      10n ** 20n,
      10n ** 20n,
      0n,
      0n,
      w.ALICE.address,
      late,
    ]);
    const { logs } = await send(router, 'swapExactTokensForTokens', [
      10n ** 18n,
      0n,
      [one.address, other.address],
      w.BOB.address,
      late,
    ]);
    // x y = k, less 0.3 %.
    expect(await read(other, 'balanceOf', [w.BOB.address])).toBe(987158034397061298n);
    const pair = (await read(factory, 'getPair', [one.address, other.address])) as `0x${string}`;
    const swaps = await client.getLogs({
      address: pair,
      event: parseAbi([
        'event Swap(address indexed sender, uint256 in0, uint256 in1, uint256 out0, uint256 out1, address indexed to)',
      ])[0],
      args: { to: w.BOB.address },
      fromBlock: 0n,
    });
    expect(swaps).toHaveLength(1);
    expect(logs.map(({ address }) => address)).toContain(pair.toLowerCase());
    // What the router says when a swap cannot be.
    const failing = client.simulateContract({
      ...router,
      functionName: 'swapExactTokensForTokens',
      args: [1n, 10n ** 20n, [one.address, other.address], w.BOB.address, late],
    } as never);
    await expect(failing).rejects.toThrow('UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT');
    const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args: [w.BOB.address, 1n] });
    const { accessList } = await client.createAccessList({ to: one.address, data });
    expect(accessList.map(({ storageKeys }) => storageKeys.length)).toEqual([2]);
  });
});
