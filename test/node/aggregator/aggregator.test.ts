/** Checked batches are proven in order, once, and what is kept with them is a proof of what they wrote. */
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { OtherTreeError } from '../../../src/engine/plan-batch.js';
import { accessBytes } from '../../../src/node/store/access-bytes.js';
import { StateStore } from '../../../src/node/store/state-store.js';
import { ROOTSHIFT } from '../../../src/proof/prover/program.js';
import { parseProof } from '../../../src/proof/prover/proof-file.js';
import { PostgresQueue } from '../../../src/proof/queue/postgres-queue.js';
import * as evm from '../../rules/evm/world.js';
import { postgres } from '../../postgres/server.js';
import { worker } from '../../proof/queue/queue.js';
import { node } from '../sequencer/world.js';
import type { Node } from '../sequencer/world.js';
import { aborted, aggregate, Counting, expectProven, freshFolder } from './world.js';

/** Has a batch of a transfer for each value made, each from another account to another, and checked. */
async function batchOf(one: Node, ...values: readonly bigint[]): Promise<void> {
  const number = ((await one.store.newestBatch())?.number ?? 0n) + 1n;
  const sent = values.map((value, i) => one.send({ to: evm.hexAddress(0x77n + BigInt(i)), value }, i));
  await one.included(await Promise.all(sent));
  one.sequencer.orderBatch();
  await one.checked(number);
}

describe('batches', () => {
  it('are proven in order, and nothing twice when the aggregator is stopped between two proofs', async () => {
    const one = await node();
    const unfinished = await freshFolder();
    await batchOf(one, 5n);
    await batchOf(one, 7n, 8n, 9n);
    // The second batch's second proof is never made.
    const first: Counting[] = [];
    const stopped = aggregate(one, {
      unfinished,
      openQueue: () => {
        const isSecond = first.length === 1;
        let asked = 0;
        const queue = new Counting((_, prove, signal) => (isSecond && ++asked > 1 ? aborted(signal) : prove()));
        first.push(queue);
        return Promise.resolve(queue);
      },
    });
    await stopped.first((event) => event.kind === 'progress' && event.batch.number === 2n && event.done >= 1);
    while ((await readdir(unfinished).catch(() => [])).length === 0) await new Promise((end) => setTimeout(end, 50));
    await stopped.aggregator.close();
    expect(stopped.events.filter(({ kind }) => kind === 'failed')).toEqual([]);
    await expectProven(one, 1n);
    expect(await one.store.batch(2n)).toMatchObject({ proof: 'queued' });
    expect(await one.store.batchProof(2n)).toBeNull();

    // As another process finds it.
    const rest = new Counting();
    const store = await StateStore.open(one.sql);
    const resumed = aggregate({ db: one.db, store }, { unfinished, openQueue: async () => rest });
    await resumed.first((event) => event.kind === 'proven');
    await expectProven(one, 2n);
    await expect(readdir(unfinished)).rejects.toThrow('ENOENT');

    const chunks = await Promise.all([1n, 2n].map(async (n) => parseProof((await store.batchProof(n))!).chunks.length));
    expect(first.map(({ made }) => made.length)).toEqual([chunks[0], 1]);
    expect(chunks[1]).toBeGreaterThan(1);
    const made = [...first, rest].flatMap((queue) => queue.made);
    expect(made).toHaveLength(chunks[0]! + chunks[1]!);
    expect(new Set(made).size).toBe(made.length);
    expect(resumed.events.filter(({ kind }) => kind === 'begun')).toMatchObject([{ batch: { number: 2n } }]);
  });

  it('whose proof fails are tried again, and the chain goes on', async () => {
    const one = await node();
    await batchOf(one, 5n);
    const writes = (await one.store.netWrites(1n))!;
    const keep = (stored: typeof writes) =>
      one.sql.query('update batches set net_writes = $1 where number = 1', [accessBytes(stored)]);
    await keep(writes.map((write, i) => (i === 0 ? { ...write, value: (write.value + 1n) as never } : write)));
    // Then a prover that says what it did not prove.
    let lies = 1;
    const queue = () =>
      new Counting(async (_, prove) => {
        const proven = await prove();
        if (lies-- <= 0) return proven;
        const log = proven.proof.log.map((write) => ({ ...write, value: (write.value ^ 1n) as never }));
        return { ...proven, proof: { ...proven.proof, log } };
      });
    const unfinished = await freshFolder();
    const { aggregator, events, first } = aggregate(one, { unfinished, openQueue: async () => queue(), againMs: 1 });
    const tampered = await first((event) => event.kind === 'failed');
    expect(tampered).toMatchObject({ batch: { number: 1n }, againMs: 1 });
    expect((tampered as { error: Error }).error.message).toMatch(/^expected its net writes to lead to root 0x/);
    await batchOf(one, 7n);
    aggregator.checked();
    await keep(writes);
    const refused = /the proof was valid, but not after it was written to a file/;
    await first((event) => event.kind === 'failed' && refused.test(event.error.message));
    await first((event) => event.kind === 'proven' && event.batch.number === 2n);
    await expectProven(one, 1n);
    await expectProven(one, 2n);
    expect(events.flatMap((event) => (event.kind === 'proven' ? [event.batch.number] : []))).toEqual([1n, 2n]);
  });

  it('that are taken back while they are proven get no proof', async () => {
    const one = await node();
    await batchOf(one, 5n);
    await one.end();
    let isBack = false;
    const queue = new Counting(async (_, prove) => {
      if (!isBack) await one.store.rollBack(0n);
      isBack = true;
      return prove();
    });
    const { first } = aggregate(one, { unfinished: await freshFolder(), openQueue: async () => queue });
    const failed = await first((event) => event.kind === 'failed');
    expect((failed as { error: Error }).error.message).toBe('its blocks were taken back while it was being proven');
    expect(await one.store.batch(1n)).toBeNull();
  });

  it('are proven by the workers of a queue', async () => {
    const one = await node();
    await batchOf(one, 5n);
    const url = (await postgres()).url();
    const { events } = await worker(url, ROOTSHIFT);
    const openQueue = () => PostgresQueue.open(url, {});
    const { first } = aggregate(one, { unfinished: await freshFolder(), openQueue });
    await first((event) => event.kind === 'proven');
    await expectProven(one, 1n);
    expect(events.some(({ kind }) => kind === 'done')).toBe(true);
  });
});

it('a circuit of another tree is refused before anything is proven', async () => {
  const one = await node();
  const openQueue = () => Promise.reject(new Error('not asked for'));
  expect(() => aggregate(one, { circuit: 's14b', unfinished: '', openQueue })).toThrow(OtherTreeError);
});
