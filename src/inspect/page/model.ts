import type { PageData, PageKey, RunPage } from './data.js';

/** An access, with what stood there before. */
export interface Access {
  readonly time: number;
  readonly isWrite: boolean;
  readonly key: number;
  /** Digits; see `Key`. */
  readonly value: string;
  /** Null if it is not known. */
  readonly previous: string | null;
}

/** What is done to an entry; `write` if it is not known what stood there, or the same did. */
export type Deed = 'read' | 'create' | 'update' | 'delete' | 'write' | 'none';

export interface Key {
  readonly index: number;
  readonly address: string;
  readonly kind: string;
  /** Values and slots are hexadecimal digits, without leading zeros. */
  readonly slot: string;
  readonly treeKey: string;
  /** Null if it is not known. */
  readonly before: string | null;
  readonly after: string;
  readonly effect: string;
  readonly accesses: number;
}

/** A key's way through the tree; nodes are 64 hexadecimal digits, or null for the empty one. */
export interface Path {
  readonly before: readonly (string | null)[];
  readonly after: readonly (string | null)[];
  readonly siblings: readonly (readonly (string | null)[])[];
  readonly otherKey: string | null;
  /** Which child of its parent each node on the path is, from the root's down. */
  readonly digits: readonly number[];
}

/** A run as the page works with it; paths are decoded when they are asked for. */
export class Run {
  readonly keys: readonly Key[];
  readonly log: readonly Access[];
  private words: Uint32Array | null = null;
  private order: ReadonlyMap<number, number> | null = null;

  constructor(readonly page: RunPage) {
    const accesses = new Uint32Array(page.keys.length);
    for (let i = 0; i < page.log.length; i += 2) accesses[page.log[i]! >> 1]!++;
    this.keys = page.keys.map((key, index) => this.readKey(key, index, accesses[index]!));
    const held = this.keys.map(({ before }) => before);
    this.log = Array.from({ length: page.log.length / 2 }, (_, i): Access => {
      const keyAndOp = page.log[2 * i]!;
      const value = page.words[page.log[2 * i + 1]!]!;
      const key = keyAndOp >> 1;
      const previous = held[key]!;
      held[key] = value;
      return { time: i + 1, isWrite: keyAndOp % 2 === 1, key, value, previous };
    });
  }

  private readKey(
    [address, kind, slot, treeKey, before, after, effect]: PageKey,
    index: number,
    accesses: number,
  ): Key {
    const { words, addresses } = this.page;
    return {
      index,
      kind,
      effect,
      accesses,
      address: addresses[address]!,
      slot: words[slot]!,
      treeKey: this.hash(treeKey)!,
      before: before === -1 ? null : words[before]!,
      after: words[after]!,
    };
  }

  /** Of 64 hexadecimal digits; null for the empty node. Only the few characters are decoded that it is made of. */
  private hash(index: number): string | null {
    if (index === 0) return null;
    const begin = Math.floor((32 * index) / 3);
    const end = Math.ceil((32 * index + 32) / 3);
    const bytes = atob(this.page.hashes.slice(4 * begin, 4 * end));
    let digits = '';
    for (let i = 32 * index - 3 * begin, left = 32; left > 0; i++, left--)
      digits += bytes.charCodeAt(i).toString(16).padStart(2, '0');
    return digits;
  }

  /** Keys are changed one after another: which step this one is, of how many; null for a key that is not changed. */
  step({ index }: Key): { readonly number: number; readonly of: number } | null {
    this.order ??= this.stepOrder();
    const number = this.order.get(index);
    return number === undefined ? null : { number, of: this.order.size };
  }

  /** Follows the roots from change to change. Roots are compared by their place among the hashes. */
  private stepOrder(): Map<number, number> {
    const words = (this.words ??= decodeWords(this.page.paths));
    const changes = this.page.keys.flatMap(([, , , , , , , at], index) => {
      if (at === -1) return [];
      const before = words[at + 4]!;
      const after = words[at + 4 + words[at]!]!;
      return before === after ? [] : [{ index, before, after }];
    });
    const byRoot = new Map(changes.map((change) => [change.before, change]));
    const made = new Set(changes.map(({ after }) => after));
    const order = new Map<number, number>();
    let next = changes.find(({ before }) => !made.has(before));
    while (next !== undefined && !order.has(next.index)) {
      order.set(next.index, order.size + 1);
      next = byRoot.get(next.after);
    }
    return order.size === changes.length ? order : new Map();
  }

  path({ index, treeKey }: Key): Path | null {
    const at = this.page.keys[index]![7];
    if (at === -1) return null;
    this.words ??= decodeWords(this.page.paths);
    const [before, after, levels, other] = this.words.subarray(at, at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    let next = at + 4;
    const take = (count: number): (string | null)[] =>
      Array.from({ length: count }, () => this.hash(this.words![next++]!));
    const bits = this.page.bitsPerLevel;
    const path = BigInt(`0x${treeKey}`);
    return {
      before: take(before),
      after: take(after),
      siblings: Array.from({ length: levels }, () => take(2 ** bits - 1)),
      otherKey: other === 0 ? null : this.hash(other - 1),
      digits: Array.from({ length: levels }, (_, level) => Number(BigInt.asUintN(bits, path >> BigInt(bits * level)))),
    };
  }
}

function decodeWords(base64: string): Uint32Array {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

/** The entry that a key is, in words; plain key-value users have the address 0. */
export function keyName({ address, kind, slot }: Key): string {
  if (/^0x0+$/.test(address) && kind === 'storage')
    return `key ${slot.length <= 12 ? Number.parseInt(slot, 16) : `0x${slot}`}`;
  return kind === 'storage' ? `storage of ${address} at 0x${slot}` : `${kind} of ${address}`;
}

export function deedOfAccess({ isWrite, value, previous }: Access): Deed {
  if (!isWrite) return 'read';
  if (previous === null || previous === value) return 'write';
  if (previous === '0') return 'create';
  return value === '0' ? 'delete' : 'update';
}

const DEEDS: Readonly<Record<string, Deed>> = {
  read: 'read',
  update: 'update',
  createAtEmpty: 'create',
  createBesideLeaf: 'create',
  delete: 'delete',
  deleteAndLift: 'delete',
  nothing: 'none',
};

/** Null if it is not known. */
export const deedOfKey = ({ effect }: Key): Deed | null => DEEDS[effect] ?? null;

export const isChanged = ({ before, after }: Key): boolean => before !== after;

/** The data that this page was made with. */
export const pageData = (): PageData => JSON.parse(document.querySelector('#data')!.textContent) as PageData;
