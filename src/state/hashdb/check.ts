import { type EntryKey } from '../batch/access.js';
import { type Entry } from '../batch/batch.js';
import { leafValues, treeKeys } from '../batch/encoding.js';
import { type Digest, EMPTY, type Node } from '../tree/node.js';
import { shareLevels } from '../tree/path.js';
import { levelsOf } from '../tree/scheme.js';
import { type Place, walk } from '../tree/walk.js';
import { type CheckOptions, type CheckReport, type Damage } from './check-report.js';
import { decodeTreeKey, digestOf, encodeTreeKey, entryKeyOf, keys, ranges } from './codec.js';
import { type Change, sameBytes } from './driver.js';
import { DigestSet } from './digest-set.js';
import { encodeNode, type StoredNode } from './node-record.js';
import { DamagedRecordError, put, unseal } from './record.js';
import { type Records } from './records.js';
import { decodeHead, decodeName, decodeRoot, encodeHead, encodeName, encodeRoot, type RootRecord } from './root-record.js';

/** Entries affected that are told, at most. */
const TOLD = 10_000;

const hex = (x: bigint): string => `0x${x.toString(16).padStart(64, '0')}`;

/**
 * Computes every kept root anew from the nodes on the disk, and finds what is damaged, missing or not needed.
 * Nothing else may be written meanwhile.
 */
export async function check(records: Records, options: CheckOptions): Promise<CheckReport> {
  return new Check(records, options).run();
}

class Check {
  private readonly damages: Damage[] = [];
  private readonly reached = new DigestSet();
  /** Nodes that are damaged and were not repaired, by where they are. */
  private readonly lost: Place[] = [];
  private readonly indexed = new Set<string>();
  private total = 0;

  constructor(
    private readonly records: Records,
    private readonly options: CheckOptions,
  ) {}

  async run(): Promise<CheckReport> {
    const named = await this.checkNames();
    const history = await this.checkHistory(named);
    const number = history.at(-1)?.number ?? 0;
    this.total = (await this.checkHead(number)) ?? 0;
    let known = EMPTY;
    const live = new Set(history.filter(({ pruned }) => !pruned).map(({ root }) => root).toReversed());
    live.delete(EMPTY);
    for (const root of live) {
      await this.checkTree(root, known);
      known = root;
    }
    const { nodes, unreachable } = await this.countNodes();
    await this.checkCount(number, nodes);
    const affected = await this.affectedEntries();
    return {
      damages: this.damages,
      affected,
      places: this.lost.map((place) => this.describePlace(place)),
      roots: live.size,
      nodes: nodes - unreachable,
      unreachable,
    };
  }

  // --- head, roots and names ---

  private async checkHistory(named: ReadonlySet<Digest>): Promise<RootRecord[]> {
    const history: RootRecord[] = [];
    const bad: number[] = [];
    let expected = 0;
    for await (const [key, record] of this.records.driver.iterate(ranges.roots.from, ranges.roots.before)) {
      const found = attempt(() => decodeRoot(key, unseal(key, record)));
      if (found instanceof DamagedRecordError) continue;
      for (; expected < found.number; expected++) bad.push(expected);
      expected = found.number + 1;
      history.push(found);
    }
    const headNumber = await this.headNumber();
    for (; headNumber !== undefined && expected <= headNumber; expected++) bad.push(expected);
    // The newest first: each record says the root before it.
    for (const number of bad.toReversed()) {
      const found = this.options.source?.history[number];
      const fits = found !== undefined && (await this.isOurs(found, history));
      this.damages.push({ sort: 'root', what: `root record number ${number} is damaged or missing`, repaired: fits });
      if (!fits) continue;
      // The source may have pruned what is kept here.
      const whole = { ...found, pruned: found.pruned && number !== headNumber && !named.has(found.root) };
      await this.repair([put(keys.root(number), encodeRoot(whole))]);
      history.push(whole);
      history.sort((a, b) => a.number - b.number);
    }
    return history;
  }

  /** Does a record of the source belong here? The source may have gone another way; of the newest root only its node tells. */
  private async isOurs({ number, root, parent }: RootRecord, history: readonly RootRecord[]): Promise<boolean> {
    const [before, after] = [history.find((record) => record.number === number - 1), history.find((record) => record.number === number + 1)];
    if (before !== undefined && before.root !== parent) return false;
    if (after !== undefined) return after.parent === root;
    return !((await this.records.tryNodes([root]))[0] instanceof DamagedRecordError);
  }

  private async headNumber(): Promise<number | undefined> {
    const head = await this.readHead();
    return head instanceof DamagedRecordError || head === undefined ? undefined : head.number;
  }

  private async readHead() {
    const [record] = await this.records.driver.getMany([keys.head]);
    return record && attempt(() => decodeHead(keys.head, unseal(keys.head, record)));
  }

  /** @returns the nodes that the head counts; null if it is damaged */
  private async checkHead(number: number): Promise<number | null> {
    const head = await this.readHead();
    if (head !== undefined && !(head instanceof DamagedRecordError)) return head.nodes;
    const why = head === undefined ? 'is missing' : 'is damaged';
    this.damages.push({ sort: 'head', what: `the head, which names the current root, ${why}`, repaired: this.repairs });
    // Counted anew below; a number of writes that no head before had.
    await this.repair([put(keys.head, encodeHead({ number, writes: Date.now(), nodes: 0 }))]);
    return null;
  }

  private async checkCount(number: number, nodes: number): Promise<void> {
    const head = await this.readHead();
    // Where nodes are lost there are less than there should be; that is told already.
    if (head === undefined || head instanceof DamagedRecordError || head.nodes === nodes || this.lost.length > 0) return;
    if (!this.damages.some(({ sort }) => sort === 'head')) {
      const what = `the head counts ${head.nodes} nodes, there are ${nodes}`;
      this.damages.push({ sort: 'head', what, repaired: this.repairs });
    }
    await this.repair([put(keys.head, encodeHead({ number, writes: head.writes + 1, nodes }))]);
  }

  /** @returns the roots that have names */
  private async checkNames(): Promise<Set<Digest>> {
    const named = new Set<Digest>();
    for await (const [key, record] of this.records.driver.iterate(ranges.names.from, ranges.names.before)) {
      const name = Buffer.from(key.subarray(1)).toString();
      const held = attempt(() => decodeName(key, unseal(key, record)));
      if (!(held instanceof DamagedRecordError)) {
        named.add(held);
        continue;
      }
      const root = this.options.source?.names.get(name);
      this.damages.push({ sort: 'name', what: `the name ${name} is damaged`, repaired: root !== undefined });
      if (root === undefined) continue;
      named.add(root);
      await this.repair([put(key, encodeName(root))]);
    }
    return named;
  }

  // --- trees ---

  private async checkTree(root: Digest, known: Digest): Promise<void> {
    const { scheme } = this.records;
    const visit = async (places: readonly Place[]): Promise<(Node | null)[]> => {
      const found = await this.readNodes(places);
      const bad = places.filter((_, i) => found[i] instanceof DamagedRecordError);
      const others = bad.length === 0 ? [] : await this.wholeNodes(bad);
      let next = 0;
      const nodes: (StoredNode | null)[] = [];
      for (const [i, place] of places.entries()) {
        const node = found[i]!;
        this.reached.add(place.digest);
        if (!(node instanceof DamagedRecordError)) nodes.push(node);
        else nodes.push(await this.damagedNode(place, node, others[next++] ?? null));
      }
      await this.checkEntries(places, nodes);
      this.options.onProgress?.('checking nodes', this.reached.size, this.total);
      return nodes.map((node) => node?.node ?? null);
    };
    const readKnown = async (digests: readonly Digest[]): Promise<(Node | null)[]> => {
      const places = digests.map((digest): Place => ({ digest, level: 0, path: 0n }));
      return (await this.readNodes(places, false)).map((node) => (node instanceof DamagedRecordError ? null : node.node));
    };
    await walk(scheme, root, known, visit, readKnown);
  }

  /** Nodes whose records are whole and whose hashes are right; else why not. */
  private async readNodes(places: readonly Place[], hashing = true): Promise<(StoredNode | DamagedRecordError)[]> {
    const found = await this.records.tryNodes(places.map(({ digest }) => digest));
    return hashing ? this.withRightHash(places, found) : found;
  }

  private async withRightHash(
    places: readonly Place[],
    found: readonly (StoredNode | DamagedRecordError)[],
  ): Promise<(StoredNode | DamagedRecordError)[]> {
    const { scheme } = this.records;
    const readable = found.filter((node): node is StoredNode => !(node instanceof DamagedRecordError));
    const hashes = await scheme.hashNodes(readable.map(({ node }) => node));
    let next = 0;
    return found.map((node, i) => {
      if (node instanceof DamagedRecordError) return node;
      const { digest, level, path } = places[i]!;
      const key = keys.node(digest);
      if (hashes[next++] !== digest) return new DamagedRecordError(key, 'has a node of another hash');
      const misplaced =
        node.node.kind === 'inner'
          ? level >= levelsOf(scheme)
          : !shareLevels(scheme.wholeKey(node.node.key, level, path), path, level, scheme.bitsPerLevel);
      return misplaced ? new DamagedRecordError(key, 'is at a place where it does not belong') : node;
    });
  }

  /** What the source has in their places, if the hashes are right. */
  private async wholeNodes(places: readonly Place[]): Promise<(StoredNode | null)[]> {
    if (this.options.source === undefined) return places.map(() => null);
    const found = await this.options.source.find(places);
    const missing = (place: Place): DamagedRecordError => new DamagedRecordError(keys.node(place.digest), 'is missing');
    const checked = await this.withRightHash(places, places.map((place, i) => found[i] ?? missing(place)));
    return checked.map((node) => (node instanceof DamagedRecordError ? null : node));
  }

  private async damagedNode(place: Place, why: DamagedRecordError, whole: StoredNode | null): Promise<StoredNode | null> {
    const what = `node ${hex(place.digest)}, ${this.describePlace(place)}: ${why.message.replace(/^.*record [0-9a-f]+ /, '')}`;
    this.damages.push({ sort: 'node', what, repaired: whole !== null });
    if (whole === null) this.lost.push(place);
    else await this.repair([put(keys.node(place.digest), encodeNode(whole))]);
    return whole;
  }

  /** Do leaves stand for what they hold, and does the index have them? */
  private async checkEntries(places: readonly Place[], nodes: readonly (StoredNode | null)[]): Promise<void> {
    const leaves = nodes.flatMap((stored, i) => (stored?.node.kind === 'leaf' ? [{ place: places[i]!, node: stored.node, entry: stored.entry }] : []));
    const right = await this.entriesAreRight(leaves);
    const bad = leaves.filter((_, i) => !right[i]);
    const others = bad.length === 0 ? [] : await this.wholeNodes(bad.map(({ place }) => place));
    const whole = await this.entriesAreRight(others.map((other, i) => ({ node: bad[i]!.node, entry: other?.entry ?? null })));
    let next = 0;
    const present: { readonly entry: Entry; readonly key: bigint }[] = [];
    for (const [i, { place, node, entry }] of leaves.entries()) {
      if (right[i]) {
        present.push({ entry: entry!, key: node.key });
        continue;
      }
      const other = whole[next] ? others[next]! : null;
      next++;
      const what = `leaf ${hex(place.digest)}, ${this.describePlace(place)}: ${entry === null ? 'what it stands for is missing' : 'it stands for another entry than it says'}`;
      this.damages.push({ sort: 'preimage', what, repaired: other !== null });
      if (other === null) this.lost.push(place);
      else {
        await this.repair([put(keys.node(place.digest), encodeNode(other))]);
        present.push({ entry: other.entry!, key: node.key });
      }
    }
    await this.checkIndex(present);
  }

  private async entriesAreRight(leaves: readonly { readonly node: { readonly key: bigint; readonly value: bigint }; readonly entry: Entry | null }[]): Promise<boolean[]> {
    const named = leaves.flatMap(({ entry }) => (entry === null ? [] : [entry]));
    const [treeKeysOf, values] = [await treeKeys(named), await leafValues(named.map(({ value }) => value))];
    let next = 0;
    return leaves.map(({ node, entry }) => {
      if (entry === null) return false;
      const i = next++;
      return treeKeysOf[i] === node.key && values[i] === node.value;
    });
  }

  private async checkIndex(present: readonly { readonly entry: Entry; readonly key: bigint }[]): Promise<void> {
    const wanted = present.map(({ entry, key }) => put(keys.entry(entry), encodeTreeKey(key)));
    const found = await this.records.driver.getMany(wanted.map(({ key }) => key));
    const bad = wanted.filter(({ value }, i) => !sameBytes(found[i], value));
    for (const { key } of bad) {
      const name = Buffer.from(key).toString('hex');
      if (this.indexed.has(name)) continue;
      this.indexed.add(name);
      this.damages.push({ sort: 'index', what: `the index's entry for the ${describe(entryKeyOf(key))} is damaged or missing`, repaired: this.repairs });
    }
    if (bad.length > 0) await this.repair(bad);
  }

  // --- what is there beside them ---

  private async countNodes(): Promise<{ nodes: number; unreachable: number }> {
    let [nodes, unreachable] = [0, 0];
    for await (const [key] of this.records.driver.iterate(ranges.nodes.from, ranges.nodes.before)) {
      nodes++;
      if (!this.reached.has(digestOf(key))) unreachable++;
      if (nodes % 10_000 === 0) this.options.onProgress?.('counting nodes', nodes, this.total);
    }
    return { nodes, unreachable };
  }

  private async affectedEntries(): Promise<EntryKey[]> {
    const affected: EntryKey[] = [];
    const bits = this.records.scheme.bitsPerLevel;
    const lost = new Map<number, Set<bigint>>();
    for (const { level, path } of this.lost) lost.set(level, (lost.get(level) ?? new Set()).add(path));
    for await (const [key, record] of this.records.driver.iterate(ranges.entries.from, ranges.entries.before)) {
      const found = attempt(() => ({ entry: entryKeyOf(key), treeKey: decodeTreeKey(key, unseal(key, record)) }));
      if (found instanceof DamagedRecordError) {
        await this.strayIndexRecord(key);
        continue;
      }
      const isLost = [...lost].some(([level, paths]) => paths.has(BigInt.asUintN(bits * level, found.treeKey)));
      if (isLost && affected.length < TOLD) affected.push(found.entry);
    }
    return affected;
  }

  /** A damaged record of the index that no leaf asks for. */
  private async strayIndexRecord(key: Uint8Array): Promise<void> {
    const name = Buffer.from(key).toString('hex');
    if (this.indexed.has(name)) return;
    this.damages.push({ sort: 'index', what: `record ${name} of the index is damaged`, repaired: this.repairs });
    await this.repair([{ key, value: null }]);
  }

  private get repairs(): boolean {
    return this.options.source !== undefined;
  }

  private async repair(changes: readonly Change[]): Promise<void> {
    if (!this.repairs) return;
    const { driver } = this.records;
    // No guard: nothing else writes meanwhile, and the head itself may be what is repaired.
    const [head] = await driver.getMany([keys.head]);
    await driver.writeIf({ key: keys.head, value: head }, changes);
  }

  private describePlace({ level, path }: Place): string {
    const bits = this.records.scheme.bitsPerLevel;
    const digits = Array.from({ length: level }, (_, l) => Number((path >> BigInt(bits * l)) & ((1n << BigInt(bits)) - 1n)));
    return level === 0 ? 'at the root' : `at path ${digits.join('')}`;
  }
}

const describe = ({ address, kind, slot }: EntryKey): string =>
  `${kind} of 0x${address.toString(16).padStart(40, '0')}${kind === 'storage' ? ` at ${hex(slot)}` : ''}`;

/** What `read` gives, or the damage that it finds. */
function attempt<T>(read: () => T): T | DamagedRecordError {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedRecordError) return error;
    throw error;
  }
}
