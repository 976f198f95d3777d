/** Ethereum's transactions on entries: what they read and write, what is refused, and that nothing is guessed. */
import {
  bytesToHex,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  hexToBytes,
  numberToHex,
  parseTransaction,
  serializeTransaction,
} from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { EvmBatch } from '../../../src/rules/evm/batch.js';
import { EvmChain } from '../../../src/rules/evm/chain.js';
import { decodeTransaction } from '../../../src/rules/evm/decode.js';
import { describeEntry } from '../../../src/state/batch/access.js';
import type { Access } from '../../../src/state/batch/access.js';
import { keccak256 } from '../../../src/state/batch/import/keccak.js';
import { MapState } from './map-state.js';
import * as w from './world.js';

const BOB = w.BOB.address;
const shown = (accesses: readonly Access[]): string[] => accesses.map(describeEntry);
const of = (kind: string, address: bigint | Hex): string => `${kind} of ${w.hexAddress(BigInt(address))}`;
const valueOf = (accesses: readonly Access[], entry: string): bigint | undefined =>
  accesses.find((access) => describeEntry(access) === entry)?.value;

describe('a transfer', () => {
  it('reads and writes the entries that it needs, and no others', async () => {
    const { send } = await w.world();
    const { receipt, reads, writes } = await send({ to: BOB, value: 5n });
    expect(receipt).toMatchObject({ status: 'succeeded', gasUsed: 21_000n, effectiveGasPrice: w.GAS_PRICE, logs: [] });
    expect(new Set(shown(reads))).toEqual(
      new Set([
        ...['balance', 'nonce', 'code'].map((kind) => of(kind, w.ALICE.address)),
        ...['balance', 'code'].map((kind) => of(kind, BOB)),
        ...['balance', 'nonce', 'code'].map((kind) => of(kind, w.FEE_RECIPIENT)),
      ]),
    );
    expect(reads).toHaveLength(8);
    const paid = 21_000n * w.GAS_PRICE;
    expect(writes).toHaveLength(4);
    expect(valueOf(writes, of('balance', w.ALICE.address))).toBe(w.ETHER - 5n - paid);
    expect(valueOf(writes, of('nonce', w.ALICE.address))).toBe(1n);
    expect(valueOf(writes, of('balance', BOB))).toBe(w.ETHER + 5n);
    // The base fee is burned.
    expect(valueOf(writes, of('balance', w.FEE_RECIPIENT))).toBe(21_000n * (w.GAS_PRICE - 7n));
  });

  it('costs the same in types 0, 1, 2 and, with an authorization, 4', async () => {
    const { send } = await w.world();
    for (const type of ['legacy', 'eip2930', 'eip1559'] as const) {
      const { receipt } = await send({ type, to: BOB, value: 1n });
      expect(receipt).toMatchObject({ status: 'succeeded', gasUsed: 21_000n });
    }
    const authorization = await w.BOB.signAuthorization({ chainId: 31337, address: w.hexAddress(9n), nonce: 0 });
    const { receipt, writes } = await send({ type: 'eip7702', to: BOB, authorizationList: [authorization] });
    // EIP-7702: 25,000 for the authorization, of which 12,500 are given back, as Bob's account exists; at most a fifth.
    expect(receipt).toMatchObject({ type: 4, status: 'succeeded' });
    const delegation = hexToBytes(`0xef0100${w.hexAddress(9n).slice(2)}`);
    expect(valueOf(writes, of('code', BOB))).toBe(keccak256(delegation));
    expect(valueOf(writes, of('length', BOB))).toBe(23n);
    expect(valueOf(writes, of('nonce', BOB))).toBe(1n);
  });

  it('a hundred of them change each entry once', async () => {
    const { batch, send } = await w.world();
    let accesses = 0;
    for (let i = 0n; i < 100n; i++) {
      const { reads, writes } = await send({ to: w.hexAddress(0x1000n + i), value: 1n });
      accesses += reads.length + writes.length;
    }
    expect(accesses).toBeGreaterThan(1000);
    // A hundred recipients; Alice's balance and nonce; the fee recipient.
    expect(batch.netChanges().writes).toHaveLength(103);
  });

  it('changes that are undone later in the batch are no changes of it', async () => {
    const { batch, send } = await w.world();
    await send({ to: w.hexAddress(0xabcn), value: 1n });
    const data = w.deploying('6001600055');
    await send({ data });
    const changed = batch.netChanges().writes.length;
    const there = getContractAddress({ from: w.ALICE.address, nonce: 1n });
    // Code that toggles slot 0: sstore(0, iszero(sload(0))).
    const toggle = getContractAddress({ from: w.ALICE.address, nonce: 2n });
    await send({ data: w.deploying('60005415600055') });
    const before = batch.netChanges().writes.length;
    await send({ to: toggle });
    expect(batch.netChanges().writes).toHaveLength(before + 1);
    await send({ to: toggle });
    expect(batch.netChanges().writes).toHaveLength(before);
    expect(changed).toBeLessThan(before);
    expect(there).not.toBe(toggle);
  });
});

describe('a token', () => {
  const deploy = { data: encodeDeployData({ abi: w.TOKEN_ABI, bytecode: w.TOKEN_CODE, args: [1000n] }) };
  const token = getContractAddress({ from: w.ALICE.address, nonce: 0n });
  const transfer = (value: bigint): { to: Hex; data: Hex } => ({
    to: token,
    data: encodeFunctionData({ abi: w.TOKEN_ABI, functionName: 'transfer', args: [BOB, value] }),
  });

  it('is deployed, and its code is among those of the batch', async () => {
    const { batch, send } = await w.world();
    const { receipt, writes } = await send(deploy);
    expect(receipt).toMatchObject({ status: 'succeeded', contractAddress: BigInt(token) });
    const hash = valueOf(writes, of('code', token))!;
    const { codes } = batch.netChanges();
    expect([...codes.keys()]).toEqual([hash]);
    expect(keccak256(codes.get(hash)!)).toBe(hash);
    expect(valueOf(writes, of('length', token))).toBe(BigInt(codes.get(hash)!.length));
  });

  it('is sent, with its event; the second transfer to a holder is cheaper', async () => {
    const { send } = await w.world();
    await send(deploy);
    const first = await send(transfer(300n));
    expect(first.receipt.logs).toHaveLength(1);
    expect(first.receipt.logs[0]).toMatchObject({ address: BigInt(token) });
    expect(first.receipt.logs[0]!.topics).toHaveLength(3);
    expect(BigInt(`0x${Buffer.from(first.receipt.logs[0]!.data).toString('hex')}`)).toBe(300n);
    const second = await send(transfer(300n));
    expect(first.receipt.gasUsed - second.receipt.gasUsed).toBe(17_100n);
    expect(second.writes.filter(({ kind }) => kind === 'storage')).toHaveLength(2);
  });

  it('one that is not covered fails: the sender pays, the reads stay in the log, nothing else changes', async () => {
    const { send } = await w.world();
    await send(deploy);
    const { receipt, reads, writes } = await send(transfer(1001n));
    expect(receipt).toMatchObject({ status: 'failed', failure: 'revert', logs: [] });
    // Solidity's Panic(0x11): arithmetic overflow.
    expect(Buffer.from(receipt.output).toString('hex')).toBe(`4e487b71${'11'.padStart(64, '0')}`);
    expect(reads.filter(({ kind }) => kind === 'storage')).toHaveLength(1);
    expect(new Set(shown(writes))).toEqual(
      new Set([of('balance', w.ALICE.address), of('nonce', w.ALICE.address), of('balance', w.FEE_RECIPIENT)]),
    );
  });

  it('lives on in the next batch by its entries and its code alone', async () => {
    const first = await w.world();
    await first.send(deploy);
    const { writes, codes } = first.batch.netChanges();
    const state = new MapState([...w.FUNDS, ...writes]);
    const bytes = await first.sign({ ...transfer(5n), nonce: 1 });
    const next = await EvmBatch.begin(w.CHAIN, state, codes);
    next.enterBlock(w.ENVIRONMENT);
    expect((await next.execute(decodeTransaction(bytes, w.CHAIN))).receipt.status).toBe('succeeded');

    const blind = await EvmBatch.begin(w.CHAIN, state, new Map());
    blind.enterBlock(w.ENVIRONMENT);
    const decoded = decodeTransaction(bytes, w.CHAIN);
    await expect(blind.execute(decoded)).rejects.toThrow(/^expected the code with hash 0x[0-9a-f]{64}, got none$/);
    const [hash] = codes.keys();
    const forged = await EvmBatch.begin(w.CHAIN, state, new Map([[hash!, Uint8Array.of(0)]]));
    forged.enterBlock(w.ENVIRONMENT);
    await expect(forged.execute(decoded)).rejects.toMatchObject({ name: 'MissingCodeError' });
  });
});

describe('a call', () => {
  const token = getContractAddress({ from: w.ALICE.address, nonce: 0n });
  const question = (functionName: string, ...args: unknown[]): { to: bigint; data: Uint8Array } => ({
    to: BigInt(token),
    data: hexToBytes(encodeFunctionData({ abi: w.TOKEN_ABI, functionName, args })),
  });
  const deployed = async (): Promise<w.World> => {
    const it = await w.world();
    await it.send({ data: encodeDeployData({ abi: w.TOKEN_ABI, bytecode: w.TOKEN_CODE, args: [1000n] }) });
    return it;
  };

  it('says what a contract answers, of the state as it is in the batch, and changes nothing', async () => {
    const { batch, send } = await deployed();
    const before = batch.netChanges();
    const from = BigInt(w.ALICE.address);
    const sent = await batch.call({ from, ...question('transfer', BOB, 300n) });
    expect(sent).toMatchObject({ failure: null, output: hexToBytes(numberToHex(1n, { size: 32 })) });
    expect(batch.netChanges()).toEqual(before);
    const balance = async (): Promise<bigint> =>
      BigInt(bytesToHex((await batch.call(question('balanceOf', BOB))).output));
    expect(await balance()).toBe(0n);
    const data = encodeFunctionData({ abi: w.TOKEN_ABI, functionName: 'transfer', args: [BOB, 300n] });
    const { receipt, reads } = await send({ to: token, data });
    expect(await balance()).toBe(300n);
    // What ran costs the same in the transaction, and no read of the calls is in its log.
    const dataGas = hexToBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n);
    expect(receipt.gasUsed).toBe(21_000n + dataGas + sent.gasUsed);
    expect(reads.filter(({ kind }) => kind === 'storage')).toHaveLength(2);
  });

  it('that reverts says why; one that is not covered is refused, and its twin is not', async () => {
    const { batch } = await deployed();
    const { failure, output } = await batch.call(question('transfer', BOB, 1n));
    expect(failure).toBe('revert');
    expect(bytesToHex(output)).toBe(`0x4e487b71${'11'.padStart(64, '0')}`);
    const payment = { from: BigInt(BOB), to: 0x77n, data: new Uint8Array() };
    await expect(batch.call({ ...payment, value: w.ETHER + 1n })).rejects.toMatchObject({ rejection: 'funds' });
    expect(await batch.call({ ...payment, value: w.ETHER })).toMatchObject({ failure: null });
    expect(await batch.call({ ...question('balanceOf', BOB), gasLimit: 100n })).toMatchObject({
      failure: 'out of gas',
      gasUsed: 100n,
    });
  });
});

describe('what a contract asks about its block', () => {
  /** Deploys code that stores what `opcode` gives in slot 0, and says what that was. */
  async function answer(code: string): Promise<bigint> {
    const { send } = await w.world();
    await send({ data: w.deploying(`${code}600055`) });
    const { writes } = await send({ to: getContractAddress({ from: w.ALICE.address, nonce: 0n }) });
    return writes.find(({ kind }) => kind === 'storage')?.value ?? 0n;
  }
  it.each([
    ['NUMBER', '43', 7n],
    ['TIMESTAMP', '42', 1_800_000_000n],
    ['PREVRANDAO', '44', 0x5eedn],
    ['GASLIMIT', '45', 30_000_000n],
    ['BASEFEE', '48', 7n],
    ['COINBASE', '41', w.FEE_RECIPIENT],
    ['CHAINID', '46', 31337n],
    ['BLOBBASEFEE', '4a', 1n],
    ["the parent's BLOCKHASH", '600640', 66n],
    ['the BLOCKHASH before it', '600540', 55n],
    ['the own BLOCKHASH', '600740', 0n],
  ])('%s is as the environment says', async (_, code, value) => {
    expect(await answer(code)).toBe(value);
  });

  it('a BLOCKHASH that the environment does not name is an error, and no transaction', async () => {
    const { batch, send } = await w.world();
    await send({ data: w.deploying('600340600055') });
    const before = batch.netChanges();
    const to = getContractAddress({ from: w.ALICE.address, nonce: 0n });
    await expect(send({ to })).rejects.toThrow('block 7 asks for the hash of block 3, which was not given');
    expect(batch.netChanges()).toEqual(before);
  });
});

describe('refused, and nothing changes', () => {
  const cases: readonly (readonly [string, string, Parameters<w.World['sign']>[0], RegExp])[] = [
    ['a nonce that was used', 'nonceTooLow', { nonce: 0 }, /^expected nonce 1 as 0x[0-9a-f]{40}'s next, got 0$/],
    ['a nonce that leaves a gap', 'nonceTooHigh', { nonce: 2 }, /got 2$/],
    ['more value than there is', 'funds', { value: w.ETHER }, /^expected a balance of at least \d+ wei of 0x/],
    ['too little for the base fee', 'feeCap', { maxFeePerGas: 6n, maxPriorityFeePerGas: 0n }, /base fee of 7 wei/],
    ['more gas than the block has left', 'blockGas', { gas: 29_979_001n }, /at most 29979000, which is left in the bl/],
  ];
  it.each(cases)('%s', async (_, rejection, request, message) => {
    const { batch, send, sign } = await w.world();
    await send({ to: BOB, value: 1n });
    const before = batch.netChanges();
    const refused = decodeTransaction(await sign({ to: BOB, nonce: 1, ...request }), w.CHAIN);
    await expect(batch.execute(refused)).rejects.toMatchObject({
      name: 'TransactionRejectedError',
      rejection,
      message: expect.stringMatching(message) as string,
    });
    expect(batch.netChanges()).toEqual(before);
    // The twin.
    await batch.execute(decodeTransaction(await sign({ to: BOB, nonce: 1 }), w.CHAIN));
  });

  it('a contract as sender, but not an account that delegated (EIP-7702)', async () => {
    const own = Uint8Array.of(0x60, 0x01);
    const delegated = hexToBytes(`0xef0100${'99'.repeat(20)}`);
    for (const code of [own, delegated]) {
      const codes = new Map([[keccak256(code), code]]);
      const { send } = await w.world([...w.FUNDS, w.field(w.ALICE.address, 'code', keccak256(code))], codes);
      const sent = send({ to: BOB });
      if (code === delegated) await sent;
      else await expect(sent).rejects.toMatchObject({ rejection: 'senderHasCode' });
    }
  });

  it('a call of the point evaluation precompile, wherever it is made', async () => {
    const { batch, send } = await w.world();
    await expect(send({ to: w.hexAddress(10n) })).rejects.toMatchObject({ rejection: 'precompile' });
    // staticcall(gas, 10, 0, 0, 0, 0), whose outcome is dropped
    await send({ data: w.deploying('6000600060006000600a5afa50') });
    const before = batch.netChanges();
    const to = getContractAddress({ from: w.ALICE.address, nonce: 0n });
    await expect(send({ to })).rejects.toMatchObject({ rejection: 'precompile' });
    expect(batch.netChanges()).toEqual(before);
  });

  it('before a block, and during another transaction', async () => {
    const batch = await EvmBatch.begin(w.CHAIN, new MapState(w.FUNDS), new Map());
    const { sign } = await w.world();
    const transaction = decodeTransaction(await sign({ to: BOB }), w.CHAIN);
    await expect(batch.execute(transaction)).rejects.toMatchObject({ name: 'BatchUseError' });
    batch.enterBlock(w.ENVIRONMENT);
    const first = batch.execute(transaction);
    await expect(batch.execute(transaction)).rejects.toMatchObject({ name: 'BatchUseError' });
    expect((await first).receipt.status).toBe('succeeded');
  });
});

describe('bytes that are no transaction here', () => {
  const rejectionOf = (bytes: Uint8Array, chain = w.CHAIN): string => {
    try {
      decodeTransaction(bytes, chain);
      return 'taken';
    } catch (error) {
      return (error as { readonly rejection: string }).rejection;
    }
  };

  it('are refused by name', async () => {
    const { sign } = await w.world();
    const good = await sign({ to: BOB });
    expect(rejectionOf(good)).toBe('taken');
    expect(rejectionOf(new Uint8Array())).toBe('malformed');
    expect(rejectionOf(good.subarray(0, -1))).toBe('malformed');
    expect(rejectionOf(Uint8Array.of(...good, 0))).toBe('malformed');
    expect(rejectionOf(Uint8Array.of(3, 0xc0))).toBe('type');
    expect(rejectionOf(Uint8Array.of(5, 0xc0))).toBe('type');
    expect(rejectionOf(await sign({ to: BOB, chainId: 1 }))).toBe('chainId');
    expect(rejectionOf(await sign({ to: BOB, chainId: 1, type: 'legacy' }))).toBe('chainId');
    expect(rejectionOf(await sign({ to: BOB, gas: 20_999n }))).toBe('intrinsicGas');
    expect(rejectionOf(await sign({ to: BOB, gas: 21_000n }))).toBe('taken');
    // EIP-7623: 10 gas for each zero byte of data, whatever it does.
    expect(rejectionOf(await sign({ to: BOB, gas: 21_999n, data: `0x${'00'.repeat(100)}` }))).toBe('intrinsicGas');
    expect(rejectionOf(await sign({ to: BOB, gas: 22_000n, data: `0x${'00'.repeat(100)}` }))).toBe('taken');
    const authorization = await w.BOB.signAuthorization({ chainId: 31337, address: BOB, nonce: 0 });
    const delegating = await sign({ type: 'eip7702', to: BOB, authorizationList: [authorization] });
    expect(rejectionOf(delegating)).toBe('taken');
    expect(rejectionOf(delegating, new EvmChain(31337n, { fork: 'cancun' }))).toBe('type');
  });

  it('without a signature, with one of the upper half (EIP-2), or with one that no key makes', async () => {
    const { sign } = await w.world();
    const { r, s, yParity, ...request } = parseTransaction(
      `0x02${Buffer.from((await sign({ to: BOB })).subarray(1)).toString('hex')}`,
    );
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const signed = (one: bigint, other: bigint, parity: number): Uint8Array => {
      const signature = { r: numberToHex(one), s: numberToHex(other), yParity: parity };
      return hexToBytes(serializeTransaction(request, signature));
    };
    expect(rejectionOf(signed(BigInt(r!), BigInt(s!), yParity!))).toBe('taken');
    expect(rejectionOf(signed(BigInt(r!), order - BigInt(s!), 1 - yParity!))).toBe('malformed');
    expect(rejectionOf(hexToBytes(serializeTransaction(request)))).toBe('signature');
    // About half of all numbers are the x of a point.
    const outcomes = Array.from({ length: 12 }, (_, i) => rejectionOf(signed(BigInt(i + 1), BigInt(s!), 0)));
    expect(new Set(outcomes)).toEqual(new Set(['taken', 'signature']));
  });
});

it('an entry that no transaction can have made is an error where it would be cleared', async () => {
  const runtime = deployedBy(w.ALICE.address, 0n);
  const stray = { address: BigInt(runtime), kind: 'storage', slot: 0n, value: 9n } as const;
  const { send } = await w.world([...w.FUNDS, stray]);
  // The constructor reads slot 0, and destroys what it made.
  await expect(send({ data: '0x600054ff' })).rejects.toMatchObject({ name: 'StrayStorageError' });
  const { send: twin } = await w.world();
  expect((await twin({ data: '0x600054ff' })).receipt.status).toBe('succeeded');
});

const deployedBy = (from: Hex, nonce: bigint): Hex => getContractAddress({ from, nonce });
