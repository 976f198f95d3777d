/**
 * The accumulator written straight from its definition: every operation alone, path after path, a hash at a time.
 * It shares with the program nothing but the suite's hashes.
 */
import type { Trace } from '../../src/linea/trace/trace.js';
import type { Hex, Opening, Suite } from '../../src/linea/suite/suite.js';

interface Entry extends Opening {
  readonly key: Hex;
  readonly value: Hex;
}

export interface Hashing {
  node(left: bigint, right: bigint): Promise<bigint>;
  leaf(opening: Opening): Promise<bigint>;
  top(nextFreeNode: number, subRoot: bigint): Promise<bigint>;
  key(key: Hex): Promise<bigint>;
  value(value: Hex): Promise<bigint>;
  readonly maxKey: bigint;
}

export const wordHashing = (suite: Suite): Hashing => ({
  node: async (left, right) => (await suite.nodes([[left, right]]))[0]!,
  leaf: async (opening) => (await suite.leaves([opening]))[0]!,
  top: async (nextFreeNode, subRoot) => (await suite.tops([{ nextFreeNode, subRoot }]))[0]!,
  key: async (key) => (await suite.words([BigInt(key)]))[0]!,
  value: async (value) => (await suite.words([BigInt(value)]))[0]!,
  maxKey: suite.maxKey,
});

export class ReferenceTrie {
  readonly #nodes = new Map<string, bigint>();
  readonly entries = new Map<number, Entry>();
  readonly #empty: bigint[] = [0n];
  nextFreeNode = 2;
  subRoot = 0n;

  private constructor(
    private readonly hashing: Hashing,
    private readonly location: Hex,
  ) {}

  static async empty(hashing: Hashing, location: Hex = '0x'): Promise<ReferenceTrie> {
    const trie = new ReferenceTrie(hashing, location);
    for (let level = 0; level < 40; level++) {
      trie.#empty.push(await hashing.node(trie.#empty[level]!, trie.#empty[level]!));
    }
    await trie.#set(0, { prevLeaf: 0, nextLeaf: 1, hKey: 0n, hVal: 0n, key: '0x', value: '0x' });
    await trie.#set(1, { prevLeaf: 0, nextLeaf: 1, hKey: hashing.maxKey, hVal: 0n, key: '0x', value: '0x' });
    return trie;
  }

  top(): Promise<bigint> {
    return this.hashing.top(this.nextFreeNode, this.subRoot);
  }

  #node(level: number, index: number): bigint {
    return this.#nodes.get(`${level}/${index}`) ?? this.#empty[level]!;
  }

  async #set(index: number, entry: Entry | null): Promise<void> {
    if (entry === null) this.entries.delete(index);
    else this.entries.set(index, entry);
    let hash = entry === null ? 0n : await this.hashing.leaf(entry);
    let at = index;
    for (let level = 0; level < 40; level++) {
      this.#nodes.set(`${level}/${at}`, hash);
      const beside = this.#node(level, at % 2 === 0 ? at + 1 : at - 1);
      hash = at % 2 === 0 ? await this.hashing.node(hash, beside) : await this.hashing.node(beside, hash);
      at = Math.floor(at / 2);
    }
    this.subRoot = hash;
  }

  #path(leafIndex: number): { leafIndex: number; siblings: bigint[] } {
    const siblings = [];
    for (let level = 0, at = leafIndex; level < 40; level++, at = Math.floor(at / 2)) {
      siblings.push(this.#node(level, at % 2 === 0 ? at + 1 : at - 1));
    }
    return { leafIndex, siblings };
  }

  #opening(index: number): Opening {
    const { prevLeaf, nextLeaf, hKey, hVal } = this.entries.get(index)!;
    return { prevLeaf, nextLeaf, hKey, hVal };
  }

  #find(hKey: bigint): { at: number | null; left: number; right: number } {
    const all = [...this.entries].sort(([, a], [, b]) => (a.hKey < b.hKey ? -1 : 1));
    const at = all.find(([, entry]) => entry.hKey === hKey)?.[0] ?? null;
    const left = all.findLast(([, entry]) => entry.hKey < hKey)![0];
    const right = all.find(([, entry]) => entry.hKey > hKey)![0];
    return { at, left, right };
  }

  async read(key: Hex): Promise<Trace> {
    const { at, left, right } = this.#find(await this.hashing.key(key));
    const common = { location: this.location, key, nextFreeNode: this.nextFreeNode, subRoot: this.subRoot };
    if (at !== null) {
      const { value } = this.entries.get(at)!;
      return { ...common, kind: 'read', leaf: this.#opening(at), proof: this.#path(at), value };
    }
    return {
      ...common,
      kind: 'read-zero',
      leftLeaf: this.#opening(left),
      rightLeaf: this.#opening(right),
      leftProof: this.#path(left),
      rightProof: this.#path(right),
    };
  }

  async put(key: Hex, value: Hex): Promise<Trace> {
    const hKey = await this.hashing.key(key);
    const hVal = await this.hashing.value(value);
    const oldSubRoot = this.subRoot;
    const { at, left, right } = this.#find(hKey);
    if (at !== null) {
      const priorUpdatedLeaf = this.#opening(at);
      const { value: oldValue } = this.entries.get(at)!;
      const proof = this.#path(at);
      await this.#set(at, { ...this.entries.get(at)!, hVal, value });
      const roots = { oldSubRoot, newSubRoot: this.subRoot, newNextFreeNode: this.nextFreeNode };
      const common = { location: this.location, key, ...roots };
      return { ...common, kind: 'update', proof, oldValue, newValue: value, priorUpdatedLeaf };
    }
    const index = this.nextFreeNode++;
    const priorLeftLeaf = this.#opening(left);
    const priorRightLeaf = this.#opening(right);
    const leftProof = this.#path(left);
    await this.#set(left, { ...this.entries.get(left)!, nextLeaf: index });
    const newProof = this.#path(index);
    await this.#set(index, { prevLeaf: left, nextLeaf: right, hKey, hVal, key, value });
    const rightProof = this.#path(right);
    await this.#set(right, { ...this.entries.get(right)!, prevLeaf: index });
    const roots = { oldSubRoot, newSubRoot: this.subRoot, newNextFreeNode: this.nextFreeNode };
    const proofs = { leftProof, newProof, rightProof };
    return { location: this.location, key, ...roots, ...proofs, kind: 'insert', value, priorLeftLeaf, priorRightLeaf };
  }

  async delete(key: Hex): Promise<Trace> {
    const hKey = await this.hashing.key(key);
    const oldSubRoot = this.subRoot;
    const { at, left, right } = this.#find(hKey);
    const priorLeftLeaf = this.#opening(left);
    const priorDeletedLeaf = this.#opening(at!);
    const priorRightLeaf = this.#opening(right);
    const { value: deletedValue } = this.entries.get(at!)!;
    const leftProof = this.#path(left);
    await this.#set(left, { ...this.entries.get(left)!, nextLeaf: right });
    const deletedProof = this.#path(at!);
    await this.#set(at!, null);
    const rightProof = this.#path(right);
    await this.#set(right, { ...this.entries.get(right)!, prevLeaf: left });
    return {
      location: this.location,
      key,
      newNextFreeNode: this.nextFreeNode,
      oldSubRoot,
      newSubRoot: this.subRoot,
      kind: 'delete',
      leftProof,
      deletedProof,
      rightProof,
      deletedValue,
      priorLeftLeaf,
      priorDeletedLeaf,
      priorRightLeaf,
    };
  }
}
