/** Transactions that nobody signed come out as the same ones signed, and change nothing. */
import { encodeDeployData, encodeFunctionData, hexToBytes, numberToHex } from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import type { EvmFrame, EvmFrameEnd } from '../../../src/rules/evm/observer.js';
import type { EvmSimulation } from '../../../src/rules/evm/simulation.js';
import * as w from './world.js';

const ALICE = BigInt(w.ALICE.address);
const BOB = BigInt(w.BOB.address);
const asked = (simulation: Partial<EvmSimulation>): EvmSimulation => ({
  from: ALICE,
  to: BOB,
  data: new Uint8Array(),
  value: 0n,
  gasLimit: 1_000_000n,
  gasPrice: w.GAS_PRICE,
  accessList: [],
  authorizationList: [],
  ...simulation,
});
const deployment = hexToBytes(encodeDeployData({ abi: w.TOKEN_ABI, bytecode: w.TOKEN_CODE, args: [1000n] }));

describe('a simulated transaction', () => {
  it('has the receipt, the reads and the writes of the signed one, and leaves the state as it was', async () => {
    const { batch, send } = await w.world();
    const cases: Partial<EvmSimulation>[] = [
      { value: 5n },
      { to: null, data: deployment },
      { to: null, data: deployment, gasLimit: 100_000n },
      { accessList: [{ address: BOB, slots: [1n, 2n] }] },
    ];
    for (const simulation of cases) {
      const simulated = await batch.simulate(asked(simulation));
      expect((await batch.simulate(asked(simulation))).receipt).toEqual(simulated.receipt);
      const { to, value, data, gasLimit, accessList } = asked(simulation);
      const request = {
        type: 'eip2930',
        to: to === null ? null : w.hexAddress(to),
        value,
        data: `0x${Buffer.from(data).toString('hex')}` as Hex,
        gas: gasLimit,
        accessList: accessList.map(({ address, slots }) => ({
          address: w.hexAddress(address),
          storageKeys: slots.map((slot) => numberToHex(slot, { size: 32 })),
        })),
      } as const;
      const { receipt, reads, writes } = await send(request);
      const { transactionHash: _, cumulativeGasUsed: __, ...same } = receipt;
      expect(simulated.receipt).toMatchObject(same);
      expect(new Set(simulated.reads)).toEqual(new Set(reads));
      expect(new Set(simulated.writes)).toEqual(new Set(writes));
    }
  });

  it('may come from a contract, which keeps its code', async () => {
    const { batch, send } = await w.world();
    const { receipt } = await send({
      to: null,
      data: encodeDeployData({ abi: w.TOKEN_ABI, bytecode: w.TOKEN_CODE, args: [9n] }),
    });
    const token = receipt.contractAddress!;
    const data = hexToBytes(
      encodeFunctionData({ abi: w.TOKEN_ABI, functionName: 'balanceOf', args: [w.ALICE.address] }),
    );
    batch.enterBlock({ ...w.ENVIRONMENT, baseFeePerGas: 0n });
    const simulated = await batch.simulate(asked({ from: token, to: token, data, gasPrice: 0n }));
    expect(BigInt(`0x${Buffer.from(simulated.receipt.output).toString('hex')}`)).toBe(9n);
    await expect(batch.call({ to: token, data })).resolves.toMatchObject({ failure: null });
  });

  it('takes authorizations', async () => {
    const { batch } = await w.world();
    const signed = await w.BOB.signAuthorization({ chainId: 31337, address: w.hexAddress(9n), nonce: 0 });
    const authorization = {
      chainId: 31337n,
      address: 9n,
      nonce: 0n,
      yParity: BigInt(signed.yParity!),
      r: BigInt(signed.r),
      s: BigInt(signed.s),
    };
    const { writes } = await batch.simulate(asked({ authorizationList: [authorization] }));
    expect(writes.filter(({ address, kind }) => address === BOB && kind === 'code')).toHaveLength(1);
    const wrong = { ...authorization, nonce: 1n };
    const { writes: without } = await batch.simulate(asked({ authorizationList: [wrong] }));
    expect(without.filter(({ address }) => address === BOB)).toEqual([]);
  });

  it.each([
    ['more than its sender has', { value: w.ETHER }, 'funds'],
    ['less than the base fee', { gasPrice: 6n }, 'feeCap'],
    ['less gas than is due before anything runs', { gasLimit: 20_999n }, 'intrinsicGas'],
  ])('with %s is refused', async (_, simulation, rejection) => {
    const { batch } = await w.world();
    await expect(batch.simulate(asked(simulation))).rejects.toMatchObject({ rejection });
    await expect(batch.simulate(asked({}))).resolves.toMatchObject({ receipt: { status: 'succeeded' } });
  });
});

describe('an observer', () => {
  it('sees the calls of a transaction, each with its end, and nothing of the next', async () => {
    // Calls address 4 (identity) with 32 bytes of gas's sake, and then reverts.
    const { batch, send } = await w.world();
    const runtime = '60206000602060006004' + '5afa' + '60006000fd';
    const { receipt } = await send({ to: null, data: w.deploying(runtime) });
    const seen: (EvmFrame | EvmFrameEnd)[] = [];
    const observer = { enter: (frame: EvmFrame) => seen.push(frame), leave: (end: EvmFrameEnd) => seen.push(end) };
    await batch.simulate(asked({ to: receipt.contractAddress! }), { observer });
    expect(seen).toMatchObject([
      { kind: 'call', from: ALICE, to: receipt.contractAddress! },
      { kind: 'staticcall', from: receipt.contractAddress!, to: 4n },
      { failure: null },
      { failure: 'revert' },
    ]);
    await batch.simulate(asked({}));
    expect(seen).toHaveLength(4);
  });
});
