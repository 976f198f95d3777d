/** A database beside a settlement: which it follows, when it refuses, and which batches still stand on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeFunctionData, keccak256, toHex } from 'viem';
import type { Hex } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { toUint256 } from '../../src/base/field/limbs.js';
import { openDatabase } from '../../src/engine/database.js';
import { exportSnapshot, importSnapshot } from '../../src/engine/snapshot-folder.js';
import { LocalQueue } from '../../src/proof/prover/queue.js';
import type { ProofQueue } from '../../src/proof/prover/queue.js';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import {
  acceptAdministration,
  adoptVerifiers,
  announceVerifiers,
  fetchOwed,
  nameAdministrator,
  refuseVerifiers,
  stopSettlement,
} from '../../src/settlement/administer.js';
import { readBatches, readCircuits, readFollowed } from '../../src/settlement/chain.js';
import { verifierKeyHash } from '../../src/settlement/contracts.js';
import type { Write } from '../../src/settlement/data.js';
import { OutdatedBatchError } from '../../src/settlement/error.js';
import { Journal } from '../../src/settlement/journal.js';
import type { Address } from '../../src/settlement/point.js';
import { forceBatch } from '../../src/settlement/post.js';
import { proveReads } from '../../src/settlement/reads.js';
import { Sender } from '../../src/settlement/sender.js';
import { settle } from '../../src/settlement/settle.js';
import { SyncError, syncState } from '../../src/settlement/sync.js';
import type { RequestedAccess } from '../../src/state/batch/access.js';
import { changeOf } from '../../src/state/hashdb/change.js';
import type { HashDb } from '../../src/state/hashdb/hashdb.js';
import { STORE } from '../proof/prover/prover.js';
import { standIn } from '../proof/prover/stand-in.js';
import { dataOf, DEEP, emptyState, put, SETTINGS, startSettlement, storageOf, USUAL, ZERO_ADDRESS } from './world.js';
import type { SettlementWorld } from './world.js';

/** Of no account that anvil knows. */
const KEY: Hex = keccak256(toHex('follow'));

let world: SettlementWorld;
let folder: string;
let sender: Sender;
let contract: Address;
beforeAll(async () => {
  world = await startSettlement();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-follow-'));
  const journal = await Journal.open(path.join(folder, 'journal.json'));
  sender = new Sender({ url: world.url, privateKey: KEY, journal, pollingInterval: 25 });
  const { address } = sender;
  await world.tools.setBalance({ address, value: 10n ** 20n });
  contract = await world.deploySettlement({
    roles: { admin: address, sequencer: address, prover: address, guardian: address },
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const nonce = (): Promise<number> => world.reader.getTransactionCount({ address: sender.address });
const batches = () => readBatches(sender.provider, contract);
const followed = () => readFollowed(sender.provider, contract);
const sync = async (db: HashDb) => syncState(db, await followed(), await batches());
const read = ({ address, kind, slot }: Write, value?: bigint): RequestedAccess => ({
  op: 'read',
  address,
  kind,
  slot,
  ...(value !== undefined && { value: toUint256(value) }),
});

/** Makes a write by other means than the chain. */
async function moveAlone(db: HashDb, write: Write, origin: 'write' | 'load' | 'prove'): Promise<void> {
  const { root } = await db.current();
  await db.commit({ ...(await changeOf(db, root, [write])), origin });
}

/** Posts batches in one call, and proves none of them. */
const postOnly = async (...all: Write[][]): Promise<void> => {
  const first = (await batches()).length + 1;
  const args = [
    first,
    all.map((writes) => ({ data: dataOf(writes), fee: 0n, prover: ZERO_ADDRESS, logHash: 0n })),
  ] as const;
  await sender.send(
    'post',
    contract,
    encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'sequenceBatches', args }),
  );
};

/** Fails if it is asked for a proof. */
const NO_QUEUE: ProofQueue = {
  prover: 'none',
  ahead: 1,
  proveRules: () => Promise.reject(new Error('a proof of rules was asked for')),
  prove: () => Promise.reject(new Error('a proof was asked for')),
  provesHere: true,
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

function proving(db: HashDb) {
  const queue = new LocalQueue({ programs: [standIn(folder, 'replay')] });
  onTestFinished(() => queue.close());
  return { sender, contract, db, store: STORE, queue };
}

describe('a database', () => {
  it.each(['write', 'load', 'prove'] as const)(
    'that never followed the settlement is refused by each command, and stays as it is: %s',
    async (origin) => {
      const db = await emptyState();
      await moveAlone(db, put(1n, 1n), origin);
      const { root } = await db.current();
      const refusal = `the database is at root 0x${root.toString(16)}, which the settlement at ${contract} does not have, and never followed this settlement`;
      const options = { sender, contract, db, store: STORE, queue: NO_QUEUE };
      await expect(sync(db)).rejects.toThrow(new SyncError(refusal));
      await expect(settle(options, null)).rejects.toThrow(refusal);
      await expect(settle(options, [put(1n, 5n)])).rejects.toThrow(refusal);
      await expect(proveReads({ ...options, provider: sender.provider }, [put(1n, 0n)])).rejects.toThrow(refusal);
      expect([(await db.current()).root, await batches()]).toEqual([root, []]);
    },
  );

  it('that follows another settlement is refused, though both have its root', async () => {
    const db = await emptyState();
    await sync(db);
    const other = await world.deploySettlement();
    await expect(
      syncState(db, { ...(await followed()), contract: other }, await readBatches(sender.provider, other)),
    ).rejects.toThrow(
      /^expected a database that follows the settlement at 0x\w+ on chain 31337, got one that follows another/,
    );
    await expect(sync(db)).resolves.toMatchObject({ wentBack: null });
  });

  it('goes back to the chain: calls its own moves no reorganisation, and what the chain gives not proven', async () => {
    const db = await emptyState();
    await settle(proving(db), [put(1n, 5n)]);
    expect((await db.current()).origin).toBe('chain');
    const { root } = await db.current();
    await moveAlone(db, put(1n, 7n), 'prove');
    expect(await sync(db)).toMatchObject({ root, wentBack: 'moved' });
    expect((await db.current()).origin).toBe('chain');
  });

  it('begins from a snapshot whose root the chain has, and goes on from there', async () => {
    const db = await emptyState();
    await settle(proving(db), [put(1n, 5n)]);
    const first = (await db.current()).root;
    const snapshot = path.join(folder, 'snapshot');
    await exportSnapshot(db, { directory: snapshot, root: first });
    await settle(proving(db), [put(2n, 6n)]);
    const place = path.join(folder, 'db');
    await importSnapshot((options) => openDatabase(place, options), { directory: snapshot, root: first });
    await using node = await openDatabase(place);
    expect(await sync(node)).toEqual({ root: (await db.current()).root, number: 2, applied: 1, wentBack: null });
  });
});

describe('a batch', () => {
  it("that was made on a root that is no longer the chain's is refused, and nothing is posted", async () => {
    const here = await emptyState();
    const there = await emptyState();
    await sync(there);
    const { root } = await settle(proving(here), [put(1n, 5n)]);
    const before = await nonce();
    const late = settle({ ...proving(there), queue: NO_QUEUE }, [put(1n, 6n)]);
    await expect(late).rejects.toThrow(OutdatedBatchError);
    await expect(late).rejects.toThrow(
      `the batch was made on the database's root 0x0, but the chain is at 0x${root.toString(16)}`,
    );
    expect([await nonce(), (await batches()).length]).toEqual([before, 1]);
    // Its twin, made on the state that the chain has.
    await sync(there);
    expect(await settle(proving(there), [put(1n, 6n)])).toMatchObject({ posted: [2], proven: [2] });
  });

  it('whose reads do not hold is refused; the waiting batches count, and its own writes', async () => {
    const db = await emptyState();
    await postOnly([put(1n, 5n)]);
    const before = await nonce();
    const options = { sender, contract, db, store: STORE, queue: NO_QUEUE };
    await expect(settle(options, [read(put(1n, 0n), 4n), put(1n, 6n)])).rejects.toThrow(
      /^access 0 of the batch reads 0x0*4 from storage of 0x0+ at 0x0*1, but the chain's state has 0x5$/,
    );
    await expect(settle(options, [put(1n, 6n), read(put(1n, 0n), 5n)])).rejects.toThrow(OutdatedBatchError);
    expect(await nonce()).toBe(before);
    const good = [read(put(1n, 0n), 5n), put(1n, 6n), read(put(1n, 0n), 6n), read(put(2n, 0n))];
    expect(await settle(proving(db), good)).toMatchObject({ posted: [2], proven: [1, 2] });
  });

  it('is not proven while proving is stopped', async () => {
    const db = await emptyState();
    await stopSettlement({ sender, contract }, ['proving', 'reading'], 3600);
    const options = { sender, contract, db, store: STORE, queue: NO_QUEUE };
    await expect(settle(options, [put(1n, 5n)])).rejects.toThrow(
      /^proving is stopped at the settlement at 0x\w+ until \d{4}-\S+Z; run the command again then$/,
    );
    await expect(proveReads({ ...options, provider: sender.provider }, [put(1n, 0n)])).rejects.toThrow(
      /^reading is stopped at/,
    );
  });

  it('goes to the contract with all others that are proven then, in one call', async () => {
    await postOnly([put(1n, 5n)], [put(2n, 6n)], [put(1n, 0n)]);
    const before = await nonce();
    const db = await emptyState();
    expect(await settle(proving(db), null)).toMatchObject({ proven: [1, 2, 3], waiting: 0 });
    expect(await nonce()).toBe(before + 1);
    expect((await db.current()).root).toBe((await batches()).at(-1)!.root);
  });
});

describe('a settlement', () => {
  const everyRole = () => {
    const { address } = sender;
    return { admin: address, sequencer: address, prover: address, guardian: address };
  };

  it('with a state at its beginning is followed from that state, and from no other', async () => {
    const db = await emptyState();
    await moveAlone(db, put(9n, 9n), 'load');
    const genesis = (await db.current()).root;
    contract = await world.deploySettlement({ roles: everyRole(), genesisRoot: genesis });
    expect(await readFollowed(sender.provider, contract)).toEqual({ chainId: 31_337, contract, genesis });
    expect(await settle(proving(db), [read(put(9n, 0n), 9n), put(1n, 5n)])).toMatchObject({ proven: [1] });
    const node = await emptyState();
    await expect(sync(node)).rejects.toThrow(
      `the database is at root 0x0, which the settlement at ${contract} does not have, and never followed this settlement; begin it with the state of root 0x${genesis.toString(16)}`,
    );
    await moveAlone(node, put(9n, 9n), 'load');
    expect(await sync(node)).toEqual({ root: (await db.current()).root, number: 1, applied: 1, wentBack: null });
  });

  it('has forced writes paid for, and pays who proves them', async () => {
    contract = await world.deploySettlement({ roles: everyRole(), forcedRecordFee: 7n });
    await forceBatch({ sender, contract }, [storageOf(BigInt(sender.address), 1n, 5n)]);
    expect(await world.reader.getBalance({ address: contract })).toBe(7n);
    expect(await settle(proving(await emptyState()), null)).toMatchObject({ forced: 1, proven: [1] });
    await fetchOwed({ sender, contract });
    expect(await world.reader.getBalance({ address: contract })).toBe(0n);
    await expect(fetchOwed({ sender, contract })).rejects.toThrow('the contract reverts: NothingOwed(');
  });

  it('changes administrator and verifiers in two steps each', async () => {
    const settlement = { sender, contract };
    await nameAdministrator(settlement, sender.address);
    await expect(acceptAdministration(settlement)).rejects.toThrow(/reverts: AccessControlEnforcedDefaultAdminDelay/);
    await announceVerifiers(settlement, [world.deep, world.usual]);
    await expect(adoptVerifiers(settlement)).rejects.toThrow(/the contract reverts: NotAdoptable\(/);
    await refuseVerifiers(settlement);
    await announceVerifiers(settlement, [world.deep, world.usual]);
    await world.tools.increaseTime({ seconds: SETTINGS.changeDelay + 1 });
    await world.tools.mine({ blocks: 1 });
    await acceptAdministration(settlement);
    await adoptVerifiers(settlement);
    const circuits = await readCircuits(sender.provider, contract);
    expect(circuits.map(({ keyHash }) => keyHash)).toEqual([verifierKeyHash(DEEP.keys), verifierKeyHash(USUAL.keys)]);
  });
});
