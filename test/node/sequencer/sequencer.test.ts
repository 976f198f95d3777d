/** Blocks and batches: what is stored is what the EVM does, batches close when they are full, and are checked. */
import { encodeDeployData, encodeFunctionData, getContractAddress } from 'viem';
import { describe, expect, it } from 'vitest';
import { beginChain } from '../../../src/node/sequencer/begin-chain.js';
import { nextBaseFee } from '../../../src/node/sequencer/base-fee.js';
import { DivergenceError, replay } from '../../../src/node/sequencer/replay.js';
import { decodeBatch, encodeBatch } from '../../../src/node/store/batch-bytes.js';
import { StateStore, StoredChainError } from '../../../src/node/store/state-store.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import { postgres } from '../../postgres/server.js';
import * as evm from '../../rules/evm/world.js';
import { ACCOUNTS, GENESIS } from './chain.js';
import { expectExact, node } from './world.js';

const to = evm.hexAddress(0xb0bn);
const TOKEN = getContractAddress({ from: ACCOUNTS[0]!.address, nonce: 0n });
const deploy = {
  gas: 1_000_000n,
  data: encodeDeployData({ abi: evm.TOKEN_ABI, bytecode: evm.TOKEN_CODE, args: [1000n] }),
};
const pay = (amount: bigint) => ({
  to: TOKEN,
  data: encodeFunctionData({ abi: evm.TOKEN_ABI, functionName: 'transfer', args: [to, amount] }),
});
/** Code that writes `n` slots, as a deployment: PUSH2 i, DUP1, SSTORE for each. */
const writing = (n: number): `0x${string}` =>
  `0x${Array.from({ length: n }, (_, i) => `61${(i + 1).toString(16).padStart(4, '0')}8055`).join('')}00`;

describe('blocks', () => {
  it('have receipts, access logs and states exactly as the EVM gives them', async () => {
    const one = await node();
    const hashes = [await one.send(deploy), await one.send({ to, value: 5n }, 1)];
    await one.included(hashes);
    for (let i = 0n; i < 6n; i++) {
      hashes.push(await one.send(pay(i * 300n)), await one.send({ to, value: i }, Number(i) + 1));
    }
    await one.included(hashes);
    expect([...(await expectExact(one)).keys()].sort()).toEqual([...hashes].sort());
    const statuses = await Promise.all(hashes.map(async (hash) => (await one.store.receipt(hash))!.status));
    expect(new Set(statuses)).toEqual(new Set(['succeeded', 'failed']));
    const height = await one.store.height();
    for (let number = 1n; number <= height; number++) {
      const [parent, block] = await one.store.blocks(number - 1n, number);
      expect(block!.timestamp).toBeGreaterThanOrEqual(parent!.timestamp);
      expect(block!.baseFeePerGas).toBe(nextBaseFee(parent!));
    }
  });

  it('come no faster than the beat', async () => {
    const times: number[] = [];
    const one = await node({
      beatMs: 200,
      onStep: (step) => {
        if (step === 'executed') times.push(performance.now());
      },
    });
    for (let i = 0; i < 3; i++) await one.included([await one.send({ to, value: 1n })]);
    expect(times.length).toBe(3);
    // A timer may be a millisecond early.
    for (let i = 1; i < 3; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThan(150);
  });

  it('hold no more gas than they may, and the rest comes next', async () => {
    const one = await node({ beatMs: 200, blockGasLimit: 70_000n });
    const hashes = await Promise.all([1, 2, 3, 4, 5].map((from) => one.send({ to, value: 1n, gas: 30_000n }, from)));
    await one.included(hashes);
    const height = await one.store.height();
    for (const { gasUsed } of await one.store.blocks(1n, height)) expect(gasUsed).toBeLessThanOrEqual(70_000n);
    expect(height).toBeGreaterThan(1n);
  });

  it("change their base fee as EIP-1559 says, and as geth's tests have it", () => {
    // consensus/misc/eip1559/eip1559_test.go, TestCalcBaseFee.
    const of = (gasUsed: bigint) => nextBaseFee({ gasLimit: 20_000_000n, gasUsed, baseFeePerGas: 1_000_000_000n });
    expect([10_000_000n, 9_000_000n, 11_000_000n].map(of)).toEqual([1_000_000_000n, 987_500_000n, 1_012_500_000n]);
    expect(nextBaseFee({ gasLimit: 20n, gasUsed: 0n, baseFeePerGas: 7n })).toBe(7n);
    expect(nextBaseFee({ gasLimit: 20n, gasUsed: 20n, baseFeePerGas: 0n })).toBe(1n);
  });
});

describe('batches', () => {
  it('close when they are full of changes, and their net writes lead from root to root', async () => {
    const one = await node({ mostWrites: 12 });
    const hashes: bigint[] = [];
    for (let i = 0; i < 12; i++) {
      hashes.push(await one.send({ to: evm.hexAddress(0x1000n + BigInt(i)), value: 1n }, i % ACCOUNTS.length));
      await one.included(hashes.slice(-1));
    }
    const batches = await one.store.batches(1n, 99n);
    expect(batches.length).toBeGreaterThan(2);
    let root = (await one.store.block(0n))!.stateRoot;
    for (const batch of batches.slice(0, -1)) {
      await one.checked(batch.number);
      expect(batch.closingReason).toBe('writes');
      const writes = (await one.store.netWrites(batch.number))!;
      expect(writes.length).toBeLessThanOrEqual(12);
      expect(batch.oldRoot).toBe(root);
      expect((await changeOf(one.db, root, writes)).root).toBe(batch.newRoot);
      root = batch.newRoot;
    }
    await expectExact(one);
  });

  it('close when they are full of bytes, by order, and by age', async () => {
    const reasons = async (settings: Parameters<typeof node>[0], isOrdered = false) => {
      const one = await node(settings);
      for (let i = 0; i < 3; i++) {
        await one.included([await one.send({ to, data: `0x${'77'.repeat(500)}` })]);
        if (isOrdered) one.sequencer.orderBatch();
        if (isOrdered) await one.checked(BigInt(i + 1));
      }
      await one.checked(1n);
      await expectExact(one);
      return new Set((await one.store.batches(1n, 9n)).flatMap(({ closingReason }) => closingReason ?? []));
    };
    expect(await reasons({ mostBytes: 1000 })).toEqual(new Set(['bytes']));
    expect(await reasons({ mostAgeMs: 0 })).toEqual(new Set(['age']));
    expect(await reasons({}, true)).toEqual(new Set(['ordered']));
  });

  it('refuse what no batch can hold, by the name of what it takes too much of', async () => {
    const one = await node({ mostWrites: 12, mostBytes: 2000 });
    const refused = async (request: Parameters<typeof one.send>[0], from: number): Promise<string | undefined> => {
      const hash = await one.send(request, from);
      const next = await one.send({ to, value: 1n }, from + 1);
      await one.included([next]);
      expect(await one.store.receipt(hash)).toBeNull();
      return one.pool.whyDropped(hash);
    };
    // The deployment changes its slots, and balance, nonce and the fee recipient's balance, and the contract's nonce.
    expect(await refused({ data: writing(9), gas: 1_000_000n }, 0)).toMatch(/it changes 13 entries .* at most 12/);
    expect(await refused({ to, data: `0x${'00'.repeat(2000)}` }, 2)).toMatch(/bytes of a batch, which holds/);
    const fits = await one.send({ data: writing(8), gas: 1_000_000n }, 4);
    await one.included([fits]);
    expect((await one.store.receipt(fits))!.status).toBe('succeeded');
  });

  it('wait for provers, if too many are unproven', async () => {
    const one = await node({ mostAgeMs: 0, mostUnproven: 1 });
    await one.included([await one.send({ to, value: 1n })]);
    await one.checked(1n);
    const late = await one.send({ to, value: 1n });
    expect(await one.store.unproven()).toBe(1);
    expect(await one.store.receipt(late)).toBeNull();
    await one.store.keepProof((await one.store.batch(1n))!, '{}');
    one.sequencer.proven();
    await one.included([late]);
  });
});

describe('a batch that is executed again', () => {
  const closed = async () => {
    const one = await node();
    await one.included([await one.send(deploy), await one.send({ to, value: 5n }, 1)]);
    await one.included([await one.send(pay(3n))]);
    one.sequencer.orderBatch();
    await one.checked(1n);
    const batch = (await one.store.batch(1n))!;
    const blocks = decodeBatch((await one.store.batchBytes(1n))!);
    const stored = await one.store.blocks(batch.firstBlock, batch.lastBlock);
    return { one, batch, blocks, stored, parts: { chain: evm.CHAIN, db: one.db, store: one.store } };
  };

  it('comes to the same, and any other field is named', async () => {
    const { batch, blocks, stored, parts } = await closed();
    await replay(parts, batch, blocks, stored);
    const [first, ...rest] = blocks;
    const changed: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['blocks', () => replay(parts, batch, rest, stored)],
      ['timestamp', () => replay(parts, batch, [{ ...first!, timestamp: 1n }, ...rest], stored)],
      ['prevRandao', () => replay(parts, batch, [{ ...first!, prevRandao: 1n }, ...rest], stored)],
      ['transactionsRoot', () => replay(parts, batch, [{ ...first!, transactions: [] }, ...rest], stored)],
      ['receiptsRoot', () => replay(parts, batch, blocks, [{ ...stored[0]!, receiptsRoot: 5n }, ...stored.slice(1)])],
      ['gasUsed', () => replay(parts, batch, blocks, [{ ...stored[0]!, gasUsed: 5n }, ...stored.slice(1)])],
      ['hash', () => replay(parts, batch, blocks, [{ ...stored[0]!, hash: 5n }, ...stored.slice(1)])],
      ['hash', () => replay(parts, batch, blocks, [{ ...stored[0]!, stateRoot: 5n }, ...stored.slice(1)])],
    ];
    for (const [field, attempt] of changed) {
      const error = await attempt().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(DivergenceError);
      expect(error).toMatchObject({ field });
    }
    const twice = [{ ...first!, transactions: [...first!.transactions, first!.transactions[0]!] }, ...rest];
    await expect(replay(parts, batch, twice, stored)).rejects.toMatchObject({ field: 'transactions' });
  });

  it('stops the sequencer if it comes to another result, before anything more is made', async () => {
    const { one, blocks } = await closed();
    await one.end();
    const other = encodeBatch(blocks.map((block) => ({ ...block, timestamp: block.timestamp + 1n })));
    await one.sql.query("update batches set stage = 'closed', bytes = $1", [other]);
    const stopped = new Promise<Error>((resolve) => {
      void node({ onStop: resolve }, one).then((again) => again.send({ to, value: 1n }));
    });
    expect(await stopped).toMatchObject({ name: 'DivergenceError', field: 'timestamp' });
    expect((await stopped).message).toMatch(/^block 1: executed again, timestamp was expected to be 0x/);
    expect((await one.store.batch(1n))!.stage).toBe('closed');
  });
});

describe('a chain', () => {
  it('goes on where it was, with the batch that was open', async () => {
    const one = await node();
    await one.included([await one.send(deploy)]);
    await one.end();
    const again = await node({}, one);
    await again.included([await again.send(pay(3n))]);
    again.sequencer.orderBatch();
    await again.checked(1n);
    expect(await again.store.batch(1n)).toMatchObject({ firstBlock: 1n, lastBlock: 2n });
    await expectExact(again);
  });

  it('follows SQL: what the HashDB has beyond it did not happen', async () => {
    const one = await node();
    await one.included([await one.send({ to, value: 1n }), await one.send({ to, value: 2n }, 1)]);
    await one.end();
    const { root: parent } = await one.db.current();
    const ahead = await changeOf(one.db, parent, [evm.field(0x99n, 'balance', 1n)]);
    await one.db.commit({ ...ahead, origin: 'write' });
    const again = await node({}, one);
    await again.included([await again.send({ to, value: 3n })]);
    await expectExact(again);
  });

  it('goes back to a block, and on from there', async () => {
    const one = await node();
    const hashes: bigint[] = [];
    for (let i = 0n; i < 3n; i++) {
      hashes.push(await one.send({ to, value: 1n + i }, Number(i)));
      await one.included(hashes);
    }
    await one.end();
    await one.store.rollBack(1n);
    const again = await node({}, one);
    await again.included([await again.send({ to, value: 9n }, 4)]);
    expect(await again.store.receipt(hashes[1]!)).toBeNull();
    await expectExact(again);
  });

  it('is not begun over another one, nor over a state of something else', async () => {
    const one = await node();
    await one.end();
    const parts = { chain: evm.CHAIN, db: one.db, store: one.store };
    const at = { timestamp: 1n, gasLimit: 30_000_000n, baseFeePerGas: 7n };
    await expect(beginChain(parts, GENESIS, at)).rejects.toThrow(/expected a chain whose genesis has hash 0x/);
    const other = await node();
    await other.end();
    await other.sql.query('delete from blocks');
    const store = await StateStore.open(other.sql);
    const few = { ...GENESIS, entries: GENESIS.entries.slice(1) };
    await expect(beginChain({ ...parts, db: other.db, store }, few, at)).rejects.toThrow(StoredChainError);
  });

  it('goes on when its SQL server was away', async () => {
    const server = await postgres();
    const one = await node();
    await one.included([await one.send({ to, value: 1n })]);
    await server.kill();
    await server.start();
    const send = async (): Promise<bigint> => {
      for (;;) {
        try {
          return await one.send({ to, value: 2n, nonce: 1 });
        } catch {
          // The connections of before the crash fail once each.
        }
      }
    };
    await one.included([await send()]);
    await expectExact(one);
  });
});
