/** The pool's rules once more, as slowly as they are said: one list, searched anew each time. */
import type { Pooled } from '../../../src/node/pool/pooled.js';
import type { MemoryLimits } from '../../../src/node/pool/memory.js';
import type { AccountState } from '../../../src/node/pool/types.js';

type Account = AccountState;

const tipAt = ({ transaction: { maxFeePerGas, maxPriorityFeePerGas } }: Pooled, baseFee: bigint): bigint =>
  [maxPriorityFeePerGas, maxFeePerGas - baseFee].sort((a, b) => Number(a - b))[0]!;

export class ModelPool {
  list: Pooled[] = [];
  baseFee = 0n;

  constructor(private readonly limits: MemoryLimits) {}

  of(sender: bigint): Pooled[] {
    return this.list
      .filter(({ transaction }) => transaction.sender === sender)
      .sort((a, b) => Number(a.transaction.nonce - b.transaction.nonce));
  }

  ready(sender: bigint, { nonce }: Account): Pooled[] {
    const own = this.of(sender);
    const ready: Pooled[] = [];
    for (let next = nonce; ; next++) {
      const found = own.find(({ transaction }) => transaction.nonce === next);
      if (found === undefined) return ready;
      ready.push(found);
    }
  }

  settle(sender: bigint, account: Account): void {
    let spent = 0n;
    for (const entry of this.of(sender)) {
      const isPaid = spent + entry.cost <= account.balance;
      const isUsed = entry.transaction.nonce < account.nonce;
      if (isUsed || !isPaid) this.list = this.list.filter((other) => other !== entry);
      else spent += entry.cost;
    }
  }

  /** @returns the refusal, or null */
  admit(entry: Pooled, account: Account, accountOf: (sender: bigint) => Account): string | null {
    const { hash, sender, nonce, maxFeePerGas, maxPriorityFeePerGas } = entry.transaction;
    if (this.list.some(({ transaction }) => transaction.hash === hash)) return 'already known';
    if (nonce < account.nonce) return 'nonce too low';
    const missing = account.nonce + BigInt(this.ready(sender, account).length);
    const { perSender, gapLimit, total } = this.limits;
    if (nonce >= account.nonce + BigInt(perSender) || nonce > missing + BigInt(gapLimit)) return 'nonce too high';
    const old = this.of(sender).find(({ transaction }) => transaction.nonce === nonce);
    const isBumped = (fee: bigint, before: bigint): boolean => fee > before && fee >= (before * 11n) / 10n;
    if (
      old !== undefined &&
      !(
        isBumped(maxFeePerGas, old.transaction.maxFeePerGas) &&
        isBumped(maxPriorityFeePerGas, old.transaction.maxPriorityFeePerGas)
      )
    )
      return 'replacement transaction underpriced';
    const below = this.of(sender).filter(({ transaction }) => transaction.nonce < nonce);
    if (below.reduce((sum, { cost }) => sum + cost, entry.cost) > account.balance)
      return 'insufficient funds for gas * price + value';
    const before = this.list;
    this.list = [...this.list.filter((other) => other !== old), entry];
    this.settle(sender, account);
    while (this.list.reduce((sum, { slots }) => sum + slots, 0) > total) {
      const tails = this.list
        .map((each) => this.of(each.transaction.sender).at(-1)!)
        .map((tail) => {
          const own = this.of(tail.transaction.sender);
          const isReady = this.ready(tail.transaction.sender, accountOf(tail.transaction.sender)).length === own.length;
          const tips = own.map((each) => tipAt(each, this.baseFee)).sort((a, b) => Number(a - b));
          return { tail, isReady, tip: tips[0]! };
        })
        .sort((a, b) => Number(a.isReady) - Number(b.isReady) || Number(a.tip - b.tip) || b.tail.order - a.tail.order);
      const { tail, isReady } = tails[0]!;
      if (tail === entry) {
        this.list = before;
        return isReady ? 'transaction underpriced' : 'txpool is full';
      }
      this.list = this.list.filter((other) => other !== tail);
    }
    return null;
  }

  /** What a block takes, if all of it fits, and everything costs what it may cost at most. */
  block(accountOf: (sender: bigint) => Account, most: number): Pooled[] {
    const taken: Pooled[] = [];
    const senders = [...new Set(this.list.map(({ transaction }) => transaction.sender))];
    while (taken.length < most) {
      const heads = senders
        .flatMap((sender) => this.ready(sender, accountOf(sender)).find((each) => !taken.includes(each)) ?? [])
        .filter((head) => tipAt(head, this.baseFee) >= 0n)
        .sort((a, b) => Number(tipAt(b, this.baseFee) - tipAt(a, this.baseFee)) || a.order - b.order);
      if (heads[0] === undefined) break;
      taken.push(heads[0]);
    }
    return taken;
  }
}
