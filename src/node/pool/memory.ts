import type { Uint256 } from '../../base/field/limbs.js';
import { showAddress } from '../../rules/common/range.js';
import { PoolError } from './errors.js';
import { NonceQueue } from './nonce-queue.js';
import type { TailRank } from './nonce-queue.js';
import type { Pooled } from './pooled.js';
import { effectiveTip, isReplacement } from './price.js';
import type { AccountState, DropReason } from './types.js';

/** Limits of what is kept; see `PoolOptions`. */
export interface MemoryLimits {
  readonly perSender: number;
  readonly gapLimit: number;
  readonly total: number;
}

/** A transaction that left without being executed, or whose nonce is used. */
export interface Dropped {
  readonly entry: Pooled;
  readonly reason: DropReason;
  readonly message: string;
}

/** What a new transaction did. */
export interface Admission {
  /** Those that are ready now, and were not. */
  readonly ready: readonly Pooled[];
  readonly dropped: readonly Dropped[];
}

/** All queues: who may come, and who goes for it. Nothing here waits or stores. */
export class PoolMemory {
  /** Of the next block, in wei. */
  baseFee = 0n;
  readonly #queues = new Map<bigint, NonceQueue>();
  readonly #byHash = new Map<Uint256, Pooled>();
  #slots = 0;

  constructor(private readonly limits: MemoryLimits) {}

  get slots(): number {
    return this.#slots;
  }

  get(hash: Uint256): Pooled | undefined {
    return this.#byHash.get(hash);
  }

  queue(sender: bigint): NonceQueue | undefined {
    return this.#queues.get(sender);
  }

  get queues(): readonly NonceQueue[] {
    return [...this.#queues.values()];
  }

  /**
   * Takes a transaction. `settle` was called with its sender's account before.
   * @throws {PoolError} it is not taken; nothing has changed
   */
  admit(entry: Pooled, account: AccountState): Admission {
    const { hash, sender, nonce } = entry.transaction;
    if (this.#byHash.has(hash)) throw new PoolError('already known');
    const queue = this.#queues.get(sender) ?? new NonceQueue(sender, account);
    this.#checkNonce(nonce, queue);
    const old = queue.at(nonce);
    if (old !== undefined) checkReplacement(entry, old);
    checkFunds(entry, queue);
    const before = new Set(queue.ready);
    const dropped: Dropped[] = [];
    if (old !== undefined) dropped.push(this.drop(old, 'replaced', `by one that pays more, with nonce ${nonce}`));
    this.#put(entry, account);
    dropped.push(...this.settle(sender, account));
    try {
      this.#makeRoom(entry, dropped);
    } catch (error) {
      dropped.forEach((each) => this.#put(each.entry, account));
      throw error;
    }
    const ready = this.#queues.get(sender)!.ready.filter((each) => !before.has(each));
    return { ready, dropped };
  }

  /** Puts back what was taken before this process began. `settle` and `shrink` follow. */
  restore(entry: Pooled, account: AccountState): void {
    this.#put(entry, account);
  }

  /** Evicts until the limit is met. */
  shrink(): readonly Dropped[] {
    const dropped: Dropped[] = [];
    while (this.#slots > this.limits.total) dropped.push(this.#evict());
    return dropped;
  }

  /** An account is in this state: drops those of its transactions whose nonces are used, or that it cannot pay. */
  settle(sender: bigint, account: AccountState): readonly Dropped[] {
    const queue = this.#queues.get(sender);
    if (queue === undefined) return [];
    const { nonce, balance } = account;
    const { used, unpaid } = queue.settle(account);
    [...used, ...unpaid].forEach((entry) => this.#forget(entry));
    if (queue.entries.length === 0) this.#queues.delete(sender);
    const from = showAddress(sender);
    return [
      ...used.map((entry): Dropped => ({ entry, reason: 'nonce', message: `the next nonce of ${from} is ${nonce}` })),
      ...unpaid.map((entry): Dropped => ({
        entry,
        reason: 'funds',
        message: `others of ${from} spend its ${balance} wei before`,
      })),
    ];
  }

  /** Drops a transaction. Its sender's later ones wait. */
  drop(entry: Pooled, reason: DropReason, message: string): Dropped {
    const queue = this.#queues.get(entry.transaction.sender)!;
    queue.remove(entry);
    if (queue.entries.length === 0) this.#queues.delete(queue.sender);
    this.#forget(entry);
    return { entry, reason, message };
  }

  /** Drops what came before a time, in milliseconds, and cannot run: a nonce is missing, or it pays no base fee. */
  expire(before: number): readonly Dropped[] {
    const waits = ({ entries, ready }: NonceQueue): readonly Pooled[] => {
      const runs = ready.findIndex(({ transaction }) => effectiveTip(transaction, this.baseFee) < 0n);
      return entries.slice(runs === -1 ? ready.length : runs);
    };
    const old = this.queues.flatMap(waits).filter(({ since }) => since < before);
    return old.map((entry) => this.drop(entry, 'expired', 'it waited too long for a nonce or a lower base fee'));
  }

  #checkNonce(nonce: bigint, { account, firstMissing }: NonceQueue): void {
    if (nonce < account.nonce) throw new PoolError('nonce too low', `next nonce ${account.nonce}, tx nonce ${nonce}`);
    const { perSender, gapLimit } = this.limits;
    const most = account.nonce + BigInt(perSender) - 1n;
    if (nonce > most)
      throw new PoolError(
        'nonce too high',
        `next nonce ${account.nonce}, tx nonce ${nonce}, at most ${most} waits here`,
      );
    const last = firstMissing + BigInt(gapLimit);
    if (nonce > last)
      throw new PoolError(
        'nonce too high',
        `missing nonce ${firstMissing}, tx nonce ${nonce}, at most ${last} waits here`,
      );
  }

  /** Evicts until a new transaction has room, and notes whom. @throws {PoolError} it is the worst itself */
  #makeRoom(entry: Pooled, evicted: Dropped[]): void {
    while (this.#slots > this.limits.total) {
      const { firstMissing } = this.#queues.get(entry.transaction.sender)!;
      const isReady = entry.transaction.nonce < firstMissing;
      const gone = this.#evict();
      if (gone.entry !== entry) evicted.push(gone);
      else if (isReady) throw new PoolError('transaction underpriced', `the pool is full, and all others pay more`);
      else throw new PoolError('txpool is full', `nonce ${firstMissing} is missing before it, and all others can run`);
    }
  }

  /** The end of a queue that is least worth: behind a gap before ready, then who pays less, then who came later. */
  #evict(): Dropped {
    const ranks = this.queues.map((queue) => queue.tailRank(this.baseFee));
    const { tail } = ranks.reduce((worst, each) => (isWorse(each, worst) ? each : worst));
    return this.drop(tail, 'evicted', 'the pool is full, and others pay more');
  }

  #put(entry: Pooled, account: AccountState): void {
    const { sender, hash } = entry.transaction;
    const queue = this.#queues.get(sender) ?? new NonceQueue(sender, account);
    queue.put(entry);
    this.#queues.set(sender, queue);
    this.#byHash.set(hash, entry);
    this.#slots += entry.slots;
  }

  #forget(entry: Pooled): void {
    this.#byHash.delete(entry.transaction.hash);
    this.#slots -= entry.slots;
  }
}

function isWorse(a: TailRank, b: TailRank): boolean {
  if (a.isReady !== b.isReady) return !a.isReady;
  if (a.tip !== b.tip) return a.tip < b.tip;
  return a.tail.order > b.tail.order;
}

function checkReplacement({ transaction: by }: Pooled, { transaction: old }: Pooled): void {
  if (isReplacement(by, old)) return;
  const fees = ({ maxFeePerGas, maxPriorityFeePerGas }: typeof old): string =>
    `gas fee cap ${maxFeePerGas}, gas tip cap ${maxPriorityFeePerGas}`;
  const least = `both at least 10% above ${fees(old)}`;
  throw new PoolError('replacement transaction underpriced', `expected ${least}; got ${fees(by)}`);
}

/** Those with lower nonces are paid first; those with higher ones yield. */
function checkFunds({ transaction, cost }: Pooled, queue: NonceQueue): void {
  const { balance } = queue.account;
  const before = queue.costBelow(transaction.nonce);
  if (before + cost <= balance) return;
  const queued = before === 0n ? '' : `queued cost ${before}, `;
  const overshot = before + cost - balance;
  throw new PoolError(
    'insufficient funds for gas * price + value',
    `balance ${balance}, ${queued}tx cost ${cost}, overshot ${overshot}`,
  );
}
