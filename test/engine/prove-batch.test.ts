import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BatchError } from '../../src/state/batch/batch.js';
import { parseBatch } from '../../src/state/batch/parse.js';
import { openDatabase } from '../../src/engine/database.js';
import type { OpenDb } from '../../src/engine/database.js';
import { proveBatch } from '../../src/engine/prove-batch.js';
import { proveEntry } from '../../src/engine/prove-entry.js';
import { PrestateError, startingState } from '../../src/engine/starting-state.js';
import { execute } from '../../src/machine/executor/executor.js';
import { toUint256 } from '../../src/base/field/limbs.js';
import { DatabaseSchemeError } from '../../src/state/hashdb/format.js';
import { NoDatabaseError } from '../../src/state/hashdb/driver.js';
import { SNARKJS } from '../../src/proof/prover/program.js';
import { LocalQueue } from '../../src/proof/prover/queue.js';
import type { ChunkProof, ProofFile } from '../../src/proof/prover/proof-file.js';
import { freshFolder } from '../state/hashdb/drivers.js';
import { STORE } from '../proof/prover/prover.js';
import { standIn } from '../proof/prover/stand-in.js';

const batch = parseBatch('{"prestate": [{"key": 1, "value": 5}], "accesses": [{"op": "write", "key": 1, "value": 6}]}');

async function opener(): Promise<OpenDb> {
  const folder = path.join(await freshFolder(), 'db');
  return (options) => openDatabase(folder, options);
}

async function historyOf(openDb: OpenDb) {
  const db = await openDb({});
  try {
    return (await db.history()).map(({ number, origin }) => ({ number, origin }));
  } finally {
    await db.close();
  }
}

/** More accesses than one proof of s14 holds. */
const LONG_BATCH = parseBatch(
  JSON.stringify({
    prestate: [{ key: 1, value: 5 }],
    accesses: Array.from({ length: 7 }, (_, i) => ({ op: 'write', key: 1, value: 6 + i })),
  }),
);

describe('proving a batch', () => {
  it('without accesses is refused: nothing is made, not even a database', async () => {
    const openDb = await opener();
    const refused = proveBatch({
      openDb,
      batch: parseBatch('{"prestate": [{"key": 1, "value": 5}]}'),
      circuit: 's14',
      store: STORE,
    });
    await expect(refused).rejects.toThrow(BatchError);
    await expect(historyOf(openDb)).rejects.toThrow(NoDatabaseError);
  });

  it('a proof that could not be saved moves nothing; saved, all of its chunks do at once', async () => {
    const openDb = await opener();
    const folder = path.dirname(await freshFolder());
    const options = { openDb, batch: LONG_BATCH, circuit: 's14', store: STORE } as const;
    const queue = () => new LocalQueue({ programs: [standIn(folder, 'replay')] });
    const noRoom = new Error('no room');
    await expect(proveBatch({ ...options, queue: queue(), save: () => Promise.reject(noRoom) })).rejects.toBe(noRoom);
    expect(await historyOf(openDb)).toEqual([{ number: 0, origin: 'empty' }]);

    const saved: [ProofFile, number][] = [];
    const { proof, record, chunks, circuits } = await proveBatch({
      ...options,
      queue: queue(),
      save: async (...args) => void saved.push(args),
    });
    expect(saved).toEqual([[proof, record.number]]);
    expect(chunks.map(({ first, accesses, circuit }) => [first, accesses, circuit])).toEqual([
      [0, 6, 's14'],
      [6, 1, 's14'],
    ]);
    expect(circuits).toMatchObject([{ circuit: { name: 's14' }, chunks: 2 }]);
    const [first, last] = proof.chunks as [ChunkProof, ChunkProof];
    expect(record).toMatchObject({ number: 2, root: last.publicSignals.newRoot, parent: first.publicSignals.oldRoot });
    expect(await historyOf(openDb)).toEqual([
      { number: 0, origin: 'empty' },
      { number: 1, origin: 'load' },
      { number: 2, origin: 'prove' },
    ]);
    const db = await openDb({});
    const entry = { address: 0n, kind: 'storage' as const, slot: toUint256(1n) };
    expect((await proveEntry(db, entry)).value).toBe(12n);
    await db.close();
  });
});

it('a database of another tree that was made meanwhile is refused, and stays as it is', async () => {
  const openDb = await opener();
  const folder = path.dirname(await freshFolder());
  const options = {
    batch,
    circuit: 's14',
    store: STORE,
    queue: new LocalQueue({ programs: [standIn(folder, 'replay')] }),
  } as const;
  const racing: OpenDb = async (asked) => {
    if (asked.createIfMissing) await (await openDb({ ...asked, bitsPerLevel: 1 })).close();
    return openDb(asked);
  };
  await expect(proveBatch({ ...options, openDb: racing })).rejects.toThrow(DatabaseSchemeError);
  expect(await historyOf(openDb)).toEqual([{ number: 0, origin: 'empty' }]);
});

it('a queue is closed, too, where there is no database to prove for', async () => {
  const queue = new LocalQueue({ programs: [SNARKJS] });
  let isClosed = false;
  const close = async (): Promise<void> => void (isClosed = true);
  const noDb = new Error('no such place');
  await expect(
    proveBatch({ openDb: () => Promise.reject(noDb), batch, store: STORE, queue: Object.assign(queue, { close }) }),
  ).rejects.toBe(noDb);
  expect(isClosed).toBe(true);
});

describe('the state that a batch begins on', () => {
  it('is the prestate, in a database that has none; proven or not, entries that differ later are refused', async () => {
    const openDb = await opener();
    const db = await openDb({ createIfMissing: true });
    try {
      const start = await startingState(db, batch);
      await db.commit({ ...start.load!, origin: 'load' });
      expect(await startingState(db, batch)).toMatchObject({ root: start.root, load: null });
      const { change } = await execute(db, start.root, batch);
      await db.commit({ ...change, origin: 'prove' });
      await expect(startingState(db, batch)).rejects.toThrow(PrestateError);
      expect(await startingState(db, { prestate: [] })).toMatchObject({ root: change.root, load: null });
    } finally {
      await db.close();
    }
  });

  it('of a database that was emptied is the empty one: a prestate is not loaded a second time', async () => {
    const db = await (await opener())({ createIfMissing: true });
    try {
      const { load, root } = await startingState(db, batch);
      await db.commit({ ...load!, origin: 'load' });
      const deletion = parseBatch('{"accesses": [{"op": "write", "key": 1, "value": 0}]}');
      const { change } = await execute(db, root, deletion);
      expect(change.root).toBe(0n);
      await db.commit({ ...change, origin: 'prove' });
      await expect(startingState(db, batch)).rejects.toThrow(/it was loaded, but batches have since changed it/);
      const entry = { address: 0n, kind: 'storage' as const, slot: toUint256(1n) };
      expect((await proveEntry(db, entry)).value).toBe(0n);
    } finally {
      await db.close();
    }
  });
});
