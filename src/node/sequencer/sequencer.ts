import { Closing } from '../../base/tasks/closing.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { EvmBatch } from '../../rules/evm/batch.js';
import { bytesOf } from '../../rules/evm/bytes.js';
import { decodeTransaction } from '../../rules/evm/decode.js';
import type { BlockEnvironment } from '../../rules/evm/environment.js';
import type { Access } from '../../state/batch/access.js';
import { entryId } from '../../state/batch/encoding.js';
import { keccak256 } from '../../state/batch/import/keccak.js';
import { changeOf } from '../../state/hashdb/change.js';
import { StorageError } from '../../state/hashdb/driver.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import { SqlError } from '../sql/error.js';
import { BLOCK_BYTES, decodeBatch, encodeBatch } from '../store/batch-bytes.js';
import { sealBlock } from '../store/seal.js';
import type { Included } from '../store/seal.js';
import type { ClosingReason, StoredBatch, StoredBlock } from '../store/state-db.js';
import { Alarm } from './alarm.js';
import { nextBaseFee } from './base-fee.js';
import type { TransactionSource } from './candidates.js';
import { fillBlock } from './fill-block.js';
import { followSql } from './follow-sql.js';
import { batchBlock, EMPTY_BYTES, OpenBatch } from './open-batch.js';
import type { ChainParts } from './parts.js';
import { replay } from './replay.js';
import type { SequencerSettings } from './settings.js';

/**
 * What the sequencer has done last:
 * - `executed`: a block's transactions ran; nothing of it is stored
 * - `committed`: the HashDB has the state after the block
 * - `stored`: the block is in SQL: it happened
 * - `told`: the pool knows
 * - `closed`: the batch takes no more blocks
 * - `checked`: it was executed again from its bytes, with the same result
 */
export type SequencerStep = 'executed' | 'committed' | 'stored' | 'told' | 'closed' | 'checked';

/** What a sequencer works on, and whom it tells. */
export interface SequencerParts extends ChainParts {
  readonly source: TransactionSource;
  readonly settings: SequencerSettings;
  /** Unix time in milliseconds. Default: this machine's clock. */
  readonly now?: (() => number) | undefined;
  readonly onStep?: ((step: SequencerStep) => void) | undefined;
  /** Told, in a sentence, what went wrong for now: it is tried again. */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /** Told why no more blocks are made: a divergence, a damaged store, a fault of this program. */
  readonly onStop?: ((error: Error) => void) | undefined;
}

/** What the next block follows. */
type Tip = Pick<StoredBlock, 'number' | 'hash' | 'timestamp' | 'gasLimit' | 'gasUsed' | 'baseFeePerGas' | 'stateRoot'>;

const ANCESTORS = 256;
const AGAIN_MS = 1000;

/**
 * Makes blocks of a pool's transactions, and batches of blocks. The state of a block is in the HashDB before the block
 * is in SQL: no stored block lacks its state. What SQL does not know did not happen: on start, the HashDB follows SQL.
 * A batch is executed again from its own bytes before it is `checked`.
 *
 * @example
 * await using sequencer = Sequencer.start({ chain, db, store, source: pool, settings: DEFAULT_SETTINGS });
 */
export class Sequencer extends Closing {
  readonly #parts: SequencerParts;
  readonly #alarm = new Alarm();
  readonly #endReady: () => void;
  #isClosing = false;
  #tip!: Tip;
  #ancestors: readonly Uint256[] = [];
  #open: OpenBatch | null = null;
  /** Whether there may be transactions that were not tried. */
  #hasNews = true;
  #isOrdered = false;
  #lastStart = -Infinity;
  #stopped: Error | null = null;
  readonly #running: Promise<void>;

  private constructor(parts: SequencerParts) {
    super();
    this.#parts = parts;
    this.#endReady = parts.source.onReady(() => {
      this.#hasNews = true;
      this.#alarm.raise();
    });
    this.#running = this.#run();
  }

  /** Goes on where the stored chain is; `beginChain` makes one. */
  static start(parts: SequencerParts): Sequencer {
    return new Sequencer(parts);
  }

  /** Why it stopped; null while it goes on. */
  get stopped(): Error | null {
    return this.#stopped;
  }

  /** Closes the batch that is open, if it has blocks, after the block under way. */
  orderBatch(): void {
    this.#isOrdered = true;
    this.#alarm.raise();
  }

  /** Says that a batch was proven: more may be made. */
  proven(): void {
    this.#alarm.raise();
  }

  /** Ends after the step under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#endReady();
    this.#alarm.raise();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.#recover();
        await this.#sequence();
      } catch (error) {
        if (!(error instanceof SqlError || error instanceof StorageError)) return this.#stop(error as Error);
        this.#parts.onWarning?.(`${error.message}; trying again`);
        await this.#alarm.wait(AGAIN_MS);
      }
    }
  }

  #stop(error: Error): void {
    this.#stopped = error;
    this.#parts.onStop?.(error);
  }

  /** Takes up what is stored, and drops what is not. */
  async #recover(): Promise<void> {
    const { db, store, source } = this.#parts;
    const tip = await store.block(await store.height());
    if (tip === null) throw new Error('expected a chain with a genesis block: begin it first');
    await followSql(db, tip.stateRoot);
    this.#tip = tip;
    this.#ancestors = [tip.hash, ...(await store.ancestors(tip.number))].slice(0, ANCESTORS);
    this.#open = null;
    this.#hasNews = true;
    // The last block may be stored without the pool having been told.
    await source.stored((await store.transactionsOf(tip.number)).map(({ bytes }) => this.#decode(bytes)));
    const newest = await store.newestBatch();
    if (newest?.stage === 'closed') await this.#check(newest);
    if (newest?.stage === 'open') this.#open = await this.#reopen(newest);
  }

  /** The open batch, executed again from the blocks that are stored. */
  async #reopen(batch: StoredBatch): Promise<OpenBatch> {
    const { store } = this.#parts;
    const stored = await store.blocks(batch.firstBlock, batch.lastBlock);
    const blocks = await Promise.all(
      stored.map(async (block) => {
        const transactions = await store.transactionsOf(block.number);
        return batchBlock(
          block,
          transactions.map(({ bytes }) => bytes),
        );
      }),
    );
    const evm = await replay(this.#parts, batch, blocks, stored);
    const open = new OpenBatch(batch.number, batch.oldRoot, evm);
    for (const block of blocks) open.add(block, this.#now());
    return open;
  }

  async #sequence(): Promise<void> {
    while (!this.#isClosing) {
      await this.#wait();
      if (this.#isClosing) return;
      const { beatMs, mostUnproven } = this.#parts.settings;
      if (this.#isDue()) {
        await this.#closeBatch(this.#isOrdered ? 'ordered' : 'age');
        continue;
      }
      this.#isOrdered = false;
      if (!this.#hasNews) continue;
      if (mostUnproven !== null && this.#open === null && (await this.#parts.store.unproven()) >= mostUnproven) {
        await this.#alarm.wait(Math.max(beatMs, AGAIN_MS));
        continue;
      }
      this.#hasNews = false;
      this.#lastStart = performance.now();
      const full = await this.#makeBlock();
      if (full !== null) this.#hasNews = true;
      if (full === 'writes' || full === 'bytes') await this.#closeBatch(full);
    }
  }

  /** Waits until there is something to do, and the beat permits it. */
  async #wait(): Promise<void> {
    for (;;) {
      if (this.#isClosing || this.#isDue()) return;
      const beat = this.#lastStart + this.#parts.settings.beatMs - performance.now();
      if (this.#hasNews && beat <= 0) return;
      await this.#alarm.wait(Math.min(this.#hasNews ? beat : Infinity, this.#ageLeft()));
      if (this.#isOrdered && this.#open === null) return;
    }
  }

  #isDue(): boolean {
    return this.#open !== null && this.#open.blocks.length > 0 && (this.#isOrdered || this.#ageLeft() <= 0);
  }

  /** Milliseconds until the open batch takes no more. */
  #ageLeft(): number {
    const since = this.#open?.since ?? null;
    return since === null ? Infinity : since + this.#parts.settings.mostAgeMs - this.#now();
  }

  /** @returns what was used up; null if there were no more transactions */
  async #makeBlock(): Promise<'gas' | 'writes' | 'bytes' | null> {
    const { source, settings, db, chain, store, onStep } = this.#parts;
    const open = (this.#open ??= await this.#begin());
    const environment = this.#environment();
    open.evm.enterBlock(environment);
    const candidates = source.candidates({ baseFeePerGas: environment.baseFeePerGas });
    const room = {
      gasLimit: settings.blockGasLimit,
      bytes: settings.mostBytes - open.size - BLOCK_BYTES,
      most: { writes: settings.mostWrites, bytes: settings.mostBytes - BLOCK_BYTES - EMPTY_BYTES },
    };
    const { included, full } = await fillBlock(open.evm, candidates, room, () => this.#isClosing);
    if (included.length === 0) return full;
    onStep?.('executed');
    const change = await changeOf(db, this.#tip.stateRoot, lastWrites(included));
    await db.commit({ ...change, origin: 'write' });
    onStep?.('committed');
    const block = sealBlock(environment, included, change.root, chain.fork);
    const growth = { number: open.number, oldRoot: open.oldRoot, writes: open.evm.changed };
    const sent = included.map(({ transaction }) => transaction);
    const bytes = sent.map((transaction) => transaction.bytes);
    open.add(batchBlock(block, bytes), this.#now());
    await store.addBlock(block, codesOf(included, open.evm), { ...growth, size: open.size });
    onStep?.('stored');
    this.#tip = block;
    this.#ancestors = [block.hash, ...this.#ancestors].slice(0, ANCESTORS);
    await source.stored(sent);
    onStep?.('told');
    return full;
  }

  async #begin(): Promise<OpenBatch> {
    const { chain, db, store } = this.#parts;
    const newest = await store.newestBatch();
    const { stateRoot } = this.#tip;
    const evm = await EvmBatch.begin(chain, new WorkingState(db, stateRoot), store);
    return new OpenBatch((newest?.number ?? 0n) + 1n, stateRoot, evm);
  }

  #environment(): BlockEnvironment {
    const { blockGasLimit: gasLimit, feeRecipient } = this.#parts.settings;
    const { number, hash, timestamp } = this.#tip;
    const now = BigInt(Math.floor(this.#now() / 1000));
    return {
      number: number + 1n,
      // A clock that was set back does not set back the chain.
      timestamp: now > timestamp ? now : timestamp,
      gasLimit,
      baseFeePerGas: nextBaseFee(this.#tip),
      prevRandao: keccak256(bytesOf(hash, 32)),
      feeRecipient,
      ancestors: this.#ancestors,
    };
  }

  async #closeBatch(reason: ClosingReason): Promise<void> {
    const { store, onStep } = this.#parts;
    const { number, blocks, evm } = this.#open!;
    this.#open = null;
    this.#isOrdered = false;
    // Full before its first block: nothing is stored of it.
    if (blocks.length === 0) return;
    await store.closeBatch({ number, reason, bytes: encodeBatch(blocks), netWrites: evm.netChanges().writes });
    onStep?.('closed');
    await this.#check((await store.batch(number))!);
  }

  /** Executes a closed batch again from its bytes. @throws {DivergenceError} it comes to something else */
  async #check(batch: StoredBatch): Promise<void> {
    const { store, onStep } = this.#parts;
    const bytes = await store.batchBytes(batch.number);
    const stored = await store.blocks(batch.firstBlock, batch.lastBlock);
    await replay(this.#parts, batch, decodeBatch(bytes!), stored);
    await store.markChecked(batch.number);
    onStep?.('checked');
  }

  #decode = (bytes: Uint8Array) => decodeTransaction(bytes, this.#parts.chain);

  #now(): number {
    return (this.#parts.now ?? Date.now)();
  }
}

/** What a block changed, each entry with its last value. */
const lastWrites = (included: readonly Included[]): Access[] => [
  ...new Map(included.flatMap(({ writes }) => writes.map((write) => [entryId(write), write] as const))).values(),
];

/** The codes that a block's writes name. */
function codesOf(included: readonly Included[], evm: EvmBatch): ReadonlyMap<Uint256, Uint8Array> {
  const named = included.flatMap(({ writes }) => writes.filter(({ kind }) => kind === 'code'));
  if (named.length === 0) return new Map();
  const { codes } = evm.netChanges();
  const made = named.map(({ value }) => [value, codes.get(value)] as const);
  return new Map(made.filter((one): one is readonly [Uint256, Uint8Array] => one[1] !== undefined));
}
