import { bytesToHex } from '@noble/hashes/utils.js';
import { DamagedRecordError, toNumber } from '../../state/hashdb/record.js';
import { unseal } from '../../state/hashdb/seal.js';
import { accountFromHex } from '../suite/account-bytes.js';
import { emptyTrie, HEAD, TAIL } from '../suite/empty.js';
import { ACCOUNT_TRIE, checkHex, STORAGE_TRIE, TrieInputError } from '../suite/kind.js';
import { DEPTH, EncodingRangeError } from '../suite/suite.js';
import type { Digest, Suite } from '../suite/suite.js';
import { foldOnce } from '../trie/fold.js';
import { MemoryTrie } from '../trie/memory-trie.js';
import type { Leaf } from '../trie/store.js';
import { ACCOUNT_TRIE_ID } from '../world/world.js';
import type { TrieId } from '../world/world.js';
import { changedKey, decodeDigest, decodeHead, decodeIndex, decodeLeaf, decodeState, keys } from './records.js';
import type { StateDb } from './state-db.js';
import { decodeOld } from './view.js';

/**
 * What a check of a database found.
 * @see {@link checkState}
 */
export interface StateReport {
  /** What is wrong, a sentence each; none: the database is whole. */
  readonly damages: readonly string[];
  /** Kept blocks whose states were recomputed. */
  readonly blocks: number;
  /** Entries of the newest state, accounts and slots. */
  readonly entries: number;
}

/** Bodies by their keys, as text. */
type Records = Map<string, Uint8Array>;

const nameOf = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
const keyOf = (name: string): Uint8Array => Buffer.from(name, 'latin1');
const sameBody = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;

/** One trie's records. */
interface TrieRecords {
  readonly nodes: Map<string, Digest>;
  readonly leaves: Map<number, Leaf>;
  readonly entries: Map<Digest, number>;
}

/**
 * Checks a database: reads every record, recomputes the newest state from its entries and all tries from their leaves,
 * and takes every kept block back, in memory, to recompute the state before it. Each state must have the root that the
 * database names. It reads the database into memory, and changes nothing.
 *
 * @example
 * const { damages } = await checkState(state);
 */
export async function checkState(db: StateDb): Promise<StateReport> {
  const damages: string[] = [];
  const records: Records = new Map();
  for await (const [key, record] of db.driver.iterate(Uint8Array.of(), Uint8Array.of(0xff))) {
    if (key[0] === keys.format[0]) continue;
    try {
      records.set(nameOf(key), unseal(key, record));
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error;
      damages.push(error.message);
    }
  }
  const checker = new Checker(db.suite, records, damages);
  let blocks = 0;
  let entries = 0;
  try {
    const body = records.get(nameOf(keys.head));
    if (body === undefined) throw new DamagedRecordError(keys.head, 'is missing: it names the newest block');
    const { number, first } = decodeHead(keys.head, body);
    for (let block = number; block >= first; block--) {
      const found = await checker.checkAt(block);
      if (block === number) entries = found;
      blocks++;
      if (block > first) checker.takeBack(block);
    }
    checker.checkRest();
  } catch (error) {
    // What follows from a record that is no record of its kind is not looked for.
    if (!(error instanceof DamagedRecordError)) throw error;
    damages.push(error.message);
  }
  return { damages: [...new Set(damages)], blocks, entries };
}

class Checker {
  /** Tries that were whole when they were last looked at, and have not changed since, with their top roots. */
  readonly #whole = new Map<TrieId, { readonly top: Digest; readonly accounts: readonly [TrieId, Digest][] }>();

  constructor(
    private readonly suite: Suite,
    private readonly records: Records,
    private readonly damages: string[],
  ) {}

  /** @returns how many entries there are */
  async checkAt(block: number): Promise<number> {
    const tries = this.#collect();
    let entries = 0;
    for (const [id, trie] of tries) {
      entries += trie.entries.size;
      if (this.#whole.has(id)) continue;
      const what = id === ACCOUNT_TRIE_ID ? 'the account trie' : `storage trie ${id}`;
      await this.#attempt(`${what} after block ${block}`, async () => this.#checkTrie(id, trie));
    }
    await this.#attempt(`block ${block}`, async () => this.#checkRoots(block, tries));
    return entries;
  }

  /** Undoes a block in memory. */
  takeBack(block: number): void {
    const prefix = nameOf(keys.changed(block, new Uint8Array()));
    for (const name of [...this.records.keys()].filter((one) => one.startsWith(prefix))) {
      const key = changedKey(keyOf(name));
      const old = keys.old(key, block);
      const body = this.records.get(nameOf(old));
      this.records.delete(name);
      this.records.delete(nameOf(old));
      if (body === undefined) {
        this.damages.push(`block ${block} changed record ${bytesToHex(key)}, but what was there before is missing`);
        continue;
      }
      const before = decodeOld(old, body);
      if (sameBody(before, this.records.get(nameOf(key)))) {
        this.damages.push(`block ${block} is said to have changed record ${bytesToHex(key)}, which it did not`);
      }
      if (before === undefined) this.records.delete(nameOf(key));
      else this.records.set(nameOf(key), before);
      this.#whole.delete(trieOf(key));
    }
    if (this.records.get(nameOf(keys.accesses(block))) === undefined) {
      this.damages.push(`what block ${block} accessed is missing`);
    }
    this.records.delete(nameOf(keys.accesses(block)));
    this.records.delete(nameOf(keys.block(block)));
  }

  /** Nothing is left of blocks that are not kept. */
  checkRest(): void {
    for (const name of this.records.keys()) {
      if ('coa'.includes(name[0]!)) this.damages.push(`record ${bytesToHex(keyOf(name))} belongs to no kept block`);
      else if (!'hbsnlk'.includes(name[0]!)) this.damages.push(`record ${bytesToHex(keyOf(name))} is of no known kind`);
    }
  }

  #collect(): Map<TrieId, TrieRecords> {
    const tries = new Map<TrieId, TrieRecords>();
    for (const [name, body] of this.records) {
      const letter = name[0]!;
      if (!'snlk'.includes(letter)) continue;
      const key = keyOf(name);
      const id = trieOf(key);
      const trie = tries.get(id) ?? { nodes: new Map(), leaves: new Map(), entries: new Map() };
      tries.set(id, trie);
      const rest = key.subarray(1 + INDEX_BYTES);
      if (letter === 'n') trie.nodes.set(`${rest[0]!}/${toNumber(rest.subarray(1))}`, decodeDigest(key, body));
      if (letter === 'l') trie.leaves.set(Number(toNumber(rest)), decodeLeaf(key, body));
      if (letter === 'k') trie.entries.set(toNumber(rest), decodeIndex(key, body));
    }
    return tries;
  }

  async #checkTrie(id: TrieId, { nodes, leaves, entries }: TrieRecords): Promise<void> {
    const { suite } = this;
    const kind = id === ACCOUNT_TRIE_ID ? ACCOUNT_TRIE : STORAGE_TRIE;
    const key = keys.state(id);
    const body = this.records.get(nameOf(key));
    if (body === undefined) throw new Fault('has no counter and root');
    const state = decodeState(key, body);
    const order = walk(leaves);
    const content = order.slice(1, -1);
    for (const [, leaf] of content) {
      checkHex('key', leaf.key, kind.keyBytes);
      checkHex('value', leaf.value, kind.valueBytes);
    }
    const hKeys = await kind.hashKeys(
      suite,
      content.map(([, leaf]) => leaf.key),
    );
    const hVals = await kind.hashValues(
      suite,
      content.map(([, leaf]) => leaf.value),
    );
    content.forEach(([index, { opening }], i) => {
      expect(opening.hKey === hKeys[i] && opening.hVal === hVals[i], `leaf ${index} has not the hashes of its entry`);
      expect(entries.get(opening.hKey) === index, `the index does not lead to leaf ${index}`);
      expect(index < state.nextFreeNode, `leaf ${index} is at an index that is still free`);
    });
    expect(entries.size === content.length, 'the index leads to entries that are not there');
    const hashes = await suite.leaves(order.map(([, leaf]) => leaf.opening));
    const written = new Map(order.map(([index], i) => [index, hashes[i]!]));
    const computed = await foldOnce(suite, await MemoryTrie.empty(suite), written);
    const { nodes: empty, path } = await emptyTrie(suite);
    let needed = 0;
    for (const [level, made] of computed.entries()) {
      for (const [index, node] of made) {
        // HEAD and TAIL of a trie that was never written are not stored.
        const stored = nodes.get(`${level}/${index}`) ?? path[level]![index];
        expect(stored === node, `node ${index} of level ${level} is not what its leaves give`);
        if (nodes.has(`${level}/${index}`)) needed++;
      }
    }
    let others = 0;
    for (const [name, node] of nodes) {
      const [level, index] = name.split('/').map(Number) as [number, number];
      if (computed[level]?.has(index) === true) continue;
      expect(node === empty[level], `node ${index} of level ${level} stands for leaves that are not there`);
      others++;
    }
    expect(needed + others === nodes.size, 'it has nodes of no level');
    expect(computed[DEPTH]!.get(0) === state.subRoot, 'its root is not that of its leaves');
    const [top] = await suite.tops([state]);
    const accounts = id === ACCOUNT_TRIE_ID ? content : [];
    this.#whole.set(id, {
      top: top!,
      accounts: accounts.map(([index, leaf]) => [index, accountFromHex(suite, leaf.value).storageRoot]),
    });
  }

  /** Each account has the root of its storage, each storage an account, and the block the root of the account trie. */
  async #checkRoots(block: number, tries: ReadonlyMap<TrieId, TrieRecords>): Promise<void> {
    const { topRoot } = await emptyTrie(this.suite);
    const accounts = this.#whole.get(ACCOUNT_TRIE_ID);
    if (tries.has(ACCOUNT_TRIE_ID) && accounts === undefined) return;
    const owners = new Map(accounts?.accounts ?? []);
    for (const [id, root] of owners) {
      if (tries.has(id) && !this.#whole.has(id)) continue;
      expect((this.#whole.get(id)?.top ?? topRoot) === root, `the account at leaf ${id} has another storage root`);
    }
    const stray = [...tries.keys()].find((id) => id !== ACCOUNT_TRIE_ID && !owners.has(id));
    expect(stray === undefined, `storage trie ${stray} is of no account`);
    const key = keys.block(block);
    const root = this.records.get(nameOf(key));
    if (root === undefined) throw new Fault('its state root is missing');
    expect(decodeDigest(key, root) === (accounts?.top ?? topRoot), 'its state root is not that of its accounts');
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const kinds = [Fault, DamagedRecordError, TrieInputError, EncodingRangeError];
      if (!kinds.some((kind) => error instanceof kind)) throw error;
      this.damages.push(`${what}: ${(error as Error).message}`);
    }
  }
}

class Fault extends Error {}

function expect(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new Fault(reason);
}

const INDEX_BYTES = 6;
const trieOf = (key: Uint8Array): TrieId => Number(toNumber(key.subarray(1, 1 + INDEX_BYTES)));

/** The leaves in their order, from HEAD to TAIL. @throws {Fault} the list is broken, or does not have all */
function walk(leaves: ReadonlyMap<number, Leaf>): [number, Leaf][] {
  const order: [number, Leaf][] = [];
  let last: number = HEAD;
  for (let index: number = HEAD; ; index = order.at(-1)![1].opening.nextLeaf) {
    const leaf = leaves.get(index);
    if (leaf === undefined) throw new Fault(`leaf ${index} is missing`);
    expect(leaf.opening.prevLeaf === last, `leaf ${index} does not point back to leaf ${last}`);
    const before = order.at(-1)?.[1].opening.hKey;
    expect(before === undefined || before < leaf.opening.hKey, `the key of leaf ${index} does not ascend`);
    order.push([index, leaf]);
    last = index;
    if (index === TAIL) break;
  }
  expect(order.length === leaves.size, `${leaves.size - order.length} leaves are not in the list`);
  return order;
}
