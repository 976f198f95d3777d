/** A node without an RPC: a pool, a sequencer, the two stores; and its blocks executed on a state without a tree. */
import { hexToBytes } from 'viem';
import type { TransactionSerializable } from 'viem';
import { expect, onTestFinished } from 'vitest';
import { databaseOn } from '../../../src/engine/database.js';
import { openPool } from '../../../src/node/pool/pool.js';
import type { TransactionPool } from '../../../src/node/pool/types.js';
import { beginChain } from '../../../src/node/sequencer/begin-chain.js';
import { Sequencer } from '../../../src/node/sequencer/sequencer.js';
import type { SequencerParts } from '../../../src/node/sequencer/sequencer.js';
import { DEFAULT_SETTINGS } from '../../../src/node/sequencer/settings.js';
import type { SequencerSettings } from '../../../src/node/sequencer/settings.js';
import { storedAccounts } from '../../../src/node/sequencer/stored-accounts.js';
import type { Sql } from '../../../src/node/sql/sql.js';
import { StateStore } from '../../../src/node/store/state-store.js';
import { EvmBatch } from '../../../src/rules/evm/batch.js';
import { decodeTransaction } from '../../../src/rules/evm/decode.js';
import { treeKeys } from '../../../src/state/batch/encoding.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { MapState } from '../../rules/evm/map-state.js';
import * as evm from '../../rules/evm/world.js';
import { freshSql } from '../sql/world.js';
import { ACCOUNTS, AT, GENESIS } from './chain.js';

export interface Node {
  readonly sql: Sql;
  readonly db: HashDb;
  readonly store: StateStore;
  readonly pool: TransactionPool;
  readonly sequencer: Sequencer;
  /** Signs, with what is left out as it is usual, and hands it to the pool. */
  readonly send: (request: Partial<TransactionSerializable>, from?: number) => Promise<bigint>;
  /** Waits until the transactions are in blocks. */
  readonly included: (hashes: readonly bigint[]) => Promise<void>;
  /** Waits until a batch is checked. */
  readonly checked: (number: bigint) => Promise<void>;
  /** Ends the sequencer and the pool; the stores stay. */
  readonly end: () => Promise<void>;
}

type Changes = Partial<SequencerSettings> & Pick<SequencerParts, 'onStep' | 'onWarning' | 'onStop'>;

/** Begins a chain, or goes on with that of the stores of another node. */
export async function node(
  { onStep, onWarning, onStop, ...settings }: Changes = {},
  old: Pick<Node, 'sql' | 'db'> | null = null,
): Promise<Node> {
  const sql = old?.sql ?? (await freshSql());
  const db = old?.db ?? (await databaseOn(new MemoryDriver(), { createIfMissing: true }));
  const store = await StateStore.open(sql);
  const parts = { chain: evm.CHAIN, db, store };
  await beginChain(parts, GENESIS, AT);
  const all = { ...DEFAULT_SETTINGS, beatMs: 0, feeRecipient: evm.FEE_RECIPIENT, ...settings };
  const pool = await openPool(sql, evm.CHAIN, storedAccounts(parts), { blockGasLimit: all.blockGasLimit });
  let turn = (): void => {};
  const sequencer = Sequencer.start({
    ...parts,
    source: pool,
    settings: all,
    onStep: (step) => {
      turn();
      onStep?.(step);
    },
    onWarning,
    onStop,
  });
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => (ended ??= sequencer.close().then(() => pool.close()));
  onTestFinished(end);
  const nonces = new Map<number, number>();
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (;;) {
      const next = new Promise<void>((resolve) => (turn = resolve));
      if (await isSo()) return;
      await next;
    }
  };
  return {
    sql,
    db,
    store,
    pool,
    sequencer,
    end,
    send: async (request, from = 0) => {
      const account = ACCOUNTS[from]!;
      const [state] = await storedAccounts(parts)([BigInt(account.address)]);
      const nonce = request.nonce ?? Math.max(nonces.get(from) ?? 0, Number(state!.nonce));
      nonces.set(from, nonce + 1);
      const fees = { maxFeePerGas: evm.GAS_PRICE, maxPriorityFeePerGas: evm.GAS_PRICE };
      const filled = { type: 'eip1559', chainId: 31337, gas: 100_000n, ...fees, ...request, nonce };
      return pool.add(hexToBytes(await account.signTransaction(filled as TransactionSerializable)));
    },
    included: (hashes) =>
      until(async () => (await Promise.all(hashes.map((hash) => store.receipt(hash)))).every((one) => one !== null)),
    checked: (number) => until(async () => (await store.batch(number))?.stage === 'checked'),
  };
}

/**
 * Executes all stored blocks from the genesis on, on a state without a tree: receipts and access logs have to be those
 * that are stored, each transaction to be there once, and the last state to be the HashDB's.
 */
export async function expectExact({ store, db }: Pick<Node, 'store' | 'db'>): Promise<Map<bigint, bigint>> {
  const state = new MapState(GENESIS.entries);
  const places = new Map<bigint, bigint>();
  const batch = await EvmBatch.begin(evm.CHAIN, state, new Map());
  const height = await store.height();
  for (let number = 1n; number <= height; number++) {
    const block = (await store.block(number))!;
    expect(block.parentHash).toBe((await store.block(number - 1n))!.hash);
    batch.enterBlock({ ...block, ancestors: await store.ancestors(number) });
    const receipts = await store.receiptsOf(number);
    for (const [i, { bytes, hash }] of (await store.transactionsOf(number)).entries()) {
      const { receipt, reads, writes } = await batch.execute(decodeTransaction(bytes, evm.CHAIN));
      expect(receipts[i]).toMatchObject(receipt);
      expect(await store.accessLog(hash)).toEqual({ reads, writes });
      expect(places.has(hash)).toBe(false);
      places.set(hash, number);
    }
  }
  const { writes } = batch.netChanges();
  const { root } = await db.current();
  expect(root).toBe((await store.block(height))!.stateRoot);
  expect(await db.entryValues(root, await treeKeys(writes))).toEqual(writes.map(({ value }) => value));
  return places;
}
