/** A small chain that was really executed, kept in lists, and a page that shows it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeDeployData, encodeFunctionData, getContractAddress, hexToBytes, parseEther } from 'viem';
import type { Hex, TransactionSerializable } from 'viem';
import { openNodePage } from '../../../src/node/page/serve.js';
import type { DroppedTransaction, TransactionPool } from '../../../src/node/pool/types.js';
import type * as stored from '../../../src/node/store/state-db.js';
import { EvmBatch } from '../../../src/rules/evm/batch.js';
import type { ExecutedTransaction } from '../../../src/rules/evm/batch.js';
import { decodeTransaction } from '../../../src/rules/evm/decode.js';
import type { EvmTransaction } from '../../../src/rules/evm/transaction.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import * as w from '../../rules/evm/world.js';

const BLOCK_GAS = 30_000_000n;
const TOKEN = getContractAddress({ from: w.ALICE.address, nonce: 0n });

interface Made {
  readonly block: stored.StoredBlock;
  readonly transactions: readonly EvmTransaction[];
  readonly executed: readonly ExecutedTransaction[];
}

/** Any 32 bytes that look like a hash. */
const hashLike = (of: bigint): bigint => ((of + 1n) * (2n ** 255n / 3n + 0x1234567890abcdefn)) & (2n ** 256n - 1n);

export class PageWorld {
  readonly token: Hex = TOKEN;
  readonly made: Made[] = [];
  /** The text of batch 1's proof. */
  proof: string | null = null;
  readonly #codes = new Map<bigint, Uint8Array>();
  readonly #listeners = new Set<(number: bigint) => void>();
  readonly #droppedListeners = new Set<(dropped: DroppedTransaction) => void>();
  readonly #readyListeners = new Set<(transaction: EvmTransaction) => void>();
  readonly #waiting: EvmTransaction[] = [];
  readonly #dropped = new Map<bigint, string>();
  readonly #nonces = new Map<Hex, number>();

  private constructor(readonly state: HashDb) {}

  /** Blocks 0 to 3 in batch 1, block 4 in batch 2: a token, transfers of it, one that failed, one that waits. */
  static async begin(): Promise<PageWorld> {
    const state = await HashDb.open(new MemoryDriver(), poseidonScheme(1), { createIfMissing: true });
    const world = new PageWorld(state);
    const working = new WorkingState(state, (await state.current()).root);
    for (const { value, ...entry } of w.FUNDS) working.set(entry, value);
    await working.commit();
    await world.block([]);
    const data = encodeDeployData({ abi: w.TOKEN_ABI, bytecode: w.TOKEN_CODE, args: [1_000_000n] });
    await world.block([await world.sign({ data, to: null })]);
    await world.block([await world.transfer(5n), await world.sign({ to: w.BOB.address, value: parseEther('0.25') })]);
    await world.block([await world.transfer(10n ** 9n)]);
    await world.block([await world.transfer(6n)]);
    world.wait(await world.sign({ to: w.BOB.address, value: 7n }));
    return world;
  }

  /** Signed by Alice, as her next. */
  async sign(request: Partial<TransactionSerializable>): Promise<EvmTransaction> {
    const nonce = this.#nonces.get(w.ALICE.address) ?? 0;
    this.#nonces.set(w.ALICE.address, nonce + 1);
    const price = { maxFeePerGas: w.GAS_PRICE, maxPriorityFeePerGas: w.GAS_PRICE };
    const filled = { type: 'eip1559', chainId: 31337, nonce, gas: 1_500_000n, ...price, ...request };
    return decodeTransaction(hexToBytes(await w.ALICE.signTransaction(filled as TransactionSerializable)), w.CHAIN);
  }

  transfer(amount: bigint): Promise<EvmTransaction> {
    const data = encodeFunctionData({ abi: w.TOKEN_ABI, functionName: 'transfer', args: [w.BOB.address, amount] });
    return this.sign({ to: TOKEN, data });
  }

  /** Makes a block of these, and says so. */
  async block(transactions: readonly EvmTransaction[]): Promise<void> {
    const number = BigInt(this.made.length);
    const working = new WorkingState(this.state, (await this.state.current()).root);
    const batch = await EvmBatch.begin(w.CHAIN, working, this.#codes);
    const environment = { ...w.ENVIRONMENT, number, timestamp: 1_800_000_000n + 2n * number, gasLimit: BLOCK_GAS };
    batch.enterBlock({ ...environment, ancestors: this.made.map(({ block }) => block.hash).toReversed() });
    const executed: ExecutedTransaction[] = [];
    for (const transaction of transactions) executed.push(await batch.execute(transaction));
    const { writes, codes } = batch.netChanges();
    for (const { value, ...entry } of writes) working.set(entry, value);
    codes.forEach((code, hash) => this.#codes.set(hash, code));
    const { root } = await working.commit();
    const block: stored.StoredBlock = {
      ...environment,
      hash: hashLike(number),
      parentHash: hashLike(number - 1n),
      stateRoot: root,
      transactionsRoot: 0n,
      receiptsRoot: 0n,
      bloom: new Uint8Array(256),
      gasUsed: executed.reduce((sum, { receipt }) => sum + receipt.gasUsed, 0n),
      header: new Uint8Array(),
      size: 600,
      batch: number === 0n ? 0n : number < 4n ? 1n : 2n,
      transactions: transactions.map(({ hash }) => hash),
    };
    this.made.push({ block, transactions, executed });
    this.#listeners.forEach((listener) => listener(number));
  }

  wait(transaction: EvmTransaction): void {
    this.#waiting.push(transaction);
    this.#readyListeners.forEach((listener) => listener(transaction));
  }

  drop(message: string): void {
    const transaction = this.#waiting.pop()!;
    this.#dropped.set(transaction.hash, message);
    this.#droppedListeners.forEach((listener) => listener({ transaction, reason: 'rejected', message }));
  }

  get pool(): TransactionPool {
    const waiting = this.#waiting;
    const bySender = (): ReadonlyMap<bigint, readonly EvmTransaction[]> =>
      new Map(waiting.length === 0 ? [] : [[BigInt(w.ALICE.address), waiting]]);
    return {
      get: (hash: bigint) => waiting.find((each) => each.hash === hash),
      whyDropped: (hash: bigint) => this.#dropped.get(hash),
      nextNonce: () => waiting.at(-1)!.nonce + 1n,
      status: () => ({ pending: waiting.length, queued: 0 }),
      content: () => ({ pending: bySender(), queued: new Map() }),
      priceFloor: () => 10n ** 9n,
      onReady: (listener: (transaction: EvmTransaction) => void) => {
        this.#readyListeners.add(listener);
        return () => this.#readyListeners.delete(listener);
      },
      onDropped: (listener: (dropped: DroppedTransaction) => void) => {
        this.#droppedListeners.add(listener);
        return () => this.#droppedListeners.delete(listener);
      },
    } as unknown as TransactionPool;
  }

  get store(): stored.StateDb {
    const { made } = this;
    const between = <T>(list: readonly T[], first: bigint, last: bigint): T[] =>
      list.slice(Number(first), Number(last) + 1);
    const placeOf = (hash: bigint) => {
      for (const { block, transactions, executed } of made) {
        const index = transactions.findIndex((each) => each.hash === hash);
        if (index !== -1) return { block, index, transaction: transactions[index]!, executed: executed[index]! };
      }
      return null;
    };
    const shown = (hash: bigint): stored.StoredTransaction | null => {
      const found = placeOf(hash);
      if (found === null) return null;
      const { block, index, transaction } = found;
      const { bytes, sender } = transaction;
      return { hash, bytes, sender, index, blockNumber: block.number, blockHash: block.hash };
    };
    const receiptOf = (hash: bigint): stored.StoredReceipt | null => {
      const found = placeOf(hash);
      if (found === null) return null;
      const { block, index, transaction, executed } = found;
      const place = { index, blockNumber: block.number, blockHash: block.hash };
      return { ...executed.receipt, ...place, sender: transaction.sender, to: transaction.to, firstLog: 0 };
    };
    const batches = (): stored.StoredBatch[] =>
      [1n, 2n].map((number) => {
        const blocks = made.filter(({ block }) => block.batch === number);
        const first = blocks[0]!.block;
        const last = blocks.at(-1)!.block;
        return {
          number,
          stage: number === 1n ? 'checked' : 'open',
          closingReason: number === 1n ? 'age' : null,
          firstBlock: first.number,
          lastBlock: last.number,
          oldRoot: made[Number(first.number) - 1]!.block.stateRoot,
          newRoot: last.stateRoot,
          timestamp: first.timestamp,
          transactions: blocks.reduce((sum, { transactions }) => sum + transactions.length, 0),
          writes: 14,
          size: 4_321,
          proof: number === 1n && this.proof !== null ? 'proven' : 'none',
        };
      });
    const hashesOf = (number: bigint): readonly bigint[] => made[Number(number)]?.block.transactions ?? [];
    return {
      height: async () => BigInt(made.length - 1),
      block: async (number) => made[Number(number)]?.block ?? null,
      blockByHash: async (hash) => made.find(({ block }) => block.hash === hash)?.block ?? null,
      blocks: async (first, last) => between(made, first, last).map(({ block }) => block),
      ancestors: async () => [],
      transaction: async (hash) => shown(hash),
      transactionsOf: async (number) => hashesOf(number).map((hash) => shown(hash)!),
      receipt: async (hash) => receiptOf(hash),
      receiptsOf: async (number) => hashesOf(number).map((hash) => receiptOf(hash)!),
      logs: async () => [],
      accessLog: async (hash) => placeOf(hash)?.executed ?? null,
      newestBatch: async () => batches().at(-1)!,
      batch: async (number) => batches()[Number(number) - 1] ?? null,
      batches: async (first, last) => between(batches(), first - 1n, last - 1n),
      batchBytes: async () => null,
      netWrites: async () => null,
      batchProof: async (number) => (number === 1n ? this.proof : null),
      get: async (hash) => this.#codes.get(hash),
      onBlock: async (listener) => {
        this.#listeners.add(listener);
        return async () => void this.#listeners.delete(listener);
      },
    };
  }
}

export interface ServedPage {
  readonly url: string;
  readonly bugs: readonly unknown[];
  stop(): Promise<void>;
}

export async function servePage({ store, pool, state }: PageWorld): Promise<ServedPage> {
  const bugs: unknown[] = [];
  const page = await openNodePage({ chain: w.CHAIN, store, pool, state, version: '0.0.0' }, (bug) => bugs.push(bug));
  const server = createServer(page.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bugs,
    stop: async () => {
      await page.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
