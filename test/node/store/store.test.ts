/** The stored chain: what is read is what was executed; logs against a model; what is taken back is gone. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StateStore, StoredChainError } from '../../../src/node/store/state-store.js';
import type { LogFilter } from '../../../src/node/store/state-db.js';
import { freshSql } from '../sql/world.js';
import { chain, GENESIS } from './world.js';

async function filled() {
  const sql = await freshSql();
  const store = await StateStore.open(sql);
  const { blocks, codes } = await chain();
  await store.begin(GENESIS, new Map());
  for (const [i, block] of blocks.entries()) {
    const growth = { number: i < 2 ? 1n : 2n, oldRoot: i < 2 ? 1n : 3n, writes: 10 * (i + 1), size: 100 };
    await store.addBlock(block, i === 0 ? codes : new Map(), growth);
    if (i === 1) await store.closeBatch({ number: 1n, reason: 'ordered', bytes: Uint8Array.of(1), netWrites: [] });
  }
  return { sql, store, blocks, codes };
}

describe('the stored chain', () => {
  it('has blocks, transactions, receipts and access logs exactly as they were executed', async () => {
    const { store, blocks, codes } = await filled();
    expect(await store.height()).toBe(3n);
    expect(await store.block(4n)).toBeNull();
    expect((await store.block(0n))!.hash).toBe(GENESIS.hash);
    for (const { included, ...block } of blocks) {
      const batch = block.number < 3n ? 1n : 2n;
      const stored = { ...block, batch, transactions: included.map(({ transaction }) => transaction.hash) };
      expect(await store.block(block.number)).toEqual(stored);
      expect(await store.blockByHash(block.hash)).toEqual(stored);
      let firstLog = 0;
      const place = { blockNumber: block.number, blockHash: block.hash };
      for (const [index, { transaction, receipt, reads, writes }] of included.entries()) {
        const { hash, bytes, sender, to } = transaction;
        const at = { ...place, index };
        expect(await store.transaction(hash)).toEqual({ hash, bytes, sender, ...at });
        const expected = { ...receipt, ...at, sender, to, firstLog };
        expect(await store.receipt(hash)).toEqual(expected);
        expect((await store.receiptsOf(block.number))[index]).toEqual(expected);
        expect(await store.accessLog(hash)).toEqual({ reads, writes });
        firstLog += receipt.logs.length;
      }
      expect((await store.transactionsOf(block.number)).map(({ hash }) => hash)).toEqual(stored.transactions);
    }
    for (const [hash, code] of codes) expect(await store.get(hash)).toEqual(code);
    expect(await store.get(5n)).toBeUndefined();
    expect(await store.ancestors(3n)).toEqual([blocks[1]!.hash, blocks[0]!.hash, GENESIS.hash]);
  });

  it('finds the logs that a model finds', async () => {
    const { store, blocks } = await filled();
    const all = blocks.flatMap(({ number, included }) =>
      included.flatMap(({ receipt }) => receipt.logs.map((log) => ({ ...log, number }))),
    );
    expect(all.length).toBeGreaterThan(2);
    const words = fc.constantFrom(...all.flatMap(({ topics }) => topics), 99n);
    const filters = fc.record({
      fromBlock: fc.bigInt(0n, 4n),
      toBlock: fc.bigInt(0n, 4n),
      addresses: fc.uniqueArray(fc.constantFrom(all[0]!.address, 5n), { maxLength: 2 }),
      topics: fc.array(fc.uniqueArray(words, { maxLength: 2 }), { maxLength: 5 }),
    });
    const expected = ({ fromBlock, toBlock, addresses, topics }: LogFilter) =>
      all.filter(
        (log) =>
          log.number >= fromBlock &&
          log.number <= toBlock &&
          (addresses.length === 0 || addresses.includes(log.address)) &&
          topics.every(
            (wanted, i) => i < log.topics.length && (wanted.length === 0 || wanted.includes(log.topics[i]!)),
          ),
      );
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 4 }), async (filter, limit) => {
        const found = (await store.logs(filter, limit)).map(({ address, topics, data, blockNumber: number }) => ({
          address,
          topics,
          data,
          number,
        }));
        expect(found).toEqual(expected(filter).slice(0, limit));
      }),
      { numRuns: 200 },
    );
  });

  it('knows its batches, and takes no block into a closed one', async () => {
    const { store, blocks } = await filled();
    expect(await store.newestBatch()).toMatchObject({ number: 2n, stage: 'open', firstBlock: 3n, lastBlock: 3n });
    expect(await store.batch(1n)).toMatchObject({
      stage: 'closed',
      closingReason: 'ordered',
      firstBlock: 1n,
      lastBlock: 2n,
      oldRoot: 1n,
      newRoot: 3n,
      transactions: 5,
    });
    const next = { ...blocks[2]!, number: 4n, hash: 4n, included: [] };
    const late = store.addBlock(next, new Map(), { number: 1n, oldRoot: 1n, writes: 1, size: 1 });
    await expect(late).rejects.toThrow(StoredChainError);
    expect(await store.height()).toBe(3n);
    expect(await store.unproven()).toBe(1);
    expect(await store.firstUnproven()).toBeNull();
    await store.markChecked(1n);
    expect(await store.firstUnproven()).toBe(1n);
    await store.keepProof((await store.batch(1n))!, '{}');
    expect(await store.firstUnproven()).toBeNull();
    expect(await store.batchProof(1n)).toBe('{}');
  });

  it('goes back to any block: what came after is gone, and its batch is open again', async () => {
    for (const last of [2n, 1n, 0n]) {
      const { store, blocks } = await filled();
      await store.markChecked(1n);
      expect(await store.rollBack(last)).toBe(Number(3n - last));
      expect(await store.height()).toBe(last);
      for (const { number, included } of blocks) {
        const isKept = number <= last;
        for (const { transaction } of included) {
          expect((await store.receipt(transaction.hash)) !== null).toBe(isKept);
        }
      }
      expect((await store.logs({ fromBlock: last + 1n, toBlock: 9n, addresses: [], topics: [] }, 9)).length).toBe(0);
      const batch = await store.newestBatch();
      if (last === 2n) expect(batch).toMatchObject({ number: 1n, stage: 'checked', lastBlock: 2n });
      if (last === 1n) expect(batch).toMatchObject({ number: 1n, stage: 'open', lastBlock: 1n, transactions: 2 });
      if (last === 0n) expect(batch).toBeNull();
    }
    const { store } = await filled();
    await expect(store.rollBack(9n)).rejects.toThrow('there is no block 9 to go back to');
  });

  it('tells of each block once, in order, and of blocks that were taken back', async () => {
    const sql = await freshSql();
    const store = await StateStore.open(sql);
    const { blocks } = await chain();
    await store.begin(GENESIS, new Map());
    const told: string[] = [];
    let onTold = (): void => {};
    const tell = (what: string): void => {
      told.push(what);
      onTold();
    };
    onTestFinished(
      await store.onBlock(
        (number) => tell(`block ${number}`),
        (last) => tell(`back to ${last}`),
      ),
    );
    const growth = { number: 1n, oldRoot: 1n, writes: 1, size: 1 };
    await store.addBlock(blocks[0]!, new Map(), growth);
    await store.addBlock(blocks[1]!, new Map(), growth);
    await store.rollBack(0n);
    await store.addBlock(blocks[0]!, new Map(), growth);
    while (told.length < 4) await new Promise<void>((resolve) => (onTold = resolve));
    expect(told).toEqual(['block 1', 'block 2', 'back to 0', 'block 1']);
  });

  it('forgets access logs of old blocks, and nothing else', async () => {
    const { store, blocks } = await filled();
    await store.forgetAccessLogs(2n);
    const [first, second] = blocks.map(({ included }) => included[0]!.transaction.hash);
    expect(await store.accessLog(first!)).toBeNull();
    expect(await store.accessLog(second!)).not.toBeNull();
    expect(await store.receipt(first!)).not.toBeNull();
  });
});
