/** debug_traceTransaction, compared with that of another client (foundry's anvil) for the same transactions. */
import { encodeDeployData, encodeFunctionData, getContractAddress } from 'viem';
import type { Hex, TransactionSerializable } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEBUG_METHODS } from '../../../src/node/rpc/methods/debug.js';
import { PUBLIC_METHODS } from '../../../src/node/rpc/methods/index.js';
import { startChain } from '../../proof/verifier/anvil.js';
import type { Chain } from '../../proof/verifier/anvil.js';
import { TOKEN_ABI, TOKEN_CODE } from '../../rules/evm/world.js';
import { Random, randomRequest } from '../../rules/evm/random-transaction.js';
import { BASE_FEE, FEE_RECIPIENT, START } from './memory-chain.js';
import * as w from './world.js';

const GWEI = 10n ** 9n;
const SEED = Number(process.env['ROOTSHIFT_SEED'] ?? 1);
const COUNT = process.env['ROOTSHIFT_LONG'] === undefined ? 40 : 1_000;

let world: w.RpcWorld;
let peer: Chain;
beforeAll(async () => {
  world = await w.rpcWorld({ methods: { ...PUBLIC_METHODS, ...DEBUG_METHODS } });
  peer = await startChain('--hardfork', 'prague', '--no-mining');
  await ask('anvil_setCoinbase', w.wordOf(FEE_RECIPIENT, 20));
});
afterAll(async () => {
  await peer.stop();
  await world[Symbol.asyncDispose]();
  expect(world.bugs).toEqual([]);
});

/** Stores 1 in memory, calls the identity precompile with it, and stores 2 there. */
const CALLING: Hex = '0x60015f525f5f60205f60045afa5060025f5200';

const ask = (method: string, ...params: readonly unknown[]): Promise<unknown> =>
  peer.reader.request({ method, params } as never);

/** Makes a block of signed transactions on both chains; both make it alike. */
async function block(...signed: readonly Hex[]): Promise<readonly Hex[]> {
  world.chain.isHeld = true;
  const hashes: Hex[] = [];
  for (const bytes of signed) {
    await ask('eth_sendRawTransaction', bytes);
    hashes.push((await world.ask('eth_sendRawTransaction', bytes)) as Hex);
  }
  await world.chain.release();
  const number = await world.chain.height();
  await ask('anvil_setNextBlockBaseFeePerGas', w.hexOf(BASE_FEE));
  await ask('evm_setNextBlockTimestamp', Number(START + number));
  await ask('evm_mine');
  expect((await peer.reader.getBlock()).transactions).toEqual(hashes);
  return hashes;
}

const nonceOf = ({ address }: { readonly address: Hex }): Promise<number> =>
  peer.reader.getTransactionCount({ address });

/** @param later how many transactions of the same sender come before it in its block */
async function sign(request: Partial<TransactionSerializable>, { from = w.ALICE, later = 0 } = {}): Promise<Hex> {
  const nonce = (await nonceOf(from)) + later;
  const isPriced = request.type === 'legacy' || request.type === 'eip2930';
  const price = isPriced ? { gasPrice: 3n * GWEI } : { maxFeePerGas: 5n * GWEI, maxPriorityFeePerGas: 10n };
  const filled = { type: 'eip1559', chainId: 31337, nonce, gas: 1_000_000n, ...price, ...request };
  return from.signTransaction(filled as TransactionSerializable);
}

const CALLS = { tracer: 'callTracer' };
const BEFORE = { tracer: 'prestateTracer' };
const CHANGES = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } };

interface TracedCall {
  readonly type: string;
  readonly error?: string;
  readonly calls?: readonly TracedCall[];
}

/** What the two say alike. Neither names failures as the other does; only anvil lists calls that cannot begin. */
function comparable({ error, calls = [], ...call }: TracedCall, isStatic = false): object {
  const isAllStatic = isStatic || call.type === 'STATICCALL';
  const begun = calls.filter(
    (inner) => inner.type !== 'SELFDESTRUCT' && !/insufficient balance/.test(inner.error ?? ''),
  );
  const { value, type, ...rest } = call as TracedCall & { readonly value?: Hex };
  return {
    ...rest,
    // Within a static call, all calls are static: here they are named so.
    ...(isStatic && type === 'CALL' ? { type: 'STATICCALL' } : { type, value }),
    isFailed: error === undefined ? false : error === 'execution reverted' ? 'reverted' : true,
    calls: begun.map((inner) => comparable(inner, isAllStatic)),
  };
}

/** Accounts that were not empty. Anvil lists some that were. */
const there = (accounts: Readonly<Record<Hex, object>>): object =>
  Object.fromEntries(
    Object.entries(accounts).filter(([, account]) => {
      const { balance, nonce, code } = account as { balance: Hex; nonce?: number; code?: Hex };
      return balance !== '0x0' || nonce !== undefined || code !== undefined;
    }),
  );

const isDelegate = (at: string, accounts: object): boolean =>
  JSON.stringify(accounts).includes(`"code":"0xef0100${at.slice(2)}"`);

/**
 * What the two chains have alike. The hash of a block and its randomness are each chain's own, so that stored hashes
 * are not compared; and that an account has no code any more (EIP-7702) is said here alone.
 */
const common = (trace: object): unknown =>
  JSON.parse(JSON.stringify(trace), (name, value: unknown) => {
    if (name === 'code' && value === '0x') return undefined;
    return /^0x[0-9a-f]{64}$/.test(name) && BigInt(value as Hex) >> 200n > 0n ? 'a hash' : value;
  });

async function expectSame(hash: Hex, name = ''): Promise<void> {
  const traces = (options: object): Promise<readonly never[]> => {
    const params = [hash, options];
    return Promise.all([
      world.ask('debug_traceTransaction', ...params),
      ask('debug_traceTransaction', ...params),
    ]) as never;
  };
  const [calls, peerCalls] = (await traces(CALLS)) as unknown as readonly [TracedCall, TracedCall];
  // The whole transaction's gas, as geth has it; anvil has what is left for the call.
  const { gas } = await peer.reader.getTransaction({ hash });
  const { gasUsed } = await peer.reader.getTransactionReceipt({ hash });
  const whole = { gas: w.hexOf(gas), gasUsed: w.hexOf(gasUsed) };
  expect(comparable(calls), name).toEqual({ ...comparable(peerCalls), ...whole });
  const [before, peerBefore] = await traces(BEFORE);
  // Here is also what an operation read that failed after it; there, also a delegate (EIP-7702) that is not called.
  const listed = Object.entries(there(peerBefore!)).filter(([at]) => at in before! || !isDelegate(at, peerBefore!));
  expect(common(before!), name).toMatchObject(common(Object.fromEntries(listed)) as object);
  const [changes, peerChanges] = (await traces(CHANGES)) as unknown as readonly {
    readonly pre: Record<Hex, object>;
    readonly post: object;
  }[];
  expect(common(changes!), name).toEqual(common({ post: peerChanges!.post, pre: there(peerChanges!.pre) }));
}

describe('debug_traceTransaction says what anvil says', () => {
  it('of a transfer', async () => {
    const [hash] = await block(await sign({ to: w.BOB.address, value: 5n }));
    await expectSame(hash!);
    const [toNobody] = await block(await sign({ to: w.wordOf(0xdeadn, 20), value: 5n }));
    await expectSame(toNobody!);
  });

  it('of a token that is made, moved, and not moved for lack of it, in one block', async () => {
    const token = getContractAddress({ from: w.ALICE.address, nonce: BigInt(await nonceOf(w.ALICE)) });
    const move = (value: bigint, later = 0): Promise<Hex> => {
      const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args: [w.BOB.address, value] });
      return sign({ to: token, data }, { later });
    };
    const creation = encodeDeployData({ abi: TOKEN_ABI, bytecode: TOKEN_CODE, args: [1000n] });
    const hashes = await block(await sign({ data: creation }), await move(5n, 1), await move(10_000n, 2));
    for (const hash of hashes) await expectSame(hash);
    expect(await world.ask('debug_traceTransaction', hashes[2], CALLS)).toMatchObject({
      error: 'execution reverted',
      revertReason: 'arithmetic underflow or overflow',
    });
    const [again] = await block(await move(5n));
    await expectSame(again!);
  });

  it(`of ${COUNT} random transactions`, async () => {
    const random = new Random(SEED);
    const contracts: Hex[] = [];
    const seen = { inner: 0 };
    for (let done = 0; done < COUNT; done++) {
      const request = randomRequest(
        random,
        w.ACCOUNTS.map(({ address }) => address),
        contracts,
      );
      const { authorization, ...fields } = request;
      const from = w.ACCOUNTS[request.from]!;
      const nonce = await nonceOf(from);
      const signer = authorization === undefined ? undefined : w.ACCOUNTS[authorization.signer]!;
      const authorizationList =
        signer === undefined
          ? undefined
          : [
              await signer.signAuthorization!({
                chainId: 31337,
                address: authorization!.target,
                nonce: (await nonceOf(signer)) + authorization!.off + (signer === from ? 1 : 0),
              }),
            ];
      const signed = await sign({ ...fields, ...(authorizationList && { authorizationList }) } as never, { from });
      const hashes = await block(signed).catch(() => []); // anvil does not take it
      if (hashes.length === 0) continue;
      const text = JSON.stringify(request, (_, x) => (typeof x === 'bigint' ? `${x}` : (x as unknown)));
      await expectSame(hashes[0]!, `transaction ${done}: ${text}`);
      const { calls } = (await world.ask('debug_traceTransaction', hashes[0], CALLS)) as TracedCall;
      if (calls !== undefined) seen.inner++;
      if (request.to === undefined) contracts.push(getContractAddress({ from: from.address, nonce: BigInt(nonce) }));
      if (contracts.length > 24) contracts.shift();
    }
    // The comparison must have had something to compare.
    expect(seen.inner).toBeGreaterThan(COUNT / 10);
  });
});

describe('debug_traceTransaction', () => {
  it('shows what a call was made with, though the memory changes after it', async () => {
    const [hash] = await block(await sign({ data: CALLING }));
    await expectSame(hash!);
    const { calls } = (await world.ask('debug_traceTransaction', hash, CALLS)) as TracedCall;
    expect(calls).toMatchObject([{ type: 'STATICCALL', input: w.wordOf(1n, 32), output: w.wordOf(1n, 32) }]);
  });

  it('gives the first call alone, if that is asked for', async () => {
    const [hash] = await block(await sign({ data: CALLING }));
    const trace = (tracerConfig: object) =>
      world.ask('debug_traceTransaction', hash, { tracer: 'callTracer', tracerConfig, timeout: '5s' });
    const { calls, ...top } = (await trace({})) as TracedCall;
    expect(calls).toHaveLength(1);
    expect(await trace({ onlyTopCall: true })).toEqual(top);
  });

  it.each([
    ['no options', [], 'expected more parameters, got 1'],
    ['no tracer', [{}], 'parameter 2.tracer: expected an object whose tracer is callTracer or prestateTracer'],
    ['steps', [{ disableStack: true }], 'expected an object whose tracer is callTracer or prestateTracer'],
    ['another tracer', [{ tracer: '4byteTracer' }], 'single steps are not traced, got "4byteTracer"'],
    [
      'another option',
      [{ ...CALLS, reexec: 5 }],
      'parameter 2: expected no options but tracer, tracerConfig and timeout',
    ],
    [
      'logs of calls',
      [{ ...CALLS, tracerConfig: { withLog: true } }],
      'parameter 2.tracerConfig: expected no option of callTracer but onlyTopCall',
    ],
    [
      "another tracer's option",
      [{ ...BEFORE, tracerConfig: { onlyTopCall: true } }],
      'expected no option of prestateTracer but diffMode',
    ],
    [
      'an option that is no boolean',
      [{ ...CHANGES, tracerConfig: { diffMode: 1 } }],
      'parameter 2.tracerConfig.diffMode: expected true or false, got 1',
    ],
  ])('refuses %s', async (_, options, message) => {
    const [hash] = await block(await sign({ to: w.BOB.address }));
    expect(await world.fail('debug_traceTransaction', hash, ...options)).toEqual({
      code: -32602,
      message: expect.stringContaining(message),
    });
  });

  it('says that a transaction is in no block', async () => {
    const hash = w.wordOf(0xdeadn, 32);
    expect(await world.fail('debug_traceTransaction', hash, CALLS)).toEqual({
      code: -32000,
      message: `transaction not found: no block has a transaction ${hash}`,
    });
  });

  it('is off unless the operator allows it', async () => {
    await using other = await w.rpcWorld();
    expect(await other.fail('debug_traceTransaction', w.wordOf(1n, 32), CALLS)).toEqual({
      code: -32601,
      message: 'the method debug_traceTransaction is off: the node must be started with --tracing',
    });
  });
});
