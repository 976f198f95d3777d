import { TAIL } from '../suite/empty.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Hex, Suite } from '../suite/suite.js';
import { checkHex, checkKey } from '../suite/kind.js';
import type { TrieKind } from '../suite/kind.js';
import { SortedKeys } from './sorted-keys.js';
import type { Leaf, TrieReader } from './store.js';

/**
 * What is asked of a trie. `put` inserts or updates. `delete` is of an entry that is there.
 * @see {@link applyAll}
 */
export type Operation =
  | { readonly kind: 'read'; readonly key: Hex }
  | { readonly kind: 'put'; readonly key: Hex; readonly value: Hex }
  | { readonly kind: 'delete'; readonly key: Hex };

/** A leaf at an index, before an operation and, if that writes it, after. */
export interface Touch {
  readonly index: number;
  /** Null: there is none before an insert. */
  readonly before: Leaf | null;
  /** Null: deleted; undefined: only read. */
  readonly after?: Leaf | null;
}

/** An operation that found its leaves, in the order in which they are proven. */
export type Step = { readonly key: Hex } & (
  | { readonly kind: 'read' | 'update'; readonly touches: readonly [leaf: Touch] }
  | { readonly kind: 'read-zero'; readonly touches: readonly [left: Touch, right: Touch] }
  | { readonly kind: 'insert' | 'delete'; readonly touches: readonly [left: Touch, middle: Touch, right: Touch] }
);

/** An entry that was to be deleted is not there. */
export class AbsentKeyError extends Error {
  override readonly name = 'AbsentKeyError';
  constructor(readonly key: Hex) {
    super(`there is no entry ${key} to delete`);
  }
}

/** A trie has given out all of its 2^40 leaf indices. */
export class FullTrieError extends Error {
  override readonly name = 'FullTrieError';
}

/** Operations on the leaves alone: what each finds and leaves behind. */
export interface Sequence {
  readonly steps: readonly Step[];
  readonly nextFreeNode: number;
  /** Those that changed, as they are in the end. */
  readonly leaves: ReadonlyMap<number, Leaf | null>;
}

/**
 * @throws {TrieInputError} a key or value has not the trie's form, or the key hashes to that of HEAD or TAIL
 * @throws {AbsentKeyError} an entry to delete is not there
 */
export async function sequence(
  suite: Suite,
  kind: TrieKind,
  reader: TrieReader,
  operations: readonly Operation[],
): Promise<Sequence> {
  for (const operation of operations) {
    checkHex('key', operation.key, kind.keyBytes);
    if (operation.kind === 'put') checkHex('value', operation.value, kind.valueBytes);
  }
  const hKeys = await kind.hashKeys(
    suite,
    operations.map(({ key }) => key),
  );
  const values = operations.flatMap((operation) => (operation.kind === 'put' ? [operation.value] : []));
  const hVals = await kind.hashValues(suite, values);
  const { nextFreeNode } = await reader.state();
  const list = new WorkingList(reader, nextFreeNode);
  const steps: Step[] = [];
  let puts = 0;
  for (const [i, operation] of operations.entries()) {
    const hKey = hKeys[i]!;
    checkKey(suite, operation.key, hKey);
    const at = await list.indexFrom(hKey);
    const found = await list.leaf(at);
    const isThere = found.opening.hKey === hKey;
    if (operation.kind === 'put') {
      const entry = { ...operation, hKey, hVal: hVals[puts++]! };
      steps.push(isThere ? list.update(at, found, entry) : await list.insert(at, found, entry));
    } else if (operation.kind === 'read') {
      steps.push(await list.read(at, found, operation.key, hKey));
    } else {
      if (!isThere) throw new AbsentKeyError(operation.key);
      steps.push(await list.delete(at, found));
    }
  }
  return { steps, nextFreeNode: list.nextFreeNode, leaves: list.changed };
}

interface Entry {
  readonly key: Hex;
  readonly value: Hex;
  readonly hKey: Digest;
  readonly hVal: Digest;
}

const withNext = (leaf: Leaf, nextLeaf: number): Leaf => ({ ...leaf, opening: { ...leaf.opening, nextLeaf } });
const withPrevious = (leaf: Leaf, prevLeaf: number): Leaf => ({ ...leaf, opening: { ...leaf.opening, prevLeaf } });

/** The linked list of a trie while operations change it. */
class WorkingList {
  readonly changed = new Map<number, Leaf | null>();
  readonly #added = new SortedKeys();

  constructor(
    private readonly reader: TrieReader,
    public nextFreeNode: number,
  ) {}

  async leaf(index: number): Promise<Leaf> {
    const changed = this.changed.get(index);
    if (changed != null) return changed;
    const [leaf] = await this.reader.leaves([index]);
    return leaf!;
  }

  /** The leaf with the smallest key that is not below `hKey`. */
  async indexFrom(hKey: Digest): Promise<number> {
    const added = this.#added.from(hKey);
    let from = hKey;
    for (;;) {
      const index = await this.reader.indexFrom(from);
      if (index !== TAIL && this.changed.get(index) === null) {
        const [deleted] = await this.reader.leaves([index]);
        from = deleted!.opening.hKey + 1n;
        continue;
      }
      if (added === undefined) return index;
      const { opening } = await this.leaf(index);
      return added.key < opening.hKey ? added.index : index;
    }
  }

  async read(index: number, found: Leaf, key: Hex, hKey: Digest): Promise<Step> {
    if (found.opening.hKey === hKey) return { kind: 'read', key, touches: [{ index, before: found }] };
    const left = await this.#touch(found.opening.prevLeaf);
    return { kind: 'read-zero', key, touches: [left, { index, before: found }] };
  }

  update(index: number, found: Leaf, { key, value, hVal }: Entry): Step {
    const touch = this.#write(index, found, { key, value, opening: { ...found.opening, hVal } });
    return { kind: 'update', key, touches: [touch] };
  }

  /** Before the leaf at `next`, which is the first with a larger key. */
  async insert(next: number, found: Leaf, { key, value, hKey, hVal }: Entry): Promise<Step> {
    if (this.nextFreeNode >= 2 ** DEPTH) throw new FullTrieError('the trie has used all of its 2^40 leaf indices');
    const index = this.nextFreeNode++;
    const left = await this.#touch(found.opening.prevLeaf);
    const leaf: Leaf = { key, value, opening: { prevLeaf: left.index, nextLeaf: next, hKey, hVal } };
    this.#added.add(hKey, index);
    return {
      kind: 'insert',
      key,
      touches: [
        this.#write(left.index, left.before, withNext(left.before, index)),
        this.#write(index, null, leaf),
        this.#write(next, found, withPrevious(found, index)),
      ],
    };
  }

  async delete(index: number, found: Leaf): Promise<Step> {
    const { hKey, prevLeaf, nextLeaf } = found.opening;
    const left = await this.#touch(prevLeaf);
    const right = await this.#touch(nextLeaf);
    if (this.#added.from(hKey)?.key === hKey) this.#added.remove(hKey);
    return {
      kind: 'delete',
      key: found.key,
      touches: [
        this.#write(left.index, left.before, withNext(left.before, nextLeaf)),
        this.#write(index, found, null),
        this.#write(right.index, right.before, withPrevious(right.before, prevLeaf)),
      ],
    };
  }

  async #touch(index: number): Promise<{ readonly index: number; readonly before: Leaf }> {
    return { index, before: await this.leaf(index) };
  }

  #write(index: number, before: Leaf | null, after: Leaf | null): Touch {
    this.changed.set(index, after);
    return { index, before, after };
  }
}
