/** Random blocks of a small world, in which everything happens that can happen to accounts and slots. */
import type { Account, Digest, Hex, Opening, Suite, TrieState } from '../../../src/linea/suite/suite.js';
import type { AccountAccess, BlockAccesses, SlotAccess } from '../../../src/linea/world/block.js';

export const ACCOUNTS = 4;
export const SLOTS = 3;

/** A random number below `n`. */
export type Draw = (n: number) => number;

/** The same numbers for the same seed: an LCG's high bits. */
export function draws(seed: number): Draw {
  let state = BigInt(seed);
  return (n) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    return Number((state >> 33n) % BigInt(n));
  };
}

export const addressOf = (i: number): Hex => `0x${(i + 1).toString(16).padStart(40, '0')}`;
export const slotOf = (i: number): Hex => `0x${(i + 1).toString(16).padStart(64, '0')}`;

interface ModelAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code: Uint8Array;
  readonly slots: Map<Hex, bigint>;
}

/** What a world holds, without any tree. */
export class Model {
  readonly accounts = new Map<Hex, ModelAccount>();

  /** A block that is possible now; the model is then as after it. */
  next(draw: Draw): BlockAccesses {
    const touched = Array.from({ length: ACCOUNTS }, (_, i) => addressOf(i)).filter(() => draw(3) > 0);
    return { accounts: touched.map((address) => this.#access(address, draw)) };
  }

  #access(address: Hex, draw: Draw): AccountAccess {
    const before = this.accounts.get(address);
    const names = Array.from({ length: SLOTS }, (_, i) => slotOf(i)).filter(() => draw(2) > 0);
    const reads: SlotAccess[] = names.map((slot) => ({ slot }));
    const what = draw(8);
    if (before === undefined) {
      if (what < 3) return { address, isDestroyed: false, slots: what === 0 ? reads : [] };
      return this.#create(address, false, names, draw);
    }
    if (what === 0) return { address, isDestroyed: false, slots: reads };
    if (what === 1) {
      this.accounts.delete(address);
      return { address, after: null, isDestroyed: true, slots: reads };
    }
    if (what === 2) return this.#create(address, true, names, draw);
    const slots = names.map((slot) => this.#writeSlot(before, slot, draw));
    if (what === 3) return { address, isDestroyed: false, slots };
    const after = { nonce: before.nonce + 1n, balance: BigInt(draw(1000)) };
    this.accounts.set(address, { ...before, ...after });
    return { address, after, isDestroyed: false, slots };
  }

  #create(address: Hex, isDestroyed: boolean, names: readonly Hex[], draw: Draw): AccountAccess {
    const code = new Uint8Array(draw(40)).fill(draw(256));
    const account = { nonce: 1n, balance: BigInt(draw(1000)), code, slots: new Map<Hex, bigint>() };
    this.accounts.set(address, account);
    const slots = names.map((slot) => this.#writeSlot(account, slot, draw));
    return { address, after: { nonce: 1n, balance: account.balance, code }, isDestroyed, slots };
  }

  #writeSlot({ slots }: ModelAccount, slot: Hex, draw: Draw): SlotAccess {
    if (draw(4) === 0) return { slot };
    const after = BigInt(draw(3));
    if (after === 0n) slots.delete(slot);
    else slots.set(slot, after);
    return { slot, after };
  }
}

/** A suite that hashes nothing twice: for tests that verify the same traces over and over. */
export function remembering(suite: Suite): Suite {
  const nodes = new Map<Digest, Map<Digest, Digest>>();
  const remembered = <Item>(hash: (items: readonly Item[]) => Promise<Digest[]>, name: (item: Item) => unknown) => {
    const known = new Map<unknown, Digest>();
    return async (items: readonly Item[]): Promise<Digest[]> => {
      const names = items.map(name);
      const missing = items.flatMap((item, i) => (known.has(names[i]) ? [] : [{ item, name: names[i] }]));
      (await hash(missing.map(({ item }) => item))).forEach((digest, i) => known.set(missing[i]!.name, digest));
      return names.map((one) => known.get(one)!);
    };
  };
  const text = (item: object): string => Object.values(item).join();
  return {
    name: suite.name,
    maxKey: suite.maxKey,
    integerBytes: suite.integerBytes,
    isDigest: (x) => suite.isDigest(x),
    nodes: async (children) => {
      const known = ([left, right]: readonly [Digest, Digest]): Digest | undefined => nodes.get(left)?.get(right);
      const missing = children.filter((pair) => known(pair) === undefined);
      (await suite.nodes(missing)).forEach((hash, i) => {
        const [left, right] = missing[i]!;
        const byRight = nodes.get(left) ?? new Map<Digest, Digest>();
        nodes.set(left, byRight.set(right, hash));
      });
      return children.map((pair) => known(pair)!);
    },
    leaves: remembered((openings: readonly Opening[]) => suite.leaves(openings), text),
    tops: remembered((states: readonly TrieState[]) => suite.tops(states), text),
    addresses: remembered((addresses) => suite.addresses(addresses), String),
    words: remembered((words) => suite.words(words), String),
    accounts: remembered((accounts: readonly Account[]) => suite.accounts(accounts), text),
    code: (code) => suite.code(code),
  };
}
