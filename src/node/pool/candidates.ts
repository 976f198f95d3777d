import type { Uint256 } from '../../base/field/limbs.js';
import type { EvmTransaction } from '../../rules/evm/transaction.js';
import type { PoolMemory } from './memory.js';
import type { Pooled } from './pooled.js';
import { effectiveTip } from './price.js';
import type { PoolCandidates } from './types.js';

interface Offer {
  readonly entry: Pooled;
  readonly tip: bigint;
}

/** Told of what the sequencer finds. */
export interface CandidatesListener {
  included(hash: Uint256): void;
  /** The account of this sender may not be as the pool believes. */
  doubted(sender: bigint): void;
  refused(entry: Pooled, message: string): void;
}

/** See `PoolCandidates`. */
export class Candidates implements PoolCandidates {
  /** At most one that counts of each sender; the best last. */
  readonly #offers: Offer[] = [];
  /** The next nonces of those with transactions in the block. */
  readonly #nonces = new Map<bigint, bigint>();
  /** Those of whom nothing follows in this block. */
  readonly #passed = new Set<bigint>();
  #given: Pooled | null = null;

  constructor(
    private readonly memory: PoolMemory,
    private readonly baseFee: bigint,
    private readonly listener: CandidatesListener,
  ) {
    memory.queues.forEach(({ sender }) => this.offer(sender));
  }

  async next(): Promise<EvmTransaction | null> {
    if (this.#given !== null) this.#pass(this.#given.transaction.sender);
    for (let offer = this.#offers.pop(); offer !== undefined; offer = this.#offers.pop()) {
      const { sender } = offer.entry.transaction;
      // What was replaced, dropped or executed meanwhile is no offer; what took its place was offered then.
      if (this.#nextOf(sender) !== offer.entry || this.#passed.has(sender)) continue;
      this.#given = offer.entry;
      return offer.entry.transaction;
    }
    return null;
  }

  included({ hash, sender, nonce }: EvmTransaction): void {
    this.#given = null;
    this.listener.included(hash);
    this.#nonces.set(sender, nonce + 1n);
    this.offer(sender);
  }

  postponed({ sender }: EvmTransaction): void {
    this.#pass(sender);
    this.listener.doubted(sender);
  }

  refused({ sender }: EvmTransaction, { message }: Error): void {
    const entry = this.#given;
    this.#pass(sender);
    if (entry !== null) this.listener.refused(entry, message);
  }

  /** Looks whether a sender has something that can run, now that its queue has changed. */
  offer(sender: bigint): void {
    const entry = this.#nextOf(sender);
    if (entry === undefined || this.#passed.has(sender) || entry === this.#given) return;
    const tip = effectiveTip(entry.transaction, this.baseFee);
    if (tip < 0n) return;
    const offer = { entry, tip };
    this.#offers.splice(this.#place(offer), 0, offer);
  }

  #pass(sender: bigint): void {
    this.#given = null;
    this.#passed.add(sender);
  }

  #nextOf(sender: bigint): Pooled | undefined {
    const queue = this.memory.queue(sender);
    const entry = queue?.at(this.#nonces.get(sender) ?? queue.account.nonce);
    return entry?.isStored === true ? entry : undefined;
  }

  /** Where an offer belongs: before those that are better. */
  #place(offer: Offer): number {
    let low = 0;
    let high = this.#offers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBetter(this.#offers[middle]!, offer)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Who pays more for gas is first; then who came earlier. */
const isBetter = (a: Offer, b: Offer): boolean => (a.tip === b.tip ? a.entry.order < b.entry.order : a.tip > b.tip);
