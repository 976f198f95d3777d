/** A chain in memory, which makes a block of each transaction at once: what RPC is tried on without a database. */
import { createBlockHeader } from '@ethereumjs/block';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesOf, numberOf } from '../../../src/rules/evm/bytes.js';
import { commonOf } from '../../../src/rules/evm/common.js';
import { EvmBatch } from '../../../src/rules/evm/batch.js';
import { EvmChain } from '../../../src/rules/evm/chain.js';
import type { BlockEnvironment } from '../../../src/rules/evm/environment.js';
import type { EvmTransaction } from '../../../src/rules/evm/transaction.js';
import { checkStatic } from '../../../src/node/pool/check.js';
import { PoolError } from '../../../src/node/pool/errors.js';
import type { PoolContent, TransactionPool } from '../../../src/node/pool/types.js';
import { matches } from '../../../src/node/rpc/log-query.js';
import type * as s from '../../../src/node/store/state-db.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { databaseOn } from '../../../src/engine/database.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { Address } from '@ethereumjs/util';

export const GAS_LIMIT = 30_000_000n;
export const BASE_FEE = 7n;
export const FEE_RECIPIENT = 0xfeen;
export const START = 1_800_000_000n;

interface Made {
  readonly block: s.StoredBlock;
  readonly transactions: readonly s.StoredTransaction[];
  readonly receipts: readonly s.StoredReceipt[];
  readonly accessLogs: readonly s.AccessLog[];
}

const in256 = (bytes: Uint8Array): bigint => numberOf(keccak_256(bytes));

export class MemoryChain implements s.StateDb, AsyncDisposable {
  readonly #made: Made[] = [];
  readonly #codes = new Map<bigint, Uint8Array>();
  readonly #listeners = new Set<(number: bigint) => void>();
  readonly #readyListeners = new Set<(transaction: EvmTransaction) => void>();
  /** Transactions that wait while `isHeld`. */
  #waiting: EvmTransaction[] = [];
  isHeld = false;

  private constructor(
    readonly chain: EvmChain,
    readonly state: HashDb,
  ) {}

  static async begin(entries: readonly Entry[], chain = new EvmChain(31337n)): Promise<MemoryChain> {
    const state = await databaseOn(new MemoryDriver(), { createIfMissing: true });
    const made = new MemoryChain(chain, state);
    const working = new WorkingState(state, (await state.current()).root);
    for (const { value, ...entry } of entries) working.set(entry, value);
    await working.commit();
    await made.#store(made.#environment(), [], []);
    return made;
  }

  #environment(): BlockEnvironment {
    const number = BigInt(this.#made.length);
    return {
      number,
      timestamp: START + number,
      gasLimit: GAS_LIMIT,
      baseFeePerGas: BASE_FEE,
      prevRandao: in256(bytesOf(number, 8)),
      feeRecipient: FEE_RECIPIENT,
      ancestors: this.#made
        .toReversed()
        .slice(0, 256)
        .map(({ block }) => block.hash),
    };
  }

  /** Makes a block of transactions. */
  async mine(transactions: readonly EvmTransaction[]): Promise<void> {
    const environment = this.#environment();
    const working = new WorkingState(this.state, (await this.state.current()).root);
    const batch = await EvmBatch.begin(this.chain, working, this.#codes);
    batch.enterBlock(environment);
    const executed = [];
    for (const transaction of transactions) executed.push(await batch.execute(transaction));
    const { writes, codes } = batch.netChanges();
    for (const [hash, code] of codes) this.#codes.set(hash, code);
    for (const { value, address, kind, slot } of writes) working.set({ address, kind, slot }, value);
    await working.commit();
    await this.#store(environment, transactions, executed);
  }

  async #store(
    environment: BlockEnvironment,
    transactions: readonly EvmTransaction[],
    executed: readonly Awaited<ReturnType<EvmBatch['execute']>>[],
  ): Promise<void> {
    const { number, timestamp, gasLimit, baseFeePerGas, prevRandao, feeRecipient, ancestors } = environment;
    const stateRoot = (await this.state.current()).root;
    const gasUsed = executed.at(-1)?.receipt.cumulativeGasUsed ?? 0n;
    const bloom = new Uint8Array(256);
    for (const { receipt } of executed) receipt.bloom.forEach((byte, i) => (bloom[i]! |= byte));
    const header = createBlockHeader(
      {
        parentHash: bytesOf(ancestors[0] ?? 0n, 32),
        stateRoot: bytesOf(stateRoot, 32),
        number,
        timestamp,
        gasLimit,
        gasUsed,
        baseFeePerGas,
        logsBloom: bloom,
        mixHash: bytesOf(prevRandao, 32),
        coinbase: new Address(bytesOf(feeRecipient, 20)),
        difficulty: 0n,
      },
      { common: commonOf(this.chain), skipConsensusFormatValidation: true },
    ).serialize();
    const hash = in256(header);
    const block: s.StoredBlock = {
      number,
      timestamp,
      gasLimit,
      baseFeePerGas,
      prevRandao,
      feeRecipient,
      hash,
      stateRoot,
      bloom,
      gasUsed,
      header,
      parentHash: ancestors[0] ?? 0n,
      transactionsRoot: 0n,
      receiptsRoot: 0n,
      size: header.length,
      batch: 1n,
      transactions: transactions.map((transaction) => transaction.hash),
    };
    const placeOf = (index: number) => ({ blockNumber: number, blockHash: hash, index });
    let firstLog = 0;
    const receipts = executed.map(({ receipt }, i): s.StoredReceipt => {
      const { sender, to } = transactions[i]!;
      const stored = { ...receipt, ...placeOf(i), sender, to, firstLog };
      firstLog += receipt.logs.length;
      return stored;
    });
    this.#made.push({
      block,
      transactions: transactions.map(({ hash: own, bytes, sender }, i) => ({
        ...placeOf(i),
        hash: own,
        bytes,
        sender,
      })),
      receipts,
      accessLogs: executed.map(({ reads, writes }) => ({ reads, writes })),
    });
    for (const listener of this.#listeners) listener(number);
  }

  /** A pool that has its transactions executed at once, unless they are held. */
  readonly pool: TransactionPool = {
    add: async (bytes) => {
      const transaction = checkStatic(bytes, {
        chain: this.chain,
        maxBytes: 131_072,
        blockGasLimit: GAS_LIMIT,
        priceFloor: 0n,
      });
      const state = new WorkingState(this.state, (await this.state.current()).root);
      const nonce = await state.get({ address: transaction.sender, kind: 'nonce', slot: 0n });
      if (transaction.nonce < nonce) {
        throw new PoolError('nonce too low', `next nonce ${nonce}, tx nonce ${transaction.nonce}`);
      }
      for (const listener of this.#readyListeners) listener(transaction);
      if (this.isHeld) this.#waiting.push(transaction);
      else await this.mine([transaction]);
      return transaction.hash;
    },
    get: (hash) => this.#waiting.find((transaction) => transaction.hash === hash),
    whyDropped: () => undefined,
    nextNonce: (sender) => {
      const own = this.#waiting.filter((transaction) => transaction.sender === sender).at(-1);
      return own === undefined ? undefined : own.nonce + 1n;
    },
    status: () => ({ pending: this.#waiting.length, queued: 0 }),
    content: (sender): PoolContent => ({
      pending: new Map(
        this.#waiting
          .filter((transaction) => sender === undefined || transaction.sender === sender)
          .map((transaction) => [transaction.sender, [transaction]]),
      ),
      queued: new Map(),
    }),
    priceFloor: () => 1n,
    candidates: () => {
      throw new Error('nobody asks');
    },
    stored: async () => {},
    onReady: (listener) => {
      this.#readyListeners.add(listener);
      return () => void this.#readyListeners.delete(listener);
    },
    onDropped: () => () => {},
    block: async () => {},
    unblock: async () => {},
    blocked: () => [],
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };

  /** Makes a block of those that wait. */
  async release(): Promise<void> {
    await this.mine(this.#waiting.splice(0));
  }

  #find = (hash: bigint) => {
    for (const made of this.#made) {
      const index = made.block.transactions.indexOf(hash);
      if (index !== -1) return { made, index };
    }
    return null;
  };
  #at = (number: bigint): Made | undefined => this.#made[Number(number)];

  height = async () => BigInt(this.#made.length - 1);
  block = async (number: bigint) => this.#at(number)?.block ?? null;
  blockByHash = async (hash: bigint) => this.#made.find(({ block }) => block.hash === hash)?.block ?? null;
  blocks = async (first: bigint, last: bigint) =>
    this.#made.slice(Number(first), Number(last) + 1).map(({ block }) => block);
  ancestors = async (number: bigint) =>
    this.#made
      .slice(0, Number(number))
      .toReversed()
      .slice(0, 256)
      .map(({ block }) => block.hash);
  transaction = async (hash: bigint) => {
    const found = this.#find(hash);
    return found === null ? null : found.made.transactions[found.index]!;
  };
  transactionsOf = async (number: bigint) => [...(this.#at(number)?.transactions ?? [])];
  receipt = async (hash: bigint) => {
    const found = this.#find(hash);
    return found === null ? null : found.made.receipts[found.index]!;
  };
  receiptsOf = async (number: bigint) => [...(this.#at(number)?.receipts ?? [])];
  logs = async (filter: s.LogFilter, limit: number) =>
    this.#made
      .slice(Number(filter.fromBlock), Number(filter.toBlock) + 1)
      .flatMap(({ receipts }) => receipts)
      .flatMap(({ logs, blockNumber, blockHash, index, transactionHash, firstLog }) =>
        logs.map((log, i): s.StoredLog => ({
          ...log,
          blockNumber,
          blockHash,
          index,
          transactionHash,
          logIndex: firstLog + i,
        })),
      )
      .filter((log) => matches(filter, log))
      .slice(0, limit);
  accessLog = async (hash: bigint) => {
    const found = this.#find(hash);
    return found === null ? null : found.made.accessLogs[found.index]!;
  };
  newestBatch = async () => null;
  batch = async () => null;
  batches = async () => [];
  batchBytes = async () => null;
  netWrites = async () => null;
  batchProof = async () => null;
  get = async (hash: bigint) => this.#codes.get(hash);
  onBlock = async (listener: (number: bigint) => void) => {
    this.#listeners.add(listener);
    return async () => void this.#listeners.delete(listener);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.state.close();
  }
}
