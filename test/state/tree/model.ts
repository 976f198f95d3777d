import fc from 'fast-check';
import type { Digest } from '../../../src/state/tree/node.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import { NodeOverlay } from '../../../src/state/tree/store.js';
import type { Transition } from '../../../src/state/tree/transition.js';
import { writeLeaf } from '../../../src/state/tree/write.js';

export type Content = ReadonlyMap<bigint, bigint>;

/** The root of the canonical tree of a content, straight from the definition: split until one is left. */
export function canonicalRoot(scheme: TreeScheme, content: Content): Digest {
  const build = (entries: [bigint, bigint][], level: number): Digest => {
    const [first] = entries;
    if (!first) return 0n;
    const [key, value] = first;
    if (entries.length === 1) return scheme.hashLeaf({ kind: 'leaf', key: scheme.storedKey(key, level), value });
    const parts = Array.from({ length: 1 << scheme.bitsPerLevel }, (): [bigint, bigint][] => []);
    for (const entry of entries) {
      parts[Number((entry[0] >> BigInt(scheme.bitsPerLevel * level)) % BigInt(parts.length))]?.push(entry);
    }
    return scheme.hashInner(parts.map((part) => build(part, level + 1)));
  };
  return build([...content], 0);
}

/** A tree that remembers what it should hold. */
export class Tree {
  readonly store = new NodeOverlay();
  readonly content = new Map<bigint, bigint>();
  root: Digest = 0n;

  constructor(readonly scheme: TreeScheme) {}

  async write(key: bigint, value: bigint): Promise<Transition> {
    const result = await writeLeaf(this.store, this.scheme, this.root, key, value);
    this.store.add(result.nodes);
    this.root = result.root;
    if (value === 0n) this.content.delete(key);
    else this.content.set(key, value);
    return result.transition;
  }

  async writeAll(entries: Iterable<readonly [bigint, bigint]>): Promise<this> {
    for (const [key, value] of entries) await this.write(key, value);
    return this;
  }
}

export const treeOf = (scheme: TreeScheme, entries: Iterable<readonly [bigint, bigint]>): Promise<Tree> =>
  new Tree(scheme).writeAll(entries);

/**
 * Keys that meet: most are small, some are another key with one bit flipped, so that two keys part
 * anywhere from the first level to the last.
 */
export function keys(scheme: TreeScheme): fc.Arbitrary<bigint> {
  const small = fc.bigInt({ min: 0n, max: 15n });
  const any = fc.bigInt({ min: 0n, max: scheme.keyLimit - 1n });
  const flipped = fc
    .tuple(fc.constantFrom(0n, 5n, scheme.keyLimit - 1n), fc.nat({ max: scheme.keyBits - 1 }))
    .map(([key, bit]) => key ^ (1n << BigInt(bit)))
    .filter((key) => key < scheme.keyLimit);
  return fc.oneof({ weight: 4, arbitrary: small }, { weight: 2, arbitrary: flipped }, { weight: 1, arbitrary: any });
}

/** Values of which two keys often have the same one. */
export const values = (scheme: TreeScheme): fc.Arbitrary<bigint> =>
  fc.oneof(fc.constantFrom(1n, 2n, scheme.valueLimit - 1n), fc.bigInt({ min: 1n, max: scheme.valueLimit - 1n }));

/** Writes of which about a third delete. */
export const writes = (scheme: TreeScheme, maxLength: number): fc.Arbitrary<[bigint, bigint][]> => {
  const value = fc.oneof({ weight: 2, arbitrary: values(scheme) }, { weight: 1, arbitrary: fc.constant(0n) });
  return fc.array(fc.tuple(keys(scheme), value), { maxLength, size: 'max' });
};

export const contents = (scheme: TreeScheme, maxLength: number): fc.Arbitrary<[bigint, bigint][]> =>
  fc.uniqueArray(fc.tuple(keys(scheme), values(scheme)), { maxLength, size: 'max', selector: ([key]) => key });
