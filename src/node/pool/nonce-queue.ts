import { effectiveTip } from './price.js';
import type { Pooled } from './pooled.js';
import type { AccountState } from './types.js';

/** How much a transaction at the end of a queue is worth keeping. */
export interface TailRank {
  readonly tail: Pooled;
  /** Whether nothing is missing before it. */
  readonly isReady: boolean;
  /** The least tip among it and those that must run before it: nobody earns its own without theirs. */
  readonly tip: bigint;
}

/**
 * The transactions of one sender, by nonce. Those from the account's nonce to the first gap are ready.
 *
 * Their costs together never exceed the balance: no wei is promised twice, and each ready one can be paid when its turn
 * comes, whatever those before it cost in the end.
 */
export class NonceQueue {
  /** By nonce, rising. */
  #entries: readonly Pooled[] = [];
  #rank: (TailRank & { readonly baseFee: bigint }) | null = null;

  constructor(
    readonly sender: bigint,
    public account: AccountState,
  ) {}

  get entries(): readonly Pooled[] {
    return this.#entries;
  }

  at(nonce: bigint): Pooled | undefined {
    return this.#entries.find(({ transaction }) => transaction.nonce === nonce);
  }

  /** Those that can run one after the other. */
  get ready(): readonly Pooled[] {
    return this.#entries.slice(0, this.#readyCount());
  }

  get queued(): readonly Pooled[] {
    return this.#entries.slice(this.#readyCount());
  }

  /** The nonce that the next ready transaction would have. */
  get firstMissing(): bigint {
    return this.account.nonce + BigInt(this.#readyCount());
  }

  /** What those below a nonce cost at most, in wei. */
  costBelow(nonce: bigint): bigint {
    return this.#entries.reduce((sum, { transaction, cost }) => (transaction.nonce < nonce ? sum + cost : sum), 0n);
  }

  /** Puts a transaction at its nonce, where none is. */
  put(entry: Pooled): void {
    const at = this.#entries.findIndex(({ transaction }) => transaction.nonce > entry.transaction.nonce);
    this.#set(at === -1 ? [...this.#entries, entry] : this.#entries.toSpliced(at, 0, entry));
  }

  remove(entry: Pooled): void {
    this.#set(this.#entries.filter((other) => other !== entry));
  }

  /** Takes out what the account no longer permits: nonces that are used, and what the balance does not pay. */
  settle(account: AccountState): { readonly used: readonly Pooled[]; readonly unpaid: readonly Pooled[] } {
    this.account = account;
    const used = this.#entries.filter(({ transaction }) => transaction.nonce < account.nonce);
    const unpaid: Pooled[] = [];
    let left = account.balance;
    for (const entry of this.#entries.slice(used.length)) {
      if (entry.cost > left) unpaid.push(entry);
      else left -= entry.cost;
    }
    const gone = new Set([...used, ...unpaid]);
    this.#set(this.#entries.filter((entry) => !gone.has(entry)));
    return { used, unpaid };
  }

  /** The queue must not be empty. */
  tailRank(baseFee: bigint): TailRank {
    if (this.#rank?.baseFee !== baseFee) {
      const tips = this.#entries.map(({ transaction }) => effectiveTip(transaction, baseFee));
      const tip = tips.reduce((least, each) => (each < least ? each : least));
      const isReady = this.#readyCount() === this.#entries.length;
      this.#rank = { tail: this.#entries.at(-1)!, isReady, tip, baseFee };
    }
    return this.#rank;
  }

  #readyCount(): number {
    const gap = this.#entries.findIndex(({ transaction }, i) => transaction.nonce !== this.account.nonce + BigInt(i));
    return gap === -1 ? this.#entries.length : gap;
  }

  #set(entries: readonly Pooled[]): void {
    this.#entries = entries;
    this.#rank = null;
  }
}
